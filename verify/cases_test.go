package verify

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/opc-project/opc/compiler"
	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/emit/all"
	"github.com/opc-project/opc/emit/helm"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/chart"
	"github.com/opc-project/opc/verify/equal"
)

// compiled is one description with all that is made from it.
type compiled struct {
	name  string
	doc   *schema.Document
	model *model.Operator
	files *emit.FileSet
}

// compile runs what stands before verification; an error is a fault of the test.
func compile(t testing.TB, name string, fsys fs.FS) compiled {
	t.Helper()
	file, ok := schema.Find(fsys)
	if !ok {
		t.Fatalf("%s: no description", name)
	}
	doc, diags := schema.Load(fsys, file, schema.Options{})
	failOn(t, name, diags.Place(doc.Index))
	m, diags := compiler.Lower(t.Context(), doc, fsys, compiler.Options{})
	failOn(t, name, diags.Place(doc.Index))
	files := &emit.FileSet{}
	for _, target := range all.Targets {
		got, more := target.Emit(m)
		failOn(t, name, more.Place(doc.Index))
		if got == nil {
			continue
		}
		if err := files.Merge(got); err != nil {
			t.Fatal(err)
		}
	}
	return compiled{name, doc, m, files}
}

func failOn(t testing.TB, name string, diags diag.List) {
	t.Helper()
	for _, d := range diags {
		if d.Severity == diag.Error {
			t.Fatalf("%s: %s: %s [%s]", name, d.Pos, d.Message, d.Code)
		}
	}
}

// archive shows a txtar archive as a file system.
func archive(t testing.TB, file string) fstest.MapFS {
	t.Helper()
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	out := fstest.MapFS{}
	for _, f := range a.Files {
		out[f.Name] = &fstest.MapFile{Data: f.Data, Mode: 0o644}
	}
	return out
}

// cases are all descriptions of the repository, and those of this package's archives.
func cases(t testing.TB) map[string]fs.FS {
	t.Helper()
	out := map[string]fs.FS{}
	for _, pattern := range []string{"../testdata/cases/*", "../examples/*"} {
		dirs, _ := filepath.Glob(pattern)
		for _, dir := range dirs {
			if _, ok := schema.Find(os.DirFS(dir)); ok {
				out[filepath.Base(dir)] = os.DirFS(dir)
			}
		}
	}
	archives, _ := filepath.Glob("testdata/cases/*.txtar")
	for _, file := range archives {
		out[strings.TrimSuffix(filepath.Base(file), ".txtar")] = archive(t, file)
	}
	if len(out) < 8 || len(archives) == 0 {
		t.Fatalf("only %d cases", len(out))
	}
	return out
}

// scratch writes files to a folder of the test.
func scratch(t testing.TB) Scratch {
	return func(files fs.FS) (string, func(), error) {
		dir := t.TempDir()
		return dir, func() {}, os.CopyFS(dir, files)
	}
}

// TestCasesAreSilent holds that a normal description compiles without a finding, that what was written of it is what the
// model says, and that every rule of what may differ
// is needed by one.
func TestCasesAreSilent(t *testing.T) {
	used := map[string]bool{}
	for name, fsys := range cases(t) {
		c := compile(t, name, fsys)
		run := newCheck(c.model, c.files, Options{Scratch: scratch(t)})
		found := append(run.all(t.Context()), told(run.metadata(), run.place)...)
		for _, d := range found.Place(c.doc.Index) {
			if slices.ContainsFunc(c.doc.Spec.Accept, func(w schema.Waiver) bool { return w.Rule == string(d.Code) }) {
				continue
			}
			t.Errorf("%s: %s: %s: %s [%s] %s", c.name, d.Pos, d.Severity, d.Message, d.Code, d.Path)
		}
		for _, id := range run.used.list() {
			used[id] = true
		}
	}
	for _, r := range equal.Rules() {
		if !used[r.ID] {
			t.Errorf("the rule %s was not needed by any case: remove it, or add a case", r.ID)
		}
	}
}

// TestCheckIsSteady holds that what is found, and in which words, does not change from run to run.
func TestCheckIsSteady(t *testing.T) {
	c := compile(t, "overlaid", archive(t, "testdata/cases/overlaid.txtar"))
	broken := &emit.FileSet{}
	for _, name := range c.files.Names() {
		f, _ := c.files.File(name)
		data := strings.ReplaceAll(string(f.Data), "pods", "podz")
		if err := broken.Add(name, []byte(data), f.Origins...); err != nil {
			t.Fatal(err)
		}
	}
	first := Check(t.Context(), c.model, broken, Options{})
	if len(first) == 0 {
		t.Fatal("nothing found")
	}
	for range 5 {
		again := Check(t.Context(), c.model, broken, Options{})
		if len(again) != len(first) {
			t.Fatalf("%d findings, then %d", len(first), len(again))
		}
		for i := range first {
			if first[i].Message != again[i].Message {
				t.Errorf("%q, then %q", first[i].Message, again[i].Message)
			}
		}
	}
}

// TestReusedRendering holds that what is kept from one rendering to the next is what Helm would render again.
func TestReusedRendering(t *testing.T) {
	for name, fsys := range cases(t) {
		c := newCheck(compile(t, name, fsys).parts())
		plain, reused := loaded(t, c), loaded(t, c)
		reused.Reuse()
		p := &chartProof{check: c, chart: plain}
		releases := []chart.Release{{Name: "a", Namespace: "b"}, {Name: longest, Namespace: "b"}}
		for _, s := range chartSettings(c.m) {
			releases = append(releases, chart.Release{Name: p.release(), Namespace: s.overlay.Namespace, Values: helm.Values(c.m, s.overlay)})
		}
		for _, s := range plain.Toggles(func(string) bool { return true }) {
			releases = append(releases, chart.Release{Name: "a", Namespace: "b", Values: s.Values})
		}
		for _, r := range releases {
			want, _, err := plain.Render(r)
			got, _, err2 := reused.Render(r)
			if (err == nil) != (err2 == nil) {
				t.Fatalf("%s: %v, then %v", name, err, err2)
			}
			if diff := cmp.Diff(trees(want), trees(got)); diff != "" {
				t.Errorf("%s with %v: %s", name, r.Values, diff)
			}
		}
	}
}

func (c compiled) parts() (*model.Operator, *emit.FileSet, Options) {
	return c.model, c.files, Options{}
}

func loaded(t *testing.T, c *check) *chart.Chart {
	t.Helper()
	out, err := chart.Load(chartDir, c.below(chartDir))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func trees(objects []*kube.Object) []model.Tree {
	var out []model.Tree
	for _, o := range objects {
		out = append(out, o.Tree)
	}
	return out
}
