package try

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

func strs(list ...string) []any {
	var out []any
	for _, s := range list {
		out = append(out, s)
	}
	return out
}

// installed is what a role with rules, and a binding of it, look like in a cluster.
func installed(kind string, rules ...any) []*applied {
	binding := map[string]string{"Role": "RoleBinding", "ClusterRole": "ClusterRoleBinding"}[kind]
	role := kube.Tree{"kind": kind, "metadata": map[string]any{"name": "mine", "namespace": "home"}, "rules": rules}
	bound := kube.Tree{"kind": binding, "metadata": map[string]any{"name": "mine"}, "roleRef": map[string]any{"kind": kind, "name": "mine"},
		"subjects": []any{map[string]any{"kind": "ServiceAccount", "name": "runner", "namespace": "home"}}}
	if kind == "Role" {
		bound["metadata"].(map[string]any)["namespace"] = "home"
	}
	var out []*applied
	for _, o := range []kube.Tree{role, bound} {
		out = append(out, &applied{Object: &kube.Object{Tree: o, From: func(pointer string) diag.Path { return "@role.yaml#0" }}, Got: o})
	}
	return out
}

// TestUse holds what of the rules counts as used, and what is left of wildcards.
func TestUse(t *testing.T) {
	ask := func(verb, group, resource, namespace string, code int) request {
		return request{verb: verb, group: group, resource: resource, namespace: namespace, name: "it", code: code}
	}
	tests := []struct {
		name  string
		rules []any
		asked []request
		want  []string
	}{
		{"used", []any{kube.Tree{"apiGroups": strs(""), "resources": strs("pods"), "verbs": strs("get")}}, []request{ask("get", "", "pods", "home", 200)}, nil},
		{"a verb less", []any{kube.Tree{"apiGroups": strs(""), "resources": strs("pods"), "verbs": strs("get", "delete")}}, []request{ask("get", "", "pods", "home", 200)}, []string{"delete pods"}},
		{"not found is used too", []any{kube.Tree{"apiGroups": strs(""), "resources": strs("pods"), "verbs": strs("get")}}, []request{ask("get", "", "pods", "home", 404)}, nil},
		{"applied and made", []any{kube.Tree{"apiGroups": strs("apps"), "resources": strs("deployments"), "verbs": strs("create", "patch")}}, []request{ask("patch", "apps", "deployments", "home", 201)}, nil},
		{"applied and there", []any{kube.Tree{"apiGroups": strs("apps"), "resources": strs("deployments"), "verbs": strs("create", "patch")}}, []request{ask("patch", "apps", "deployments", "home", 200)}, []string{"create apps/deployments"}},
		{"a wildcard", []any{kube.Tree{"apiGroups": strs("apps"), "resources": strs("*"), "verbs": strs("get")}}, []request{ask("get", "apps", "deployments", "home", 200)}, []string{"get apps/* but for get apps/deployments"}},
		{"a subresource of all", []any{kube.Tree{"apiGroups": strs(""), "resources": strs("*/status"), "verbs": strs("patch")}}, []request{ask("patch", "", "pods/status", "home", 200)}, []string{"patch */status but for patch pods/status"}},
		{"another name", []any{kube.Tree{"apiGroups": strs(""), "resources": strs("secrets"), "resourceNames": strs("other"), "verbs": strs("get")}}, []request{ask("get", "", "secrets", "home", 200)}, []string{"get secrets"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			unused, _ := use(grants(installed("ClusterRole", tt.rules...), "home", "runner"), tt.asked)
			var got []string
			for _, u := range unused {
				got = append(got, u.Rights...)
				if u.Path != "@role.yaml#0/rules/0" {
					t.Errorf("it is told at %s", u.Path)
				}
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestGrantsStayInTheirNamespace holds that a Role says nothing of other namespaces, and a binding nothing of other accounts.
func TestGrantsStayInTheirNamespace(t *testing.T) {
	objects := installed("Role", kube.Tree{"apiGroups": strs(""), "resources": strs("pods"), "verbs": strs("get")})
	list := grants(objects, "home", "runner")
	if len(list) != 1 || !list[0].allows(right{verb: "get", resource: "pods"}, "home", "x") || list[0].allows(right{verb: "get", resource: "pods"}, "away", "x") {
		t.Errorf("the rules of the Role: %v", list)
	}
	if other := grants(objects, "home", "stranger"); len(other) > 0 {
		t.Errorf("another account has %v", other)
	}
}

// TestLeast holds that resources with the same verbs share a rule, and that what everyone may is left out.
func TestLeast(t *testing.T) {
	got := least([]right{
		{verb: "watch", group: "apps", resource: "deployments"}, {verb: "get", group: "apps", resource: "statefulsets"}, {verb: "get", group: "apps", resource: "deployments"},
		{verb: "watch", group: "apps", resource: "statefulsets"}, {verb: "get", path: "/apis/apps/v1"}, {verb: "create", group: "authorization.k8s.io", resource: "selfsubjectaccessreviews"},
		{verb: "get", path: "/metrics"},
	})
	want := []any{
		kube.Tree{"apiGroups": []string{"apps"}, "resources": []string{"deployments", "statefulsets"}, "verbs": []string{"get", "watch"}},
		kube.Tree{"nonResourceURLs": []string{"/metrics"}, "verbs": []string{"get"}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
