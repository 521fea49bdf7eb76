package compiler

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// crds reads the CustomResourceDefinitions that the operator owns.
func (s *state) crds() {
	seen, before := map[string]diag.Path{}, len(s.diags)
	for _, o := range s.crdObjects() {
		crd, ok := s.crd(o)
		if !ok {
			continue
		}
		if first, dup := seen[crd.Name]; dup {
			s.add(diag.Errorf(diag.CRDDuplicate, o.from, "the CustomResourceDefinition %s is defined twice", crd.Name).WithRelated(first, "first defined here"))
			continue
		}
		seen[crd.Name] = o.from
		s.m.CRDs = append(s.m.CRDs, crd)
	}
	slices.SortFunc(s.m.CRDs, func(a, b model.CRD) int { return cmp.Compare(a.Name, b.Name) })
	s.noCRDs = len(s.m.CRDs) == 0 && s.diags[before:].HasErrors()
}

func (s *state) crdObjects() []object {
	src := s.spec.CRDs
	if src == nil {
		return nil
	}
	list := diag.Path("/crds")
	if src.From != nil {
		switch {
		case src.From.From != "" && len(src.List) == 0:
			return s.generated(src.From.Go(), "/crds", "CustomResourceDefinitions", Generator.CRDs)
		case src.From.From != "":
			s.add(diag.Errorf(diag.Conflict, "/crds/files", "crds has both from and files").WithHint("generate the definitions, or read them from files"))
			return nil
		case len(src.List) == 0:
			s.add(diag.Errorf(diag.MissingField, "/crds", "crds has neither files nor from").WithHint("write crds: {files: [config/crd/bases]}, or from: \"go\""))
			return nil
		}
		list = list.Child("files")
	}
	var out []object
	for i, entry := range src.List {
		at := list.Index(i)
		if entry.Object != nil {
			out = append(out, inPlace(entry.Object, at))
			continue
		}
		found := s.objectsOf(entry.File, at)
		if n := slices.IndexFunc(found, notCRD); n >= 0 && !slices.ContainsFunc(found, func(o object) bool { return !notCRD(o) }) {
			kind := kube.Text(found[n].tree["kind"])
			s.add(diag.Errorf(diag.FileContent, found[n].from, "%s is a %s, not a CustomResourceDefinition", entry.File, kind).WithRelated(at, "named here").
				WithHint("other objects stand under objects:"))
			continue
		}
		out = append(out, found...)
	}
	return out
}

func notCRD(o object) bool {
	kind := kube.Text(o.tree["kind"])
	return kind != "CustomResourceDefinition"
}

// markerFaults tells each fault of a Go file at its place, and what else went wrong where the description asks for it.
func (s *state) markerFaults(err error, at diag.Path, what string) {
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range several.Unwrap() {
			s.markerFaults(e, at, what)
		}
		return
	}
	var fault *MarkerFault
	if !errors.As(err, &fault) {
		s.add(diag.Errorf(diag.Markers, at, "making %s from Go markers: %v", what, err).WithHint("check that the packages build: go build ./..."))
		return
	}
	d := diag.Errorf(diag.Markers, at, "%s", fault.Message).WithHint("the Go packages must build; the markers are listed at https://book.kubebuilder.io/reference/markers")
	d.Pos = fault.Pos
	s.add(d.WithRelated(at, "the Go packages are read for this"))
}

// generated asks the generator for objects made from Go markers.
func (s *state) generated(from *schema.FromGo, at diag.Path, what string, run func(Generator, context.Context, *schema.FromGo) ([]byte, error)) []object {
	if s.opts.Generator == nil {
		s.errorf(diag.Markers, at, "%s can't be made from Go packages here: this run has no access to the Go sources", what)
		return nil
	}
	data, err := run(s.opts.Generator, s.ctx, from)
	if err != nil {
		s.markerFaults(err, at, what)
		return nil
	}
	docs, faults := kube.Read(what, data)
	if len(faults) > 0 {
		s.errorf(diag.Internal, at, "controller-tools wrote invalid YAML: %s", faults[0].Message)
		return nil
	}
	var out []object
	for _, d := range docs {
		if tree, ok := d.Value.(map[string]any); ok {
			out = append(out, object{tree: tree, from: at})
		}
	}
	if len(out) == 0 {
		s.add(diag.Errorf(diag.Markers, at, "the Go packages have no markers for %s", what).WithHint("see the markers of controller-tools: +kubebuilder:object:root, +kubebuilder:rbac"))
	}
	return out
}

// crd reads one CustomResourceDefinition. Faults that the API server would find are left to verification; here only
// what lowering itself needs must be right.
func (s *state) crd(o object) (model.CRD, bool) {
	if notCRD(o) {
		kind := kube.Text(o.tree["kind"])
		s.errorf(diag.FileContent, o.from, "%s is a %s, not a CustomResourceDefinition", model.MetaString(o.tree, "name"), kind)
		return model.CRD{}, false
	}
	spec := kube.Map(o.tree["spec"])
	names := kube.Map(spec["names"])
	crd := model.CRD{Node: model.Node{From: o.from}, Name: model.MetaString(o.tree, "name"), Tree: model.Clone(o.tree)}
	crd.Group = kube.Text(spec["group"])
	crd.Scope = kube.Text(spec["scope"])
	crd.Kind = kube.Text(names["kind"])
	crd.Plural = kube.Text(names["plural"])
	crd.Versions = crdVersions(spec)
	if from := s.spec.CRDs.From; from != nil && from.StripDescriptions {
		withoutDescriptions(crd.Tree)
	}
	crd.Conversion = spec["conversion"]
	for _, need := range []struct{ value, field string }{{crd.Group, "spec.group"}, {crd.Kind, "spec.names.kind"}, {crd.Plural, "spec.names.plural"}} {
		if need.value == "" {
			s.errorf(diag.CRDInvalid, o.from.Child("spec"), "the CustomResourceDefinition %s has no %s", crd.Name, need.field)
			return crd, false
		}
	}
	if want := crd.Plural + "." + crd.Group; crd.Name != want {
		s.errorf(diag.CRDInvalid, o.from.Child("metadata").Child("name"), "the CustomResourceDefinition is called %s: its plural and group make %s", crd.Name, want)
		return crd, false
	}
	if len(crd.Versions) == 0 {
		s.errorf(diag.CRDInvalid, o.from.Child("spec"), "the CustomResourceDefinition %s has no versions", crd.Name)
		return crd, false
	}
	crd.File = crd.Group + "_" + crd.Plural
	delete(crd.Tree, "status")
	if md, ok := crd.Tree["metadata"].(map[string]any); ok {
		delete(md, "creationTimestamp")
		delete(md, "namespace")
	}
	return crd, true
}

// crdVersions reads spec.versions, or the single spec.version of apiextensions.k8s.io/v1beta1.
func crdVersions(spec map[string]any) []model.CRDVersion {
	var out []model.CRDVersion
	list := kube.List(spec["versions"])
	for _, e := range list {
		v := kube.Map(e)
		ver := model.CRDVersion{}
		ver.Name = kube.Text(v["name"])
		ver.Served, _ = v["served"].(bool)
		ver.Storage, _ = v["storage"].(bool)
		ver.Description = kube.Text(model.At(v, "schema", "openAPIV3Schema", "description"))
		out = append(out, ver)
	}
	if name := kube.Text(spec["version"]); name != "" && len(out) == 0 {
		out = append(out, model.CRDVersion{Name: name, Served: true, Storage: true})
	}
	if shared := kube.Text(model.At(spec, "validation", "openAPIV3Schema", "description")); shared != "" {
		for i := range out {
			if out[i].Description == "" {
				out[i].Description = shared
			}
		}
	}
	return out
}

// crdNamed finds an owned CRD by name (plural.group).
func (s *state) crdNamed(name string) *model.CRD {
	for i := range s.m.CRDs {
		if s.m.CRDs[i].Name == name {
			return &s.m.CRDs[i]
		}
	}
	return nil
}

func (s *state) crdNames() string {
	var names []string
	for _, c := range s.m.CRDs {
		names = append(names, c.Name)
	}
	if len(names) == 0 {
		return "there are none"
	}
	return "there are " + strings.Join(names, ", ")
}
