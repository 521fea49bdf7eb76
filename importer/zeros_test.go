package importer

import (
	"io/fs"
	"strings"
	"testing"

	helmtarget "github.com/opc-project/opc/emit/helm"
	"github.com/opc-project/opc/emit/manifests"
)

// TestExplicitZeros holds that a workload which says what its type holds anyway comes back saying it, in what is applied
// and in the chart.
func TestExplicitZeros(t *testing.T) {
	const text = `apiVersion: apps/v1
kind: Deployment
metadata: {name: ferry, namespace: quay}
spec:
  minReadySeconds: 0
  selector: {matchLabels: {app: ferry}}
  template:
    metadata: {labels: {app: ferry}}
    spec:
      hostIPC: false
      hostNetwork: false
      containers:
      - name: ferry
        image: registry.example.com/ferry:2.0.0
        tty: false
        volumeMounts: [{name: hold, mountPath: /hold, readOnly: false, subPath: ""}]
      volumes: [{name: hold, emptyDir: {}}]
`
	out, found := Stream("ferry.yaml", []byte(text), Facts{}, Options{Format: "cue", Verify: true})
	if out == nil {
		t.Fatal(found)
	}
	for _, u := range out.Unequal {
		t.Error(u)
	}
	m, faults := compile(out.Name, out.Text, out.Files, nil)
	if faults.HasErrors() {
		t.Fatal(faults)
	}
	files, faults := helmtarget.Target.Emit(m)
	if faults.HasErrors() {
		t.Fatal(faults)
	}
	emitted, err := fs.Sub(files.FS(), "chart")
	if err != nil {
		t.Fatal(err)
	}
	for installer, objects := range map[string][]tree{"chart": renderedOf(t, emitted, "ferry"), "install.yaml": objectsOf(m.Install(manifests.Overlay(m), ""))} {
		said := ""
		for _, o := range objects {
			if o["kind"] == "Deployment" {
				said = string(yamlOf(o))
			}
		}
		for _, want := range []string{"minReadySeconds: 0\n", "hostIPC: false\n", "hostNetwork: false\n", "tty: false\n", "readOnly: false\n", "subPath: \"\"\n"} {
			if !strings.Contains(said, want) {
				t.Errorf("%s: no %s in\n%s", installer, want, said)
			}
		}
	}
}
