package compiler_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/compiler/model"
)

const addsText = `
name: kettle
version: 1.0.0
image: example.com/kettle
manager: {defaults: none, args: ["--lid", "--base=oak"]}
objects:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: kettle-words}, data: {count: "1"}}
parameters:
`

// TestSetsAdd adds elements to a list, and fields that hold something else than the value, while there is a value.
func TestSetsAdd(t *testing.T) {
	m := lower(t, addsText+`
  steam: {default: "", sets: [{path: "spec.template.spec.containers.0.args", text: "--steam=$(steam)", add: true, before: "[=--base=oak]"}]}
  quiet: {default: false, sets: [{path: "spec.template.spec.containers.0.args", value: "--quiet", add: true}]}
  spare: {default: [], sets: [{path: "spec.template.spec.containers.0.args", add: true}, {path: "spec.template.spec.containers.0.command", add: true}]}
  base: {default: oak, sets: [{path: "spec.template.spec.containers.0.args.1", text: "--base=$(base)"}]}
  lid: {default: true, sets: [{path: "spec.template.spec.containers.0.args.[=--lid]", value: "--lid"}]}
  pot: {default: "", sets: [{path: "spec.template.spec.containers.0.env", add: true, value: {name: POT, value: "a $(pot) of $(HOME)"}}]}
  watched: {default: false, sets: [{path: spec.template.spec.containers.0.livenessProbe, value: {periodSeconds: 7}}]}
`)
	for what, c := range map[string]struct {
		values map[string]string
		args   string
		probe  bool
		start  any
		pot    any
	}{
		"none": {nil, "--lid --base=oak", false, nil, nil},
		"all": {map[string]string{"steam": "hot", "quiet": "true", "spare": `["a","b"]`, "base": "tin", "pot": "cup", "lid": "false", "watched": "true"},
			"--steam=hot --base=tin --quiet a b", true, []any{"a", "b"},
			[]any{map[string]any{"name": "POT", "value": "a cup of $(HOME)"}}},
	} {
		ov := m.DefaultOverlay()
		ov.Parameters = c.values
		for _, o := range m.Install(ov, "") {
			if o.Kind() != "Deployment" {
				continue
			}
			container := model.Container(o.Tree, 0)
			var args []string
			for _, a := range container["args"].([]any) {
				args = append(args, a.(string))
			}
			if got := strings.Join(args, " "); got != c.args {
				t.Errorf("%s: the arguments are %s, not %s", what, got, c.args)
			}
			if (container["livenessProbe"] != nil) != c.probe {
				t.Errorf("%s: the probe is %v", what, container["livenessProbe"])
			}
			if diff := cmp.Diff(c.pot, container["env"]); diff != "" {
				t.Errorf("%s: %s", what, diff)
			}
			if diff := cmp.Diff(c.start, container["command"]); diff != "" {
				t.Errorf("%s: %s", what, diff)
			}
		}
	}
}

// TestSetsAddRefused holds that what can't be added is refused at its place.
func TestSetsAddRefused(t *testing.T) {
	for text, want := range map[string]string{
		"a: {default: x, sets: [{object: ConfigMap/words, path: data.count, add: true}]}":                        "/parameters/a/sets/0/path: data.count of the ConfigMap kettle-words can't be set: it is not a list",
		"a: {default: x, sets: [{path: spec.template.spec.containers.0.args, add: true, before: '[=--no]'}]}":    "the list has no element [=--no]",
		"a: {default: x, sets: [{path: spec.template.spec.containers.0.args.0, before: '[=--lid]'}]}":            "/parameters/a/sets/0/before: before requires add: true",
		"a: {default: x, sets: [{path: spec.template.spec.containers.0.args, add: true, text: hi, value: ho}]}":  "/parameters/a/sets/0/value: value and text both set the content of the field",
		"a: {default: [x], sets: [{object: ConfigMap/words, path: data.count, value: ho}]}":                      "/parameters/a/sets/0/value: value needs a text, a number or a boolean to switch it, and the parameter a is a list or a map",
		"a: {default: x, sets: [{path: spec.template.spec.containers.0.args, add: true, text: '--steam=$(b)'}]}": "its text does not contain $(a)",
	} {
		if got := refusals(t, addsText+"  "+text+"\n"); !strings.Contains(got, want) {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}
