package cli

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/opc-project/opc"
	"github.com/opc-project/opc/cmd/opc/internal/build"
	"github.com/opc-project/opc/importer"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify"
)

// proofs bounds how often an import is described again with less.
const proofs = 5

// provenImport proves an import, and returns what is found besides. Where settings of what it describes turn out to break
// something, the source is described again without them: they are values of a chart that nothing but that chart can offer.
func provenImport(ctx context.Context, r *importer.Result, found diag.List, out destination) (*importer.Result, diag.List, error) {
	for n := 1; ; n++ {
		if r == nil {
			return nil, found, nil
		}
		found = append(found, unequal(r)...)
		if found.HasErrors() || out.unproven {
			return r, found, nil
		}
		faults, err := proven(ctx, r, out.source)
		if err != nil {
			return nil, nil, err
		}
		if faults.HasErrors() && n < proofs {
			if again, list, ok := r.Without(faults); ok {
				r, found = again, placed(list, out.source)
				continue
			}
		}
		return r, append(found, faults...), nil
	}
}

// proven verifies what an imported description compiles to, as every compile will. An error that the same judges find in
// the source itself is accepted: the description gets an entry under accept with the place in the source, and the import
// reports it. Any other error is a fault of the import, or of opc: it is never accepted. label stands before the names of the source's files, for
// people: while there is an error no file of the description exists, so all positions are places in the source.
func proven(ctx context.Context, r *importer.Result, label string) (diag.List, error) {
	made, err := opc.Compile(ctx, r.FS(), r.Name, opc.Options{Scratch: build.Scratch})
	if err != nil {
		return nil, err
	}
	before, err := inSource(ctx, r, made.Findings)
	if err != nil {
		return nil, err
	}
	var out diag.List
	var accept []schema.Waiver
	for _, d := range made.Findings {
		if d.Severity != diag.Error {
			continue // every compile reports it
		}
		at := d.Path
		where, known := r.Source(at)
		same, had := before[said(d)]
		if had && !known && r.InPlace {
			where, known = same, true
		}
		d.Path, d.Pos = "", diag.Pos{}
		if known {
			d.Pos = where
			d.Pos.File = path.Join(label, where.File)
		}
		if !known || !had {
			out = append(out, d.WithHint("this is a fault of opc: please report it; --no-verify writes the description all the same"))
			continue
		}
		w := schema.Waiver{Rule: string(d.Code), Path: acceptedAt(at), Reason: where.String() + ": " + reason(d.Message)}
		if !slices.ContainsFunc(accept, func(o schema.Waiver) bool { return o.Rule == w.Rule && o.Path == w.Path }) {
			accept = append(accept, w)
		}
		d.Message += "; it is accepted as " + string(d.Code)
		d.Code, d.Severity, d.Hint = diag.ImportAccepted, diag.Warning, ""
		out = append(out, d)
	}
	r.Accept(accept)
	return out, nil
}

// inSource returns what the same judges find in the source itself, with its place there: where a finding about the
// description comes from does not tell whose fault it is, since opc adds to the objects of a source. What is a warning there,
// since the source may be only a part of what is installed, is the same fact. The source is judged only if there is an error
// to explain.
func inSource(ctx context.Context, r *importer.Result, found diag.List) (map[string]diag.Pos, error) {
	if r.Before == nil || !found.HasErrors() {
		return nil, nil
	}
	_, list, err := verify.Tree(ctx, r.Before, verify.Options{Scratch: build.Scratch})
	out := map[string]diag.Pos{}
	for _, d := range list {
		if d.Code.Acceptable() {
			out[said(d)] = d.Pos
		}
	}
	return out, err
}

// said is what a finding says without where it was found: the namespaces of objects differ between a bundle by itself and
// one that was emitted.
func said(d diag.Diagnostic) string {
	object, text, _ := strings.Cut(reason(d.Message), ": ")
	kind, name, _ := strings.Cut(object, " ")
	return string(d.Code) + " " + kind + " " + name[strings.LastIndex(name, "/")+1:] + ": " + text
}

// reason is a finding as the reason of a waiver: without the place in what was emitted, which is not the reader's.
func reason(message string) string {
	text, _, _ := strings.Cut(message, " (")
	return text
}

// acceptedAt is the path of an entry of accept for a finding: a file as a whole, or a place in the description.
func acceptedAt(p diag.Path) string {
	if file, _, _, ok := p.File(); ok {
		return file
	}
	return strings.TrimPrefix(string(p), "/")
}
