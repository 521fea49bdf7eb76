package left

import (
	"slices"
	"strings"
	"testing"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/e2e/project"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/try/state"
	"github.com/opc-project/opc/verify/equal"
)

// example is what the example's description says.
func example(t *testing.T) *model.Operator {
	t.Helper()
	p, err := project.Example("")
	if err != nil {
		t.Fatal(err)
	}
	m, err := p.Lower(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func trees(list []*kube.Object) state.Objects {
	var out state.Objects
	for _, o := range list {
		out = append(out, model.Clone(o.Tree))
	}
	return out
}

// TestRulesTouchNothingEmitted holds that the rules here are about what is written by others: what may differ in what
// opc emits is said in verify/equal, and nowhere else.
func TestRulesTouchNothingEmitted(t *testing.T) {
	m := example(t)
	on := m.DefaultOverlay()
	for name := range on.Features {
		on.Features[name] = true
	}
	truths := map[string]state.Objects{
		"helm": trees(equal.Truth(m, on, "Helm")), "kustomize": trees(equal.Truth(m, on, "kustomize")),
		"OLM": trees(equal.OLMTruth(m, equal.OLMOverlay(m))),
	}
	for name, truth := range truths {
		rules := state.Cluster
		if name == "OLM" {
			rules = append(slices.Clone(state.Cluster), state.OLM...)
		}
		for _, r := range rules {
			if r.Drop(&truth) {
				t.Errorf("the rule takes out what opc emits for %s: %s", name, r.Why)
			}
		}
	}
}

// TestDifferences damages what was left, and wants to be told so.
func TestDifferences(t *testing.T) {
	m := example(t)
	ov := m.DefaultOverlay()
	find := func(list state.Objects, kind, name string) model.Tree {
		i := slices.IndexFunc(list, func(o model.Tree) bool { return o["kind"] == kind && model.MetaString(o, "name") == m.NamePrefix+name })
		return list[i]
	}
	tests := []struct {
		name   string
		damage func(list state.Objects) state.Objects
		want   string
	}{
		{"nothing", func(list state.Objects) state.Objects { return list }, ""},
		{"a verb less", func(list state.Objects) state.Objects {
			rules := find(list, "ClusterRole", "-manager-role")["rules"].([]any)
			rule := rules[0].(model.Tree)
			rule["verbs"] = rule["verbs"].([]any)[1:]
			return list
		}, "manager-role"},
		{"another port", func(list state.Objects) state.Objects {
			spec := find(list, "Service", "-webhook-service")["spec"].(model.Tree)
			spec["ports"].([]any)[0].(model.Tree)["targetPort"] = int64(1)
			return list
		}, "/spec/ports/0/targetPort"},
		{"an object more", func(list state.Objects) state.Objects {
			return append(list, model.Tree{"apiVersion": "v1", "kind": "Secret", "metadata": model.Tree{"name": "more", "namespace": ov.Namespace}})
		}, "Secret " + ov.Namespace + "/more"},
		{"an object less", func(list state.Objects) state.Objects {
			return slices.DeleteFunc(list, func(o model.Tree) bool { return o["kind"] == "ServiceAccount" })
		}, "does not leave this object"},
		{"written by the cluster", func(list state.Objects) state.Objects {
			for _, o := range list {
				metadata(o)["uid"], o["status"] = "1", model.Tree{"phase": "Active"}
			}
			return list
		}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			truth := equal.Truth(m, ov, "kustomize")
			c := state.Comparison{Want: truth, Case: equal.Case{Installer: equal.Manifests, Name: "it", Model: m, Overlay: ov}}
			var got []string
			for _, f := range c.Differences(tt.damage(trees(truth))) {
				got = append(got, f.Text())
			}
			if (len(got) == 0) != (tt.want == "") || !strings.Contains(strings.Join(got, "\n"), tt.want) {
				t.Errorf("want a difference about %q, got:\n%s", tt.want, strings.Join(got, "\n"))
			}
		})
	}
}
