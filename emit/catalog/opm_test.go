package catalog

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/operator-framework/api/pkg/operators/v1alpha1"
	"github.com/operator-framework/operator-registry/alpha/declcfg"
	regproperty "github.com/operator-framework/operator-registry/alpha/property"
	"github.com/operator-framework/operator-registry/pkg/registry"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/opc-project/opc/compiler"
	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit/internal/bundle"
	"github.com/opc-project/opc/schema"
)

// TestBundleIsWhatOpmRenders lets operator-registry compute the properties from the bundle's objects, as `opm render`
// does, and holds ours against them.
func TestBundleIsWhatOpmRenders(t *testing.T) {
	for name, described := range map[string]func(*testing.T) *model.Operator{"inline": inline, "kubebuilder project": realProject} {
		t.Run(name, func(t *testing.T) {
			m := described(t)
			b, _ := bundle.Make(m)
			w := &writer{m: m, csv: b.CSV}
			want := rendered(t, m, b)
			var got []regproperty.Property
			convert(t, w.properties(b), &got)
			if len(got) != len(want) {
				t.Fatalf("%d properties, want %d:\n%v\n%v", len(got), len(want), got, want)
			}
			for i := range want {
				if got[i].Type != want[i].Type || !equalJSON(t, got[i], want[i]) {
					t.Errorf("property %d: %s", i, cmp.Diff(want[i].String(), got[i].String()))
				}
			}
		})
	}
}

// equalJSON compares properties after operator-registry has read them into its types, in which absent and empty are one.
func equalJSON(t *testing.T, a, b regproperty.Property) bool {
	t.Helper()
	x, err := regproperty.Parse([]regproperty.Property{a})
	if err != nil {
		t.Fatal(err)
	}
	y, err := regproperty.Parse([]regproperty.Property{b})
	if err != nil {
		t.Fatal(err)
	}
	return cmp.Equal(x, y)
}

// rendered are the properties that operator-registry makes of a bundle, its whole objects replaced by metadata.
func rendered(t *testing.T, m *model.Operator, b *bundle.Bundle) []regproperty.Property {
	t.Helper()
	objects := []*unstructured.Unstructured{object(t, b.CSV)}
	for _, o := range append(b.CRDs, b.Objects...) {
		objects = append(objects, object(t, o.Tree))
	}
	in := registry.NewBundle("", &registry.Annotations{PackageName: m.OLM.Package}, objects...)
	convert(t, m.OLM.Properties, &in.Properties)
	convert(t, m.OLM.Dependencies, &in.Dependencies)
	_, all, err := registry.ObjectsAndPropertiesFromBundle(in)
	if err != nil {
		t.Fatal(err)
	}
	var out []regproperty.Property
	for _, p := range all {
		if p.Type != regproperty.TypeBundleObject {
			out = append(out, p)
		}
	}
	var csv v1alpha1.ClusterServiceVersion
	convert(t, b.CSV, &csv)
	return append(out, regproperty.MustBuildCSVMetadata(csv))
}

func object(t *testing.T, tree model.Tree) *unstructured.Unstructured {
	t.Helper()
	var out map[string]any
	convert(t, tree, &out)
	return &unstructured.Unstructured{Object: out}
}

func convert(t *testing.T, from, to any) {
	t.Helper()
	data, err := json.Marshal(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, to); err != nil {
		t.Fatal(err)
	}
}

func inline(t *testing.T) *model.Operator {
	t.Helper()
	m, _ := lowered(t, described("1.1.0", `
provider: {name: Shop Inc., url: https://example.com}
maintainers: [{name: Jo, email: jo@example.com}]
links: [{name: Manual, url: https://example.com/manual}]
keywords: [box]
maturity: beta
kubernetes: ">=1.30"
watch: {modes: [OwnNamespace, AllNamespaces]}
requires:
  apis: [{name: keys.lock.example.com, version: v2, kind: Key}]
  native: [{version: v1, kind: Pod}]
  dependencies: [{type: olm.package, value: {packageName: lock, version: ">=2.0.0"}}, {type: olm.gvk, value: {group: door.example.com, kind: Door, version: v1}}]
olm: {properties: [{type: olm.maxOpenShiftVersion, value: "4.21"}]}
apis: {boxes.shop.example.com: {resources: [{kind: Pod, version: v1}], specDescriptors: [{path: size}]}}
`), nil)
	return m
}

// realProject is a project of kubebuilder's that stands beside the repository, described in a few lines.
func realProject(t *testing.T) *model.Operator {
	t.Helper()
	shared := os.Getenv("OPC_SHARED")
	if shared == "" {
		shared = "../../../shared"
	}
	dir := filepath.Join(shared, "real", "database-operator")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no kubebuilder project to describe: %v (OPC_SHARED names the folder that holds real/database-operator)", err)
	}
	fsys := os.DirFS(dir)
	doc, diags := schema.Load(fstest.MapFS{"operator.yaml": {Data: []byte(`
name: database-operator
version: 0.2.0
image: registry.example.com/database-operator
crds: [config/crd/bases]
permissions: [config/rbac/role.yaml]
webhooks: {from: [config/webhook/manifests.yaml], conversion: [databases.db.example.com]}
`)}}, "operator.yaml", schema.Options{})
	m, more := compiler.Lower(t.Context(), doc, fsys, compiler.Options{})
	if diags = append(diags, more...); diags.HasErrors() {
		t.Fatal(diags)
	}
	return m
}

// TestRealProject lets operator-registry convert the catalog of a real project.
func TestRealProject(t *testing.T) {
	m := realProject(t)
	files, diags := run(m)
	if len(diags) > 0 {
		t.Error(diags)
	}
	cfg, err := declcfg.LoadFS(t.Context(), files.FS())
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := declcfg.ConvertToModel(*cfg)
	if err != nil {
		t.Fatal(err)
	}
	head, err := catalog["database-operator"].Channels["stable"].Head()
	if err != nil || head.Name != "database-operator.v0.2.0" {
		t.Errorf("head %v: %v", head, err)
	}
}
