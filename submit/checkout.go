package submit

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// plan is a submission on its way.
type plan struct {
	opts     Options
	m        *model.Operator
	operator string // folder of the operator

	organization string // of the repository, as its config.yaml says; "" for one that says none
	ciText       []byte
	ci           kube.Document
	others       []version // that are in the checkout, without the one that is submitted

	out   *Submission
	diags diag.List
}

// version is a version of the operator in the checkout.
type version struct {
	folder, name string // of the folder, and of the ClusterServiceVersion
	pkg          string
	replaces     string
	skips        []string
	skipRange    string
	channels     []string
}

// at is a position in a file of the checkout.
func (p *plan) at(file string, line, col int) diag.Pos {
	return diag.Pos{File: path.Join(p.opts.Label, file), Line: line, Col: col}
}

func (p *plan) fault(code diag.Code, file, format string, args ...any) {
	d := diag.Errorf(code, "", format, args...)
	d.Pos = p.at(file, 1, 1)
	p.diags = append(p.diags, d)
}

func (p *plan) ciName() string { return path.Join(p.operator, "ci.yaml") }

// read reads the parts of a checkout that matter. It returns false where it is no such checkout.
func (p *plan) read(checkout fs.FS) bool {
	if info, err := fs.Stat(checkout, "operators"); err != nil || !info.IsDir() {
		d := diag.Errorf(diag.Checkout, "", "%s has no folder operators: expected a checkout of a repository such as community-operators", p.opts.Label)
		d.Pos = p.at(".", 1, 1)
		p.diags = append(p.diags, d.WithHint("clone your fork of the repository, and name its folder"))
		return false
	}
	if doc, ok := p.yaml(checkout, "config.yaml"); ok {
		tree := kube.Map(doc.Value)
		p.organization = kube.Text(tree["organization"])
	}
	data, err := fs.ReadFile(checkout, p.ciName())
	switch {
	case err == nil:
		p.ciText = data
		p.ci, _ = p.yaml(checkout, p.ciName())
	case !errors.Is(err, fs.ErrNotExist):
		p.fault(diag.Checkout, p.ciName(), "can't be read: %v", err)
	}
	entries, _ := fs.ReadDir(checkout, p.operator) // a new operator has none
	for _, e := range entries {
		if v, ok := p.versionIn(checkout, e); ok {
			p.others = append(p.others, v)
		}
	}
	return !p.diags.HasErrors()
}

// yaml reads a file of one document; ok is false where there is none.
func (p *plan) yaml(checkout fs.FS, name string) (doc kube.Document, ok bool) {
	data, err := fs.ReadFile(checkout, name)
	if err != nil {
		return doc, false
	}
	docs, faults := kube.Read(name, data)
	for _, f := range faults {
		d := diag.Errorf(diag.Checkout, "", "%s", f.Message)
		d.Pos = p.at(name, f.Line, f.Col)
		p.diags = append(p.diags, d)
	}
	if len(docs) == 0 {
		return doc, false
	}
	return docs[0], len(faults) == 0
}

// versionIn reads a version that is in the checkout. Folders without a ClusterServiceVersion are none.
func (p *plan) versionIn(checkout fs.FS, e fs.DirEntry) (version, bool) {
	folder := path.Join(p.operator, e.Name())
	if !e.IsDir() || e.Name() == p.m.Version {
		return version{}, false
	}
	v := version{folder: folder}
	manifests, _ := fs.ReadDir(checkout, path.Join(folder, "manifests"))
	for _, f := range manifests {
		if ext := path.Ext(f.Name()); ext != ".yaml" && ext != ".yml" {
			continue
		}
		data, err := fs.ReadFile(checkout, path.Join(folder, "manifests", f.Name()))
		if err != nil || !strings.Contains(string(data), "ClusterServiceVersion") {
			continue
		}
		objects, _ := kube.Objects(f.Name(), data) // those of others are not judged here
		for _, o := range objects {
			if o.Kind() == "ClusterServiceVersion" {
				v.of(o.Tree)
			}
		}
	}
	if data, err := fs.ReadFile(checkout, path.Join(folder, "metadata/annotations.yaml")); err == nil {
		if docs, _ := kube.Read("annotations.yaml", data); len(docs) > 0 {
			tree := kube.Map(docs[0].Value)
			v.pkg = kube.Text(kube.At(tree, "annotations", model.BundlePackage))
			channels := kube.Text(kube.At(tree, "annotations", model.BundleChannels))
			v.channels = strings.FieldsFunc(channels, func(r rune) bool { return r == ',' || r == ' ' })
		}
	}
	return v, v.name != ""
}

func (v *version) of(csv kube.Tree) {
	v.name = kube.MetaString(csv, "name")
	v.replaces = kube.Text(kube.At(csv, "spec", "replaces"))
	v.skipRange = kube.Text(kube.At(csv, "metadata", "annotations", "olm.skipRange"))
	skips := kube.List(kube.At(csv, "spec", "skips"))
	for _, s := range skips {
		if name, ok := s.(string); ok {
			v.skips = append(v.skips, name)
		}
	}
}

// passes reports whether a version replaces or skips another.
func (v version) passes(name string) bool {
	return v.replaces == name || slices.Contains(v.skips, name)
}
