package importer

import (
	"io/fs"
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/compiler/model"
	helmtarget "github.com/opc-project/opc/emit/helm"
	"github.com/opc-project/opc/emit/manifests"
	"github.com/opc-project/opc/verify/chart"
)

// locks is a chart whose selectors use Helm's own labels in every place that the importer knows, and in some that it
// doesn't.
const locks = `{{- $own := printf "app.kubernetes.io/instance: %s" .Release.Name }}
apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}, labels: { {{ $own }} }}
spec:
  selector: {matchLabels: {app: lock, {{ $own }} }}
  template:
    metadata: {labels: {app: lock, {{ $own }}, app.kubernetes.io/managed-by: Helm, side: east}}
    spec:
      affinity:
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
          - topologyKey: zone
            labelSelector: {matchLabels: {app: lock, {{ $own }} }}
          preferredDuringSchedulingIgnoredDuringExecution:
          - weight: 2
            podAffinityTerm: {topologyKey: host, labelSelector: {matchExpressions: [{key: app.kubernetes.io/instance, operator: In, values: [{{ .Release.Name }}]}]}}
      topologySpreadConstraints:
      - {maxSkew: 1, topologyKey: host, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: lock}}}
      containers: [{name: lock, image: "registry.example.com/lock:1.0.0"}]
---
apiVersion: v1
kind: Service
metadata: {name: gates, labels: {tier: gate, {{ $own }} }}
spec: {selector: { {{ $own }} }, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: weirs}
spec: {selector: {app: lock, {{ $own }}, app.kubernetes.io/managed-by: Helm}, ports: [{port: 81}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: barges}
spec:
  podSelector: {matchLabels: {app: barge, {{ $own }} }}
  ingress:
  - from:
    - {namespaceSelector: {}, podSelector: {matchLabels: {app: lock, {{ $own }} }}}
    - {namespaceSelector: {matchLabels: {team: river}}, podSelector: {matchLabels: {app: buoy, app.kubernetes.io/managed-by: Helm}}}
    - podSelector: {matchLabels: {app: lock, {{ $own }} }}
---
apiVersion: example.com/v1
kind: Gauge
metadata: {name: level}
spec: {pods: {matchLabels: {side: east, {{ $own }} }}, others: {matchLabels: {app: buoy, {{ $own }} }}}
`

// TestSelectorsOfCharts holds that each selector selects the same pods in what a chart becomes as in the chart, along
// every installer, and that those of the release follow its name.
func TestSelectorsOfCharts(t *testing.T) {
	fsys := chartFS("templates/all.yaml", locks)
	out, found := Chart(fsys, here, Options{Format: "cue", Verify: true})
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
	for _, c := range []struct {
		installer, release string
		objects            []tree
	}{
		{"chart", "shop", renderedOf(t, emitted, "shop")},
		{"chart", "canal", renderedOf(t, emitted, "canal")},
		{"install.yaml", "shop", objectsOf(m.Install(manifests.Overlay(m), "kustomize"))},
	} {
		want, got := selected(renderedOf(t, fsys, c.release), c.release, c.installer == "chart"), selected(c.objects, c.release, c.installer == "chart")
		for key := range want {
			if diff := cmp.Diff(want[key], got[key]); diff != "" {
				t.Errorf("%s as %s: %s %s", c.installer, c.release, key, diff)
			}
		}
	}
}

// selected are the pods that each selector of some objects finds, by its place.
func selected(objects []tree, release string, others bool) map[string][]string {
	const instance = "app.kubernetes.io/instance"
	there := map[string]tree{
		"barge": {"app": "barge"}, "barge of the release": {"app": "barge", instance: release}, "barge of another": {"app": "barge", instance: "other"},
		"buoy": {"app": "buoy"}, "buoy of Helm": {"app": "buoy", "app.kubernetes.io/managed-by": "Helm"}, "buoy of the release": {"app": "buoy", instance: release},
	}
	for _, o := range objects {
		if o["kind"] == "Deployment" {
			own := object(get(o, selectable(o)...))
			there["lock"] = own
			if others { // which installers other than Helm don't have
				there["lock of another"] = clone(own)
				there["lock of another"][instance] = "other"
			}
		}
	}
	out := map[string][]string{}
	var walk func(v any, path string)
	walk = func(v any, path string) {
		for _, e := range list(v) {
			walk(e, path+"/-")
		}
		for k, e := range object(v) {
			at := path + "/" + k
			if k != "labelSelector" && k != "podSelector" && k != "selector" && k != "pods" && k != "others" {
				walk(e, at)
				continue
			}
			labels := object(e)
			if labels["matchLabels"] != nil || labels["matchExpressions"] != nil {
				labels = tree{}
				maps.Copy(labels, object(get(object(e), "matchLabels")))
				for _, c := range trees(object(e)["matchExpressions"]) {
					labels[text(c["key"])] = texts(c["values"])[0]
				}
			}
			for _, name := range sortedKeys(there) {
				if hasAll(there[name], labels) {
					out[at] = append(out[at], name)
				}
			}
		}
	}
	for _, o := range objects {
		name := o["kind"]
		if o["kind"] == "Service" && get(o, "metadata", "labels", "tier") != nil {
			name = "Gate"
		}
		walk(o["spec"], text(name))
	}
	return out
}

func objectsOf(installed []model.Object) []tree {
	var out []tree
	for _, o := range installed {
		out = append(out, o.Tree)
	}
	return out
}

// renderedOf are the objects of a chart.
func renderedOf(t *testing.T, fsys fs.FS, release string) []tree {
	t.Helper()
	r := &reader{fsys: fsys}
	c, err := chart.LoadForeign(r.chartFiles())
	if err != nil {
		t.Fatal(err)
	}
	texts, err := c.Templates(chart.Release{Name: release, Namespace: "river", KubeVersion: kubeVersion})
	if err != nil {
		t.Fatal(err)
	}
	var out []tree
	for _, name := range sortedKeys(texts) {
		for _, d := range r.documents(name, []byte(texts[name])) {
			out = append(out, d.tree)
		}
	}
	return out
}
