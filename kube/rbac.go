package kube

import (
	"slices"
	"strings"
)

// RBACGroup is the API group of roles and bindings.
const RBACGroup = "rbac.authorization.k8s.io"

// standingClusterRoles are ClusterRoles that clusters have by themselves: those of the API server
// (kubernetes, plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go), and those of OpenShift
// (its API server's bootstrap policy, and assets of the cluster-monitoring-operator).
var standingClusterRoles = []string{
	"admin", "cluster-admin", "edit", "view",
	"alert-routing-edit", "basic-user", "cluster-debugger", "cluster-monitoring-view", "cluster-reader", "cluster-status", "monitoring-edit",
	"monitoring-rules-edit", "monitoring-rules-view", "registry-admin", "registry-editor", "registry-viewer", "self-access-reviewer",
	"self-provisioner", "shared-resource-viewer", "storage-admin", "sudoer",
}

// standingRoles are Roles that clusters have by themselves, by namespace (kubernetes,
// plugin/pkg/auth/authorizer/rbac/bootstrappolicy/namespace_policy.go; OpenShift's monitoring).
var standingRoles = map[string][]string{
	"kube-system":          {"extension-apiserver-authentication-reader"},
	"openshift-monitoring": {"cluster-monitoring-metrics-api", "monitoring-alertmanager-edit", "monitoring-alertmanager-view"},
}

// StandingRole reports whether a Role or ClusterRole is there in every cluster, or in every cluster of OpenShift, before
// anything is installed. Names that begin with system: are Kubernetes' and OpenShift's own.
func StandingRole(kind, namespace, name string) bool {
	if strings.HasPrefix(name, "system:") {
		return true
	}
	if kind == "ClusterRole" {
		return slices.Contains(standingClusterRoles, name)
	}
	return slices.Contains(standingRoles[namespace], name)
}

// WithSubjects returns a binding whose ServiceAccount subjects all name their namespace. One that names none is of the
// RoleBinding's own (kubernetes, plugin/pkg/auth/authorizer/rbac/rbac.go). In a ClusterRoleBinding the API server refuses
// it, and kustomize sets the namespace that it installs in: install, or "" where that is not known. Other objects are
// returned as they are, and the object itself is not changed.
func WithSubjects(t Tree, install string) Tree {
	namespace := MetaString(t, "namespace")
	if t["kind"] == "ClusterRoleBinding" {
		namespace = install
	}
	if namespace == "" || len(WithoutNamespace(t)) == 0 {
		return t
	}
	t = Clone(t)
	for _, s := range WithoutNamespace(t) {
		s["namespace"] = namespace
	}
	return t
}

// WithoutNamespace are the ServiceAccounts among the subjects of a binding that name no namespace.
func WithoutNamespace(t Tree) []map[string]any {
	if t["kind"] != "RoleBinding" && t["kind"] != "ClusterRoleBinding" {
		return nil
	}
	var out []map[string]any
	subjects := List(t["subjects"])
	for _, e := range subjects {
		s := Map(e)
		if s["kind"] == "ServiceAccount" && (s["namespace"] == nil || s["namespace"] == "") {
			out = append(out, s)
		}
	}
	return out
}
