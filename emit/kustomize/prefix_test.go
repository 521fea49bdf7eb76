package kustomize_test

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/opc-project/opc/compiler/model"
)

// TestPrefixAbove sets a namePrefix and a namespace in a kustomization above an overlay, with the overlay's own transformers,
// as the comment in the overlay says: the CA, the conversion webhook and every host name lead to the renamed objects.
func TestPrefixAbove(t *testing.T) {
	m := lowerFiles(t, fstest.MapFS{
		"operator.yaml": &fstest.MapFile{Data: []byte(`
name: loom
version: 1.0.0
image: example.com/loom
crds: [crd.yaml]
manager: {metrics: {certificates: cert-manager, serviceMonitor: true}}
webhooks:
  conversion: [cloths.loom.example.com]
  hooks: [{type: validating, name: cloth.loom.example.com, path: /v, rules: []}]
`)},
		"crd.yaml": &fstest.MapFile{Data: []byte(`
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: cloths.loom.example.com}
spec:
  group: loom.example.com
  names: {kind: Cloth, plural: cloths}
  scope: Namespaced
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
  - {name: v2, served: true, storage: false, schema: {openAPIV3Schema: {type: object}}}
`)},
	})
	disk := onDisk(t, emitted(t, m))
	data, _ := disk.ReadFile("/kustomize/overlays/default/kustomization.yaml")
	text, err := yaml.Marshal(map[string]any{
		"namePrefix": "mill-", "namespace": "mill", "resources": []any{"../default"}, "transformers": tree(t, data)["transformers"],
	})
	if err != nil {
		t.Fatal(err)
	}
	_ = disk.WriteFile("/kustomize/overlays/mill/kustomization.yaml", text)
	got := map[string]any{}
	for _, o := range build(t, disk, "overlays/mill") {
		kind := o["kind"].(string)
		if ca := model.At(o, "metadata", "annotations", "cert-manager.io/inject-ca-from"); ca != nil {
			got[kind+" CA"] = ca
		}
		switch kind {
		case "CustomResourceDefinition":
			client := model.At(o, "spec", "conversion", "webhook", "clientConfig", "service").(map[string]any)
			got["conversion"] = []any{client["namespace"], client["name"]}
		case "Certificate":
			got[model.MetaString(o, "name")] = model.At(o, "spec", "dnsNames")
		case "ServiceMonitor":
			got["server"] = model.At(o, "spec", "endpoints").([]any)[0].(map[string]any)["tlsConfig"].(map[string]any)["serverName"]
		case "Service":
			got[model.MetaString(o, "name")] = model.MetaString(o, "namespace")
		}
	}
	const metrics, hook = "mill-loom-controller-manager-metrics-service.mill.svc", "mill-loom-webhook-service.mill.svc"
	want := map[string]any{
		"CustomResourceDefinition CA": "mill/mill-loom-serving-cert", "ValidatingWebhookConfiguration CA": "mill/mill-loom-serving-cert",
		"conversion": []any{"mill", "mill-loom-webhook-service"}, "server": metrics,
		"mill-loom-serving-cert": []any{hook, hook + ".cluster.local"}, "mill-loom-metrics-certs": []any{metrics, metrics + ".cluster.local"},
		"mill-loom-webhook-service": "mill", "mill-loom-controller-manager-metrics-service": "mill",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
