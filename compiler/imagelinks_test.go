package compiler_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/compiler/model"
)

// TestImagesFollow installs along an overlay with another image: whatever in a pod names the operator's image follows, and
// what only resembles it stays.
func TestImagesFollow(t *testing.T) {
	m := lower(t, `
name: kiln
version: 2.1.0
image: example.com/kiln
related: {ash: "example.com/ash:3"}
manager:
  args: ["--worker-image=example.com/kiln:2.1.0", "--base=example.com/kiln:2.1.0-base"]
  env: {WORKER: "example.com/kiln:2.1.0", OTHER: "x example.com/kiln:2.1.0"}
  pod:
    initContainers: [{name: init, image: "example.com/ash:3", command: [sh, "example.com/ash:3"]}]
    containers: [{name: side, image: "example.com/kiln:2.1.0"}, {name: older, image: "example.com/kiln:2.0.0"}]
workloads: {web: {image: "example.com/kiln:2.1.0"}}
objects:
- apiVersion: batch/v1
  kind: CronJob
  metadata: {name: sweep}
  spec: {schedule: "@daily", jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: "example.com/kiln:2.1.0"}]}}}}}
- {apiVersion: v1, kind: ConfigMap, metadata: {name: images}, data: {image: "example.com/kiln:2.1.0"}}
`)
	ov := m.DefaultOverlay()
	ov.Image = &model.Image{Repository: "mirror.example.com/kiln", Tag: "9"}
	ash := 0
	for _, o := range m.Objects {
		model.Walk(model.Clone(o.Tree), func(_ []string, text string) string {
			if text == model.Ref(model.OpImage, "ash") {
				ash++
			}
			return text
		})
	}
	if ash != 3 { // the variable, the image of the init container and its argument
		t.Errorf("%d places follow the image ash", ash)
	}
	got := map[string]any{}
	for _, o := range m.Install(ov, "") {
		model.Walk(o.Tree, func(path []string, text string) string {
			if last := path[len(path)-1]; last == "image" || last == "args" || last == "value" {
				list, _ := got[o.Name()].([]any)
				got[o.Name()] = append(list, text)
			}
			return text
		})
		if list, ok := got[o.Name()].([]any); ok {
			got[o.Name()] = counted(list)
		}
	}
	want := map[string]any{
		"kiln-controller-manager": map[string]int{
			"mirror.example.com/kiln:9": 3, "--worker-image=mirror.example.com/kiln:9": 1, "example.com/kiln:2.0.0": 1, "example.com/ash:3": 2,
			"--base=example.com/kiln:2.1.0-base": 1, "x example.com/kiln:2.1.0": 1, "--metrics-bind-address=:8443": 1, "--leader-elect": 1,
			"--health-probe-bind-address=:8081": 1,
		},
		"kiln-web": map[string]int{"mirror.example.com/kiln:9": 1}, "sweep": map[string]int{"mirror.example.com/kiln:9": 1},
		"images": map[string]int{"example.com/kiln:2.1.0": 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func counted(list []any) map[string]int {
	out := map[string]int{}
	for _, e := range list {
		out[e.(string)]++
	}
	return out
}
