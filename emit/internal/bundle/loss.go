package bundle

import (
	"cmp"
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// What to do about kinds that OLM refuses and that operators often have.
const (
	useOLMs = "OLM creates the certificates of webhooks; others must be created after the install, by the operator or manually"
	letMake = "let the operator create it, like its other objects"
	byHand  = "let the operator create it, or put it behind a feature with olm: false"
)

var instead = map[string]string{
	"Certificate": useOLMs, "ClusterIssuer": useOLMs, "Issuer": useOLMs, "DaemonSet": letMake, "Job": letMake, "IngressClass": letMake,
}

// Lost says why a bundle can't hold an object of an install in a namespace, as a warning; ok is false for one that it can,
// for what it holds in another form, and for what olm.manifests say for it. What is lost is left out of what the bundle
// must leave in a cluster.
func Lost(m *model.Operator, o model.Object, namespace string) (loss diag.Diagnostic, ok bool) {
	if o.Kind() == "Namespace" && o.Name() == namespace || slices.ContainsFunc(m.OLM.Manifests, func(own model.Object) bool { return same(own, o) }) {
		return loss, false // OLM installs where its OperatorGroup, or the ClusterExtension, stands
	}
	if o.RefusedByOLM() && o.Role == model.RoleWorkload {
		return lostWorkload(o), true
	}
	if o.RefusedByOLM() {
		return diag.Warnf(diag.KindRefused, o.From, "the %s %s is not in the OLM bundle: OLM rejects objects of this kind", o.Kind(), o.Name()).
			WithHint("%s", cmp.Or(instead[o.Kind()], byHand)), true
	}
	if deployment, ok := m.ReplacedByOLM(o); ok {
		return diag.Warnf(diag.NotExpressible, o.From, "the Service %s is not in the OLM bundle: OLM creates a Service of this name for the webhooks of the Deployment %s", o.Name(), deployment).
			WithHint("rename the Service or the Deployment if the Service is needed for other ports, or accept the finding"), true
	}
	if o.Elsewhere(namespace) {
		return diag.Warnf(diag.NotExpressible, o.From, "the %s %s/%s is not in the OLM bundle: OLM puts every object into its install namespace",
			o.Kind(), model.MetaString(o.Tree, "namespace"), o.Name()).WithHint("%s", byHand), true
	}
	return loss, false
}

// lostWorkload is about a workload that is no Deployment. What belongs to it, such as its permissions, is in the bundle, for a
// Deployment that olm.csv adds.
func lostWorkload(o model.Object) diag.Diagnostic {
	who, hint := "workload", "set kind: \"Deployment\", let the operator create the "+o.Kind()+", or accept the finding"
	if o.From == "/manager" {
		who, hint = "manager", "set kind: \"Deployment\", add a Deployment for OLM under olm.csv.spec.install.spec.deployments, or accept the finding"
	}
	if kind, ok := kube.PodKind(o.Kind()); ok && !kind.Keeps() {
		hint = "let the operator create the " + o.Kind() + ", or accept the finding"
	}
	return diag.Warnf(diag.KindRefused, o.From.Child("kind"), "the %s %s is not in the OLM bundle, because it is a %s: OLM installs Deployments only", who, o.Name(), o.Kind()).
		WithHint("%s", hint)
}

// mistaken warns of an object that a bundle holds and that OLM may take for another: it asks for the kind alone.
func mistaken(o model.Object) (diag.Diagnostic, bool) {
	group, ok := kube.Bundled(o.Kind())
	if !ok || group == o.Group() {
		return diag.Diagnostic{}, false
	}
	return diag.Warnf(diag.KindRefused, o.From, "OLM identifies objects by kind only, and may treat the %s %s of %q as Kubernetes' own kind",
		o.Kind(), o.Name(), o.APIVersion()).WithHint("%s", byHand), true
}

// same reports whether two objects have one name in a bundle, whatever their namespaces.
func same(a, b model.Object) bool {
	return a.Kind() == b.Kind() && a.Group() == b.Group() && a.Name() == b.Name()
}

// lose reports an object that the bundle can't hold. Roles that are made from permissions are reported with those.
func (b *builder) lose(o model.Object) bool {
	loss, lost := Lost(b.m, o, b.scope.Namespace)
	if lost && o.Role != model.RoleRBAC {
		b.diags = append(b.diags, loss)
	}
	return lost
}
