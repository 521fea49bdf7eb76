package importer

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/opc-project/opc/internal/cost"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/chart"
)

// rendersTo is a chart that renders to a text, whatever its values are.
type rendersTo struct {
	text string
	err  error
}

func (r rendersTo) Templates(chart.Release) (map[string]string, error) {
	return map[string]string{"templates/a.yaml": r.text}, r.err
}

func (r rendersTo) start(map[string][]byte) (Renderer, error) { return r, nil }

func chartFS(files ...string) fstest.MapFS {
	fsys := fstest.MapFS{"Chart.yaml": {Data: []byte("apiVersion: v2\nname: shop\nversion: 1.0.0\n")}}
	for i := 0; i+1 < len(files); i += 2 {
		fsys[files[i]] = &fstest.MapFile{Data: []byte(files[i+1]), Mode: 0o644}
	}
	return fsys
}

// TestHostileCharts holds that charts which only do harm are refused with a clear message, for little effort.
func TestHostileCharts(t *testing.T) {
	const object = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
	deep := strings.Repeat("{a: ", 2000) + "1" + strings.Repeat("}", 2000)
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'k'; c++ {
		bomb += fmt.Sprintf("%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n", c, c, c-1, c-1, c-1, c-1, c-1, c-1, c-1, c-1, c-1)
	}
	many := chartFS()
	for i := range maxFiles + 1 {
		many[fmt.Sprintf("templates/%d.yaml", i)] = &fstest.MapFile{}
	}
	for name, test := range map[string]struct {
		fsys fstest.MapFS
		to   rendersTo
		want string
	}{
		"no chart":         {fstest.MapFS{}, rendersTo{}, "Chart.yaml:1:1: can't read Chart.yaml: file does not exist"},
		"empty":            {fstest.MapFS{"Chart.yaml": {}}, rendersTo{}, "Chart.yaml:1:1: Chart.yaml holds nothing"},
		"no name":          {fstest.MapFS{"Chart.yaml": {Data: []byte("version: 1.0.0")}}, rendersTo{}, "Chart.yaml:1:1: Chart.yaml has no name"},
		"name of numbers":  {fstest.MapFS{"Chart.yaml": {Data: []byte("version: 1.0.0\nname: 7")}}, rendersTo{}, "Chart.yaml:2:1: Chart.yaml has no name, or one that is no text"},
		"deep values":      {chartFS("values.yaml", deep), rendersTo{}, "values.yaml:1:4002: the file is nested more than 1000 levels deep"},
		"bomb of aliases":  {chartFS("values.yaml", bomb), rendersTo{}, "values.yaml"},
		"values no map":    {chartFS("values.yaml", "[1]"), rendersTo{}, "values.yaml:1:1: values.yaml is not a map of fields"},
		"large file":       {chartFS("files/x", strings.Repeat("x", MaxFile+1)), rendersTo{}, "files/x:1:1: files/x is larger than 16 MiB"},
		"many files":       {many, rendersTo{}, "the chart has more than 10000 files"},
		"does not end":     {chartFS("templates/a.yaml", ""), rendersTo{err: errors.New("rendering took more than 10s")}, "does not render with its default values: rendering took more than 10s"},
		"fails":            {chartFS(), rendersTo{err: errors.New(`execution error at (shop/templates/a.yaml:7:3): set the name`)}, "templates/a.yaml:7:1: the chart does not render with its default values: set the name"},
		"renders no YAML":  {chartFS("templates/a.yaml", ""), rendersTo{text: object + "  a: b: c\n"}, "templates/a.yaml:1:1: templates/a.yaml is not readable"},
		"renders deep":     {chartFS(), rendersTo{text: deep}, "nested more than 1000 levels deep"},
		"renders a bomb":   {chartFS(), rendersTo{text: bomb}, "templates/a.yaml:1:1: "},
		"renders a type":   {chartFS(), rendersTo{text: "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {replicas: many}\n"}, "the Deployment a does not fit its type"},
		"renders nothing":  {chartFS(), rendersTo{}, "there are no Kubernetes objects"},
		"renders no kind":  {chartFS(), rendersTo{text: "a: b\n"}, "is not a Kubernetes object: kind or metadata.name is missing"},
		"renders it twice": {chartFS(), rendersTo{text: object + "---\n" + object}, "the ConfigMap a is defined twice"},
	} {
		t.Run(name, func(t *testing.T) {
			var out *Result
			var found diag.List
			input := inputSize(t, test.fsys) + len(test.to.text)
			cost.Within(t, 64<<20, 60, input, func() { out, found = Chart(test.fsys, test.to.start, Options{Format: "cue", Verify: true}) })
			if out != nil || !found.HasErrors() {
				t.Fatalf("it was taken: %v", found)
			}
			var all []string
			for _, d := range found {
				all = append(all, d.Pos.String()+": "+d.Message)
			}
			if text := strings.Join(all, "\n"); !strings.Contains(text, test.want) {
				t.Errorf("told %s\nwant %s", text, test.want)
			}
		})
	}
}

// TestChartWithALinkOut holds that no file outside of the chart's folder is read.
func TestChartWithALinkOut(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "chart", "templates"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"chart/Chart.yaml": "apiVersion: v2\nname: x\nversion: 1.0.0\n", "secret.yaml": "a: b\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("../../secret.yaml", filepath.Join(dir, "chart", "templates", "a.yaml")); err != nil {
		t.Skipf("symbolic links can't be made here: %v", err)
	}
	root, err := os.OpenRoot(filepath.Join(dir, "chart"))
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	out, found := Chart(root.FS(), here, Options{Format: "cue"})
	if out != nil || !strings.Contains(fmt.Sprint(found), "templates/a.yaml is a link that leaves the folder") {
		t.Errorf("got %v", found)
	}
}

// TestManyValues holds that not more values are tried than can be in good time, and that the import says so.
func TestManyValues(t *testing.T) {
	var values strings.Builder
	for i := range 3 * maxProbes {
		fmt.Fprintf(&values, "v%d: x\n", i)
	}
	to := rendersTo{text: "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"}
	out, found := Chart(chartFS("values.yaml", values.String()), to.start, Options{Format: "cue", Verify: true})
	if out == nil {
		t.Fatal(found)
	}
	if !strings.Contains(fmt.Sprint(found), "there are too many values to try them all") {
		t.Error("it does not say that it did not try all")
	}
}

func FuzzChart(f *testing.F) {
	const object = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: {helm.sh/chart: x-1}}\ndata: {a: b}\n"
	f.Add("apiVersion: v2\nname: x\nversion: 1.0.0\n", "a: {b: [1], c: {}}\n", "{}", object)
	f.Add("apiVersion: v2\nname: x\nversion: 1.0.0\nannotations: {artifacthub.io/crds: \"- {name: a}\"}\n", "", `{"properties": 1}`, object+"---\n"+object)
	f.Add("name: [x]", "- 1", "[]", "kind: List\napiVersion: v1\nitems: [{}]\n")
	f.Fuzz(func(t *testing.T, meta, values, schema, rendered string) {
		fsys := fstest.MapFS{
			"Chart.yaml": {Data: []byte(meta)}, "values.yaml": {Data: []byte(values)}, "values.schema.json": {Data: []byte(schema)},
			"templates/a.yaml": {Data: []byte(rendered)},
		}
		out, found := Chart(fsys, rendersTo{text: rendered}.start, Options{Format: "cue", Verify: true})
		if out == nil && !found.HasErrors() {
			t.Error("it was refused without a word")
		}
	})
}

// TestDuplicateKeys holds that a duplicate key stops the import of what is applied as it is, and is reported for a chart,
// which Helm installs with the last of the two.
func TestDuplicateKeys(t *testing.T) {
	const rendered = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  kettle: cold\n  kettle: hot\n"
	_, found := Stream("stdin", []byte(rendered), Facts{}, Options{Format: "cue"})
	if text := strings.Join(told(found), "\n"); !found.HasErrors() || !strings.Contains(text, `stdin:6:3 duplicate key "kettle" (first defined on line 5)`) {
		t.Errorf("a stream: %s", text)
	}
	out, found := Chart(chartFS("templates/a.yaml", "", "values.yaml", "a: 1\na: 2\n"), rendersTo{text: rendered}.start, Options{Format: "cue"})
	text := strings.Join(told(found), "\n")
	for _, want := range []string{
		`values.yaml:2:1 duplicate key "a" (first defined on line 1): Helm uses the last one`,
		`templates/a.yaml:1:1 duplicate key "kettle" (first defined on line 5): Helm uses the last one, in line 6 of the rendered template`,
	} {
		if out == nil || !strings.Contains(text, want) {
			t.Errorf("a chart: %s", text)
		}
	}
}
