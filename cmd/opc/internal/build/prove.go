package build

import (
	"context"
	"fmt"
	"io/fs"

	"github.com/opc-project/opc/compiler"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify"
)

// Prove compiles a description in memory, with all that it names in files, and proves what came of it. It returns every
// finding, placed, with what the description accepts left out. A defect of opc's own is an error.
func Prove(ctx context.Context, files fs.FS, name string, targets []*emit.Target) (found diag.List, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("defect in opc: %v, at %s", v, panicked())
		}
	}()
	verify.Prepare()
	doc, diags := schema.Load(files, name, schema.Options{})
	r := &run{Result: &Result{Document: doc}}
	tell := func(diags diag.List) bool {
		r.Findings = append(r.Findings, r.waive(diags)...)
		return r.Findings.HasErrors()
	}
	if tell(diags) {
		return r.Findings.Place(doc.Index), nil
	}
	op, diags := compiler.Lower(ctx, doc, files, compiler.Options{})
	if tell(diags) {
		return r.Findings.Place(doc.Index), nil
	}
	_, all, diags := emitAll(op, targets)
	if !tell(diags) {
		tell(verify.Check(ctx, op, all, verify.Options{Scratch: Scratch}))
	}
	return r.Findings.Place(doc.Index), nil
}
