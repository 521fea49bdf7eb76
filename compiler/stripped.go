package compiler

import (
	"maps"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
)

// withoutDescriptions takes the descriptions of fields out of the schemas of a CustomResourceDefinition. That of each
// version as a whole stays: users see it in lists of APIs.
func withoutDescriptions(crd model.Tree) {
	versions := kube.List(model.At(crd, "spec", "versions"))
	for _, v := range versions {
		version := kube.Map(v)
		if root, ok := model.At(version, "schema", "openAPIV3Schema").(map[string]any); ok {
			description, said := root["description"]
			stripped(root)
			if said {
				root["description"] = description
			}
		}
	}
}

// stripped takes the description out of a schema and those below it. Under properties stand names of fields, one of which
// can be description.
func stripped(v any) {
	schema, ok := v.(map[string]any)
	if !ok {
		return
	}
	delete(schema, "description")
	for _, field := range []string{"properties", "patternProperties", "definitions"} {
		fields := kube.Map(schema[field])
		for below := range maps.Values(fields) {
			stripped(below)
		}
	}
	for _, field := range []string{"items", "additionalProperties", "not"} {
		stripped(schema[field])
	}
	for _, field := range []string{"allOf", "anyOf", "oneOf", "items"} {
		list := kube.List(schema[field])
		for _, below := range list {
			stripped(below)
		}
	}
}
