package diff

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/opc-project/opc/compiler"
	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema"
)

// base is what an example is laid over.
const base = `
name: demo
version: 1.0.0
image: ghcr.io/example/demo
`

const baseCRD = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  names: {kind: Widget, plural: widgets}
  scope: Namespaced
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object}}}}}]
`

// describe lays one side of an example over the base.
func describe(t testing.TB, e Example, side string) map[string]any {
	t.Helper()
	out, crd := parseYAML(t, base), parseYAML(t, baseCRD)
	patch := parseYAML(t, side)
	whole := strings.TrimSpace(side) == "null"
	spec := crd["spec"].(map[string]any)
	version := spec["versions"].([]any)[0].(map[string]any)
	root := version["schema"].(map[string]any)["openAPIV3Schema"].(map[string]any)["properties"].(map[string]any)
	switch e.In {
	case "", "description":
		out = over(out, patch)
	case "chart": // see judgeExample
	case "metadata":
		crd["metadata"] = over(crd["metadata"].(map[string]any), patch)
	case "crd":
		spec = over(spec, patch)
		if g, ok := patch["group"].(string); ok {
			crd["metadata"].(map[string]any)["name"] = "widgets." + g
		}
	case "version":
		spec["versions"] = []any{over(version, patch)}
	case "spec":
		root["spec"] = over(root["spec"].(map[string]any), patch)
	case "properties":
		root["spec"].(map[string]any)["properties"] = patch
	default:
		t.Fatalf("an example is in %q", e.In)
	}
	crd["spec"] = spec
	if e.In != "" && e.In != "chart" && !whole {
		out["crds"] = []any{crd}
	}
	return out
}

// over lays b over a. Unlike a merge patch it keeps a null: some fields mean something by it.
func over(a, b map[string]any) map[string]any {
	out := maps.Clone(a)
	for k, v := range b {
		x, isMap := out[k].(map[string]any)
		if y, both := v.(map[string]any); both && isMap {
			v = over(x, y)
		}
		out[k] = v
	}
	return out
}

func parseYAML(t testing.TB, text string) map[string]any {
	t.Helper()
	out := map[string]any{}
	if err := yaml.Unmarshal([]byte(text), &out); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return out
}

// lowered turns a description into a model.
func lowered(t testing.TB, tree map[string]any) (*schema.Document, *model.Operator) {
	t.Helper()
	data, err := yaml.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{"operator.yaml": {Data: data}}
	doc, list := schema.Load(files, "operator.yaml", schema.Options{})
	if list.HasErrors() {
		t.Fatalf("%s\n%v", data, list)
	}
	m, list := compiler.Lower(t.Context(), doc, files, compiler.Options{})
	if list.HasErrors() {
		t.Fatalf("%s\n%v", data, list)
	}
	return doc, m
}

func judgeExample(t testing.TB, e Example) *Report {
	t.Helper()
	_, old := lowered(t, describe(t, e, e.Before))
	_, new := lowered(t, describe(t, e, e.After))
	if e.In == "chart" {
		old.Helm.Required, new.Helm.Required = words(parseYAML(t, e.Before)["required"]), words(parseYAML(t, e.After)["required"])
	}
	return Judge(old, new, Options{})
}

// TestExamples holds the example of each rule to what it shows: findings of the rule, and of no other but those that
// the archive names.
func TestExamples(t *testing.T) {
	got := map[string][]string{}
	for _, r := range Rules() {
		report := judgeExample(t, r.Example)
		lines := []string{}
		ids := []string{}
		for _, f := range report.Findings {
			lines = append(lines, fmt.Sprintf("%s %s: %s [%s]", f.ID, f.Verdict, f.Message, f.Path))
			ids = append(ids, f.ID)
		}
		got[r.ID] = lines
		if r.Silent != !slices.Contains(ids, r.ID) {
			t.Errorf("the example of %s shows %q", r.ID, lines)
			for _, c := range Compare(report.Old, report.New) {
				t.Logf("   %s %s %v -> %v", c.Kind, c.Path, Short(c.Old), Short(c.New))
			}
		}
	}
	data, err := json.MarshalIndent(got, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "examples.json", append(data, '\n'))
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if os.Getenv("OPC_UPDATE") != "" {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s (-want +got; OPC_UPDATE=1 accepts):\n%s", file, d)
	}
}
