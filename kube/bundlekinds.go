package kube

import "slices"

// bundleKinds are the kinds that OLM installs from a bundle's manifests, with their group. OLM asks for the name alone (operator-registry,
// pkg/lib/bundle/supported_resources.go). A ClusterServiceVersion and CustomResourceDefinitions come beside them.
var bundleKinds = map[string]string{
	"ClusterRole":           RBACGroup,
	"ClusterRoleBinding":    RBACGroup,
	"ConfigMap":             "",
	"ConsoleCLIDownload":    consoleGroup,
	"ConsoleLink":           consoleGroup,
	"ConsolePlugin":         consoleGroup,
	"ConsoleQuickStart":     consoleGroup,
	"ConsoleYAMLSample":     consoleGroup,
	"NetworkPolicy":         "networking.k8s.io",
	"PodDisruptionBudget":   "policy",
	"PodMonitor":            "monitoring.coreos.com",
	"PriorityClass":         "scheduling.k8s.io",
	"PrometheusRule":        "monitoring.coreos.com",
	"Role":                  RBACGroup,
	"RoleBinding":           RBACGroup,
	"Secret":                "",
	"Service":               "",
	"ServiceAccount":        "",
	"ServiceMonitor":        "monitoring.coreos.com",
	"VerticalPodAutoscaler": "autoscaling.k8s.io",
}

const consoleGroup = "console.openshift.io"

// Bundled returns the group of a kind that OLM installs from a bundle's manifests; ok is false for one that it refuses.
func Bundled(kind string) (group string, ok bool) {
	group, ok = bundleKinds[kind]
	return group, ok
}

// InBundle reports whether a bundle's manifests may hold objects of a kind.
func InBundle(kind string) bool {
	_, ok := bundleKinds[kind]
	return ok || slices.Contains([]string{"ClusterServiceVersion", "CustomResourceDefinition"}, kind)
}

// BundledInCluster reports whether objects of a kind that a bundle may hold have no namespace.
func BundledInCluster(kind string) bool {
	return InBundle(kind) && ClusterScoped(kind)
}

// AccountFields are the fields of a ServiceAccount that are lost with OLM, which creates accounts from their names alone.
var AccountFields = []string{"automountServiceAccountToken", "imagePullSecrets", "secrets"}
