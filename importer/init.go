package importer

import (
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// Init describes the operator that is developed in a folder. A project that has a kustomization is described in place, so
// that the default overlay is what the kustomization builds; a folder that only ships is imported; of what has neither,
// what can be told is said, and an empty folder gets a small start. called is the folder's name. The findings are as for
// Bundle.
func Init(fsys fs.FS, called string, opts Options) (*Result, diag.List) {
	p := &project{reader: &reader{fsys: fsys}}
	switch {
	case isProject(fsys):
		return InPlace(fsys, opts)
	case isBundle(fsys):
		return Bundle(fsys, opts)
	case p.hasBundle():
		sub, err := fs.Sub(fsys, "bundle")
		if err != nil {
			return nil, diag.List{diag.Errorf(diag.Internal, "", "%v", err)}
		}
		r, faults := Bundle(sub, opts)
		if r != nil {
			r.Found = append(r.Found, Found{"read from", "bundle/: the description takes its place"})
		}
		return r, faults
	case p.has("Chart.yaml"):
		return nil, diag.List{diag.Errorf(diag.ImportSource, "", "the folder is a Helm chart, not a project").
			WithHint("opc import CHART describes what a chart installs, with --out for the folder to write to")}
	case p.has("go.mod") || p.has("Dockerfile") || p.has("config") || p.has("PROJECT"):
		return readProject(fsys).bare(called, opts)
	}
	return start(called, opts)
}

// isProject reports whether a folder has a kustomization that installs an operator.
func isProject(fsys fs.FS) bool {
	for _, dir := range installs {
		if kustomizationIn(fsys, dir) != "" {
			return true
		}
	}
	return false
}

func (p *project) hasBundle() bool {
	sub, err := fs.Sub(p.fsys, "bundle")
	return err == nil && isBundle(sub)
}

// bare describes a project that nothing installs yet: by the files that are where kubebuilder puts them.
func (p *project) bare(called string, opts Options) (*Result, diag.List) {
	if p.faults.HasErrors() {
		return nil, p.faults
	}
	name := operatorName(called)
	if p.name != "" {
		name = operatorName(p.name)
	}
	spec := tree{"name": name, "version": unknownVersion, "image": "registry.example.com/" + name}
	out := &Result{Found: []Found{{"operator", name}}, Base: p.fsys, Assumed: []string{
		"version: " + unknownVersion + ", since nothing says one", "image: registry.example.com/" + name + ", since nothing says one",
	}}
	if p.version != "" {
		spec["version"], out.Assumed = p.version, out.Assumed[1:]
		out.Found = append(out.Found, Found{"version", p.version + " from Makefile"})
	}
	found := func(field, what string, value any, where string) {
		put(spec, value, strings.Split(field, ".")...)
		out.Found = append(out.Found, Found{what, where})
	}
	for _, dir := range []string{"config/crd/bases", "config/crd", "config/crds"} {
		if spec["crds"] == nil && p.holds(dir, "CustomResourceDefinition") {
			found("crds", "APIs", []any{dir}, dir)
		}
	}
	if p.has("config/rbac/role.yaml") {
		found("permissions", "permissions", []any{"config/rbac/role.yaml"}, "config/rbac/role.yaml")
	}
	if p.has("config/webhook/manifests.yaml") {
		found("webhooks.from", "webhooks", []any{"config/webhook/manifests.yaml"}, "config/webhook/manifests.yaml")
	}
	if file := p.dockerfile(); len(file) > 0 {
		found("dockerfile", "Dockerfile", file, "how the image is built")
	}
	return written(out, spec, opts)
}

// holds reports whether a folder has manifests, all of one kind.
func (p *project) holds(dir, kind string) bool {
	n := 0
	for _, name := range p.list(dir) {
		if path.Dir(name) != dir || !kube.IsManifest(name) {
			continue
		}
		for _, d := range p.objects(name) {
			if d.kind() != kind {
				return false
			}
			n++
		}
	}
	return n > 0
}

// written is the result of a description that was not drafted from objects.
func written(out *Result, spec tree, opts Options) (*Result, diag.List) {
	out.Name, out.Spec = "operator."+opts.Format, spec
	out.write = func() []byte { return schema.Write(out.Spec, opts.Format, nil) }
	out.Text = out.write()
	if _, faults := compile(out.Name, out.Text, out.Files, out.Base); faults.HasErrors() {
		return nil, faults
	}
	return out, nil
}

var (
	buildLine = regexp.MustCompile(`(?m)^\s*RUN\s.*\bgo build\b.*?\s((?:\./)?[A-Za-z0-9_/-]+(?:\.go)?|\.)\s*$`)
	goImage   = regexp.MustCompile(`(?m)^FROM\s+(?:\S+\s+)?(?:docker\.io/)?(?:library/)?golang:([0-9]+\.[0-9]+)`)
)

// dockerfile is what the project's Dockerfile says of the image, where opc would do otherwise.
func (p *project) dockerfile() tree {
	data, err := fs.ReadFile(p.fsys, "Dockerfile")
	if err != nil || len(data) > MaxFile {
		return nil
	}
	out := tree{}
	if m := buildLine.FindSubmatch(data); m != nil {
		pkg := path.Clean(string(m[1]))
		if strings.HasSuffix(pkg, ".go") {
			pkg = path.Dir(pkg)
		}
		if pkg = "./" + pkg; pkg == "./." {
			pkg = "."
		}
		if pkg != "./cmd" {
			out["package"] = pkg
		}
	}
	if m := goImage.FindSubmatch(data); m != nil && string(m[1]) != standardGo {
		out["goVersion"] = string(m[1])
	}
	return out
}

// standardGo is the version of Go with which a description that says none is built.
const standardGo = "1.26"
