package importer

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// quayDeployment is the Deployment of the charts below; %s is what its pod has beside its container.
const quayDeployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
  labels: {app.kubernetes.io/version: {{ .Chart.Version | quote }}, app.kubernetes.io/managed-by: crane}
spec:
  selector: {matchLabels: {app: quay}}
  template:
    metadata:
      labels: {app: quay}
      annotations: {checksum/berths: {{ .Values.berths | toYaml | sha256sum }}, example.com/crew: night}
    spec:
      affinity: {{ .Values.affinity | toYaml | nindent 8 }}
      containers:
      - name: quay
        image: registry.example.com/quay:3.0.0
        args: ["--pier=http://{{ .Values.pier.host }}:{{ .Values.pier.port }}/dock", "--depth={{ .Values.depth }}"]
        ports: [{name: web, containerPort: {{ .Values.web.port }}}]
---
apiVersion: v1
kind: Service
metadata:
  name: {{ .Release.Name }}
  {{- with .Values.web.annotations }}
  annotations: {{ toYaml . | nindent 4 }}
  {{- end }}
spec:
  type: {{ .Values.web.type }}
  selector: {app: quay}
  ports: [{name: web, port: {{ .Values.web.port }}}]
---
apiVersion: example.com/v1
kind: Harbour
metadata: {name: {{ .Release.Name }}}
spec: {fleet: {labels: {app.kubernetes.io/managed-by: quay}}}
{{- if .Values.lights.enabled }}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}-lights}
data: {seed: {{ randAlphaNum 12 }}, colour: {{ .Values.lights.colour }}}
{{- end }}
`

const quayValues = `berths: [a]
affinity: {}
depth: 12
unread: 1
pier: {host: pier.example.com, port: 8443}
web: {type: ClusterIP, port: 8080, annotations: {}}
lights: {enabled: false, colour: green}
`

func quay(t *testing.T) (*Result, string) {
	t.Helper()
	fsys := chartFS("templates/all.yaml", quayDeployment, "templates/tides.yaml",
		"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: tides}\ndata:\n  high: |\n    noon", "values.yaml", quayValues)
	out, found := Chart(fsys, here, Options{Format: "cue", Verify: true})
	if out == nil {
		t.Fatal(found)
	}
	for _, u := range out.Unequal {
		t.Error(u)
	}
	var told strings.Builder
	for _, d := range found {
		fmt.Fprintln(&told, d.Message)
	}
	for _, f := range out.Found {
		fmt.Fprintln(&told, strings.TrimSpace(f.What+" "+f.Value))
	}
	return out, told.String()
}

// TestChartAsHelmReadsIt holds what Helm makes of a chart, and what a chart of opc has in place of it.
func TestChartAsHelmReadsIt(t *testing.T) {
	out, told := quay(t)
	for _, want := range []string{
		`the label app.kubernetes.io/version is "1.0.0" in the source`,
		`the label app.kubernetes.io/managed-by is "crane" in the source`,
		"the annotation checksum/berths on the pods of Deployment shop is a checksum",
		"the value unread changes nothing that was tried",
		"the value berths changes nothing that was tried", // but the checksum
	} {
		if !strings.Contains(told, want) {
			t.Errorf("it does not say %q:\n%s", want, told)
		}
	}
	if strings.Contains(told, "seed") {
		t.Errorf("a random value under a switch is blamed on another:\n%s", told)
	}
	text := string(out.Text)
	for _, data := range out.Files {
		text += string(data)
	}
	for want, why := range map[string]string{
		"noon\n": "Helm ends the last text of a document with a line break", "app.kubernetes.io/managed-by: quay": "labels in a custom resource are its own",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s:\n%s", why, text)
		}
	}
	if strings.Contains(text, "checksum/") {
		t.Error("a checksum is frozen")
	}
}

// TestChartValuesThatSetFields holds that values become parameters that set fields: one field, several, a part of a text
// that two values share, and a field that is there with a switch alone.
func TestChartValuesThatSetFields(t *testing.T) {
	out, told := quay(t)
	parameters := string(yamlOf(object(out.Spec["parameters"])))
	for _, want := range []string{
		"pierHost:\n  default: pier.example.com\n",
		"path: spec.template.spec.containers.[name=quay].args.[=--pier=http://pier.example.com:8443/dock]\n    text: --pier=http://$(pierHost):$(pierPort)/dock",
		"pierPort:\n  default: 8443\n",
		"webPort:\n  default: 8080\n", "path: spec.template.spec.containers.[name=quay].ports.[name=web].containerPort", "path: spec.ports.[name=web].port",
		"webType:\n  default: ClusterIP\n  enum:", "webAnnotations:\n  default: {}\n", "lightsColour:\n  default: green\n  sets:\n  - object: ConfigMap/shop-lights\n    path: data.colour",
	} {
		if !strings.Contains(parameters, want) {
			t.Errorf("no %q in\n%s\n%s", want, parameters, told)
		}
	}
}

// TestNameOf holds that a name is the whole path where the last word says too little.
func TestNameOf(t *testing.T) {
	for path, want := range map[string]string{
		"leaderElection.enable": "leaderElectionEnable", "controller.logLevel": "logLevel", "a.b.port": "aBPort", "size": "size",
	} {
		if got := nameOf(strings.Split(path, "."), map[string]bool{}); got != want {
			t.Errorf("%s is called %s, want %s", path, got, want)
		}
	}
}

// TestChartLinkedFolder holds that a folder that is a link is a part of the chart, and one that leads back to itself ends.
func TestChartLinkedFolder(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"chart/templates", "shared"} {
		if err := os.MkdirAll(dir+"/"+name, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{
		"chart/Chart.yaml": "apiVersion: v2\nname: x\nversion: 1.0.0\n", "chart/files/a.txt": "", "chart/real/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
	} {
		if err := os.MkdirAll(dir+"/"+name[:strings.LastIndex(name, "/")], 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(dir+"/"+name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("../real", dir+"/chart/templates/linked"); err != nil {
		t.Skipf("symbolic links can't be made here: %v", err)
	}
	read := func() (map[string][]byte, *reader) {
		r := &reader{fsys: os.DirFS(dir + "/chart")}
		return r.chartFiles(), r
	}
	if files, r := read(); files["templates/linked/a.yaml"] == nil || r.faults.HasErrors() {
		t.Errorf("the linked folder is not read: %v", r.faults)
	}
	if err := os.Symlink("..", dir+"/chart/files/up"); err != nil {
		t.Fatal(err)
	}
	if _, r := read(); !strings.Contains(fmt.Sprint(r.faults), "nested more than") {
		t.Errorf("a folder in itself is taken: %v", r.faults)
	}
}
