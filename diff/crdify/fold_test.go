package crdify

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/diff"
)

// operator is one that has a CRD whose spec has a schema, and nothing else.
func operator(t *testing.T, schema string) *model.Operator {
	t.Helper()
	tree := model.Tree{}
	text := `{spec: {scope: Namespaced, versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {spec: ` + schema + `}}}}]}}`
	if err := yaml.Unmarshal([]byte(text), &tree); err != nil {
		t.Fatal(err)
	}
	versions := []model.CRDVersion{{Name: "v1", Served: true, Storage: true}}
	return &model.Operator{Version: "1.0.0", CRDs: []model.CRD{{Name: "widgets.example.com", Scope: "Namespaced", Versions: versions, Tree: tree}}}
}

// TestIssuesJoinFindings holds that what crdify says of a change is told with the finding of that change, and what it
// says where nothing changed is told as that.
func TestIssuesJoinFindings(t *testing.T) {
	type told struct {
		ID      string
		Verdict diff.Verdict
		Judges  int
		Blocks  bool
	}
	tests := map[string]struct {
		old, new string
		want     []told
	}{
		"a field that is gone is told once": {
			"{type: object, properties: {a: {type: object, required: [b], properties: {b: {type: string, pattern: x}}}}}", "{type: object}",
			[]told{{"CRD101", diff.Major, 1, true}},
		},
		"in the values of a map": {
			"{type: object, additionalProperties: {type: object, properties: {a: {type: string, description: a}}}}",
			"{type: object, additionalProperties: {type: object, properties: {a: {type: string, description: b}}}}",
			[]told{{"CRD134", diff.Patch, 2, true}},
		},
		"in an alternative": {
			"{type: object, anyOf: [{required: [a]}, {properties: {b: {minLength: 1}}}]}", "{type: object, anyOf: [{required: [a]}, {properties: {b: {minLength: 2}}}]}",
			[]told{{"CRD131", diff.Major, 2, true}},
		},
		"rules in another order": {
			"{type: object, x-kubernetes-validations: [{rule: self.a}, {rule: self.b}]}", "{type: object, x-kubernetes-validations: [{rule: self.b}, {rule: self.a}]}",
			[]told{{"CRD304", diff.Patch, 1, true}},
		},
		"false is said": {
			"{type: object}", "{type: object, x-kubernetes-preserve-unknown-fields: false}",
			[]told{{"CRD304", diff.Patch, 1, true}},
		},
		"required in another order": {
			"{type: object, required: [a, b]}", "{type: object, required: [b, a]}", nil,
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			var got []told
			for _, f := range diff.Judge(operator(t, tc.old), operator(t, tc.new), diff.Options{Preflight: Check}).Findings {
				got = append(got, told{f.ID, f.Verdict, len(f.Judges), f.Blocks})
				t.Log(f.Message, f.Path, f.Judges)
			}
			if d := cmp.Diff(tc.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}
