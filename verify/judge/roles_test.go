package judge

import (
	"testing"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// TestRolesOfOthers holds how grave a binding is whose role is not in the set.
func TestRolesOfOthers(t *testing.T) {
	const deployment = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: kite, namespace: sky}
spec:
  selector: {matchLabels: {app: kite}}
  template: {metadata: {labels: {app: kite}}, spec: {containers: [{name: kite, image: "registry.example.com/kite:1"}]}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: kite-role}
rules: []
---
`
	for _, c := range []struct {
		name, kind, namespace, role string
		want                        diag.Severity // 0 for none
	}{
		{"of every cluster", "ClusterRole", "", "view", 0},
		{"of Kubernetes itself", "ClusterRole", "", "system:auth-delegator", 0},
		{"of OpenShift", "ClusterRole", "", "cluster-monitoring-view", 0},
		{"of every API server", "Role", "kube-system", "extension-apiserver-authentication-reader", 0},
		{"the same name elsewhere", "Role", "sky", "extension-apiserver-authentication-reader", diag.Error},
		{"of the set", "ClusterRole", "", "kite-role", 0},
		{"a slip of one of the set", "ClusterRole", "", "kite-rolle", diag.Error},
		{"of somebody else", "ClusterRole", "", "balloon-editor", diag.Warning},
		{"of somebody else's namespace", "Role", "sea", "balloon-editor", diag.Warning},
		{"of the own namespace", "Role", "sky", "balloon-editor", diag.Error},
	} {
		t.Run(c.name, func(t *testing.T) {
			binding := "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: b"
			if c.kind == "Role" {
				binding = "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: b, namespace: " + c.namespace
			}
			binding += "}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: " + c.kind + ", name: \"" + c.role + "\"}\nsubjects: [{kind: Group, apiGroup: rbac.authorization.k8s.io, name: flyers}]\n"
			objects, faults := kube.Objects("install.yaml", []byte(deployment+binding))
			if len(faults) > 0 {
				t.Fatal(faults)
			}
			var got diag.Severity
			for _, f := range NewBench(Context{}).Set(kube.Set{Objects: objects}, Install{}) {
				if f.Code == diag.LeadsNowhere {
					got = f.Severity
				}
			}
			if got != c.want {
				t.Errorf("severity %v, want %v", got, c.want)
			}
		})
	}
}
