package olm

import (
	"fmt"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/emit/internal/bundle"
	"github.com/opc-project/opc/schema/diag"
)

// groups are the kinds that OLM installs beside a ClusterServiceVersion, with their API groups
// (operator-registry, pkg/lib/bundle/supported_resources.go).
var groups = map[string]string{
	"ClusterRole": "rbac.authorization.k8s.io", "ClusterRoleBinding": "rbac.authorization.k8s.io", "ConfigMap": "",
	"ConsoleCLIDownload": "console.openshift.io", "ConsoleLink": "console.openshift.io", "ConsolePlugin": "console.openshift.io",
	"ConsoleQuickStart": "console.openshift.io", "ConsoleYAMLSample": "console.openshift.io", "NetworkPolicy": "networking.k8s.io",
	"PodDisruptionBudget": "policy", "PodMonitor": "monitoring.coreos.com", "PriorityClass": "scheduling.k8s.io",
	"PrometheusRule": "monitoring.coreos.com", "Role": "rbac.authorization.k8s.io", "RoleBinding": "rbac.authorization.k8s.io",
	"Secret": "", "Service": "", "ServiceAccount": "", "ServiceMonitor": "monitoring.coreos.com",
	"VerticalPodAutoscaler": "autoscaling.k8s.io",
}

// What to do about kinds that OLM refuses and that operators often have.
const (
	useOLMs = "OLM makes the certificates of webhooks; others must be made after the install, by the operator or by hand"
	letMake = "let the operator make it, as it makes its other objects"
)

var instead = map[string]string{
	"Certificate": useOLMs, "ClusterIssuer": useOLMs, "Issuer": useOLMs, "DaemonSet": letMake, "Job": letMake, "IngressClass": letMake,
}

// manifests writes one file for each object: OLM's tools read only the first document of a file.
func (w *writer) manifests(b *bundle.Bundle) {
	for _, c := range b.CRDs {
		w.object(c.File, c)
	}
	for _, o := range b.Objects {
		if o.Role == model.RoleManifest || w.taken(o) {
			w.object(fileName(o), o)
		}
	}
}

// taken reports whether OLM takes an object. It looks at the kind alone.
func (w *writer) taken(o model.Object) bool {
	want, known := groups[o.Kind()]
	if !known {
		hint := instead[o.Kind()]
		if hint == "" {
			hint = "let the operator make it, or put it behind a feature with olm: false"
		}
		w.diags = append(w.diags, diag.Warnf(diag.KindRefused, o.From,
			"the %s %s is not in the OLM bundle: OLM refuses objects of this kind", o.Kind(), o.Name()).WithHint("%s", hint))
		return false
	}
	if got := group(o); got != want {
		w.diags = append(w.diags, diag.Warnf(diag.KindRefused, o.From,
			"OLM knows objects by their kind alone, and may take the %s %s of %q for Kubernetes' own", o.Kind(), o.Name(), o.APIVersion()).
			WithHint("let the operator make it, or put it behind a feature with olm: false"))
	}
	return true
}

func group(o model.Object) string {
	g, _, found := strings.Cut(o.APIVersion(), "/")
	if !found {
		return ""
	}
	return g
}

// fileName names a manifest as operator-sdk does: by name, group, version and kind.
func fileName(o model.Object) string {
	clean := strings.NewReplacer(":", "-", "/", "_").Replace
	return clean(fmt.Sprintf("%s_%s_%s", o.Name(), o.APIVersion(), strings.ToLower(o.Kind())))
}

func (w *writer) object(file string, o model.Object) {
	w.file(manifestsDir+file+".yaml", emit.YAML(o.Tree, ""), emit.ObjectOrigins(o)...)
}
