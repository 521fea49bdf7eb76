package compiler

import (
	"maps"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// apis fills in what users are told about each version of each owned API, the examples, and what is required.
func (s *state) apis() {
	for _, name := range slices.Sorted(maps.Keys(s.spec.APIs)) {
		at := diag.Path("/apis").Child(name)
		crd := s.crdNamed(name)
		if crd == nil && s.noCRDs {
			continue
		}
		if crd == nil {
			s.add(diag.Errorf(diag.UnknownAPI, at, "no CustomResourceDefinition is called %s: %s", name, s.crdNames()).WithHint("an API goes by the name of its CRD, plural.group"))
			continue
		}
		api := s.spec.APIs[name]
		for _, v := range slices.Sorted(maps.Keys(api.Versions)) {
			if !slices.ContainsFunc(crd.Versions, func(x model.CRDVersion) bool { return x.Name == v }) {
				s.errorf(diag.UnknownAPI, at.Child("versions").Child(v), "%s has no version %s", name, v)
			}
		}
		for i, e := range api.Examples {
			s.examples(e, at.Child("examples").Index(i))
		}
	}
	for _, crd := range s.m.CRDs {
		s.ownedAPI(crd)
	}
	if r := s.spec.Requires; r != nil {
		s.m.Requires = model.Requires{CRDs: r.APIs, NativeAPI: r.Native}
		s.m.OLM.Dependencies = r.Dependencies
	}
}

func (s *state) ownedAPI(crd model.CRD) {
	api := s.spec.APIs[crd.Name]
	for _, v := range crd.Versions {
		over, said := api.Versions[v.Name]
		if said && over == nil || !said && !v.Served {
			continue
		}
		at := diag.Path("/apis").Child(crd.Name)
		if _, told := s.spec.APIs[crd.Name]; !told {
			at = crd.From
		}
		info := api.APIVersionInfo
		if over != nil {
			info = overlayInfo(info, *over)
		}
		s.m.APIs = append(s.m.APIs, model.API{
			Node: model.Node{From: at}, CRD: crd.Name, Kind: crd.Kind, Version: v.Name,
			DisplayName: deref(info.DisplayName, crd.Kind), Description: deref(info.Description, v.Description),
			Resources: info.Resources, Spec: info.SpecDescriptors, Status: info.StatusDescriptors, Actions: info.ActionDescriptors,
		})
		s.descriptors(crd, s.m.APIs[len(s.m.APIs)-1], at, over)
	}
}

// overlayInfo lays what is said of one version over what is said of all.
func overlayInfo(base, over schema.APIVersionInfo) schema.APIVersionInfo {
	if over.DisplayName != nil {
		base.DisplayName = over.DisplayName
	}
	if over.Description != nil {
		base.Description = over.Description
	}
	for _, f := range []struct{ to, from *[]any }{
		{&base.Resources, &over.Resources}, {&base.SpecDescriptors, &over.SpecDescriptors},
		{&base.StatusDescriptors, &over.StatusDescriptors}, {&base.ActionDescriptors, &over.ActionDescriptors},
	} {
		if *f.from != nil {
			*f.to = *f.from
		}
	}
	return base
}

func (s *state) examples(src schema.Source, at diag.Path) {
	found := []object{inPlace(src.Object, at)}
	if src.Object == nil {
		found = s.objectsOf(src.File, at)
	}
	for _, o := range found {
		s.checkExample(o, at)
		s.m.Examples = append(s.m.Examples, model.Example{Node: model.Node{From: o.from}, Tree: o.tree})
	}
}

// checkExample holds that an example is of an owned API, in a version that is served.
func (s *state) checkExample(o object, at diag.Path) {
	apiVersion := kube.Text(o.tree["apiVersion"])
	kind := kube.Text(o.tree["kind"])
	group, version, _ := strings.Cut(apiVersion, "/")
	for _, c := range s.m.CRDs {
		if c.Group != group || c.Kind != kind {
			continue
		}
		for _, v := range c.Versions {
			if v.Name == version && v.Served {
				return
			}
		}
		s.add(diag.Errorf(diag.BadExample, o.from.Child("apiVersion"), "%s has no served version %s", c.Name, version).WithRelated(at, "named here"))
		return
	}
	if s.noCRDs {
		return
	}
	s.add(diag.Errorf(diag.BadExample, o.from, "the example is a %s of %s, which is not an API of this operator", kind, apiVersion).WithRelated(at, "named here").
		WithHint("its CustomResourceDefinition must stand under crds:"))
}
