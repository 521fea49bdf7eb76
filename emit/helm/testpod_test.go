package helm

import (
	"strings"
	"testing"
)

// TestTestPodFollowsTheParameter holds that the pod of helm test pulls its image as the manager does, also where a parameter
// says how, and that there is no value beside the parameter.
func TestTestPodFollowsTheParameter(t *testing.T) {
	ch := loaded(t, emitted(t, lowered(t, `
name: anvil
version: 1.0.0
image: example.com/anvil
manager: {container: {imagePullPolicy: IfNotPresent}}
parameters:
  pull: {default: IfNotPresent, sets: [{path: "spec.template.spec.containers.[name=manager].imagePullPolicy"}]}
`)))
	found := 0
	for _, f := range ch.Templates {
		if strings.Contains(string(f.Data), "image:") && strings.Contains(string(f.Data), ".Values.parameters.pull") {
			found++
		}
	}
	if found != 2 {
		t.Errorf("%d templates say how the image is pulled, not 2", found)
	}
	if image, _ := ch.Values["image"].(map[string]any); image["pullPolicy"] != nil {
		t.Errorf("the value image.pullPolicy is %v, beside the parameter", image["pullPolicy"])
	}
}
