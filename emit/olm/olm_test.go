package olm

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/compiler"
	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

const crd = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: boxes.shop.example.com}
spec:
  group: shop.example.com
  scope: Namespaced
  names: {kind: Box, plural: boxes, singular: box, listKind: BoxList}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, description: A box., properties: {spec: {type: object}}}}}
`

// lowered is the model of a description written as YAML.
func lowered(t *testing.T, description string, files map[string]string) *model.Operator {
	t.Helper()
	fsys := fstest.MapFS{"operator.yaml": {Data: []byte(description)}, "crd.yaml": {Data: []byte(crd)}}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	doc, diags := schema.Load(fsys, "operator.yaml", schema.Options{})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	m, more := compiler.Lower(t.Context(), doc, fsys, compiler.Options{})
	if more.HasErrors() {
		t.Fatal(more)
	}
	return m
}

const small = `
name: shop
version: 1.2.3
image: example.com/shop
crds: [crd.yaml]
`

func TestFiles(t *testing.T) {
	for _, c := range []struct {
		name, extra string
		want        []string
	}{
		{"small", "", []string{
			"bundle/manifests/shop-controller-manager-metrics-service_v1_service.yaml",
			"bundle/manifests/shop-metrics-reader_rbac.authorization.k8s.io_v1_clusterrole.yaml",
			"bundle/manifests/shop.clusterserviceversion.yaml",
			"bundle/manifests/shop.example.com_boxes.yaml",
			"bundle/metadata/annotations.yaml",
			"bundle/tests/scorecard/config.yaml",
		}},
		{"all metadata, no metrics", `
manager: {metrics: false}
requires: {dependencies: [{type: olm.package, value: {packageName: other, version: ">=1.0.0"}}]}
olm: {package: shop-operator, scorecard: false, properties: [{type: olm.maxOpenShiftVersion, value: "4.20"}]}
`, []string{
			"bundle/manifests/shop-operator.clusterserviceversion.yaml",
			"bundle/manifests/shop.example.com_boxes.yaml",
			"bundle/metadata/annotations.yaml",
			"bundle/metadata/dependencies.yaml",
			"bundle/metadata/properties.yaml",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			files, diags := run(lowered(t, small+c.extra, nil))
			if len(diags) > 0 {
				t.Error(diags)
			}
			if d := cmp.Diff(c.want, files.Names()); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestKindsThatOLMRefuses(t *testing.T) {
	object := func(apiVersion, kind string) string {
		return "apiVersion: " + apiVersion + "\nkind: " + kind + "\nmetadata: {name: x}\n"
	}
	for _, c := range []struct {
		apiVersion, kind string
		written          bool
		want             diag.Code
	}{
		{"v1", "ConfigMap", true, ""},
		{"scheduling.k8s.io/v1", "PriorityClass", true, ""},
		{"networking.k8s.io/v1", "IngressClass", false, diag.KindRefused},
		{"batch/v1", "Job", false, diag.KindRefused},
		{"shop.example.com/v1", "Box", false, diag.KindRefused},
		{"shop.example.com/v1", "Service", true, diag.KindRefused},
	} {
		t.Run(c.kind+" of "+c.apiVersion, func(t *testing.T) {
			files, diags := run(lowered(t, small+"objects: [x.yaml]\n", map[string]string{"x.yaml": object(c.apiVersion, c.kind)}))
			name := fileName(model.Object{Tree: model.Tree{"apiVersion": c.apiVersion, "kind": c.kind, "metadata": map[string]any{"name": "x"}}})
			f, written := files.File(manifestsDir + name + ".yaml")
			if written != c.written {
				t.Errorf("written: %v, of %v", written, files.Names())
			}
			if written {
				want := emit.YAML(model.Tree{"apiVersion": c.apiVersion, "kind": c.kind, "metadata": map[string]any{"name": "x"}}, "")
				if d := cmp.Diff(string(want), string(f.Data)); d != "" {
					t.Error(d)
				}
			}
			found := slices.ContainsFunc(diags, func(d diag.Diagnostic) bool {
				return d.Code == c.want && d.Severity == diag.Warning && d.Path == "@x.yaml#0"
			})
			if found != (c.want != "") || len(diags) > 1 {
				t.Error(diags)
			}
		})
	}
}

// TestSize fills the description with text that does not compress well.
func TestSize(t *testing.T) {
	var text strings.Builder
	for sum := sha256.Sum256(nil); text.Len() < 2<<20; sum = sha256.Sum256(sum[:]) {
		text.WriteString(hex.EncodeToString(sum[:]))
	}
	for _, c := range []struct {
		name  string
		bytes int // of the description
		want  diag.Severity
	}{
		{"small", 100 << 10, 0},
		{"near", 1350 << 10, diag.Warning},
		{"over", 2 << 20, diag.Error},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := lowered(t, small, nil)
			m.Description = text.String()[:c.bytes]
			_, diags := run(m)
			if c.want == 0 && len(diags) > 0 || c.want != 0 && (len(diags) != 1 || diags[0].Severity != c.want) {
				t.Error(diags)
			}
		})
	}
}
