package compiler

import (
	"maps"

	"github.com/opc-project/opc/compiler/model"
)

// withoutDescriptions takes the descriptions of fields out of the schemas of a CustomResourceDefinition. That of each
// version as a whole stays: users see it in lists of APIs.
func withoutDescriptions(crd model.Tree) {
	versions, _ := model.At(crd, "spec", "versions").([]any)
	for _, v := range versions {
		version, _ := v.(map[string]any)
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
		fields, _ := schema[field].(map[string]any)
		for below := range maps.Values(fields) {
			stripped(below)
		}
	}
	for _, field := range []string{"items", "additionalProperties", "not"} {
		stripped(schema[field])
	}
	for _, field := range []string{"allOf", "anyOf", "oneOf", "items"} {
		list, _ := schema[field].([]any)
		for _, below := range list {
			stripped(below)
		}
	}
}
