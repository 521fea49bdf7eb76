package helm

import (
	"maps"
	"reflect"
	"slices"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

const globalDoc = "Values that a chart shares with its subcharts. This chart reads none."

// valuesSchema writes values.schema.json, by which Helm refuses values that the chart does not know. It is of draft 7,
// which every version of Helm reads.
func (c *chart) valuesSchema() {
	top := groupSchema(c.values)
	top["$schema"] = "http://json-schema.org/draft-07/schema#"
	top["title"] = "Values of the chart " + c.m.Name
	properties := top["properties"].(map[string]any)
	if g, ok := properties["global"].(map[string]any); ok {
		delete(g, "additionalProperties") // charts around this one have values of their own
		delete(g, "required")
	} else {
		properties["global"] = map[string]any{"type": "object", "description": globalDoc}
	}
	properties["enabled"] = map[string]any{"type": "boolean", "description": "For a chart that has this one as a dependency, as the condition of it."}
	definitions := map[string]any{}
	c.define(c.values, definitions)
	if len(definitions) > 0 {
		top["definitions"] = definitions
	}
	data, err := readableJSON(top)
	if err != nil {
		c.diags = append(c.diags, diag.Errorf(diag.Internal, "", "the schema of the chart's values: %v", err))
	}
	c.add("values.schema.json", data, root(""))
}

// define moves the definitions of leaves to the top, where each is once and a $ref finds it.
func (c *chart) define(v *value, definitions map[string]any) {
	for _, f := range v.fields {
		c.define(f, definitions)
	}
	own := kube.Map(v.schema["definitions"])
	for _, name := range slices.Sorted(maps.Keys(own)) {
		if known, ok := definitions[name]; ok && !reflect.DeepEqual(known, own[name]) {
			c.diags = append(c.diags, diag.Errorf(diag.Internal, v.from, "the schema of the value %s defines %s in another way than that of another value", dotted(v.path), name))
		}
		definitions[name] = own[name]
	}
}

func (v *value) jsonSchema() map[string]any {
	if !v.leaf {
		return groupSchema(v)
	}
	out := maps.Clone(v.schema)
	delete(out, "definitions")
	if v.doc != "" {
		out["description"] = v.doc
	}
	if v.def != nil {
		out["default"] = v.def
	}
	return out
}

func groupSchema(v *value) map[string]any {
	properties, required := map[string]any{}, []string{}
	for _, f := range v.fields {
		properties[f.name()] = f.jsonSchema()
		if f.needed() {
			required = append(required, f.name())
		}
	}
	out := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		out["required"] = required
	}
	if v.doc != "" {
		out["description"] = v.doc
	}
	return out
}

// needed reports whether the templates can't do without a value: set to null, Helm would leave it out.
func (v *value) needed() bool {
	if !v.leaf || v.required {
		return true
	}
	switch v.schema["type"] {
	case "integer", "number", "boolean", "string":
		return true
	}
	return false
}
