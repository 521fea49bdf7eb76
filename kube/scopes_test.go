package kube

import (
	"testing"

	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/kustomize/kyaml/openapi"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// TestKustomizeScopes holds what the table says of kustomize to kustomize's own table, for every kind of Kubernetes.
func TestKustomizeScopes(t *testing.T) {
	knows := map[string]bool{"APIService": true, "CustomResourceDefinition": true} // their types stand elsewhere
	for gvk := range scheme.Scheme.AllKnownTypes() {
		if gvk.Version == "v1" && openapi.IsCertainlyClusterScoped(yaml.TypeMeta{APIVersion: gvk.GroupVersion().String(), Kind: gvk.Kind}) {
			knows[gvk.Kind] = true
		}
	}
	for kind := range knows {
		if !ClusterScoped(kind) && kind != "ComponentStatus" && kind != "NodeProxyOptions" { // those nobody creates
			t.Errorf("%s has no namespace, says kustomize, and is missing here", kind)
		}
	}
	for kind, want := range clusterKinds {
		if knows[kind] != want {
			t.Errorf("%s: kustomize knows that it has no namespace: %t here, %t there", kind, want, knows[kind])
		}
	}
}

// TestNamesOfWebhooks holds that a type is found by each of its names, and by no other.
func TestNamesOfWebhooks(t *testing.T) {
	for name, want := range map[string]string{
		"mutating": Mutating, "ValidatingWebhookConfiguration": Validating, "ConversionWebhook": Conversion,
		"": "", "AuditWebhookConfiguration": "", "validatingwebhookconfiguration": "",
	} {
		if got := Webhook(name).Name; got != want {
			t.Errorf("%q is the type %q, want %q", name, got, want)
		}
	}
	if IsWebhookConfiguration("mutating") || IsWebhookConfiguration("") || !IsWebhookConfiguration("MutatingWebhookConfiguration") {
		t.Error("a configuration is known by its kind alone")
	}
}
