package schema_test

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/opc-project/opc/schema"
)

func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	data, err := schema.JSONSchema()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(schema.JSONSchemaID, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(schema.JSONSchemaID)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestJSONSchemaAgreesWithTheLanguage gives the same descriptions to both.
func TestJSONSchemaAgreesWithTheLanguage(t *testing.T) {
	const head = "name: x\nversion: 1.0.0\n"
	tests := map[string]string{
		"minimal":                     head,
		"manager with embedded field": head + "manager: {replicas: 2, health: false, pod: {priorityClassName: a}, resources: null}\n",
		"no manager":                  head + "manager: false\n",
		"whole objects":               head + "crds: [a.yaml, {kind: CustomResourceDefinition}]\nhelm: {values: {a: {b: 1}}}\n",
		"from go":                     head + "crds: {from: go, packages: [./api/...]}\n",
		"misspelt":                    head + "managr: false\n",
		"misspelt below":              head + "manager: {replica: 1}\n",
		"missing":                     "version: 1.0.0\n",
		"bad version":                 "name: x\nversion: v1\n",
		"bad port":                    head + "webhooks: {port: 70000}\n",
		"bad choice":                  head + "webhooks: {certificates: magic}\n",
		"wrong type":                  head + "keywords: database\n",
	}
	s := compiled(t)
	for name, text := range tests {
		doc, diags := schema.Load(fstest.MapFS{"operator.yaml": {Data: []byte(text)}}, "operator.yaml", schema.Options{})
		if doc.Tree == nil {
			t.Fatal(name, diags)
		}
		err := s.Validate(plain(doc.Tree))
		if (err == nil) == diags.HasErrors() {
			t.Errorf("%s: the language says %v, the JSON Schema %v", name, diags, err)
		}
	}
}

func TestJSONSchemaAcceptsTheExamples(t *testing.T) {
	s := compiled(t)
	entries, err := os.ReadDir("../examples")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		fsys := os.DirFS("../examples/" + e.Name())
		name, ok := schema.Find(fsys)
		if !ok {
			continue
		}
		doc, diags := schema.Load(fsys, name, schema.Options{})
		if diags.HasErrors() {
			t.Errorf("%s: %v", e.Name(), diags)
		} else if err := s.Validate(plain(doc.Tree)); err != nil {
			t.Errorf("%s: %v", e.Name(), err)
		}
	}
}

// plain makes the numbers of a tree those that the validator knows.
func plain(v any) any {
	switch t := v.(type) {
	case int64:
		return float64(t)
	case []any:
		out := make([]any, len(t))
		for i, e := range t {
			out[i] = plain(e)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(t))
		for k, e := range t {
			out[k] = plain(e)
		}
		return out
	}
	return v
}

func TestJSONSchemaIsTheSameEachTime(t *testing.T) {
	a, err1 := schema.JSONSchema()
	b, err2 := schema.JSONSchema()
	if err1 != nil || err2 != nil || !bytes.Equal(a, b) {
		t.Error(err1, err2)
	}
	if !strings.Contains(string(a), `"title": "opc`) {
		t.Error("no title")
	}
}
