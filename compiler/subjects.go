package compiler

import (
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
)

// subjects sets the namespace of ServiceAccounts that a ClusterRoleBinding names without one, where the description has
// them: kustomize does the same in its overlays, and the API server refuses a subject without a namespace.
func (s *state) subjects() {
	for _, o := range s.m.Objects {
		if o.Kind() != "ClusterRoleBinding" {
			continue
		}
		for _, subject := range kube.WithoutNamespace(o.Tree) {
			if name := kube.Text(subject["name"]); s.hasAccount(name) {
				subject["namespace"] = model.Namespace()
			}
		}
	}
}

// hasAccount reports whether the description installs a ServiceAccount of a name in the operator's namespace.
func (s *state) hasAccount(name string) bool {
	return slices.ContainsFunc(s.m.Objects, func(o model.Object) bool {
		return o.Kind() == "ServiceAccount" && s.plainName(o.Name()) == s.plainName(name) && s.ownNamespaceName(model.MetaString(o.Tree, "namespace"))
	})
}
