package compiler_test

import (
	"testing"

	"github.com/opc-project/opc/compiler/model"
)

// TestSubjectsWithoutNamespace finds the account that a ClusterRoleBinding means, as kustomize does, and leaves one that
// the description does not have to the judges.
func TestSubjectsWithoutNamespace(t *testing.T) {
	m := lower(t, `
name: ferry
version: 1.0.0
image: example.com/ferry
manager: {serviceAccount: "ferry-hand"}
objects:
- apiVersion: rbac.authorization.k8s.io/v1
  kind: ClusterRoleBinding
  metadata: {name: crew}
  roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
  subjects: [{kind: ServiceAccount, name: ferry-hand}, {kind: ServiceAccount, name: stowaway}]
`)
	for _, o := range m.Objects {
		if o.Kind() != "ClusterRoleBinding" || model.At(o.Tree, "roleRef", "name") != "view" {
			continue
		}
		subjects, _ := o.Tree["subjects"].([]any)
		for i, want := range []any{model.Namespace(), nil} {
			if got := subjects[i].(map[string]any)["namespace"]; got != want {
				t.Errorf("subject %d has the namespace %v, want %v", i, got, want)
			}
		}
		return
	}
	t.Error("there is no such binding")
}
