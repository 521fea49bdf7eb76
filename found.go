package opc

import "github.com/opc-project/opc/schema/diag"

// Found adds findings of a stage, or of a step after Compile such as packing, without those that the description accepts.
// It reports whether one of all findings stops the run.
func (r *Result) Found(diags diag.List) bool {
	placed := r.waivers.waive(diags).Place(r.Document.Index)
	for i := range placed {
		r.show(&placed[i].Pos)
		for j := range placed[i].Related {
			r.show(&placed[i].Related[j].Pos)
		}
	}
	r.Findings = append(r.Findings, placed...).Place(nil)
	return r.Findings.HasErrors() || r.opts.Strict && r.Findings.Count(diag.Warning) > 0
}

// Locate finds the place of a path in the description, as findings show it.
func (r *Result) Locate(p diag.Path) (diag.Pos, bool) {
	pos, exact := r.Document.Index.Locate(p)
	r.show(&pos)
	return pos, exact
}

// show names a position's file as the caller wants it.
func (r *Result) show(pos *diag.Pos) {
	if pos.IsValid() && r.opts.Show != nil {
		pos.File = r.opts.Show(pos.File)
	}
}
