package kustomize_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit/kustomize"
	"github.com/opc-project/opc/schema/diag"
)

// TestTheTree is the list of files that a reader finds, for the description with everything.
func TestTheTree(t *testing.T) {
	m := lowerFiles(t, archive(t, "certmanager"))
	var folders []string
	for _, name := range emitted(t, m).Names() {
		dir := name[:strings.LastIndex(name, "/")]
		if !slices.Contains(folders, dir) {
			folders = append(folders, dir)
		}
	}
	want := []string{
		"kustomize/base", "kustomize/base/crds", "kustomize/base/rbac",
		"kustomize/components/cert-manager-and-service-monitor", "kustomize/components/cert-manager-and-service-monitor/namespace",
		"kustomize/components/cert-manager-and-webhook", "kustomize/components/cert-manager-and-webhook/namespace",
		"kustomize/components/cert-manager", "kustomize/components/metrics-and-cert-manager",
		"kustomize/components/metrics-and-cert-manager/namespace", "kustomize/components/metrics-and-network-policy",
		"kustomize/components/metrics", "kustomize/components/network-policy-and-webhook", "kustomize/components/pod-disruption-budget",
		"kustomize/components/service-monitor", "kustomize/components/webhook",
		"kustomize/overlays/default", "kustomize/overlays/none", "kustomize/overlays/plain", "kustomize/overlays/prod",
	}
	slices.Sort(want)
	slices.Sort(folders)
	if diff := cmp.Diff(want, folders); diff != "" {
		t.Error(diff)
	}
}

// TestOrderOfComponents holds that what builds upon another component stands below it, in features that are written in
// another order than they require each other.
func TestOrderOfComponents(t *testing.T) {
	m := lowerFiles(t, archive(t, "features"))
	f, _ := emitted(t, m).File("kustomize/overlays/dev/kustomization.yaml")
	got := tree(t, f.Data)["components"]
	want := []any{"../../components/metrics", "../../components/zeta", "../../components/alpha", "../../components/beta"}
	all, _ := got.([]any)
	kept := slices.DeleteFunc(slices.Clone(all), func(e any) bool { return !slices.Contains(want, e) })
	if diff := cmp.Diff(want, kept); diff != "" {
		t.Errorf("%v:\n%s", got, diff)
	}
}

// TestOriginsPointIntoFiles follows every pointer of every origin of a file that holds a whole object.
func TestOriginsPointIntoFiles(t *testing.T) {
	m := lowerFiles(t, archive(t, "sidecar"))
	set := emitted(t, m)
	deep := 0
	for _, name := range set.Names() {
		f, _ := set.File(name)
		for _, o := range f.Origins {
			if o.Pointer == "" {
				continue
			}
			var v any
			if err := yaml.Unmarshal(f.Data, &v); err != nil {
				t.Fatal(err)
			}
			for _, elem := range diag.Path(o.Pointer).Elems() {
				switch x := v.(type) {
				case map[string]any:
					v = x[elem]
				case []any:
					v = x[elem[0]-'0']
				}
			}
			if v == nil {
				t.Errorf("%s has nothing at %s, which is said to come from %s", name, o.Pointer, o.Path)
			}
			deep++
		}
	}
	if deep == 0 {
		t.Error("no origin leads into a file")
	}
	for place, want := range map[[2]string]diag.Path{
		{"kustomize/base/controller-manager.yaml", "/spec/replicas"}:                    "/manager",
		{"kustomize/base/controller-manager.yaml", "/spec/template/spec/volumes"}:       "/manager/pod/volumes",
		{"kustomize/components/trace/controller-manager-args.yaml", "/0/value"}:         "/features/trace",
		{"kustomize/overlays/traced/kustomization.yaml", "/images/0"}:                   "/overlays/traced",
		{"kustomize/base/crds/ops.example.com_rings.yaml", "/spec/names"}:               "@config/crd/rings.yaml#0/spec/names",
		{"kustomize/components/webhook/kustomization.yaml", ""}:                         "/webhooks",
		{"kustomize/components/webhook/validating-webhook-configuration.yaml", "/kind"}: "/webhooks",
	} {
		if got := set.Trace(place[0], place[1]); got != want {
			t.Errorf("%s#%s comes from %s, not from %s", place[0], place[1], want, got)
		}
	}
}

// TestFindings are what kustomize can't express.
func TestFindings(t *testing.T) {
	operator := func() *model.Operator {
		m := lowerFiles(t, archive(t, "selfsigned"))
		return m
	}
	cases := []struct {
		name   string
		change func(*model.Operator)
		code   diag.Code
		path   diag.Path
		text   string
	}{
		{"a patch names a file", func(m *model.Operator) {
			m.Overlays[0].Patches = []model.Tree{{"patch": "x"}, {"path": "more.yaml"}}
		}, diag.BadOverlay, "/overlays/default/patches/1", "more.yaml"},
		{"the namespace inside of a word", func(m *model.Operator) {
			m.Objects = append(m.Objects, model.Object{Node: model.Node{From: "/objects/0"}, File: "x", Cluster: true, Tree: model.Tree{
				"apiVersion": "example.com/v1", "kind": "Thing", "metadata": map[string]any{"name": "x"}, "spec": map[string]any{"host": "a-" + model.Namespace() + "-b"},
			}})
		}, diag.NotExpressible, "/objects/0", "spec.host of the Thing x"},
		{"nothing stands in the namespace", func(m *model.Operator) {
			m.Objects = []model.Object{{Node: model.Node{From: "/objects/0"}, File: "x", Cluster: true, Tree: model.Tree{
				"apiVersion": "example.com/v1", "kind": "Thing", "metadata": map[string]any{"name": "x"}, "spec": map[string]any{"namespace": model.Namespace()},
			}}}
		}, diag.NotExpressible, "", "always there"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			m := operator()
			tc.change(m)
			set, diags := kustomize.Target.Emit(m)
			if set != nil || len(diags) != 1 {
				t.Fatalf("want one finding and no files, got %d: %v", len(diags), diags)
			}
			if d := diags[0]; d.Code != tc.code || d.Path != tc.path || !strings.Contains(d.Message, tc.text) {
				t.Errorf("got %s at %s: %s", d.Code, d.Path, d.Message)
			}
		})
	}
}

// TestRawFields lays the description's own fields over those of an overlay.
func TestRawFields(t *testing.T) {
	m := lowerFiles(t, archive(t, "labels"))
	m.Overlays[1].Patches = []model.Tree{{
		"target": map[string]any{"kind": "CronJob"}, "patch": "- {op: add, path: /spec/suspend, value: true}",
	}}
	m.Kustomize.Kustomization = model.Tree{
		"commonAnnotations": nil, "nameSuffix": "-v2", "namespace": "raw",
		"labels":             []any{map[string]any{"pairs": map[string]any{"more": "label"}}},
		"configMapGenerator": []any{map[string]any{"name": "extra", "literals": []any{"a=b"}, "options": map[string]any{"disableNameSuffixHash": true}}},
	}
	for _, o := range build(t, onDisk(t, emitted(t, m)), "overlays/marked") {
		switch o["kind"] {
		case "ConfigMap":
			if name, ns := model.MetaString(o, "name"), model.MetaString(o, "namespace"); name != "extra-v2" || ns != "raw" {
				t.Errorf("the generated ConfigMap is %s in %s", name, ns)
			}
		case "CronJob":
			want := map[string]any{"more": "label", "stage": "prod", "tier": "control"}
			if diff := cmp.Diff(want, model.At(o, "metadata", "labels")); diff != "" {
				t.Error(diff)
			}
			if model.At(o, "spec", "suspend") != true {
				t.Error("the raw patch was not applied")
			}
			// The base has those of kustomize.annotations by itself; null removed those of the overlay.
			if diff := cmp.Diff(map[string]any{"owner": "platform"}, model.At(o, "metadata", "annotations")); diff != "" {
				t.Error(diff)
			}
		}
	}
}

func BenchmarkEmit(b *testing.B) {
	m := lowerFiles(b, archive(b, "certmanager"))
	for b.Loop() {
		if set, _ := kustomize.Target.Emit(m); set == nil {
			b.Fatal("nothing emitted")
		}
	}
}

var shown = regexp.MustCompile("(?s)```yaml\n# (\\S+)\n(.*?)```")

// TestPageShowsWhatComesOut holds docs/targets/kustomize.md against the tree of the example. A line with just … stands for
// lines that are left out.
func TestPageShowsWhatComesOut(t *testing.T) {
	text, err := os.ReadFile("../../docs/targets/kustomize.md")
	if err != nil {
		t.Fatal(err)
	}
	set := emitted(t, lowerFolder(t, "../../examples/database-operator"))
	blocks := shown.FindAllStringSubmatch(string(text), -1)
	if len(blocks) < 5 || len(blocks) != strings.Count(string(text), "```yaml") {
		t.Errorf("%d blocks name their file", len(blocks))
	}
	for _, b := range blocks {
		f, ok := set.File(b[1])
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
	for _, l := range set.Names() {
		if dir, ok := strings.CutPrefix(l, "kustomize/components/"); ok && !strings.Contains(string(text), "`"+dir[:strings.Index(dir, "/")]+"`") {
			t.Errorf("the page does not tell of the component %s", dir)
		}
	}
}
