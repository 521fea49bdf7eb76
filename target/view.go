package target

import (
	"encoding/json"
	"fmt"
	"path"
	"strconv"

	utiljson "k8s.io/apimachinery/pkg/util/json"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/schema/diag"
)

// Version is the version of the model that targets see. A field that is removed, renamed or gets another type makes a new
// one; a new field does not.
const Version = "v1"

// View is the model that targets see: plain data without expressions, as a plain install with all defaults has it. Every
// field is always there, empty where the operator has nothing to say, so that targets need no conditions.
type View struct {
	Tree    map[string]any
	origins *emit.FileSet
}

// viewFile names the view among origins.
const viewFile = "model"

// NewView makes the view of an operator.
func NewView(m *model.Operator) *View {
	var w viewWriter
	fields := w.operator(m)
	data, err := json.Marshal(fields)
	if err != nil {
		panic(fmt.Sprintf("target: a model that is not JSON: %v", err)) // it is made of JSON values
	}
	v := &View{origins: &emit.FileSet{}}
	if err := utiljson.Unmarshal(data, &v.Tree); err != nil {
		panic(fmt.Sprintf("target: a model that is not a tree: %v", err))
	}
	if err := v.origins.Add(viewFile, nil, append(w.origins, emit.Origin{})...); err != nil {
		panic(fmt.Sprintf("target: %v", err))
	}
	return v
}

// Trace finds where a part of the view was said; "" where the description as a whole says it.
func (v *View) Trace(p diag.Path) diag.Path { return v.origins.Trace(viewFile, string(p)) }

// viewWriter collects the origins of the parts of a view.
type viewWriter struct{ origins []emit.Origin }

// from notes where the part at a path was said.
func (w *viewWriter) from(at, said diag.Path) {
	w.origins = append(w.origins, emit.Origin{Pointer: string(at), Path: said})
}

// same notes that parts have the names of the description's fields.
func (w *viewWriter) same(names ...diag.Path) {
	for _, n := range names {
		w.origins = append(w.origins, emit.Origin{Pointer: string(n), Path: n, Whole: true})
	}
}

func (w *viewWriter) operator(m *model.Operator) operator {
	w.same("/name", "/version", "/displayName", "/summary", "/description", "/license", "/source", "/homepage", "/provider",
		"/maintainers", "/links", "/keywords", "/categories", "/kubernetes", "/maturity", "/namespace", "/icon")
	w.from("/capabilities", "/capabilities")
	w.from("/minKubeVersion", "/kubernetes")
	return operator{
		ModelVersion: Version,
		Name:         m.Name, Version: m.Version, DisplayName: m.DisplayName, Summary: m.Summary, Description: m.Description,
		License: m.License, Source: m.Source, Homepage: m.Homepage, Provider: provider(m.Provider),
		Maintainers: each(m.Maintainers, func(_ int, p model.Maintainer) maintainer { return maintainer(p) }),
		Links:       each(m.Links, func(_ int, l model.Link) link { return link(l) }),
		Keywords:    list(m.Keywords), Categories: list(m.Categories), Capabilities: m.Capability, Maturity: m.Maturity,
		Kubernetes: m.Kubernetes, MinKubeVersion: m.MinKube, Icon: iconOf(m.Icon), Namespace: m.Namespace,
		Image: w.image(m), Related: w.related(m), Chart: w.chart(m),
		CRDs: w.crds(m), APIs: w.apis(m), Examples: w.examples(m), Workloads: w.workloads(m), Objects: w.objects(m),
		Features: w.features(m), Parameters: w.parameters(m), Overlays: w.overlays(m),
		Watch: w.watch(m), Release: w.release(m), OLM: w.olm(m),
	}
}

func iconOf(i *model.Icon) icon {
	if i == nil {
		return icon{}
	}
	return icon{i.Base64, i.MediaType}
}

func (w *viewWriter) image(m *model.Operator) image {
	w.from("/image", "/image")
	if m.Image.Repository == "" {
		return image{Platforms: []string{}}
	}
	return image{m.Image.Ref(), m.Image.Repository, m.Image.Tag, m.Image.Digest, list(m.Image.Platforms)}
}

func (w *viewWriter) related(m *model.Operator) map[string]related {
	out := map[string]related{}
	for _, r := range m.Related {
		w.from(diag.Path("/related").Child(r.Name), r.From)
		i := model.ParseImage(r.Ref)
		out[r.Name] = related{r.Ref, i.Repository, i.Tag, i.Digest, r.Env}
	}
	return out
}

func (w *viewWriter) chart(m *model.Operator) chart {
	w.from("/chart/name", "/name")
	w.from("/chart/version", "/version")
	w.from("/chart/repository", "/image")
	w.from("/chart/oci", "/image")
	c := chart{Name: m.Name, Version: m.Version, Folder: "chart"}
	if name, ok := m.Helm.Chart["name"].(string); ok {
		w.from("/chart/name", m.Helm.From.Child("chart").Child("name"))
		c.Name = name
	}
	if version, ok := m.Helm.Chart["version"].(string); ok {
		w.from("/chart/version", m.Helm.From.Child("chart").Child("version"))
		c.Version = version
	}
	if m.Image.Repository != "" {
		whole := m.Image.ChartRepository(c.Name)
		c.Repository, c.OCI = path.Dir(whole), "oci://"+whole
	}
	return c
}

func (w *viewWriter) crds(m *model.Operator) []crd {
	return each(m.CRDs, func(i int, c model.CRD) crd {
		w.from(diag.Path("/crds").Index(i), c.From)
		return crd{c.Name, c.Group, c.Kind, c.Plural, c.Scope, each(c.Versions, func(_ int, v model.CRDVersion) crdVersion {
			return crdVersion{v.Name, v.Served, v.Storage, v.Description}
		})}
	})
}

func (w *viewWriter) apis(m *model.Operator) []api {
	return each(m.APIs, func(i int, a model.API) api {
		w.from(diag.Path("/apis").Index(i), a.From)
		return api{a.CRD, a.Kind, a.Version, a.DisplayName, a.Description}
	})
}

func (w *viewWriter) examples(m *model.Operator) []map[string]any {
	return each(m.Examples, func(i int, e model.Example) map[string]any {
		w.origins = append(w.origins, emit.Origin{Pointer: "/examples/" + strconv.Itoa(i), Path: e.From, Whole: true})
		return e.Tree
	})
}

func (w *viewWriter) objects(m *model.Operator) []map[string]any {
	return each(m.Install(m.DefaultOverlay(), ""), func(i int, o model.Object) map[string]any {
		for _, origin := range emit.DocumentOrigins(i, o) {
			origin.Pointer = "/objects" + origin.Pointer
			w.origins = append(w.origins, origin)
		}
		return o.Tree
	})
}

// each maps a list; an empty one is not null.
func each[A, B any](in []A, f func(int, A) B) []B {
	out := make([]B, len(in))
	for i, e := range in {
		out[i] = f(i, e)
	}
	return out
}

func list[A any](in []A) []A { return append([]A{}, in...) }
