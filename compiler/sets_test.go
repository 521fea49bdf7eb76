package compiler_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/compiler"
	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema"
)

const setsText = `
name: lamp
version: 1.0.0
image: example.com/lamp
manager: {defaults: none, args: ["--glow=7", "--dim"]}
objects:
- {apiVersion: v1, kind: Service, metadata: {name: lamp-switch}, spec: {ports: [{name: a, port: 80}]}}
- {apiVersion: v1, kind: ConfigMap, metadata: {name: lamp-words}, data: {count: "1"}}
parameters:
`

// TestSets puts parameters into fields, and reads an install with other values.
func TestSets(t *testing.T) {
	m := lower(t, setsText+`
  glow: {default: 7, sets: [{path: "spec.template.spec.containers.0.args.[=--glow=7]", text: "--glow=$(glow)$(unit)$(HOME)"}]}
  unit: {default: W, env: UNIT}
  port: {default: 80, sets: [{object: Service/switch, path: "spec.ports.[name=a].port"}]}
  count: {default: 1, sets: [{object: ConfigMap/lamp-words, path: data.count}]}
  wants: {default: {a: b}, sets: [{path: spec.template.spec.nodeSelector}]}
  stands: {default: [], sets: [{path: spec.template.spec.tolerations}]}
`)
	ov := m.DefaultOverlay()
	ov.Parameters = map[string]string{"glow": "9", "port": "81", "count": "2", "wants": "{}", "stands": `[{"key":"k"}]`}
	got := map[string]any{}
	for _, o := range m.Install(ov, "") {
		switch o.Kind() {
		case "Deployment":
			pod := model.At(o.Tree, "spec", "template", "spec").(map[string]any)
			got["args"] = model.Container(o.Tree, 0)["args"]
			got["nodes"], got["tolerations"] = pod["nodeSelector"], pod["tolerations"]
		case "Service":
			got["port"] = model.At(o.Tree, "spec", "ports").([]any)[0].(map[string]any)["port"]
		case "ConfigMap":
			got["n"] = model.At(o.Tree, "data", "count")
		}
	}
	want := map[string]any{
		"args": []any{"--glow=9W$(HOME)", "--dim"}, "nodes": nil, "tolerations": []any{map[string]any{"key": "k"}}, "port": int64(81), "n": "2",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestSetsRefused holds that what can't be set is refused at its place.
func TestSetsRefused(t *testing.T) {
	for text, want := range map[string]string{
		"a: {default: 1, sets: [{object: Service/x, path: spec.type}]}":                    "/parameters/a/sets/0/object: there is no object Service/x",
		"a: {default: 1, sets: [{object: Service/switch, path: spec..type}]}":              "/parameters/a/sets/0/path: \"spec..type\" is not the path of a field",
		"a: {default: 1, sets: [{object: Service/switch, path: spec.ports.3.port}]}":       "the list has no element 3",
		"a: {default: 1, sets: [{object: Service/switch, path: spec.ports.0.port.x}]}":     "the field above x is not a map or a list",
		"a: {default: x, sets: [{object: Service/switch, path: metadata.name}]}":           "a parameter can't set metadata.name: its value must be known before the install",
		"a: {default: x, sets: [{object: Service/switch, path: spec.type, text: fixed}]}":  "its text does not contain $(a)",
		"a: {default: [x], sets: [{object: Service/switch, path: spec.type, text: $(a)}]}": "the parameter a is a list or a map, which can't be part of a text",
		"a: {default: [x]}":                       "/parameters/a/default: the parameter a is a list or a map, which an environment variable can't hold",
		"a: {default: x, schema: {type: string}}": "/parameters/a/schema: the parameter a has a schema, but is neither a list nor a map",
		"a: {default: x, sets: [{object: Service/switch, path: spec.type}]}\n  b: {default: x, sets: [{object: Service/lamp-switch, path: spec.type}]}": "/parameters/b/sets/0: two parameters set spec.type of the Service lamp-switch",
	} {
		got := refusals(t, setsText+"  "+text+"\n")
		if !strings.Contains(got, want) {
			t.Errorf("%s\ngot  %s\nwant %s", text, got, want)
		}
	}
}

// refusals are what lowering says against a description.
func refusals(t *testing.T, text string) string {
	t.Helper()
	doc, faults := schema.Load(fstest.MapFS{"operator.yaml": {Data: []byte(text)}}, "operator.yaml", schema.Options{})
	if faults.HasErrors() {
		t.Fatal(faults)
	}
	_, faults = compiler.Lower(t.Context(), doc, fstest.MapFS{}, compiler.Options{})
	var all []string
	for _, d := range faults {
		all = append(all, string(d.Path)+": "+d.Message)
	}
	return strings.Join(all, "\n")
}
