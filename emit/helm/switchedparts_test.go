package helm

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestPartsOfAParameter holds that the values of a container reach it where a parameter switches it, that an annotation with a
// value of its own is not one of commonAnnotations, and that a webhook has the values of selectors that no parameter sets.
func TestPartsOfAParameter(t *testing.T) {
	ch := loaded(t, emitted(t, lowered(t, `
name: loom
version: 1.0.0
image: ghcr.io/example/loom
manager:
  initContainers: [{name: unpack, image: "example.com/unpack:3"}]
  deployment: {metadata: {annotations: {example.com/weaver: night}}}
webhooks:
  hooks:
  - {type: validating, name: thread.example.com, path: /thread, objectSelector: {}, rules: [{apiGroups: [example.com], apiVersions: [v1], operations: [CREATE], resources: [threads]}]}
parameters:
  unpacked:
    default: true
    sets: [{path: "spec.template.spec.initContainers.[name=unpack]", value: {name: unpack, image: "example.com/unpack:3"}}]
  spaces:
    default: {matchLabels: {loom: "yes"}}
    sets: [{object: ValidatingWebhookConfiguration/loom-validating-webhook-configuration, path: "webhooks.[name=thread.example.com].namespaceSelector"}]
`)))
	rendered, err := render(t, ch, release{"loom", "mill", values(t, "initContainers: {unpack: {resources: {limits: {memory: 1Gi}}}}")})
	if err != nil {
		t.Fatal(err)
	}
	if pod := strict(t, rendered).deployment.Spec.Template.Spec; len(pod.InitContainers) != 1 || pod.InitContainers[0].Resources.Limits.Memory().String() != "1Gi" {
		t.Errorf("the value of the container does not reach it: %v", pod.InitContainers)
	}
	if text := strings.Join(slices.Collect(maps.Values(rendered)), ""); !strings.Contains(text, "objectSelector:\n    {}") {
		t.Error("an empty selector of the description is lost")
	}
	if _, err := render(t, ch, release{"loom", "mill", values(t, "commonAnnotations: {example.com/weaver: day}")}); err == nil {
		t.Error("commonAnnotations takes an annotation that deploymentAnnotations has")
	}
	if _, err := render(t, ch, release{"loom", "mill", values(t, "webhook: {namespaceSelector: {matchLabels: {a: b}}}")}); err == nil {
		t.Error("there is a value for a selector that a parameter sets")
	}
}
