package helm

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	helmchart "helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"sigs.k8s.io/yaml"

	"github.com/opc-project/opc/compiler"
	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/schema"
)

// lowerFS lowers the description in a folder.
func lowerFS(t testing.TB, fsys fs.FS) *model.Operator {
	t.Helper()
	name, ok := schema.Find(fsys)
	if !ok {
		t.Fatal("no description")
	}
	doc, diags := schema.Load(fsys, name, schema.Options{})
	var m *model.Operator
	if !diags.HasErrors() {
		m, diags = compiler.Lower(t.Context(), doc, fsys, compiler.Options{})
	}
	if diags.HasErrors() {
		for _, d := range diags.Place(doc.Index) {
			t.Errorf("%s: %s", d.Pos, d.Message)
		}
		t.FailNow()
	}
	return m
}

// lowered lowers a description in YAML; files are name, content, name, content …
func lowered(t testing.TB, text string, files ...string) *model.Operator {
	t.Helper()
	fsys := fstest.MapFS{"operator.yaml": {Data: []byte(text)}}
	for i := 0; i+1 < len(files); i += 2 {
		fsys[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return lowerFS(t, fsys)
}

// emitted is the chart's files, without the folder.
func emitted(t testing.TB, m *model.Operator) *emit.FileSet {
	t.Helper()
	files, diags := Target.Emit(m)
	for _, d := range diags {
		t.Errorf("%s: %s", d.Path, d.Message)
	}
	return files.Sub("chart")
}

func loaded(t testing.TB, files *emit.FileSet) *helmchart.Chart {
	t.Helper()
	var buffered []*loader.BufferedFile
	for _, name := range files.Names() {
		f, _ := files.File(name)
		buffered = append(buffered, &loader.BufferedFile{Name: name, Data: f.Data})
	}
	ch, err := loader.LoadFiles(buffered)
	if err != nil {
		t.Fatal(err)
	}
	if err := ch.Validate(); err != nil {
		t.Fatal(err)
	}
	return ch
}

// A release says how a chart is rendered.
type release struct {
	name, namespace string
	values          map[string]any
}

// render renders a chart as helm template does, schema included; what comes back is text by file.
func render(t testing.TB, ch *helmchart.Chart, r release) (map[string]string, error) {
	t.Helper()
	values := r.values
	if values == nil {
		values = map[string]any{}
	}
	top, err := chartutil.ToRenderValues(ch, values, chartutil.ReleaseOptions{Name: r.name, Namespace: r.namespace, IsInstall: true}, chartutil.DefaultCapabilities)
	if err != nil {
		return nil, err
	}
	out, err := engine.Render(ch, top)
	if err != nil {
		return nil, err
	}
	for _, crd := range ch.CRDObjects() {
		out[crd.Filename] = string(crd.File.Data)
	}
	return out, nil
}

// objects reads the rendered documents strictly and holds each against what no document may be.
func objectsOf(t testing.TB, rendered map[string]string) []model.Tree {
	t.Helper()
	var out []model.Tree
	for _, name := range slices.Sorted(maps.Keys(rendered)) {
		if path.Ext(name) != ".yaml" {
			continue
		}
		if strings.Contains(rendered[name], "<no value>") {
			t.Errorf("%s: a value is missing:\n%s", name, rendered[name])
		}
		for _, doc := range strings.Split("\n"+rendered[name], "\n---\n") {
			if strings.TrimSpace(doc) == "" {
				continue
			}
			var tree map[string]any
			if err := yaml.UnmarshalStrict([]byte(doc), &tree); err != nil {
				t.Errorf("%s: %v\n%s", name, err, doc)
				continue
			}
			if where := hollow(tree, ""); where != "" {
				t.Errorf("%s: %s is null", name, where)
			}
			for line := range strings.Lines(doc) {
				if l := strings.TrimSuffix(line, "\n"); strings.TrimRight(l, " \t") != l && !strings.HasPrefix(name, "crds/") && !strings.Contains(name, "/crds/") {
					t.Errorf("%s: %q ends in space", name, l)
				}
			}
			out = append(out, tree)
		}
	}
	return out
}

// hollow finds a null.
func hollow(v any, at string) string {
	switch x := v.(type) {
	case nil:
		return at
	case map[string]any:
		for k, e := range x {
			if w := hollow(e, at+"/"+k); w != "" {
				return w
			}
		}
	case []any:
		for i, e := range x {
			if w := hollow(e, fmt.Sprint(at, "/", i)); w != "" {
				return w
			}
		}
	}
	return ""
}

// shared is the folder with real projects of others.
func shared(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("OPC_SHARED")
	if dir == "" {
		dir = "../../../shared"
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no real projects: %s is not there; OPC_SHARED names the folder", dir)
	}
	return dir
}
