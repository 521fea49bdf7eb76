package diff

import (
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
)

// requiredField reports whether a new field must be said and has no default: its parent lists it as required.
func requiredField(c *Case) bool {
	value := fields(c.Change.New)
	if value["default"] != nil {
		return false
	}
	parent, name := splitField(c.Named["field"])
	for _, crd := range c.New.CRDs {
		if crd.Name == c.Named["crd"] {
			return slices.Contains(words(schemaAt(crd, c.Named["version"], parent)["required"]), name)
		}
	}
	return false
}

// hasDefault reports whether a field that became required is filled in where it is left out.
func hasDefault(c *Case) bool {
	for _, crd := range c.New.CRDs {
		if crd.Name == c.Named["crd"] {
			parent := schemaAt(crd, c.Named["version"], c.Named["field"])
			return fields(fields(parent["properties"])[c.Named["name"]])["default"] != nil
		}
	}
	return false
}

func splitField(field string) (parent, name string) {
	i := strings.LastIndexByte(field, '.')
	return field[:i], field[i+1:]
}

// schemaAt finds the schema of a field of a version of an API, or nil.
func schemaAt(crd model.CRD, version, field string) model.Tree {
	v := versionSchema(crd, version)
	for _, step := range strings.Split(strings.TrimPrefix(field, "."), ".") {
		for v != nil && step != "" {
			switch name, rest := cutStep(step); {
			case name != "":
				v, step = fields(fields(v["properties"])[name]), rest
			case strings.HasPrefix(step, "[]"):
				v, step = fields(v["items"]), step[2:]
			default:
				v, step = fields(v["additionalProperties"]), strings.TrimPrefix(step, "{}")
			}
		}
	}
	return v
}

// cutStep splits off the name in front of [] and {}.
func cutStep(step string) (name, rest string) {
	i := strings.IndexAny(step, "[{")
	if i < 0 {
		return step, ""
	}
	return step[:i], step[i:]
}

func versionSchema(crd model.CRD, version string) model.Tree {
	spec := fields(crd.Tree["spec"])
	list := kube.List(spec["versions"])
	for _, e := range list {
		if v := fields(e); v["name"] == version {
			if s := fields(fields(v["schema"])["openAPIV3Schema"]); s != nil {
				return s
			}
		}
	}
	return fields(fields(spec["validation"])["openAPIV3Schema"])
}

// fieldNames are what the parent of a field says of it.
func fieldNames(c *Case) []pattern {
	var out []pattern
	for _, f := range []string{c.Named["field"], c.From} {
		if f == "" || f == rootField {
			continue
		}
		parent, name := splitField(f)
		if parent == "" {
			parent = rootField
		}
		out = append(out, form("* crds/?/versions/?/schema/?/required/?", c.Named["crd"], c.Named["version"], parent, name))
	}
	return out
}

// sameField are the keywords that follow from a field's new type.
func sameField(c *Case) []pattern {
	crd, version, f := c.Named["crd"], c.Named["version"], c.Named["field"]
	return []pattern{
		form("* crds/?/versions/?/schema/?/format", crd, version, f), form("* crds/?/versions/?/schema/?/items", crd, version, f),
		form("* crds/?/versions/?/schema/?/additionalProperties", crd, version, f),
		form("* crds/?/versions/?/schema/?/x-kubernetes-list-type", crd, version, f),
		form("* crds/?/versions/?/schema/?/x-kubernetes-map-type", crd, version, f),
	}
}

// asBefore reports whether a change only says the default.
func asBefore(c *Case) bool {
	said := func(v any) bool { return v == nil || v == "atomic" || v == "granular" }
	last := c.Path[len(c.Path)-1]
	list := last == "x-kubernetes-list-type" || last == "x-kubernetes-map-type"
	return list && said(c.Change.Old) && said(c.Change.New) && (c.Change.Old == nil || c.Change.New == nil) &&
		!(last == "x-kubernetes-map-type" && (c.Change.Old == "atomic" || c.Change.New == "atomic"))
}

func knownKeyword(k string) bool {
	_, limit := limits[k]
	return limit || slices.Contains([]string{
		"type", "format", "items", "properties", "additionalProperties", "required", "enum", "default", "pattern", "nullable", "description", "title",
		"example", "externalDocs", "allOf", "anyOf", "oneOf", "not", "x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource",
		"x-kubernetes-int-or-string", "x-kubernetes-list-type", "x-kubernetes-list-map-keys", "x-kubernetes-map-type", "x-kubernetes-validations",
	}, k)
}
