package importer

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// corpus lists the bundles of the shared corpus, which is not part of the project.
func corpus(t *testing.T) []string {
	t.Helper()
	shared := os.Getenv("OPC_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "shared")
	}
	found, err := filepath.Glob(filepath.Join(shared, "corpus", "*", "*", "manifests"))
	if err != nil || len(found) == 0 {
		t.Skipf("no corpus of bundles in %s: set OPC_SHARED", shared)
	}
	return found
}

// TestCorpus imports every bundle of the corpus: each comes back equal, or is refused with the place of the fault.
func TestCorpus(t *testing.T) {
	var lines []int
	equal := 0
	for _, manifests := range corpus(t) {
		dir := filepath.Dir(manifests)
		name := filepath.Base(filepath.Dir(dir)) + "/" + filepath.Base(dir)
		t.Run(name, func(t *testing.T) {
			result, diags := Bundle(os.DirFS(dir), Options{Format: "cue", Verify: true})
			if result == nil {
				for _, d := range diags {
					if !d.Pos.IsValid() || !strings.HasSuffix(d.Pos.File, ".yaml") {
						t.Errorf("%v: a refusal must name the place", d)
					}
				}
				t.Log("refused: ", diags)
				return
			}
			for _, u := range result.Unequal {
				t.Error(u)
			}
			if len(result.Unequal) == 0 {
				equal++
			}
			lines = append(lines, strings.Count(string(result.Text), "\n"))
			if out := os.Getenv("OPC_IMPORTED"); out != "" {
				write(t, filepath.Join(out, name), result)
			}
		})
	}
	slices.Sort(lines)
	if len(lines) > 0 {
		t.Logf("%d equal; lines: median %d, greatest %d", equal, lines[len(lines)/2], lines[len(lines)-1])
	}
}

func write(t *testing.T, dir string, r *Result) {
	t.Helper()
	files := map[string][]byte{r.Name: r.Text}
	for name, data := range r.Files {
		files[name] = data
	}
	for name, data := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, fs.FileMode(0o644)); err != nil {
			t.Fatal(err)
		}
	}
}
