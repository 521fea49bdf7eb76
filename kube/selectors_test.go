package kube

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSelections finds the selectors of an object that may select what is installed with it.
func TestSelections(t *testing.T) {
	labels := map[string]any{"app": "loom"}
	selecting := func() map[string]any { return map[string]any{"matchLabels": labels} }
	for name, c := range map[string]struct {
		object map[string]any
		want   int
	}{
		"a Service":       {map[string]any{"kind": "Service", "spec": map[string]any{"selector": labels}}, 1},
		"one without":     {map[string]any{"kind": "Service", "spec": map[string]any{"selector": map[string]any{}}}, 0},
		"of another form": {map[string]any{"kind": "Service", "spec": []any{"selector"}}, 0},
		"a kind without":  {map[string]any{"kind": "ConfigMap", "data": map[string]any{"select": labels}}, 0},
		"a schema":        {map[string]any{"kind": "CustomResourceDefinition", "spec": map[string]any{"matchLabels": labels}}, 0},
		"a monitor":       {map[string]any{"kind": "ServiceMonitor", "spec": map[string]any{"selector": selecting()}}, 1},
		"a policy with peers": {map[string]any{"kind": "NetworkPolicy", "spec": map[string]any{
			"podSelector": selecting(),
			"ingress":     []any{map[string]any{"from": []any{map[string]any{"podSelector": selecting()}, map[string]any{"podSelector": selecting(), "namespaceSelector": map[string]any{}}}}},
			"egress":      []any{map[string]any{}, map[string]any{"to": []any{map[string]any{"podSelector": selecting()}}}},
		}}, 4},
		"a custom resource": {map[string]any{"kind": "Loom", "spec": []any{map[string]any{"peers": selecting()}, map[string]any{"selector": map[string]any{"name": 1}}}}, 1},
	} {
		got := Selections(c.object)
		explicit := 0
		for _, s := range got {
			if s.Explicit {
				explicit++
			}
		}
		if want := map[string]int{"a policy with peers": 1, "a custom resource": 1}[name]; explicit != want {
			t.Errorf("%s: %d of them are explicit, want %d", name, explicit, want)
		}
		if len(got) != c.want {
			t.Errorf("%s: %d selections, want %d", name, len(got), c.want)
		}
		for _, s := range got {
			if diff := cmp.Diff(labels, s.Labels); diff != "" || s.Services != (name == "a monitor") {
				t.Errorf("%s: %s, Services %t", name, diff, s.Services)
			}
			s.Replace("others")
		}
		for _, s := range Selections(c.object) {
			t.Errorf("%s: %v was not replaced", name, s.Labels)
		}
	}
}
