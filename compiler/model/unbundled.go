package model

import (
	"slices"
	"strings"

	"github.com/opc-project/opc/kube"
)

// RefusedByOLM reports whether OLM refuses the kind of an object that a bundle would hold as a manifest.
func (o Object) RefusedByOLM() bool {
	switch {
	case o.Role == RoleRBAC, o.Role == RoleWebhook, o.Role == RoleWebhookService, o.Role == RoleManifest:
		return false // in the ClusterServiceVersion, or as the description says it
	case o.Kind() == "Deployment" && o.Group() == "apps", o.Kind() == "CustomResourceDefinition":
		return false
	}
	_, known := kube.Bundled(o.Kind())
	return !known
}

// UnservedByOLM reports whether OLM does not install the workload that serves a webhook.
func (o *Operator) UnservedByOLM(h Webhook) bool {
	i := slices.IndexFunc(o.Workloads, func(w Workload) bool { return w.Key == h.Workload })
	if i < 0 {
		return false
	}
	served := o.ObjectOf(o.Workloads[i])
	return served != nil && served.RefusedByOLM()
}

// ReplacedByOLM is the Deployment for whose webhooks OLM creates a Service with the name of an object, which it replaces.
// ok is false where it does not.
func (o *Operator) ReplacedByOLM(obj Object) (deployment string, ok bool) {
	if obj.Kind() != "Service" || obj.Group() != "" || obj.Role == RoleWebhookService || !o.webhooksInBundle() {
		return "", false
	}
	scope := o.Scope(o.DefaultOverlay())
	for _, w := range o.Workloads {
		serves := slices.ContainsFunc(o.Webhooks.Hooks, func(h Webhook) bool { return h.Workload == w.Key && !o.UnservedByOLM(h) })
		if name := scope.String(w.Name); serves && kube.OLMService(name) == obj.Name() {
			return name, true
		}
	}
	return "", false
}

// webhooksInBundle reports whether OLM registers the webhooks.
func (o *Operator) webhooksInBundle() bool {
	return slices.ContainsFunc(o.Features, func(f Feature) bool { return f.Name == "webhook" && f.Enabled && f.OLM })
}

// Elsewhere reports whether an object of an install in a namespace stands in another one, where OLM puts nothing.
func (o Object) Elsewhere(namespace string) bool {
	ns := MetaString(o.Tree, "namespace")
	return ns != "" && ns != namespace && !o.Cluster && !o.Each
}

// Group returns the object's API group; that of Kubernetes' core is "".
func (o Object) Group() string {
	group, _, found := strings.Cut(o.APIVersion(), "/")
	if !found {
		return ""
	}
	return group
}
