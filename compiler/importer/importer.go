// Package importer reads what others wrote (an OLM bundle, a chart, manifests) and writes the description that a person
// would have written of it. It works on a description's own fields, not on the model: it proposes the short form, lowers
// and emits it in memory, compares the result with the source by meaning, and says as a raw overlay just what differs.
// So the proof that an import comes back equal is also the way in which its overlays are found. Start at Bundle and fit.
//
// The package is pure: it reads an fs.FS and gives files in memory. It stands beside the targets and may import them.
package importer

import (
	"io/fs"

	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/schema/diag"
)

// Result is what an import writes, and what it has to say.
type Result struct {
	Spec     map[string]any       // the description
	Comments map[diag.Path]string // what was not obvious, by the path of the field it stands above
	Files    map[string][]byte    // the files that the description names
	Found    []Found              // what the source holds, for people
	Unequal  []string             // fields that do not come back equal; none if all is well
}

// Found is one line about the source.
type Found struct {
	What  string
	Value string
}

// Bundle imports an OLM bundle (registry+v1) whose folder is the root of fsys. The findings are the loss report; one of
// error severity says why the source can't be read, and then there is no result.
func Bundle(fsys fs.FS) (*Result, diag.List) {
	r := &reader{fsys: fsys}
	b := r.bundle()
	if r.faults.HasErrors() {
		return nil, r.faults
	}
	d := newDraft(b)
	d.propose()
	faults := d.fit()
	if faults.HasErrors() {
		return nil, append(faults, r.loss...)
	}
	return d.result(), append(r.loss, d.loss...)
}

// yamlOf writes an object as a file.
func yamlOf(t map[string]any) []byte { return emit.YAML(t, "") }
