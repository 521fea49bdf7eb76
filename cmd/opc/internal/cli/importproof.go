package cli

import (
	"context"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/opc-project/opc"
	"github.com/opc-project/opc/cmd/opc/internal/build"
	"github.com/opc-project/opc/importer"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// proven proves what an imported description compiles to, as every compile will. What judges refuse is a fault that the
// source has already: the description gets an entry under accept for each, and the import says so. Other errors are
// faults of the import, or of opc. label is the folder that the import writes to, for people.
func proven(ctx context.Context, r *importer.Result, label string) (diag.List, error) {
	made, err := opc.Compile(ctx, r.FS(), r.Name, opc.Options{Scratch: build.Scratch})
	if err != nil {
		return nil, err
	}
	var out diag.List
	var accept []schema.Waiver
	for _, d := range made.Findings {
		if d.Severity != diag.Error {
			continue // told by every compile
		}
		if d.Pos.IsValid() {
			d.Pos.File = path.Join(filepath.ToSlash(label), d.Pos.File)
		}
		if !d.Code.Acceptable() {
			out = append(out, d.WithHint("this is a fault of opc: please report it; --no-verify writes the description all the same"))
			continue
		}
		w := schema.Waiver{Rule: string(d.Code), Path: acceptedAt(d.Path), Reason: "what was imported has it"}
		if !slices.Contains(accept, w) {
			accept = append(accept, w)
		}
		d.Message += "; it is accepted as " + string(d.Code)
		d.Code, d.Severity, d.Hint = diag.ImportAccepted, diag.Warning, ""
		out = append(out, d)
	}
	r.Accept(accept)
	return out, nil
}

// acceptedAt is the path of an entry of accept for a finding: a file as a whole, or a place in the description.
func acceptedAt(p diag.Path) string {
	if file, _, _, ok := p.File(); ok {
		return file
	}
	return strings.TrimPrefix(string(p), "/")
}
