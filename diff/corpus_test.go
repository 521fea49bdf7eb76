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

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/crdify/pkg/config"
	"sigs.k8s.io/crdify/pkg/runner"
	"sigs.k8s.io/yaml"

	"github.com/opc-project/opc/compiler"
	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/diff"
	"github.com/opc-project/opc/diff/crdify"
	"github.com/opc-project/opc/importer"
	"github.com/opc-project/opc/schema"
)

// pair is the previous and the latest version of an operator of the corpus.
type pair struct {
	name           string
	old, new       *model.Operator
	oldDir, newDir string
}

// corpus imports the pairs of versions of the shared corpus, which is not part of the project.
func corpus(t testing.TB) []pair {
	t.Helper()
	shared := os.Getenv("OPC_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "shared")
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
		old, new := filepath.Join(dir, f[3]), filepath.Join(dir, f[2])
		out = append(out, pair{f[1], imported(t, old), imported(t, new), old, new})
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
	m, list := compiler.Lower(t.Context(), doc, files, compiler.Options{})
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

// TestCorpus judges every pair of the corpus both ways: every change is known to a rule, what crdify says of the CRDs
// in the two folders is in our findings, and a version differs in nothing from itself.
func TestCorpus(t *testing.T) {
	breaks := 0
	for _, p := range corpus(t) {
		t.Run(p.name, func(t *testing.T) {
			breaks += judged(t, p) + judged(t, pair{p.name, p.new, p.old, p.newDir, p.oldDir})
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
	if breaks == 0 {
		t.Error("crdify reports no break in the whole corpus: this test shows nothing")
	}
	t.Logf("%d breaks that crdify reports", breaks)
}

// judged judges a pair, holds the findings to what must be true of any, and counts the breaks that crdify reports.
func judged(t *testing.T, p pair) int {
	t.Helper()
	r := diff.Judge(p.old, p.new, diff.Options{Preflight: crdify.Check, OLM: true})
	said := map[breach]bool{}
	for _, f := range r.Findings {
		if f.ID == diff.Unclassified.ID || f.ID == "CRD301" {
			t.Errorf("%s: %s [%s] %v", f.ID, f.Message, f.Path, f.Judges)
		}
		if testing.Verbose() {
			t.Logf("%s %s: %s [%s] %d", f.ID, f.Verdict, f.Message, f.Path, len(f.Judges))
		}
		for _, i := range f.Issues {
			said[breach{f.Changes[0].Path[1], i.Version, i.Property, i.Check}] = true
		}
	}
	if testing.Verbose() {
		t.Logf("%s -> %s demands %s (%s), fits: %v", r.Old.Version, r.New.Version, r.Demands, r.Verdict, r.Fits)
	}
	breaks := breaches(t, p)
	for _, b := range breaks {
		if !said[b] {
			t.Errorf("crdify reports %v, and no finding does", b)
		}
	}
	return len(breaks)
}

// breach is a break that crdify reports.
type breach struct{ crd, version, property, check string }

// breaches are what crdify itself, in its strictest configuration, says of the CRDs in two bundles' folders.
func breaches(t *testing.T, p pair) []breach {
	t.Helper()
	cfg := config.Config{}
	if err := config.ValidateConfig(&cfg); err != nil {
		t.Fatal(err)
	}
	run, err := runner.New(&cfg, runner.DefaultRegistry())
	if err != nil {
		t.Fatal(err)
	}
	var out []breach
	old, new := definitions(t, p.oldDir), definitions(t, p.newDir)
	for _, name := range slices.Sorted(maps.Keys(old)) {
		if new[name] == nil {
			continue
		}
		results := run.Run(old[name], new[name])
		for _, r := range results.CRDValidation {
			for _, message := range r.Errors {
				b := breach{crd: name, check: r.Name}
				if _, where, ok := strings.Cut(message, " : "); ok && r.Name == "existingFieldRemoval" {
					b.version, b.property, _ = strings.Cut(where, ".")
				}
				out = append(out, b)
			}
		}
		for _, v := range slices.Concat(results.SameVersionValidation, results.ServedVersionValidation) {
			for _, property := range v.PropertyComparisons {
				for _, r := range property.ComparisonResults {
					if len(r.Errors) > 0 {
						out = append(out, breach{name, v.Version, property.Property, r.Name})
					}
				}
			}
		}
	}
	return out
}

// definitions are the CRDs of a bundle's folder that are in the form crdify takes.
func definitions(t *testing.T, dir string) map[string]*apiextensionsv1.CustomResourceDefinition {
	t.Helper()
	out := map[string]*apiextensionsv1.CustomResourceDefinition{}
	files, _ := filepath.Glob(filepath.Join(dir, "manifests", "*"))
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		crd := &apiextensionsv1.CustomResourceDefinition{}
		if yaml.Unmarshal(data, crd) == nil && crd.Kind == "CustomResourceDefinition" && crd.APIVersion == apiextensionsv1.SchemeGroupVersion.String() {
			crd.Status = apiextensionsv1.CustomResourceDefinitionStatus{}
			out[crd.Name] = crd
		}
	}
	return out
}
