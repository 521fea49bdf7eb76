package importer

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/verify/chart"
)

// here renders in this process: the charts of these tests keep the bounds by themselves.
func here(files map[string][]byte) (Renderer, error) { return chart.LoadForeign(files) }

func importChart(t *testing.T, source fs.FS) (*Result, string) {
	t.Helper()
	out, found := Chart(source, here, Options{Format: "cue", Verify: true})
	if out == nil {
		t.Fatal(found)
	}
	for _, u := range out.Unequal {
		t.Error(u)
	}
	var text bytes.Buffer
	for _, d := range found.Place(nil) {
		fmt.Fprintf(&text, "%s: %s\n", d.Pos, d.Message)
	}
	for _, f := range out.Found {
		fmt.Fprintln(&text, strings.TrimSpace(f.What+" "+f.Value))
	}
	return out, text.String()
}

// TestChartsComeBack imports the chart of every case and example: it gives the same objects, and every value of it does
// what it did.
func TestChartsComeBack(t *testing.T) {
	for _, o := range outputs(t) {
		t.Run(o.name, func(t *testing.T) {
			t.Parallel()
			source, err := fs.Sub(o.dist, "chart")
			if err != nil {
				t.Fatal(err)
			}
			_, told := importChart(t, source)
			var all, kept int
			for line := range strings.Lines(told) {
				switch {
				case strings.Contains(line, " is a test: "):
				case strings.HasPrefix(line, "values "):
					if _, err := fmt.Sscanf(line, "values %d of %d", &kept, &all); err != nil {
						t.Fatal(err)
					}
				case strings.Contains(line, "is not carried over"):
					t.Error(line)
				}
			}
			if all < 30 || kept != all {
				t.Errorf("%d of %d values come back", kept, all)
			}
		})
	}
}

// TestForeignCharts imports charts in the style of others, and shows what comes of them.
func TestForeignCharts(t *testing.T) {
	dirs, err := filepath.Glob("testdata/charts/*/Chart.yaml")
	if err != nil || len(dirs) < 3 {
		t.Fatalf("%d charts, %v", len(dirs), err)
	}
	for _, file := range dirs {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			out, told := importChart(t, os.DirFS(dir))
			got := string(yamlOf(out.Spec)) + "-- files --\n" + strings.Join(sortedKeys(out.Files), "\n") + "\n-- told --\n" + told
			golden := dir + ".txt"
			if os.Getenv("OPC_UPDATE") != "" {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestChartWithoutItsDependency holds that a chart is refused where helm refuses it: without what it depends on.
func TestChartWithoutItsDependency(t *testing.T) {
	files := fstest.MapFS{
		"Chart.yaml":        {Data: []byte("apiVersion: v2\nname: kiln\nversion: 1.0.0\ndependencies:\n- {name: bellows, version: 1.x.x, repository: https://charts.example.com}\n")},
		"templates/cm.yaml": {Data: []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kiln}\n")},
	}
	out, found := Chart(files, here, Options{Format: "cue"})
	want := "Chart.yaml:4:1 the chart depends on the chart bellows, which is not in its folder charts: helm refuses to render it"
	if got := told(found); out != nil || !slices.Contains(got, want) {
		t.Errorf("it is not refused: %v", got)
	}
	files["charts/bellows-pump-1.2.0.tgz"] = &fstest.MapFile{} // another chart
	if _, found := Chart(files, here, Options{Format: "cue"}); !slices.Contains(told(found), want) {
		t.Error("the archive of another chart is taken for it")
	}
	files["charts/bellows-1.2.0.tgz"] = &fstest.MapFile{}
	if _, found := Chart(files, here, Options{Format: "cue"}); slices.Contains(told(found), want) {
		t.Error("a dependency that is an archive is said to be missing")
	}
}
