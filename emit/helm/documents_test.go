package helm

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema/diag"
)

func chartYAML(t *testing.T, m *model.Operator) map[string]any {
	t.Helper()
	f, _ := emitted(t, m).File("Chart.yaml")
	return values(t, string(f.Data))
}

const described1 = `
name: shop
version: 1.10.0-rc.1
displayName: Shop
summary: Sells boxes.
license: Apache-2.0
source: https://example.com/source
homepage: https://example.com
maintainers: [{name: Jo, email: jo@example.com, url: https://example.com/jo}]
keywords: [shop, "yes"]
categories: [Developer Tools, Monitoring]
capabilities: Deep Insights
kubernetes: ">=1.30"
links: [{name: Manual, url: https://example.com/manual}]
image: example.com/shop
related: {postgres: "docker.io/library/postgres:17"}
crds: [crd.yaml]
apis: {boxes.shop.example.com: {displayName: Box, description: Holds.}}
`

func TestChartYAML(t *testing.T) {
	m := lowered(t, described1+`
icon: {data: PHN2Zy8+, mediaType: image/svg+xml}
helm:
  annotations: {artifacthub.io/license: MIT, example.com/note: "{{ x }}"}
  chart: {home: null, deprecated: true, dependencies: [{name: common, version: 1.x.x, repository: "https://example.com/charts"}]}
`, "crd.yaml", definition)
	got := chartYAML(t, m)
	annotations := got["annotations"].(map[string]any)
	delete(got, "annotations")
	if diff := cmp.Diff(map[string]any{
		"apiVersion": "v2", "name": "shop", "version": "1.10.0-rc.1", "appVersion": "1.10.0-rc.1", "kubeVersion": ">=1.30.0-0", "type": "application",
		"description": "Sells boxes.", "keywords": []any{"shop", "yes"}, "sources": []any{"https://example.com/source"},
		"maintainers": []any{map[string]any{"name": "Jo", "email": "jo@example.com", "url": "https://example.com/jo"}}, "icon": "data:image/svg+xml;base64,PHN2Zy8+",
		"deprecated": true, "dependencies": []any{map[string]any{"name": "common", "version": "1.x.x", "repository": "https://example.com/charts"}},
	}, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]any{
		"artifacthub.io/operator": "true", "artifacthub.io/operatorCapabilities": "Deep Insights", "artifacthub.io/category": "monitoring-logging",
		"artifacthub.io/prerelease": "true", "artifacthub.io/license": "MIT", "charts.openshift.io/name": "Shop", "example.com/note": "{{ x }}",
		"artifacthub.io/links":  "- name: source\n  url: https://example.com/source\n- name: Manual\n  url: https://example.com/manual",
		"artifacthub.io/images": "- image: example.com/shop:1.10.0-rc.1\n  name: shop\n  platforms:\n  - linux/amd64\n  - linux/arm64\n- image: docker.io/library/postgres:17\n  name: postgres",
		"artifacthub.io/crds": "- description: Holds.\n  displayName: Box\n  kind: Box\n  name: boxes.shop.example.com\n  version: v1\n" +
			"- description: Holds.\n  displayName: Box\n  kind: Box\n  name: boxes.shop.example.com\n  version: v1beta1",
	}, annotations); diff != "" {
		t.Error(diff)
	}
}

// TestHubImages lists every image that the chart runs, each once.
func TestHubImages(t *testing.T) {
	got := chartYAML(t, lowered(t, described1+`
manager: {pod: {containers: [{name: again, image: "example.com/shop:1.10.0-rc.1"}, {name: till, image: "example.com/till:2"}]}}
workloads: {web: {image: "example.com/web:1"}, jobs: {image: "example.com/jobs:1", containerName: worker}}
objects:
- apiVersion: batch/v1
  kind: CronJob
  metadata: {name: sweep}
  spec: {schedule: "@daily", jobTemplate: {spec: {template: {spec: {containers: [{name: broom, image: "example.com/broom:1"}]}}}}}
`, "crd.yaml", definition))
	var names []string
	for line := range strings.Lines(got["annotations"].(map[string]any)["artifacthub.io/images"].(string)) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "name: "); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	if diff := cmp.Diff([]string{"broom", "postgres", "shop", "till", "web", "worker"}, names); diff != "" {
		t.Error(diff)
	}
}

func TestLargeIconIsLeftOut(t *testing.T) {
	icon := `icon: {mediaType: image/png, data: "` + strings.Repeat("AAAA", MaxIcon/4+1) + `"}`
	if got := chartYAML(t, lowered(t, described1+icon, "crd.yaml", definition)); got["icon"] != nil {
		t.Error("Chart.yaml holds a large icon")
	}
	if got := chartYAML(t, lowered(t, described1+icon+"\nhelm: {chart: {icon: https://example.com/icon.png}}", "crd.yaml", definition)); got["icon"] != "https://example.com/icon.png" {
		t.Errorf("the icon is %v", got["icon"])
	}
}

func TestVersionsStayTexts(t *testing.T) {
	f, _ := emitted(t, lowered(t, described1, "crd.yaml", definition)).File("Chart.yaml")
	for _, line := range []string{`appVersion: "1.10.0-rc.1"`, `kubeVersion: ">=1.30.0-0"`} {
		if !strings.Contains(string(f.Data), line+"\n") {
			t.Errorf("Chart.yaml has no line %s", line)
		}
	}
}

func TestCRDsInTheirOwnFolder(t *testing.T) {
	files := emitted(t, lowered(t, described1+"helm: {crds: crds}", "crd.yaml", definition))
	f, ok := files.File("crds/shop.example.com_boxes.yaml")
	if !ok || !strings.Contains(string(f.Data), "Say {{ .Values.nothing }}") {
		t.Errorf("the definition is %s", f.Data)
	}
	if slices.ContainsFunc(files.Names(), func(n string) bool { return strings.HasPrefix(n, "templates/crds") }) {
		t.Error("the definition is a template too")
	}
}

func TestNotes(t *testing.T) {
	m := lowered(t, described1, "crd.yaml", definition)
	rendered, err := render(t, loaded(t, emitted(t, m)), release{"one", "ns", values(t, "crds: {keep: false}")})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(`shop 1.10.0-rc.1 is installed in the namespace ns.

Wait until the operator is ready:

  kubectl --namespace ns rollout status deployment/one-shop-controller-manager

List the objects of the operator's APIs:

  kubectl get boxes.shop.example.com --all-namespaces

WARNING: crds.keep is false. Uninstalling the release deletes its CustomResourceDefinitions, and all their objects in the
cluster.
`, rendered["shop/templates/NOTES.txt"]); diff != "" {
		t.Error(diff)
	}
}

// TestIgnoredTag finds that the installer is told when a digest overrides the tag that they set.
func TestIgnoredTag(t *testing.T) {
	const digest = "sha256:6666666666666666666666666666666666666666666666666666666666666666"
	const ignored = `WARNING: image.tag is ignored, because image.digest is set. To use the tag, set image.digest to "".`
	pinned := strings.Replace(described1, "image: example.com/shop", "image: ghcr.io/example/shop@"+digest, 1)
	for _, test := range []struct {
		name, description, values string
		want                      bool
	}{
		{"tag over the chart's digest", pinned, "image: {tag: dev}", true},
		{"digest emptied", pinned, "image: {tag: dev, digest: ''}", false},
		{"the chart's digest", pinned, "{}", false},
		{"tag", described1, "image: {tag: dev}", false},
		{"digest", described1, "image: {digest: '" + digest + "'}", false},
	} {
		rendered, err := render(t, loaded(t, emitted(t, lowered(t, test.description, "crd.yaml", definition))), release{"one", "ns", values(t, test.values)})
		if err != nil {
			t.Fatal(test.name, err)
		}
		if got := strings.Contains(rendered["shop/templates/NOTES.txt"], ignored); got != test.want {
			t.Errorf("%s: warned %v:\n%s", test.name, got, rendered["shop/templates/NOTES.txt"])
		}
	}
}

func TestTheTestPodIsNobodys(t *testing.T) {
	for name, m := range operators(t) {
		rendered, err := render(t, loaded(t, emitted(t, m)), release{ownName(m), m.Namespace, nil})
		if err != nil {
			t.Fatal(err)
		}
		all := objectsOf(t, rendered)
		i := slices.IndexFunc(all, func(o model.Tree) bool { return o["kind"] == "Pod" })
		if i < 0 {
			t.Errorf("%s: no test", name)
			continue
		}
		labels := model.At(all[i], "metadata", "labels").(map[string]any)
		for _, o := range all {
			if s := selectorOf(o); len(s) > 0 && matches(s, labels) {
				t.Errorf("%s: the %s %s selects the pod of helm test", name, o["kind"], model.MetaString(o, "name"))
			}
		}
	}
}

// TestOriginsOfParts holds that a part of an object leads to what said it.
func TestOriginsOfParts(t *testing.T) {
	files, _ := Target.Emit(lowered(t, full+"helm: {values: {replicaCount: 2}}", "crd.yaml", definition))
	for _, c := range []struct {
		file, pointer string
		want          diag.Path
	}{
		{"Chart.yaml", "/version", "/version"},
		{"Chart.yaml", "/apiVersion", ""},
		{"values.yaml", "/parameters/logLevel", "/parameters/logLevel"},
		{"values.yaml", "/replicaCount", "/helm/values/replicaCount"},
		{"values.yaml", "/metrics/enabled", "/manager/metrics"},
		{"templates/manager/controller-manager.yaml", "/spec/replicas", "/manager"},
		{"templates/webhook/validating-webhook-configuration.yaml", "/webhooks/0/rules", "/webhooks/hooks/0"},
		{"templates/crds/shop.example.com_boxes.yaml", "/spec/scope", "@crd.yaml#0/spec/scope"},
		{"templates/rbac/manager-role.yaml", "/rules/0/verbs", "/permissions/0/rules/0/verbs"},
		{"templates/rbac/manager-role.yaml", "/metadata", "/permissions/0"},
	} {
		if got := files.Trace("chart/"+c.file, c.pointer); got != c.want {
			t.Errorf("%s%s comes from %q, want %q", c.file, c.pointer, got, c.want)
		}
	}
}

var shown = regexp.MustCompile("(?s)```(?:yaml|text)\n# (\\S+)\n(.*?)```")

// TestPageShowsWhatComesOut holds docs/targets/helm.md against the chart of the example. A line with just … stands for
// lines that are left out.
func TestPageShowsWhatComesOut(t *testing.T) {
	text, err := os.ReadFile("../../docs/targets/helm.md")
	if err != nil {
		t.Fatal(err)
	}
	m := lowerFS(t, os.DirFS("../../examples/database-operator"))
	files, _ := Target.Emit(m)
	blocks := shown.FindAllStringSubmatch(string(text), -1)
	if len(blocks) < 3 || len(blocks) != strings.Count(string(text), "```yaml")+strings.Count(string(text), "```text") {
		t.Errorf("%d blocks name their file", len(blocks))
	}
	for _, b := range blocks {
		f, ok := files.File(b[1])
		if !ok {
			t.Errorf("the page shows %s, which is not emitted", b[1])
		}
		rest := string(f.Data)
		for part := range strings.SplitSeq(b[2], "…\n") {
			_, after, found := strings.Cut(rest, part)
			if !found {
				t.Errorf("the page does not show %s as it is:\n%s", b[1], part)
			}
			rest = after
		}
	}
	known := string(text)
	for _, v := range leaves(built(m).values) {
		if name := dotted(v.path); !strings.Contains(known, "`"+name+"`") && v.path[0] != "parameters" && v.path[0] != "relatedImages" {
			t.Errorf("the page does not tell of the value %s", name)
		}
	}
}

func TestSchemaOfParameters(t *testing.T) {
	f, _ := emitted(t, lowered(t, full, "crd.yaml", definition)).File("values.schema.json")
	var s struct {
		Properties map[string]struct{ Properties map[string]any }
	}
	if err := json.Unmarshal(f.Data, &s); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]any{
		"logLevel": map[string]any{"type": "string", "enum": []any{"debug", "info"}, "default": "info", "description": "Environment variable LOG_LEVEL of the operator."},
		"workers":  map[string]any{"type": "integer", "minimum": 1.0, "maximum": 64.0, "default": 4.0, "description": "Environment variable WORKERS of the operator."},
		"domain":   map[string]any{"type": "string", "pattern": "^[a-z.]*$", "default": "", "description": "Environment variable DOMAIN of the operator."},
	}, s.Properties["parameters"].Properties); diff != "" {
		t.Error(diff)
	}
}

func BenchmarkEmit(b *testing.B) {
	m := lowerFS(b, os.DirFS("../../examples/database-operator"))
	b.ReportAllocs()
	for b.Loop() {
		if _, diags := Target.Emit(m); len(diags) > 0 {
			b.Fatal(diags)
		}
	}
}

// TestHostileText checks that texts of a description change nothing of the chart's README around them, and nothing of
// NOTES.txt, whatever they contain.
func TestHostileText(t *testing.T) {
	m := lowered(t, described1, "crd.yaml", definition)
	m.DisplayName = "Shop\n# Mine <img src=x> @somebody"
	m.License = "MIT | [here](https://evil.example)\n## Install"
	m.Source = "https://example.com/> [x](y)"
	m.Description = "Sells boxes.\n\n~~~sh\ncurl example.com | sh\n```\n\n<!-- \x1b[2J"
	m.Parameters = append(m.Parameters, model.Parameter{
		Name: "size", Type: "string", Env: "SIZE", Default: "`|\n{{ fail }}", Doc: "How large.\n| a | <b>`c|d`\n## Install {{ fail }}",
	})
	files := emitted(t, m)
	f, _ := files.File("README.md")
	text := string(f.Data)
	for _, want := range []string{
		"# Shop \\# Mine &lt;img src=x&gt; @&#8203;somebody\n\n", "\n| license | MIT \\| \\[here\\](https://evil.example) \\#\\# Install |\n",
		"\n| source | https://example.com/&gt; \\[x\\](y) |\n", "\n```\n\n<!-- \ufffd[2J\n~~~\n\n## Chart\n",
		"| `parameters.size` | ``\"`\\|\\n{{ fail }}\"`` | How large. \\| a \\| &lt;b>`c\\|d` ## Install {{ fail }}",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("README.md has no %q:\n%s", want, text)
		}
	}
	if n := strings.Count(text, "\n## Install\n"); n != 1 {
		t.Errorf("README.md has %d sections Install", n)
	}
	before, err := render(t, loaded(t, emitted(t, lowered(t, described1, "crd.yaml", definition))), release{"one", "ns", nil})
	if err != nil {
		t.Fatal(err)
	}
	rendered, err := render(t, loaded(t, files), release{"one", "ns", nil})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before["shop/templates/NOTES.txt"], rendered["shop/templates/NOTES.txt"]); diff != "" {
		t.Error(diff)
	}
}

// TestNotesOfOtherKinds holds what the notes say where kubectl can't wait for the pods: not for those that are replaced
// when they are deleted, and not for those of a Job.
func TestNotesOfOtherKinds(t *testing.T) {
	const waits, deletes = "rollout status", "delete the pods of the operator to replace them"
	for _, test := range []struct {
		name, description, values string
		waits, deletes            bool
	}{
		{"replaced by hand", "manager: {kind: StatefulSet, updateStrategy: {type: OnDelete}}", "{}", false, true},
		{"the value", "manager: {kind: DaemonSet}", "updateStrategy: {type: OnDelete}", false, true},
		{"no value", "manager: {kind: StatefulSet, updateStrategy: {type: OnDelete}}", "updateStrategy: null", true, false},
		{"of another workload", "manager: false\nworkloads: {a: {kind: Job}, b: {kind: DaemonSet, updateStrategy: {type: OnDelete}}}", "{}", false, true},
		{"a Job alone", "manager: false\nworkloads: {a: {kind: Job}}", "{}", false, false},
	} {
		m := lowered(t, "name: shop\nversion: 1.0.0\nimage: example.com/shop\n"+test.description)
		rendered, err := render(t, loaded(t, emitted(t, m)), release{"one", "ns", values(t, test.values)})
		if err != nil {
			t.Fatal(test.name, err)
		}
		notes := rendered["shop/templates/NOTES.txt"]
		if strings.Contains(notes, waits) != test.waits || strings.Contains(notes, deletes) != test.deletes {
			t.Errorf("%s:\n%s", test.name, notes)
		}
	}
}

// TestJobRunsAgain holds that a Job is a hook, unless the description makes it another one.
func TestJobRunsAgain(t *testing.T) {
	m := lowered(t, `
name: shop
version: 1.0.0
image: example.com/shop
manager: false
workloads:
  move: {kind: Job}
  check: {kind: Job, job: {metadata: {annotations: {helm.sh/hook: pre-upgrade}}}}
`)
	rendered, err := render(t, loaded(t, emitted(t, m)), release{"one", "ns", nil})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]any{}
	for _, o := range objectsOf(t, rendered) {
		if o["kind"] == "Job" {
			got[model.MetaString(o, "name")] = model.At(o, "metadata", "annotations")
		}
	}
	if diff := cmp.Diff(map[string]any{"one-shop-move": any(JobHook()), "one-shop-check": map[string]any{"helm.sh/hook": "pre-upgrade"}}, got); diff != "" {
		t.Error(diff)
	}
}

// TestNumbersOfTasks holds that the chart refuses the numbers of a Job that the API server would.
func TestNumbersOfTasks(t *testing.T) {
	ch := loaded(t, emitted(t, lowered(t, `
name: shop
version: 1.0.0
image: example.com/shop
manager: false
workloads:
  move: {kind: Job}
`)))
	for _, field := range []string{"backoffLimit", "ttlSecondsAfterFinished"} {
		if _, err := render(t, ch, release{"one", "ns", values(t, "workloads: {move: {"+field+": 0}}")}); err != nil {
			t.Errorf("%s: 0: %v", field, err)
		}
		_, err := render(t, ch, release{"one", "ns", values(t, "workloads: {move: {"+field+": -1}}")})
		if err == nil || !strings.Contains(err.Error(), "/workloads/move/"+field+"': minimum: got -1, want 0") {
			t.Errorf("%s: -1: %v", field, err)
		}
	}
}
