package diff_test

import (
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/opc-project/opc/compiler"
	"github.com/opc-project/opc/compiler/diff"
	"github.com/opc-project/opc/compiler/diff/crdify"
	"github.com/opc-project/opc/compiler/importer"
	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema"
)

// pair is the previous and the latest version of an operator of the corpus.
type pair struct {
	name     string
	old, new *model.Operator
}

// corpus imports the pairs of versions of the shared corpus, which is not part of the project.
func corpus(t testing.TB) []pair {
	t.Helper()
	shared := os.Getenv("OPC_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	index, err := os.ReadFile(filepath.Join(shared, "corpus", "INDEX.tsv"))
	if err != nil {
		t.Skip("the corpus is not here: set OPC_SHARED")
	}
	var out []pair
	for line := range strings.Lines(string(index)) {
		f := strings.Split(line, "\t")
		if strings.HasPrefix(line, "#") || len(f) < 4 || f[3] == "-" {
			continue
		}
		dir := filepath.Join(shared, "corpus", f[1])
		if only := os.Getenv("OPC_ONLY"); only != "" && only != f[1] {
			continue
		}
		out = append(out, pair{f[1], imported(t, filepath.Join(dir, f[3])), imported(t, filepath.Join(dir, f[2]))})
	}
	return out
}

func imported(t testing.TB, dir string) *model.Operator { return importedFrom(t, os.DirFS(dir), dir) }

func importedFrom(t testing.TB, bundle fs.FS, dir string) *model.Operator {
	t.Helper()
	result, list := importer.Bundle(bundle, importer.Options{Format: "yaml"})
	if result == nil && list[0].Pos.File == "metadata/dependencies.yaml" { // one bundle's can't be read; opm leaves them out too
		result, list = importer.Bundle(without{bundle, list[0].Pos.File}, importer.Options{Format: "yaml"})
	}
	if result == nil {
		t.Fatalf("%s: %v", dir, list)
	}
	files := fstest.MapFS{result.Name: {Data: result.Text}}
	for _, name := range slices.Sorted(maps.Keys(result.Files)) {
		files[name] = &fstest.MapFile{Data: result.Files[name]}
	}
	doc, list := schema.Load(files, result.Name, schema.Options{})
	if list.HasErrors() {
		t.Fatalf("%s: %v", dir, list)
	}
	m, list := compiler.Lower(doc, files, compiler.Options{})
	if list.HasErrors() {
		t.Fatalf("%s: %v", dir, list)
	}
	return m
}

// without is a file system that lacks a file.
type without struct {
	fs.FS
	name string
}

func (w without) Open(name string) (fs.File, error) {
	if name == w.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return w.FS.Open(name)
}

func (w without) ReadDir(name string) ([]fs.DirEntry, error) {
	list, err := fs.ReadDir(w.FS, name)
	return slices.DeleteFunc(list, func(e fs.DirEntry) bool { return path.Join(name, e.Name()) == w.name }), err
}

// TestCorpus judges every pair of the corpus both ways: every change is known to a rule, what crdify objects to is in
// our findings, a version differs in nothing from itself, and the other way round what was added is removed.
func TestCorpus(t *testing.T) {
	for _, p := range corpus(t) {
		t.Run(p.name, func(t *testing.T) {
			for _, way := range [][2]*model.Operator{{p.old, p.new}, {p.new, p.old}} {
				r := diff.Judge(way[0], way[1], diff.Options{Preflight: crdify.Check, OLM: true})
				for _, f := range r.Findings {
					if f.ID == diff.Unclassified.ID || f.ID == "CRD301" {
						t.Errorf("%s: %s [%s] %v", f.ID, f.Message, f.Path, f.Judges)
					}
					if testing.Verbose() {
						t.Logf("%s %s: %s [%s] %d", f.ID, f.Verdict, f.Message, f.Path, len(f.Judges))
					}
				}
				if testing.Verbose() {
					t.Logf("%s -> %s demands %s (%s), fits: %v", r.Old.Version, r.New.Version, r.Demands, r.Verdict, r.Fits)
				}
			}
			if same := diff.Compare(p.new, p.new); len(same) > 0 {
				t.Errorf("a version differs from itself: %s %s", same[0].Kind, same[0].Path)
			}
			for _, f := range diff.Judge(p.old, p.new, diff.Options{}).Findings {
				if f.ID == diff.Unclassified.ID {
					t.Errorf("as descriptions: %s", f.Message)
				}
			}
		})
	}
}
