package importer

import (
	"context"
	"io/fs"
	"testing/fstest"

	"github.com/opc-project/opc/compiler"
	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit/olm"
	"github.com/opc-project/opc/kube/equal"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// source is what was read of an operator, in whatever form it ships: its objects, each with its place, and what is known
// of the release besides. A draft speaks of an operator in the words of a ClusterServiceVersion, which says most in one
// place; where the source has none, gather makes one of the objects.
type source struct {
	form         *form
	csv          *document
	objects      []*document // beside the ClusterServiceVersion, in the order of files
	annotations  *document   // a bundle's metadata/annotations.yaml, or nil
	dependencies *document
	properties   *document
	scorecard    *document // a bundle's tests/scorecard/config.yaml, or nil
	normal       map[*document]tree

	// Of objects that are installed as they are, and not by OLM:
	facts     *Facts // nil for a bundle
	namespace string // where the operator stands; "" where nobody says it
	placed    bool   // whether an object says its namespace
	grants    []grant
	cluster   map[string]bool // kinds of the source's own APIs, by group and kind: whether they have no namespace
	assumed   []string        // what nobody says
	built     tree            // of a project: what its Dockerfile says
	place     *inPlace        // the files of the project that it was built from, where nothing is to be copied; or nil

	chart tree  // Chart.yaml of a chart
	files fs.FS // of the chart that a description compiled to
}

// form is a way in which operators ship. A description is proven by what it compiles to in the form of its source.
type form struct {
	emit func(*model.Operator) (*source, diag.List) // what a description compiles to in this form
	// steps say what differs between the source and what the description compiled to. What one says can settle what a
	// later one would find.
	steps func(*draft) []func(got *source)
	parts func(*source) map[string]any // what is compared, by names for people, in canonical form
	view  func(tree) tree              // of an object, without what does not count in this form; nil for all of it
}

// bundleForm is an OLM bundle (registry+v1).
var bundleForm = &form{emit: emitBundle, steps: bundleSteps, parts: bundleParts}

func emitBundle(m *model.Operator) (*source, diag.List) {
	out, faults := olm.Target.Emit(m)
	if faults.HasErrors() {
		return nil, faults
	}
	sub, err := fs.Sub(out.FS(), "bundle")
	if err != nil {
		return nil, diag.List{diag.Errorf(diag.Internal, "", "%v", err)}
	}
	r := &reader{fsys: sub}
	return r.bundle(), r.faults
}

func bundleSteps(d *draft) []func(*source) {
	return []func(*source){d.correctWorkloads, d.correctObjects, d.correctCSV, d.correctAnnotations, d.correctScorecard}
}

// bundleParts are the objects of a bundle and its metadata.
func bundleParts(b *source) map[string]any {
	out := map[string]any{}
	put := func(key string, d *document) {
		if c, err := equal.Canonical(d.tree); err == nil {
			out[key] = any(c)
		}
	}
	put(equal.ClusterServiceVersion, b.csv)
	for _, o := range b.objects {
		put(o.identity(), o)
	}
	for name, d := range map[string]*document{"metadata/annotations.yaml": b.annotations, "metadata/dependencies.yaml": b.dependencies, "metadata/properties.yaml": b.properties} {
		if d == nil {
			continue
		}
		if v := equal.Value(d.tree); len(object(v)) > 0 {
			out[name] = v
		}
	}
	return out
}

// compile lowers a description in memory. base holds files that the description reads in place, beside those that come
// with it; it may be nil.
func compile(name string, text []byte, files map[string][]byte, base fs.FS) (*model.Operator, diag.List) {
	own := fstest.MapFS{name: &fstest.MapFile{Data: text, Mode: 0o644}}
	for file, data := range files {
		own[file] = &fstest.MapFile{Data: data, Mode: 0o644}
	}
	var fsys fs.FS = own
	if base != nil {
		fsys = layered{own, base}
	}
	doc, faults := schema.Load(own, name, schema.Options{})
	if faults.HasErrors() {
		return nil, faults
	}
	return compiler.Lower(context.Background(), doc, fsys, compiler.Options{}) // nothing here runs the Go tool
}

// layered reads files of the first file system that has them.
type layered struct{ top, below fs.FS }

// Open implements fs.FS.
func (l layered) Open(name string) (fs.File, error) {
	if f, err := l.top.Open(name); err == nil {
		return f, nil
	}
	return l.below.Open(name)
}
