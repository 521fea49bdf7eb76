package schema

import (
	"bytes"
	"encoding/json"
	"maps"
	"strings"

	"cuelang.org/go/encoding/jsonschema"

	"github.com/opc-project/opc/kube"
)

// JSONSchemaID names the JSON Schema of the language; editors keep schemas apart by it.
const JSONSchemaID = "https://github.com/opc-project/opc/schema/operator.schema.json"

// JSONSchema returns the language as a JSON Schema (draft 2020-12), for editors of descriptions in YAML and JSON.
func JSONSchema() ([]byte, error) {
	expr, err := jsonschema.Generate(definition("#Operator"), nil)
	if err != nil {
		return nil, err
	}
	ctx, _ := language()
	data, err := ctx.BuildExpr(expr).MarshalJSON()
	if err != nil {
		return nil, err
	}
	var tree map[string]any
	if err := json.Unmarshal(data, &tree); err != nil {
		return nil, err
	}
	defs := kube.Map(tree["$defs"])
	repair(tree, defs)
	tree["$id"] = JSONSchemaID
	tree["title"] = "opc: the description of a Kubernetes operator"
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err = e.Encode(tree)
	return out.Bytes(), err
}

// repair puts right what the generator gets wrong, in place: an open struct {...} comes out as the constant {}, which
// only an empty object equals; and a struct that embeds a definition comes out as a closed schema beside a reference
// to another closed schema, which no object with fields of both satisfies.
func repair(node any, defs map[string]any) {
	switch n := node.(type) {
	case []any:
		for _, e := range n {
			repair(e, defs)
		}
	case map[string]any:
		if empty, ok := n["const"].(map[string]any); ok && len(empty) == 0 {
			delete(n, "const")
			n["type"] = "object"
		}
		if own, ok := n["properties"].(map[string]any); ok {
			ref := kube.Text(n["$ref"])
			if def, ok := defs[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any); ok {
				embedded := kube.Map(def["properties"])
				all := maps.Clone(embedded)
				maps.Copy(all, own)
				n["properties"] = all
				delete(n, "$ref")
			}
		}
		for _, e := range n {
			repair(e, defs)
		}
	}
}
