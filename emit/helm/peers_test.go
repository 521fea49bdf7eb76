package helm

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/compiler/model"
)

// TestPeersAreOfTheRelease lets a NetworkPolicy admit the pods of its own release: another release in the same namespace has
// pods with the same labels, but for the instance. Peers that are others' stay as they are.
func TestPeersAreOfTheRelease(t *testing.T) {
	ch := loaded(t, emitted(t, lowered(t, `
name: loom
version: 1.0.0
image: example.com/loom
objects:
- apiVersion: networking.k8s.io/v1
  kind: NetworkPolicy
  metadata: {name: threads}
  spec:
    podSelector: {matchLabels: {app: thread}}
    ingress:
    - from:
      - podSelector: {matchLabels: {control-plane: controller-manager}}
      - podSelector: {matchLabels: {control-plane: controller-manager}}
        namespaceSelector: {}
      - podSelector: {matchLabels: {app: others}}
      - namespaceSelector: {matchLabels: {team: looms}}
    egress:
    - to: [{podSelector: {matchLabels: {control-plane: controller-manager}}}]
`)))
	rendered, err := render(t, ch, release{"shop", "there", nil})
	if err != nil {
		t.Fatal(err)
	}
	own := map[string]any{"app.kubernetes.io/instance": "shop", "control-plane": "controller-manager"}
	others := map[string]any{"control-plane": "controller-manager"}
	pods := func(labels map[string]any) map[string]any {
		return map[string]any{"podSelector": map[string]any{"matchLabels": labels}}
	}
	anywhere := pods(others)
	anywhere["namespaceSelector"] = map[string]any{}
	want := map[string]any{
		"podSelector": map[string]any{"matchLabels": map[string]any{"app": "thread"}},
		"ingress": []any{map[string]any{"from": []any{
			pods(own), anywhere, pods(map[string]any{"app": "others"}),
			map[string]any{"namespaceSelector": map[string]any{"matchLabels": map[string]any{"team": "looms"}}},
		}}},
		"egress": []any{map[string]any{"to": []any{pods(own)}}},
	}
	for _, o := range objectsOf(t, rendered) {
		if o["kind"] == "NetworkPolicy" && model.At(o, "spec", "egress") != nil {
			if diff := cmp.Diff(want, o["spec"]); diff != "" {
				t.Error(diff)
			}
			return
		}
	}
	t.Error("there is no such policy")
}
