package compiler

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// checkDescriptors finds descriptors of fields that the schema lacks: the console shows nothing of them.
func (s *state) checkDescriptors(crd model.CRD, version string, list []any, part string, at diag.Path) {
	root := propertiesOf(versionSchema(crd, version))[part]
	if root == nil {
		return // a schema without the part takes anything there
	}
	for i, e := range list {
		d := kube.Map(e)
		path := kube.Text(d["path"])
		if path == "" {
			continue
		}
		missing, near := descend(root, path)
		if missing == "" {
			continue
		}
		w := diag.Warnf(diag.LeadsNowhere, at.Index(i).Child("path"), "%s %s has no field %s.%s: the console can't show it", crd.Name, version, part, missing)
		switch {
		case strings.HasPrefix(path, part+"."):
			w = w.WithHint("paths are relative to %s: write %s", part, strings.TrimPrefix(path, part+"."))
		case near != "":
			w = w.WithHint("did you mean %q?", near)
		}
		s.add(w)
	}
}

func versionSchema(crd model.CRD, version string) any {
	list := kube.List(model.At(crd.Tree, "spec", "versions"))
	for _, e := range list {
		if v := kube.Map(e); v["name"] == version {
			return model.At(v, "schema", "openAPIV3Schema")
		}
	}
	return nil
}

func propertiesOf(in any) map[string]any {
	t := kube.Map(in)
	return kube.Map(t["properties"])
}

var listIndex = regexp.MustCompile(`\[[0-9]*\]$`)

// descend follows a descriptor's path through a schema. It returns the path up to the field that is missing, and what it
// was meant as, if that is known. Where a schema takes fields that it does not name, nothing is missing.
func descend(in any, path string) (missing, near string) {
	var walked []string
	for _, step := range strings.Split(path, ".") {
		name := step
		for listIndex.MatchString(name) {
			name = listIndex.ReplaceAllString(name, "")
		}
		walked = append(walked, step)
		in = elementOf(in)
		t := kube.Map(in)
		next, known := propertiesOf(in)[name]
		if known {
			in = next
			continue
		}
		if t["properties"] == nil || t["x-kubernetes-preserve-unknown-fields"] == true || t["additionalProperties"] != nil {
			return "", ""
		}
		if n := diag.Nearest(name, slices.Sorted(maps.Keys(propertiesOf(in)))); n != "" {
			near = strings.Join(append(walked[:len(walked)-1:len(walked)-1], n), ".")
		}
		return strings.Join(walked, "."), near
	}
	return "", ""
}

// elementOf is the schema of a list's elements, or the schema itself.
func elementOf(in any) any {
	for {
		t := kube.Map(in)
		if t["items"] == nil {
			return in
		}
		in = t["items"]
	}
}

// descriptors checks those of one version of an API, which says them itself or for all versions.
func (s *state) descriptors(crd model.CRD, a model.API, at diag.Path, over *schema.APIVersionInfo) {
	for _, d := range []struct {
		field, part string
		list        []any
		own         bool
	}{
		{"specDescriptors", "spec", a.Spec, over != nil && over.SpecDescriptors != nil},
		{"statusDescriptors", "status", a.Status, over != nil && over.StatusDescriptors != nil},
	} {
		from := at
		if d.own {
			from = at.Child("versions").Child(a.Version)
		}
		s.checkDescriptors(crd, a.Version, d.list, d.part, from.Child(d.field))
	}
}
