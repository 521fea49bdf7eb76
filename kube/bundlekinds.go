package kube

import "slices"

// BundleKind is a kind of object that OLM installs from a bundle's manifests.
type BundleKind struct {
	Group   string
	Cluster bool // it has no namespace
}

// bundleKinds are those kinds by name, since OLM asks for the name alone (operator-registry,
// pkg/lib/bundle/supported_resources.go). A ClusterServiceVersion and CustomResourceDefinitions come beside them.
var bundleKinds = map[string]BundleKind{
	"ClusterRole":           {Group: RBACGroup, Cluster: true},
	"ClusterRoleBinding":    {Group: RBACGroup, Cluster: true},
	"ConfigMap":             {},
	"ConsoleCLIDownload":    {Group: consoleGroup, Cluster: true},
	"ConsoleLink":           {Group: consoleGroup, Cluster: true},
	"ConsolePlugin":         {Group: consoleGroup, Cluster: true},
	"ConsoleQuickStart":     {Group: consoleGroup, Cluster: true},
	"ConsoleYAMLSample":     {Group: consoleGroup, Cluster: true},
	"NetworkPolicy":         {Group: "networking.k8s.io"},
	"PodDisruptionBudget":   {Group: "policy"},
	"PodMonitor":            {Group: "monitoring.coreos.com"},
	"PriorityClass":         {Group: "scheduling.k8s.io", Cluster: true},
	"PrometheusRule":        {Group: "monitoring.coreos.com"},
	"Role":                  {Group: RBACGroup},
	"RoleBinding":           {Group: RBACGroup},
	"Secret":                {},
	"Service":               {},
	"ServiceAccount":        {},
	"ServiceMonitor":        {Group: "monitoring.coreos.com"},
	"VerticalPodAutoscaler": {Group: "autoscaling.k8s.io"},
}

const consoleGroup = "console.openshift.io"

// Bundled returns what is known of a kind that OLM installs from a bundle's manifests; ok is false for one that it
// refuses.
func Bundled(kind string) (BundleKind, bool) {
	k, ok := bundleKinds[kind]
	return k, ok
}

// InBundle reports whether a bundle's manifests may hold objects of a kind.
func InBundle(kind string) bool {
	_, ok := bundleKinds[kind]
	return ok || slices.Contains([]string{"ClusterServiceVersion", "CustomResourceDefinition"}, kind)
}

// BundledInCluster reports whether objects of a kind that a bundle may hold have no namespace.
func BundledInCluster(kind string) bool {
	return bundleKinds[kind].Cluster || kind == "CustomResourceDefinition"
}

// AccountFields are the fields of a ServiceAccount that are lost with OLM, which creates accounts from their names alone.
var AccountFields = []string{"automountServiceAccountToken", "imagePullSecrets", "secrets"}
