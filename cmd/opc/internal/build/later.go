package build

import "github.com/opc-project/opc/schema/diag"

// Found adds findings of a stage after those of Run, such as packing, and reports whether one of them is an error.
func (r *Result) Found(opts Options, diags diag.List) bool {
	later := &run{Result: r, opts: opts}
	return later.found(diags)
}

// InputDigest is the identity of what the description says and of the files that it names; "" before they were read.
func (r *Result) InputDigest() string {
	if r.reads == nil || r.Document == nil {
		return ""
	}
	return r.reads.digest(r.Document.Tree)
}
