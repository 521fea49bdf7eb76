package manifests_test

import (
	"bytes"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/opc-project/opc/compiler"
	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit/manifests"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

const crd = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: rings.ops.example.com}
spec:
  group: ops.example.com
  names: {kind: Ring, plural: rings}
  scope: Namespaced
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
`

func lower(t testing.TB, more string) *model.Operator {
	t.Helper()
	files := fstest.MapFS{
		"crd.yaml": {Data: []byte(crd)},
		"operator.yaml": {Data: []byte(`
name: ring-operator
version: 1.0.0
image: registry.example.com/ring-operator
crds: [crd.yaml]
permissions: [{rules: [{apiGroups: [ops.example.com], resources: [rings], verbs: [get]}]}]
webhooks: {hooks: [{type: validating, name: vring.kb.io, path: /validate, rules: [{apiGroups: [ops.example.com], apiVersions: [v1], operations: [CREATE], resources: [rings]}]}]}
manager: {replicas: 2, metrics: {serviceMonitor: true, certificates: cert-manager}}
` + more)},
	}
	doc, diags := schema.Load(files, "operator.yaml", schema.Options{})
	if diags.HasErrors() {
		t.Fatal(diags.Place(doc.Index))
	}
	m, diags := compiler.Lower(t.Context(), doc, files, compiler.Options{})
	if diags.HasErrors() {
		t.Fatal(diags.Place(doc.Index))
	}
	return m
}

func documents(t *testing.T, data []byte) []model.Tree {
	t.Helper()
	var out []model.Tree
	for doc := range bytes.SplitSeq(data, []byte("\n---\n")) {
		var o model.Tree
		if err := yaml.UnmarshalStrict(doc, &o); err != nil {
			t.Fatal(err)
		}
		out = append(out, o)
	}
	return out
}

// plain gives objects the form that YAML readers give them.
func plain(t *testing.T, objects []model.Object) []model.Tree {
	t.Helper()
	var out []model.Tree
	for _, o := range objects {
		data, err := yaml.Marshal(o.Tree)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, documents(t, data)...)
	}
	return out
}

func TestTheFileIsAnInstall(t *testing.T) {
	for name, tc := range map[string]struct {
		more    string
		overlay func(*model.Operator) model.Overlay
	}{
		"no overlays":    {"", (*model.Operator).DefaultOverlay},
		"other overlays": {"overlays: {prod: {namespace: rings, replicas: 5}}", (*model.Operator).DefaultOverlay},
		"one called default": {"overlays: {prod: {}, default: {namespace: rings, createNamespace: false, features: {metrics: false, serviceMonitor: false}, labels: {a: b}}}",
			func(m *model.Operator) model.Overlay { return m.Overlays[0] }},
	} {
		t.Run(name, func(t *testing.T) {
			m := lower(t, tc.more)
			set, diags := manifests.Target.Emit(m)
			if len(diags) > 0 {
				t.Fatal(diags)
			}
			f, _ := set.File("install.yaml")
			if diff := cmp.Diff(plain(t, m.Install(tc.overlay(m), "kustomize")), documents(t, f.Data)); diff != "" {
				t.Errorf("-install +file:\n%s", diff)
			}
		})
	}
}

// TestOrder holds that whatever an object needs stands before it, so that one kubectl apply is enough.
func TestOrder(t *testing.T) {
	set, _ := manifests.Target.Emit(lower(t, ""))
	f, _ := set.File("install.yaml")
	var kinds []string
	for _, o := range documents(t, f.Data) {
		if kind, _ := o["kind"].(string); !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	want := []string{
		"Namespace", "CustomResourceDefinition", "ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding",
		"Service", "Deployment", "Issuer", "Certificate", "ServiceMonitor", "ValidatingWebhookConfiguration",
	}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Error(diff)
	}
}

func TestHeader(t *testing.T) {
	for more, want := range map[string][]string{
		"": {"# ring-operator 1.0.0 in the namespace ring-operator-system", "kubectl apply --server-side -f install.yaml"},
		"overlays: {default: {createNamespace: false}}": {"# The namespace must exist."},
	} {
		set, _ := manifests.Target.Emit(lower(t, more))
		f, _ := set.File("install.yaml")
		head, _, _ := strings.Cut(string(f.Data), "\napiVersion:")
		for _, text := range want {
			if !strings.Contains(head, text) {
				t.Errorf("%q is not in\n%s", text, head)
			}
		}
	}
}

// TestOrigins follows pointers whose first element is the document's number.
func TestOrigins(t *testing.T) {
	m := lower(t, "overlays: {default: {}}")
	set, _ := manifests.Target.Emit(m)
	f, _ := set.File("install.yaml")
	for i, o := range documents(t, f.Data) {
		at := "/" + strconv.Itoa(i)
		kind, _ := o["kind"].(string)
		want, ok := map[string]diag.Path{
			"Namespace": "/overlays/default", "CustomResourceDefinition": "@crd.yaml#0/kind", "Deployment": "/manager", "ValidatingWebhookConfiguration": "/webhooks",
		}[kind]
		if got := set.Trace("install.yaml", at+"/kind"); ok && got != want {
			t.Errorf("document %d, a %s, comes from %s, not from %s", i, kind, want, got)
		}
		if kind == "Deployment" {
			if got := set.Trace("install.yaml", at+"/spec/replicas"); got != "/manager/replicas" {
				t.Errorf("the replicas come from %s", got)
			}
		}
	}
	if got := set.Trace("install.yaml", ""); got != "/overlays/default" {
		t.Errorf("the file comes from %s", got)
	}
}

func TestRawPatchesAreMissed(t *testing.T) {
	m := lower(t, "overlays: {default: {patches: [{target: {kind: Deployment}, patch: '[]'}]}}")
	_, diags := manifests.Target.Emit(m)
	if len(diags) != 1 || diags.HasErrors() || diags[0].Path != "/overlays/default/patches" {
		t.Errorf("want one warning at the patches, got %v", diags)
	}
}

// TestPageShowsWhatComesOut holds docs/targets/manifests.md against the file of the example. A line with just … stands for
// lines that are left out.
func TestPageShowsWhatComesOut(t *testing.T) {
	text, err := os.ReadFile("../../docs/targets/manifests.md")
	if err != nil {
		t.Fatal(err)
	}
	const dir = "../../examples/database-operator"
	doc, _ := schema.Load(os.DirFS(dir), "operator.cue", schema.Options{})
	m, _ := compiler.Lower(t.Context(), doc, os.DirFS(dir), compiler.Options{})
	set, _ := manifests.Target.Emit(m)
	f, _ := set.File("install.yaml")
	_, block, found := strings.Cut(string(text), "```yaml\n# install.yaml\n")
	block, _, closed := strings.Cut(block, "```")
	if !found || !closed {
		t.Fatal("the page shows no install.yaml")
	}
	rest := string(f.Data)
	for part := range strings.SplitSeq(block, "…\n") {
		_, after, found := strings.Cut(rest, part)
		if !found {
			t.Errorf("the page does not show install.yaml as it is:\n%s", part)
		}
		rest = after
	}
}

func BenchmarkEmit(b *testing.B) {
	m := lower(b, "")
	for b.Loop() {
		if set, _ := manifests.Target.Emit(m); set.Len() != 1 {
			b.Fatal("nothing emitted")
		}
	}
}
