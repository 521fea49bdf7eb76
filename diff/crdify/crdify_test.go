package crdify

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/crdify/pkg/config"
	"sigs.k8s.io/crdify/pkg/runner"
	"sigs.k8s.io/yaml"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/diff"
)

// pairs are the CRDs that the previous and the latest version of each operator of the corpus have in common.
func pairs(t *testing.T) map[string][2]model.Tree {
	t.Helper()
	shared := os.Getenv("OPC_SHARED")
	if shared == "" {
		shared = "../../../shared"
	}
	out := map[string][2]model.Tree{}
	operators, _ := filepath.Glob(filepath.Join(shared, "corpus", "*"))
	for _, dir := range operators {
		index, _ := filepath.Glob(filepath.Join(dir, "*", "manifests"))
		if len(index) != 2 {
			continue
		}
		a, b := crds(t, index[0]), crds(t, index[1])
		for name := range a {
			if b[name] != nil {
				out[filepath.Base(dir)+" "+name] = [2]model.Tree{a[name], b[name]}
			}
		}
	}
	if len(out) == 0 {
		t.Skip("the corpus is not here: set OPC_SHARED")
	}
	return out
}

func crds(t *testing.T, dir string) map[string]model.Tree {
	t.Helper()
	out := map[string]model.Tree{}
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(data), "CustomResourceDefinition") {
			continue
		}
		tree := model.Tree{}
		if yaml.Unmarshal(data, &tree) == nil && tree["kind"] == "CustomResourceDefinition" {
			out[model.MetaString(tree, "name")] = tree
		}
	}
	return out
}

// straight is what crdify itself says, in its strictest configuration, of whole CRDs.
func straight(t *testing.T, old, new model.Tree, cfg config.Config) []diff.Issue {
	t.Helper()
	a, b, err := typed(definition(old), definition(new))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []*apiextensionsv1.CustomResourceDefinition{a, b} {
		c.Status = apiextensionsv1.CustomResourceDefinitionStatus{}
	}
	if err := config.ValidateConfig(&cfg); err != nil {
		t.Fatal(err)
	}
	run, err := runner.New(&cfg, runner.DefaultRegistry())
	if err != nil {
		t.Fatal(err)
	}
	results := run.Run(a, b)
	out := append(whole(results.CRDValidation), versioned(results.SameVersionValidation)...)
	return append(out, versioned(results.ServedVersionValidation)...)
}

func keys(list []diff.Issue) []string {
	var out []string
	for _, i := range list {
		data, _ := json.Marshal([]string{i.Version, i.Property, i.Check, i.Message})
		out = append(out, string(data))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// TestLeavingOutWhatIsEqualChangesNothing holds the short cut to the whole way, and our notion of what OLM v1 refuses
// to crdify run in OLM v1's configuration.
func TestLeavingOutWhatIsEqualChangesNothing(t *testing.T) {
	olm := config.Config{
		Conversion: config.ConversionPolicyIgnore, UnhandledEnforcement: config.EnforcementPolicyError,
		Validations: []config.ValidationConfig{
			{Name: "description", Enforcement: config.EnforcementPolicyNone},
			{Name: "enum", Enforcement: config.EnforcementPolicyError, Configuration: map[string]any{"additionPolicy": "Allow"}},
		},
	}
	issues := 0
	for name, p := range pairs(t) {
		for _, way := range [][2]model.Tree{p, {p[1], p[0]}} {
			got, err := Check(way[0], way[1])
			if err != nil {
				t.Fatal(name, err)
			}
			issues += len(got)
			if d := cmp.Diff(keys(straight(t, way[0], way[1], config.Config{})), keys(got)); d != "" {
				t.Errorf("%s (-crdify +ours):\n%s", name, d)
			}
			blocking := slices.DeleteFunc(slices.Clone(got), func(i diff.Issue) bool { return !i.Blocks })
			if d := cmp.Diff(keys(straight(t, way[0], way[1], olm)), keys(blocking)); d != "" {
				t.Errorf("%s: what OLM v1 refuses (-crdify +ours):\n%s", name, d)
			}
		}
	}
	if issues == 0 {
		t.Error("the corpus has no issues: this test shows nothing")
	}
}
