package state

import (
	"strings"
	"testing"
)

// install is what an installer could have left; OLM's has other names, and its labels.
func install(roles, service, hooks string, labels map[string]any, verbs ...any) Objects {
	subject := []any{map[string]any{"kind": "ServiceAccount", "name": "manager"}}
	settings := map[string]any{"name": "settings"}
	if labels != nil {
		settings["labels"] = labels
	}
	return Objects{
		"ClusterRole " + roles: {"kind": "ClusterRole", "metadata": map[string]any{"name": roles},
			"rules": []any{map[string]any{"apiGroups": []any{"apps"}, "resources": []any{"deployments"}, "verbs": verbs}}},
		"ClusterRoleBinding " + roles: {"kind": "ClusterRoleBinding", "metadata": map[string]any{"name": roles},
			"roleRef": map[string]any{"kind": "ClusterRole", "name": roles}, "subjects": subject},
		"Service " + service: {"kind": "Service", "metadata": map[string]any{"name": service},
			"spec": map[string]any{"selector": map[string]any{"app": "manager"}, "ports": []any{map[string]any{"port": 443.0, "targetPort": 9443.0}}}},
		"ValidatingWebhookConfiguration " + hooks: {"kind": "ValidatingWebhookConfiguration", "metadata": map[string]any{"name": hooks},
			"webhooks": []any{map[string]any{"name": "v.example.com", "clientConfig": map[string]any{
				"caBundle": hooks, "service": map[string]any{"name": service, "port": 443.0, "path": "/validate"}}}}},
		"ConfigMap settings": {"kind": "ConfigMap", "metadata": settings, "data": map[string]any{"a": "b"}},
	}
}

func TestCompareOLM(t *testing.T) {
	helm := install("manager-role", "webhook-service", "validating", nil, "get", "list").Amount()
	olm := func(verbs ...any) Objects {
		return install("operator.v1-x7k", "manager-service", "v.example.com-abc", map[string]any{"olm.managed": "true"}, verbs...)
	}
	tests := []struct {
		name   string
		damage func(o Objects)
		want   string
	}{
		{"none", func(Objects) {}, ""},
		{"a verb less", func(o Objects) { o["ClusterRole operator.v1-x7k"] = olm("get")["ClusterRole operator.v1-x7k"] }, "list apps/deployments"},
		{"no binding", func(o Objects) { delete(o, "ClusterRoleBinding operator.v1-x7k") }, "rights of"},
		{"another port", func(o Objects) {
			o["Service manager-service"]["spec"].(map[string]any)["ports"] = []any{map[string]any{"port": 443.0, "targetPort": 8443.0}}
		}, "8443"},
		{"other data", func(o Objects) { o["ConfigMap settings"]["data"] = map[string]any{"a": "c"} }, "settings"},
		{"an object more", func(o Objects) { o["ConfigMap other"] = map[string]any{"kind": "ConfigMap"} }, "ConfigMap other"},
		{"an object less", func(o Objects) { delete(o, "ConfigMap settings") }, "settings"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := olm("list", "get")
			tt.damage(got)
			diff := CompareOLM(helm, got.Amount(), map[string]bool{})
			if (diff == "") != (tt.want == "") || !strings.Contains(diff, tt.want) {
				t.Errorf("want a difference about %q, got:\n%s", tt.want, diff)
			}
		})
	}
}
