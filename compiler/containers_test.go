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

// TestTasks holds where the parts of a Job and a CronJob stand, and where they were set.
func TestTasks(t *testing.T) {
	m := lower(t, head+`
workloads:
  once: {kind: Job, args: [once], containers: [{name: log, image: "example.com/log:1"}], job: {spec: {backoffLimit: 1}}}
  nightly: {kind: CronJob, schedule: "0 3 * * *", pod: {restartPolicy: Never}, podLabels: {team: red}, initContainers: [{name: unpack}]}
parameters: {runs: {default: 2, sets: [{object: CronJob/nightly, path: "spec.jobTemplate.spec.template.spec.containers.[name=manager].args"}]}}
`)
	objects := install(m, nil)
	once, nightly := objects["Job/ring-operator-once"], objects["CronJob/ring-operator-nightly"]
	pods := []any{model.At(once, "spec", "template", "spec"), model.At(nightly, "spec", "jobTemplate", "spec", "template", "spec")}
	for i, want := range []string{"OnFailure", "Never"} {
		if got := pods[i].(map[string]any)["restartPolicy"]; got != want {
			t.Errorf("the restart policy is %v, not %s", got, want)
		}
	}
	if model.At(once, "spec", "selector") != nil || model.At(nightly, "spec", "schedule") != "0 3 * * *" || model.At(once, "spec", "backoffLimit") != int64(1) {
		t.Errorf("the tasks are %v and %v", once, nightly)
	}
	for _, w := range m.Workloads {
		o := *m.ObjectOf(w)
		for pointer, want := range map[string]map[string]string{
			"once": {
				"/spec/template/spec/containers/1/image": "/workloads/once/containers/0/image", "/spec/backoffLimit": "/workloads/once/job/spec/backoffLimit",
				"/spec/template/spec/containers/0/args/0": "/workloads/once/args/0",
			},
			"nightly": {
				"/spec/jobTemplate/spec/template/spec/initContainers/0/name": "/workloads/nightly/initContainers/0",
				"/spec/jobTemplate/spec/template/spec/restartPolicy":         "/workloads/nightly/pod/restartPolicy",
				"/spec/jobTemplate/spec/template/metadata/labels/team":       "/workloads/nightly/podLabels/team", "/spec/schedule": "/workloads/nightly/schedule",
			},
		}[w.Key] {
			if got := string(o.Trace(pointer)); got != want {
				t.Errorf("%s was set at %s, not at %s", pointer, want, got)
			}
		}
	}
}
