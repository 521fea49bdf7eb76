// Package importer reads what others wrote (an OLM bundle, a chart, manifests) and writes the description that a person
// would have written of it. It works on a description's own fields, not on the model: it proposes the short form, lowers
// and emits it in memory, compares the result with the source by meaning, and says as a raw overlay just what differs.
// So the proof that an import comes back equal is also the way in which its overlays are found. Start at Bundle and fit.
//
// The package is pure: it reads an fs.FS and gives files in memory. It stands beside the targets and may import them.
package importer

import (
	"io/fs"
	"testing/fstest"

	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// Options change how an import is written and proven.
type Options struct {
	Format string // of the description: cue or yaml
	Verify bool   // prove that what was written comes back equal
}

// Result is what an import writes, and what it has to say.
type Result struct {
	Name    string            // file of the description
	Spec    map[string]any    // the description
	Text    []byte            // the same, as it is written
	Files   map[string][]byte // the files that the description names
	Found   []Found           // what the source holds, for people
	Base    fs.FS             // the project whose files the description reads in place, or nil
	Assumed []string          // what nobody says, and the description had to
	Unequal []string          // fields that do not come back equal; none if all is well
	Before  fs.FS             // the source as judges read it: what they find there is its own
	InPlace bool              // Before are the files of the source, so that places in it can be shown

	write   func() []byte                              // writes Spec
	without func(diag.List) (*Result, diag.List, bool) // describes the source again, with less
	source  func(diag.Path) (diag.Pos, bool)
}

// Source is the place in the source that a path into the description comes from; ok is false where there is none.
func (r *Result) Source(p diag.Path) (pos diag.Pos, ok bool) {
	if r.source == nil {
		return diag.Pos{}, false
	}
	return r.source(p)
}

// Without describes the source again without the parameters and features that errors about the description blame, which its
// settings show. ok is false where there is an error that none of them is to blame for.
func (r *Result) Without(faults diag.List) (again *Result, found diag.List, ok bool) {
	if r.without == nil {
		return nil, nil, false
	}
	return r.without(faults)
}

// FS shows what an import writes as a file system, with the project's files where the description reads them in place.
func (r *Result) FS() fs.FS {
	own := fstest.MapFS{r.Name: &fstest.MapFile{Data: r.Text, Mode: 0o644}}
	for name, data := range r.Files {
		own[name] = &fstest.MapFile{Data: data, Mode: 0o644}
	}
	if r.Base == nil {
		return own
	}
	return layered{own, r.Base}
}

// Found is one line about the source.
type Found struct {
	What  string
	Value string
}

// Bundle imports an OLM bundle (registry+v1) whose folder is the root of fsys. The findings are the loss report; one of
// error severity says why the source can't be read, and then there is no result.
func Bundle(fsys fs.FS, opts Options) (*Result, diag.List) {
	r := &reader{fsys: fsys}
	result, found := r.imported(bundleForm, r.bundle(), opts)
	if result != nil {
		result.Before, result.InPlace = fsys, true
	}
	return result, found
}

// Manifests imports the objects in files of fsys: those named, and those in the folders named. Facts is what is known
// besides. The findings are as for Bundle.
func Manifests(fsys fs.FS, names []string, facts Facts, opts Options) (*Result, diag.List) {
	r := &reader{fsys: fsys}
	var docs []*document
	for _, name := range names {
		for _, file := range r.list(name) {
			switch {
			case kube.IsKustomization(file):
				r.lost(at(file, 1), "%s is not carried over: import its folder to get what kustomize builds from it", file)
				continue
			case !kube.IsManifest(file) && file != name:
				r.lost(at(file, 1), "%s is not carried over: it is no .yaml, .yml or .json", file)
				continue
			}
			docs = append(docs, r.objects(file)...)
		}
	}
	if facts.ManagedBy == "" {
		facts.ManagedBy = "kustomize"
	}
	return r.imported(installedForm(facts), r.installed(docs, facts), opts)
}

// Stream imports the objects in a text, such as what kubectl kustomize prints. The findings are as for Bundle.
func Stream(label string, data []byte, facts Facts, opts Options) (*Result, diag.List) {
	return Manifests(fstest.MapFS{label: &fstest.MapFile{Data: data, Mode: 0o644}}, []string{label}, facts, opts)
}

// imported drafts the description of what was read, fits it to the source, and writes it.
func (r *reader) imported(f *form, src *source, opts Options) (*Result, diag.List) {
	if r.faults.HasErrors() {
		return nil, r.faults
	}
	src.form = f
	d := newDraft(src)
	if d.place = src.place; d.place != nil {
		d.base = d.place.fsys
	}
	d.propose()
	if faults := d.fit(); faults.HasErrors() {
		return nil, faults
	}
	d.intoFiles()
	out, faults := d.result(opts)
	if faults.HasErrors() {
		return nil, faults
	}
	return out, append(r.loss, d.loss...)
}

// result writes the description, and proves it.
func (d *draft) result(opts Options) (*Result, diag.List) {
	out := &Result{Name: "operator." + opts.Format, Spec: d.spec, Files: d.files, Found: d.found(), Base: d.base, Assumed: d.src.assumed}
	out.write = func() []byte { return schema.Write(out.Spec, opts.Format, d.comments) }
	out.source, out.Before = d.sourceOf, d.src.installed()
	out.Text = out.write()
	if !opts.Verify {
		return out, nil
	}
	got, faults := d.compiled(out.Name, out.Text, d.files)
	if faults.HasErrors() {
		return nil, faults
	}
	out.Unequal = d.differences(got)
	return out, nil
}

// installed shows the objects of a source as one file of manifests.
func (s *source) installed() fs.FS {
	var all []byte
	for _, o := range s.objects {
		all = append(append(all, "---\n"...), yamlOf(o.tree)...)
	}
	return fstest.MapFS{"objects.yaml": {Data: all, Mode: 0o644}}
}

// yamlOf writes an object as a file.
func yamlOf(t map[string]any) []byte { return emit.YAML(t, "") }
