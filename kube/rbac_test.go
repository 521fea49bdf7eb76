package kube

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWithSubjects(t *testing.T) {
	binding := func(kind, namespace string, subject Tree) Tree {
		return Tree{"kind": kind, "metadata": map[string]any{"name": "b", "namespace": namespace}, "subjects": []any{subject}}
	}
	account := func(namespace string) Tree {
		out := Tree{"kind": "ServiceAccount", "name": "kite"}
		if namespace != "" {
			out["namespace"] = namespace
		}
		return out
	}
	for _, c := range []struct {
		name       string
		kind, home string
		said, want Tree
	}{
		{"its own", "RoleBinding", "sky", account(""), account("sky")},
		{"another", "RoleBinding", "sky", account("sea"), account("sea")},
		{"no namespace to mean", "RoleBinding", "", account(""), account("")},
		{"of the cluster", "ClusterRoleBinding", "", account(""), account("quay")},
		{"no account", "RoleBinding", "sky", Tree{"kind": "User", "name": "ann"}, Tree{"kind": "User", "name": "ann"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := binding(c.kind, c.home, c.said)
			got := WithSubjects(before, "quay")
			if d := cmp.Diff(binding(c.kind, c.home, c.want), got); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(binding(c.kind, c.home, Clone(c.said)), before); d != "" {
				t.Errorf("the binding was changed: %s", d)
			}
		})
	}
}
