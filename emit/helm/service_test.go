package helm

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/compiler/model"
)

// TestServiceOfMetrics changes how metrics are reached, the annotations of webhook configurations and whether pods get a token. Annotations of
// one object win over those of all.
func TestServiceOfMetrics(t *testing.T) {
	ch := loaded(t, emitted(t, lowered(t, `
name: loom
version: 1.0.0
image: example.com/loom
webhooks: {hooks: [{type: mutating, name: m.loom.example.com, path: /m, rules: [{apiGroups: [""], apiVersions: [v1], resources: [pods], operations: [CREATE]}]}]}
`)))
	rendered, err := render(t, ch, release{"loom", "mill", values(t, `
metrics: {service: {type: LoadBalancer, port: 9443, annotations: {team: red}}}
webhook: {annotations: {note: x}}
serviceAccount: {automount: false}
commonAnnotations: {team: blue}
`)})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]any{}
	for _, o := range objectsOf(t, rendered) {
		switch name := model.MetaString(o, "name"); {
		case name == "loom-controller-manager-metrics-service":
			ports := model.At(o, "spec", "ports").([]any)
			got["service"] = []any{model.At(o, "spec", "type"), ports[0].(map[string]any)["port"], ports[0].(map[string]any)["targetPort"], model.At(o, "metadata", "annotations", "team")}
		case o["kind"] == "MutatingWebhookConfiguration":
			got["webhook"] = []any{model.At(o, "metadata", "annotations", "note"), model.At(o, "metadata", "annotations", "team"), model.At(o, "metadata", "annotations", "cert-manager.io/inject-ca-from")}
		case o["kind"] == "ServiceAccount":
			got["account"] = o["automountServiceAccountToken"]
		}
	}
	want := map[string]any{
		"service": []any{"LoadBalancer", 9443.0, 8443.0, "red"}, "webhook": []any{"x", "blue", "mill/loom-serving-cert"}, "account": false,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := render(t, ch, release{"loom", "mill", values(t, `commonAnnotations: {cert-manager.io/inject-ca-from: x}`)}); err == nil {
		t.Error("commonAnnotations takes an annotation that the chart sets itself")
	}
}

// TestAnnotationsOfAParameter sets all annotations of an object by a parameter. Its values win over those of all objects.
func TestAnnotationsOfAParameter(t *testing.T) {
	ch := loaded(t, emitted(t, lowered(t, `
name: loom
version: 1.0.0
image: example.com/loom
objects:
- {apiVersion: v1, kind: Service, metadata: {name: yarn}, spec: {selector: {control-plane: controller-manager}, ports: [{name: web, port: 80}]}}
- {apiVersion: v1, kind: ConfigMap, metadata: {name: dye}}
parameters:
  notes: {default: {}, schema: {type: object, additionalProperties: {type: string}}, sets: [{object: Service/yarn, path: metadata.annotations}]}
  red: {default: false, sets: [{object: ConfigMap/dye, path: metadata.annotations, value: {color: red}}]}
`)))
	for text, want := range map[string]any{
		"{}": nil, "parameters: {notes: {a: b}}": map[string]any{"a": "b"}, "commonAnnotations: {c: d}": map[string]any{"c": "d"},
		"{commonAnnotations: {a: c, d: e}, parameters: {notes: {a: b}}}": map[string]any{"a": "b", "d": "e"},
	} {
		rendered, err := render(t, ch, release{"loom", "mill", values(t, text)})
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range objectsOf(t, rendered) {
			if model.MetaString(o, "name") == "yarn" {
				if diff := cmp.Diff(want, model.At(o, "metadata", "annotations")); diff != "" {
					t.Errorf("%s: %s", text, diff)
				}
			}
		}
	}
	for text, want := range map[string]any{"{}": nil, "parameters: {red: true}": map[string]any{"color": "red"}} {
		rendered, err := render(t, ch, release{"loom", "mill", values(t, text)})
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range objectsOf(t, rendered) {
			if model.MetaString(o, "name") == "dye" {
				if diff := cmp.Diff(want, model.At(o, "metadata", "annotations")); diff != "" {
					t.Errorf("%s: %s", text, diff)
				}
			}
		}
	}
}
