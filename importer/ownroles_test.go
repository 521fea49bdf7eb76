package importer

import (
	"strings"
	"testing"
	"testing/fstest"
)

// ferry is an install whose manager elects a leader. LABELS stands for the labels of the binding.
const ferry = `apiVersion: v1
kind: Namespace
metadata: {name: ferry-system, labels: {app.kubernetes.io/name: ferry}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: ferry-controller-manager, namespace: ferry-system, labels: {app.kubernetes.io/name: ferry, app.kubernetes.io/managed-by: kustomize}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: ferry-leader-election-role, namespace: ferry-system, labels: {app.kubernetes.io/name: ferry, app.kubernetes.io/managed-by: kustomize}}
rules:
- {apiGroups: [""], resources: [configmaps], verbs: [get, list, watch, create, update, patch, delete]}
- {apiGroups: [coordination.k8s.io], resources: [leases], verbs: [get, list, watch, create, update, patch, delete]}
- {apiGroups: [""], resources: [events], verbs: [create, patch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: ferry-leader-election-rolebinding, namespace: ferry-system, labels: LABELS}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: ferry-leader-election-role}
subjects: [{kind: ServiceAccount, name: ferry-controller-manager, namespace: ferry-system}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ferry-controller-manager, namespace: ferry-system, labels: {control-plane: controller-manager}}
spec:
  selector: {matchLabels: {control-plane: controller-manager}}
  template:
    metadata: {labels: {control-plane: controller-manager}}
    spec:
      serviceAccountName: ferry-controller-manager
      containers:
      - {name: manager, image: "registry.example.com/ferry:4.1.0", command: [/manager], args: [--leader-elect]}
`

// TestRoleOfItsOwn holds that a role which opc would make by itself, and whose binding has labels of its own, is said once:
// the Deployment stays the manager of the description.
func TestRoleOfItsOwn(t *testing.T) {
	for labels, want := range map[string]string{
		"{app.kubernetes.io/name: ferry, app.kubernetes.io/managed-by: kustomize}":              "",
		"{app.kubernetes.io/name: ferry, app.kubernetes.io/managed-by: kustomize, dock: north}": "dock: north\n",
		"{}": "labels: null\n",
	} {
		data := []byte(strings.Replace(ferry, "LABELS", labels, 1))
		out, found := Manifests(fstest.MapFS{"all.yaml": {Data: data}}, []string{"all.yaml"}, Facts{}, Options{Format: "cue", Verify: true})
		if out == nil {
			t.Errorf("%s: %v", labels, found)
			continue
		}
		for _, u := range out.Unequal {
			t.Errorf("%s: %s", labels, u)
		}
		said := string(yamlOf(tree{"permissions": out.Spec["permissions"]}))
		if out.Spec["manager"] == false || (want == "") != (out.Spec["permissions"] == nil) || !strings.Contains(said, want) {
			t.Errorf("%s: %s", labels, out.Text)
		}
	}
}
