package target_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/compiler"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/target"
)

// definition is #Model, as opc model --schema prints it.
func definition(t *testing.T) cue.Value {
	t.Helper()
	v := cuecontext.New().CompileBytes(target.Schema, cue.Filename("model.cue"))
	if err := v.Err(); err != nil {
		t.Fatal(err)
	}
	return v.LookupPath(cue.ParsePath("#Model"))
}

// TestModelIsAsDocumented checks the views of all cases and examples: they have each field of the definition, and no
// other.
func TestModelIsAsDocumented(t *testing.T) {
	dirs, _ := filepath.Glob("../testdata/cases/*")
	examples, _ := filepath.Glob("../examples/*")
	n := 0
	for _, dir := range append(dirs, examples...) {
		name, ok := schema.Find(os.DirFS(dir))
		if !ok {
			continue
		}
		n++
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			doc, diags := schema.Load(os.DirFS(dir), name, schema.Options{})
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			m, diags := compiler.Lower(t.Context(), doc, os.DirFS(dir), compiler.Options{})
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			tree := target.NewView(m).Tree
			def := definition(t)
			v := cuecontext.New().Encode(tree)
			if err := def.Unify(v).Validate(cue.Concrete(true), cue.Final()); err != nil {
				t.Error(err)
			}
			want, got := map[string]string{}, slices.Sorted(maps.Keys(tree))
			fields(want, "", def, 1)
			if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), got); diff != "" {
				t.Errorf("fields (-documented +there):\n%s", diff)
			}
		})
	}
	if n < 10 {
		t.Fatalf("only %d cases", n)
	}
}

// TestModelKeepsItsPromise compares the definition with the record of its version: a field that is gone or has another
// type needs a new version. OPC_UPDATE=1 records new fields, and nothing else.
func TestModelKeepsItsPromise(t *testing.T) {
	got := map[string]string{}
	fields(got, "", definition(t), 10)
	if want := fmt.Sprintf("string %q", target.Version); got["modelVersion"] != want {
		t.Errorf("modelVersion is %s: expected %s", got["modelVersion"], want)
	}
	file := filepath.Join("testdata", "model-"+target.Version+".txt")
	data, err := os.ReadFile(file)
	if err != nil && os.Getenv("OPC_UPDATE") == "" {
		t.Fatal(err)
	}
	recorded := map[string]bool{}
	for line := range strings.Lines(string(data)) {
		name, typ, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		recorded[name] = true
		if got[name] != typ {
			t.Errorf("%s was %s and is %q: targets of users depend on it, so it needs a new version", name, typ, got[name])
		}
	}
	if t.Failed() {
		return
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(got)) {
		fmt.Fprintf(&b, "%s: %s\n", name, got[name])
		if !recorded[name] && os.Getenv("OPC_UPDATE") == "" {
			t.Errorf("%s is new: OPC_UPDATE=1 records it", name)
		}
	}
	if os.Getenv("OPC_UPDATE") != "" {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// fields lists the fields of a definition with their types: [] stands for the elements of a list, * for those of a map.
func fields(out map[string]string, at string, v cue.Value, depth int) {
	kind := v.IncompleteKind()
	if at != "" {
		out[at] = kind.String()
		if v.IsConcrete() && kind == cue.StringKind {
			out[at] = fmt.Sprintf("string %v", v)
		}
	}
	if depth == 0 {
		return
	}
	if e := v.LookupPath(cue.MakePath(cue.AnyIndex)); kind == cue.ListKind && e.Exists() {
		fields(out, at+"[]", e, depth-1)
	}
	if kind != cue.StructKind {
		return
	}
	if e := v.LookupPath(cue.MakePath(cue.AnyString)); e.Exists() {
		fields(out, strings.TrimPrefix(at+".*", "."), e, depth-1)
	}
	for it, _ := v.Fields(); it.Next(); {
		fields(out, strings.TrimPrefix(at+"."+it.Selector().Unquoted(), "."), it.Value(), depth-1)
	}
}
