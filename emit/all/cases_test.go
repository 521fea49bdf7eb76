package all_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/opc-project/opc/compiler"
	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/emit/all"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// A tested is one description with the tree it compiles to beside it.
type tested struct {
	name, dir, want string
	users           bool // the tree is a user's, with a lock: opc compile writes it (see cmd/opc/examples_test.go)
}

// cases lists testdata/cases/*, whose trees stand in want, and examples/*, whose trees stand in dist as a user's would.
func cases(t testing.TB) []tested {
	t.Helper()
	var out []tested
	for _, group := range []struct{ dir, want string }{{"../../testdata/cases", "want"}, {"../../examples", "dist"}} {
		entries, err := os.ReadDir(group.dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			dir := filepath.Join(group.dir, e.Name())
			if _, err := os.Stat(filepath.Join(dir, group.want)); err != nil && group.want == "dist" {
				continue // an example of targets in CUE, whose golden files stand beside them
			}
			if _, ok := schema.Find(os.DirFS(dir)); e.IsDir() && ok {
				out = append(out, tested{e.Name(), dir, filepath.Join(dir, group.want), group.want == "dist"})
			}
		}
	}
	if len(out) < 3 {
		t.Fatalf("only %d cases found", len(out))
	}
	return out
}

// compile runs the whole middle of opc on a folder in memory; every finding is returned, placed.
func compile(t testing.TB, fsys fs.FS) (*model.Operator, *emit.FileSet, *schema.Document, diag.List) {
	t.Helper()
	name, _ := schema.Find(fsys)
	doc, diags := schema.Load(fsys, name, schema.Options{})
	if diags.HasErrors() {
		return nil, nil, doc, diags.Place(doc.Index)
	}
	m, more := compiler.Lower(t.Context(), doc, fsys, compiler.Options{})
	diags = append(diags, more...)
	if diags.HasErrors() {
		return m, nil, doc, diags.Place(doc.Index)
	}
	files, more := emitAll(t, m)
	diags = append(diags, more...)
	return m, files, doc, diags.Place(doc.Index)
}

func emitAll(t testing.TB, m *model.Operator) (*emit.FileSet, diag.List) {
	t.Helper()
	files := &emit.FileSet{}
	var diags diag.List
	for _, target := range all.Targets {
		got, more := target.Emit(m)
		diags = append(diags, more...)
		if got == nil {
			continue
		}
		if err := files.Merge(got); err != nil {
			t.Fatalf("%s: %v", target.Name, err)
		}
	}
	return files, diags
}

func TestCases(t *testing.T) {
	for _, tc := range cases(t) {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, files, _, diags := compile(t, os.DirFS(tc.dir))
			if files == nil || diags.HasErrors() {
				t.Fatal(told(diags))
			}
			update := os.Getenv("OPC_UPDATE") != ""
			about := subject(t, tc, files)
			if update && !tc.users {
				record(t, tc.want, about)
			}
			if !update || !tc.users {
				compare(t, tc.want, about)
			}
			findings(t, filepath.Join(tc.dir, "findings.txt"), told(diags), update)
		})
	}
}

func told(diags diag.List) string {
	var b strings.Builder
	for _, d := range diags {
		fmt.Fprintf(&b, "%s: %s: %s [%s]\n", d.Pos, d.Severity, d.Message, d.Code)
	}
	return b.String()
}

// findings holds what a case is told against its findings.txt; a case without the file is told nothing.
func findings(t *testing.T, file, got string, update bool) {
	t.Helper()
	if update {
		_ = os.Remove(file)
		if got != "" {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	want, _ := os.ReadFile(file)
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

// record writes the tree of a case that has no error.
func record(t *testing.T, dir string, files *emit.FileSet) {
	t.Helper()
	for name := range onDisk(t, dir) {
		if _, ok := files.File(name); !ok {
			if err := os.Remove(filepath.Join(dir, filepath.FromSlash(name))); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, name := range files.Names() {
		f, _ := files.File(name)
		p := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if old, err := os.ReadFile(p); err == nil && bytes.Equal(old, f.Data) {
			continue
		}
		if err := os.WriteFile(p, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func onDisk(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "opc.lock" {
			return err
		}
		data, err := os.ReadFile(p)
		rel, _ := filepath.Rel(dir, p)
		out[filepath.ToSlash(rel)] = string(data)
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return out
}

func compare(t *testing.T, dir string, files *emit.FileSet) {
	t.Helper()
	want := onDisk(t, dir)
	for _, name := range files.Names() {
		f, _ := files.File(name)
		if _, ok := want[name]; !ok {
			t.Errorf("%s is emitted, but not expected", name)
			continue
		}
		if diff := cmp.Diff(strings.Split(want[name], "\n"), strings.Split(string(f.Data), "\n")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		delete(want, name)
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		t.Errorf("%s is expected, but not emitted", name)
	}
}

func TestEmitTwiceGivesEqualBytes(t *testing.T) {
	for _, tc := range cases(t) {
		m, first, _, _ := compile(t, os.DirFS(tc.dir))
		before := fmt.Sprintf("%+v", m)
		second, _ := emitAll(t, m)
		if first.Digest() != second.Digest() {
			t.Errorf("%s: two runs give different bytes", tc.name)
		}
		if after := fmt.Sprintf("%+v", m); before != after {
			t.Errorf("%s: emitting changed the model", tc.name)
		}
	}
}

// TestOrderOfInputDoesNotMatter writes each description anew with its fields and its sets the other way round.
func TestOrderOfInputDoesNotMatter(t *testing.T) {
	for _, tc := range cases(t) {
		fsys := os.DirFS(tc.dir)
		_, files, doc, _ := compile(t, fsys)
		turned := fstest.MapFS{"operator.yaml": {Data: reversed(t, doc.Tree)}}
		_, again, _, diags := compile(t, overlay{fsys, turned})
		if diags.HasErrors() {
			t.Errorf("%s: the description the other way round has faults: %v", tc.name, diags)
			continue
		}
		for _, name := range files.Names() {
			a, _ := files.File(name)
			b, _ := again.File(name)
			if !bytes.Equal(a.Data, b.Data) {
				t.Errorf("%s: %s depends on the order of the description:\n%s", tc.name, name, cmp.Diff(string(a.Data), string(b.Data)))
			}
		}
	}
}

// overlay shows one description in place of another's.
type overlay struct {
	below fs.FS
	above fstest.MapFS
}

// Open implements fs.FS.
func (o overlay) Open(name string) (fs.File, error) {
	if slices.Contains(schema.Names, name) {
		return o.above.Open(name)
	}
	return o.below.Open(name)
}

// sets are the fields whose order says nothing.
var sets = []string{"crds", "objects", "modes", "platforms", "from", "conversion"}

func reversed(t *testing.T, tree map[string]any) []byte {
	t.Helper()
	var b strings.Builder
	keys := slices.Sorted(maps.Keys(tree))
	slices.Reverse(keys)
	for _, k := range keys {
		data, err := yaml.Marshal(map[string]any{k: turn(k, tree[k])})
		if err != nil {
			t.Fatal(err)
		}
		b.Write(data)
	}
	return []byte(b.String())
}

func turn(field string, v any) any {
	switch x := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, e := range x {
			out[k] = turn(k, e)
		}
		return out
	case []any:
		out := slices.Clone(x)
		if slices.Contains(sets, field) {
			slices.Reverse(out)
		}
		return out
	}
	return v
}

// TestOriginsLeadToTheDescription holds every origin of every file against the position index.
func TestOriginsLeadToTheDescription(t *testing.T) {
	for _, tc := range cases(t) {
		_, files, doc, _ := compile(t, os.DirFS(tc.dir))
		for _, name := range files.Names() {
			f, _ := files.File(name)
			for _, o := range f.Origins {
				pos, exact := doc.Index.Locate(o.Path)
				if _, _, _, named := o.Path.File(); named && !exact {
					t.Errorf("%s: %s%s comes from %s, which is not there", tc.name, name, o.Pointer, o.Path)
				}
				if !pos.IsValid() {
					t.Errorf("%s: %s%s comes from %s, which has no position", tc.name, name, o.Pointer, o.Path)
				}
			}
		}
	}
}

// TestEmittedYAMLIsYAML reads every emitted YAML file strictly: no key stands twice.
func TestEmittedYAMLIsYAML(t *testing.T) {
	for _, tc := range cases(t) {
		_, files, _, _ := compile(t, os.DirFS(tc.dir))
		for _, name := range files.Names() {
			if path.Ext(name) != ".yaml" || strings.HasPrefix(name, "chart/templates/") {
				continue
			}
			f, _ := files.File(name)
			for doc := range bytes.SplitSeq(f.Data, []byte("\n---\n")) {
				if _, err := yaml.YAMLToJSONStrict(doc); err != nil {
					t.Errorf("%s: %s: %v", tc.name, name, err)
				}
			}
			if !bytes.HasSuffix(f.Data, []byte("\n")) || bytes.Contains(f.Data, []byte("\r")) {
				t.Errorf("%s: %s does not end its lines with LF", tc.name, name)
			}
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	fsys := os.DirFS("../../examples/database-operator")
	for b.Loop() {
		if _, files, _, diags := compile(b, fsys); files == nil {
			b.Fatal(diags)
		}
	}
}
