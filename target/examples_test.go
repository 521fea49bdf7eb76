package target_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/verify/judge"
)

// schemas is a file or folder with schemas of other projects, in the folder that OPC_SCHEMAS names; CONTRIBUTING.md says
// where each comes from.
func schemas(t *testing.T, name string) string {
	t.Helper()
	dir := os.Getenv("OPC_SCHEMAS")
	if dir == "" {
		t.Skip("OPC_SCHEMAS names no folder with the schemas of other projects")
	}
	return filepath.Join(dir, name)
}

// example is a golden file of the targets in examples/targets, which opc targets test compares.
func example(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../examples/targets/targets/test/default/want", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestExamplesMeetTheirDefinitions validates the objects of the example targets against the CustomResourceDefinitions of
// the tools that read them.
func TestExamplesMeetTheirDefinitions(t *testing.T) {
	for file, definitions := range map[string][]string{
		"argocd/application.yaml": {"argocd-application.yaml"},
		"flux/release.yaml":       {"flux-ocirepository.yaml", "flux-helmrelease.yaml"},
	} {
		t.Run(file, func(t *testing.T) {
			var set kube.Set
			for _, d := range definitions {
				data, err := os.ReadFile(schemas(t, d))
				if err != nil {
					t.Fatal(err)
				}
				objects, faults := kube.Objects(d, data)
				if len(faults) > 0 || len(objects) == 0 {
					t.Fatalf("%s: %d objects, %v", d, len(objects), faults)
				}
				set.Objects = append(set.Objects, objects...)
			}
			objects, faults := kube.Objects(file, example(t, file))
			if len(faults) > 0 || len(objects) != len(definitions) {
				t.Fatalf("%d objects, %v", len(objects), faults)
			}
			for _, f := range judge.NewBench(judge.Context{}).Examples(set, objects) {
				t.Errorf("%s: %s", f.Pointer, f.Message)
			}
			for _, o := range objects { // what is wrong is found
				spec, _ := o.Tree["spec"].(map[string]any)
				spec["opc"], spec["interval"], spec["source"] = 1, 7, "x"
			}
			if found := judge.NewBench(judge.Context{}).Examples(set, objects); len(found) < len(objects) {
				t.Errorf("only %d findings in %d broken objects", len(found), len(objects))
			}
		})
	}
}

// TestExamplesMeetTheirSchemas validates the files of the example targets against the JSON Schemas of their tools.
func TestExamplesMeetTheirSchemas(t *testing.T) {
	compiler := jsonschema.NewCompiler()
	add := func(url, file string) {
		t.Helper()
		data, err := os.ReadFile(schemas(t, file))
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err == nil {
			err = compiler.AddResource(url, doc)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	files, err := filepath.Glob(filepath.Join(schemas(t, "backstage"), "*.json"))
	if err != nil || len(files) < 5 {
		t.Fatalf("%d schemas of Backstage: %v", len(files), err)
	}
	const base = "https://backstage.io/schemas/"
	for _, f := range files { // their $id is a bare name, and they refer to each other by it
		name := filepath.Base(f)
		add(base+name[:len(name)-len(".json")], filepath.Join("backstage", name))
	}
	add("https://docs.renovatebot.com/renovate-schema.json", "renovate-schema.json")
	docs, faults := kube.Read("catalog-info.yaml", example(t, "backstage/catalog-info.yaml"))
	if len(faults) > 0 || len(docs) != 2 {
		t.Fatalf("%d entities, %v", len(docs), faults)
	}
	preset, faults := kube.Read("default.json", example(t, "renovate/default.json"))
	if len(faults) > 0 || len(preset) != 1 {
		t.Fatal(faults)
	}
	for _, tc := range []struct {
		url    string
		value  any
		broken func(map[string]any)
	}{
		{base + "ComponentV1alpha1", docs[0].Value, func(v map[string]any) { delete(v["spec"].(map[string]any), "owner") }},
		{base + "ApiV1alpha1", docs[1].Value, func(v map[string]any) { delete(v["spec"].(map[string]any), "definition") }},
		{"https://docs.renovatebot.com/renovate-schema.json", preset[0].Value, func(v map[string]any) { v["packageRules"] = "none" }},
	} {
		schema, err := compiler.Compile(tc.url)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(tc.value); err != nil {
			t.Errorf("%s: %v", tc.url, err)
		}
		tc.broken(tc.value.(map[string]any))
		if schema.Validate(tc.value) == nil {
			t.Errorf("%s takes anything", tc.url)
		}
	}
}
