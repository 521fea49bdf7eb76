package importer

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/kube/equal"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/chart"
)

// rendering renders one chart, and reads what comes out. What renders to the same text is read once.
type rendering struct {
	fsys     fs.FS // the chart's folder
	renderer Renderer
	release  chart.Release
	version  string                      // of the app
	cluster  map[string]bool             // kinds of the chart's own definitions that have no namespace
	hooks    map[string]bool             // places of hooks; nil where parts leaves hooks out
	helms    map[string]bool             // labels of Helm's own with other values, as label=value
	known    map[string]map[string]*file // by name and text
	labels   *sourceLabels
}

// file is what one file rendered to.
type file struct {
	docs   []*document
	parts  map[string]tree // canonical, by place
	faults diag.List
	seen   int // label sets of pods and Services that were known when its parts were made
}

func newRendering(fsys fs.FS, renderer Renderer, release chart.Release, version string) *rendering {
	return &rendering{
		fsys: fsys, renderer: renderer, release: release, version: strings.ReplaceAll(version, "+", "_"),
		cluster: map[string]bool{}, helms: map[string]bool{}, known: map[string]map[string]*file{}, labels: newSourceLabels(release.Name),
	}
}

// files are what the chart renders to with values, by name.
func (r *rendering) files(values tree) ([]*file, error) {
	release := r.release
	release.Values = values
	texts, err := r.renderer.Templates(release)
	if err != nil {
		return nil, err
	}
	var out []*file
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		if strings.HasPrefix(path.Base(name), "_") || path.Base(name) == "NOTES.txt" {
			continue
		}
		if r.known[name] == nil {
			r.known[name] = map[string]*file{}
		}
		f, ok := r.known[name][texts[name]]
		if !ok {
			f = r.read(name, texts[name])
			r.known[name][texts[name]] = f
		}
		r.labels.see(f.docs)
		out = append(out, f)
	}
	return out, nil
}

// read reads the objects of one rendered file. Their lines are those of the template, where one can be found.
func (r *rendering) read(name, data string) *file {
	in := &reader{fsys: r.fsys, lenient: true}
	f := &file{}
	template, err := fs.ReadFile(r.fsys, name)
	if err != nil {
		template = nil
	}
	if !chart.InCRDs(name) {
		data = chart.Stored(data)
	}
	for _, d := range flat(in.documents(name, []byte(data))) {
		d.doc, d.odd, d.alone = kube.Document{}, true, false
		d.line, d.template = 0, template
		if d.kind() != "CustomResourceDefinition" {
			r.simplify(d.tree)
		}
		f.docs = append(f.docs, d)
	}
	for _, fault := range slices.Concat(in.faults, in.loss) {
		fault.Message = fmt.Sprintf("%s, in line %d of the rendered template", fault.Message, fault.Pos.Line)
		fault.Pos, fault.Related = at(name, 1), nil
		f.faults = append(f.faults, fault)
	}
	return f
}

// documents are the objects that the chart renders to with values, and what of them is not readable.
func (r *rendering) documents(values tree) ([]*document, diag.List, error) {
	out, faults, err := r.rendered(values)
	for _, d := range out {
		r.unlabel(d.tree)
	}
	return out, faults, err
}

// first are the objects that the chart renders to by default. Their selectors tell which labels must stay.
func (r *rendering) first() ([]*document, diag.List, error) {
	out, _, err := r.rendered(nil)
	if err == nil {
		r.keep(out)
	}
	return r.documents(nil)
}

func (r *rendering) rendered(values tree) ([]*document, diag.List, error) {
	files, err := r.files(values)
	if err != nil {
		return nil, nil, err
	}
	var out []*document
	var faults diag.List
	for _, f := range files {
		faults = append(faults, f.faults...)
		for _, d := range f.docs {
			c := *d
			c.tree = clone(d.tree)
			out = append(out, &c)
		}
	}
	return out, faults, nil
}

// parts are the same objects in canonical form, by their place in a cluster.
func (r *rendering) parts(values tree, view func(tree) tree) (map[string]tree, error) {
	files, err := r.files(values)
	if err != nil {
		return nil, err
	}
	out := map[string]tree{}
	for _, f := range files {
		if f.faults.HasErrors() {
			return nil, errorOf(f.faults)
		}
		if f.parts == nil || f.seen < len(r.labels.sets) && r.labels.concerns(f.docs) {
			f.seen = len(r.labels.sets)
			parts := map[string]tree{}
			for _, d := range f.docs {
				if isHook(d) && r.hooks == nil {
					continue
				}
				c := &document{tree: clone(d.tree)}
				r.unlabel(c.tree)
				if r.settle(c); isHook(d) {
					r.hooks[c.place()] = true
				}
				part, err := equal.Canonical(view(c.tree))
				if err != nil {
					return nil, fmt.Errorf("the %s %s does not fit its type: %w", c.kind(), c.name(), err)
				}
				parts[c.place()] = part
			}
			f.parts = parts
		}
		maps.Copy(out, f.parts)
	}
	return out, nil
}

// settle says the namespace of an object that leaves it to the release.
func (r *rendering) settle(d *document) {
	md := object(d.tree["metadata"])
	switch {
	case md == nil:
	case kube.ClusterScoped(d.kind()) || r.cluster[d.group()+"/"+d.kind()]:
		delete(md, "namespace")
	case text(md["namespace"]) == "":
		md["namespace"] = r.release.Namespace
	}
}

func isHook(d *document) bool {
	_, ok := object(get(d.tree, "metadata", "annotations"))["helm.sh/hook"]
	return ok
}

// canonical is the form in which an object is compared.
func canonical(t tree) tree {
	if c, err := equal.Canonical(t); err == nil {
		return c
	}
	return t
}

// errorOf is the first of some findings as an error.
func errorOf(l diag.List) error {
	for _, d := range l {
		if d.Severity == diag.Error {
			return faultError(d.Message)
		}
	}
	return faultError("it can't be read")
}

type faultError string

// Error implements error.
func (e faultError) Error() string { return string(e) }
