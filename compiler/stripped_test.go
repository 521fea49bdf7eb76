package compiler_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/compiler/model"
)

const described = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: rings.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Ring, plural: rings}
  versions:
  - name: v1
    served: true
    storage: true
    additionalPrinterColumns: [{name: Size, type: integer, jsonPath: .size, description: Its size.}]
    schema:
      openAPIV3Schema:
        description: A ring.
        type: object
        properties:
          description: {type: string, description: Text for people., default: {description: kept}}
          stones:
            type: array
            items: {type: object, description: A stone., additionalProperties: {type: string, description: Whatever.}}
`

// TestStripDescriptions removes the descriptions of fields, and nothing else that is called description.
func TestStripDescriptions(t *testing.T) {
	m := lower(t, head+"crds: {files: [ring.yaml], stripDescriptions: true}", "ring.yaml", described)
	versions := m.CRDs[0].Tree["spec"].(map[string]any)["versions"].([]any)
	version := versions[0].(map[string]any)
	want := map[string]any{
		"description": "A ring.", "type": "object",
		"properties": map[string]any{
			"description": map[string]any{"type": "string", "default": map[string]any{"description": "kept"}},
			"stones":      map[string]any{"type": "array", "items": map[string]any{"type": "object", "additionalProperties": map[string]any{"type": "string"}}},
		},
	}
	if diff := cmp.Diff(want, model.At(version, "schema", "openAPIV3Schema")); diff != "" {
		t.Error(diff)
	}
	if columns := version["additionalPrinterColumns"].([]any); columns[0].(map[string]any)["description"] != "Its size." || m.CRDs[0].Versions[0].Description != "A ring." {
		t.Errorf("the version is %v", version)
	}
}
