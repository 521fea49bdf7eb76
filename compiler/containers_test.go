package compiler_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/compiler/model"
)

// TestContainersBeside holds the order of the containers, their images along an overlay with another image of the
// operator, and that they take the defaults of their workload.
func TestContainersBeside(t *testing.T) {
	m := lower(t, head+`
related: {dye: "example.com/dye:2"}
manager:
  security: none
  containers:
  - {name: first, image: {related: dye}, env: {MODE: fast}, resources: null}
  - {name: manager}
  - {name: last, image: "example.com/last:1", security: restricted, container: {workingDir: /tmp}}
  initContainers: [{name: unpack, args: [unpack]}]
workloads:
  web:
    defaults: none
    containers: [{name: log, image: "example.com/log:1"}]
`)
	objects := install(m, func(ov *model.Overlay) { ov.Image = &model.Image{Repository: "mirror.example.com/ring", Tag: "9"} })
	type row struct {
		Name, Image   string
		Size, Secured bool
	}
	var got []row
	for _, name := range []string{"Deployment/ring-operator-controller-manager", "Deployment/ring-operator-web"} {
		for _, field := range []string{"initContainers", "containers"} {
			list, _ := model.At(objects[name], "spec", "template", "spec", field).([]any)
			for _, e := range list {
				c := e.(map[string]any)
				got = append(got, row{c["name"].(string), c["image"].(string), c["resources"] != nil, c["securityContext"] != nil})
			}
		}
	}
	want := []row{
		{"unpack", "mirror.example.com/ring:9", true, false}, {"first", "example.com/dye:2", false, false},
		{"manager", "mirror.example.com/ring:9", true, false}, {"last", "example.com/last:1", true, true},
		{"manager", "mirror.example.com/ring:9", false, false}, {"log", "example.com/log:1", false, false},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestContainersKeepTheirPlaces holds that a finding about a container points at its own entry, wherever it stands in the pod.
func TestContainersKeepTheirPlaces(t *testing.T) {
	m := lower(t, head+`
manager:
  containers: [{name: side, image: "example.com/side:1", args: [--a, --b], container: {workingDir: /x}}]
`)
	o := *m.ObjectOf(*m.Manager())
	for pointer, want := range map[string]string{
		"/spec/template/spec/containers/1/image":      "/manager/containers/0/image",
		"/spec/template/spec/containers/1/args/1":     "/manager/containers/0/args/1",
		"/spec/template/spec/containers/1/workingDir": "/manager/containers/0/container/workingDir",
		"/spec/template/spec/containers/1/resources":  "/manager/containers/0",
		"/spec/template/spec/containers/0/image":      "/manager",
	} {
		if got := string(o.Trace(pointer)); got != want {
			t.Errorf("%s was set at %s, not at %s", pointer, want, got)
		}
	}
}
