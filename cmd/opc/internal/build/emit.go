package build

import (
	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/emit/sink"
	"github.com/opc-project/opc/schema/diag"
)

// emitAll runs the targets. That two of them write the same file is a defect of theirs.
func emitAll(op *model.Operator, targets []*emit.Target) ([]sink.Part, diag.List) {
	var parts []sink.Part
	var diags diag.List
	all := &emit.FileSet{}
	for _, t := range targets {
		files, found := t.Emit(op)
		diags = append(diags, found...)
		if files == nil {
			files = &emit.FileSet{}
		}
		if err := all.Merge(files); err != nil {
			diags = append(diags, diag.Errorf(diag.Internal, "", "target %s: %v", t.Name, err))
		}
		parts = append(parts, sink.Part{Target: t.Name, Files: files})
	}
	return parts, diags
}
