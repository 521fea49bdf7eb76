package verify

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"sigs.k8s.io/yaml"

	"github.com/opc-project/opc/compiler"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/emit/all"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema"
)

// strangers are values that may stand where another type belongs.
var strangers = []any{nil, "x", int64(-1), true, []any{}, []any{nil}, []any{"x"}, map[string]any{}, map[string]any{"x": nil}}

// oneIn is how many damages there are for each that is tried: all are with OPC_DAMAGE=1.
func oneIn(rule int) int {
	if n, err := strconv.Atoi(os.Getenv("OPC_DAMAGE")); err == nil && n > 0 {
		return n
	}
	return rule
}

// TestHostileTrees holds that no value of another type, anywhere in a folder, makes the judges or their libraries panic,
// and that what they find has a place.
func TestHostileTrees(t *testing.T) {
	c := compile(t, "database-operator", os.DirFS("../examples/database-operator"))
	every, n := oneIn(97), 0
	for _, name := range c.files.Names() {
		f, _ := c.files.File(name)
		if !isYAML(name) || strings.HasPrefix(name, "chart/templates/") {
			continue
		}
		docs, _ := kube.Read(name, f.Data)
		for _, doc := range docs {
			strange(doc.Value, func(what string, value func() any) {
				if n++; n%every == 0 {
					steady(t, name+": "+what, func() { hostileTree(t, c, name, what, text(t, value())) })
				}
			})
		}
	}
}

func hostileTree(t *testing.T, c compiled, name, what string, data []byte) {
	top, _, _ := strings.Cut(name, "/")
	tree := fstest.MapFS{name: {Data: data}}
	for _, other := range c.files.Names() {
		if strings.HasPrefix(other, top+"/") && other != name {
			file, _ := c.files.File(other)
			tree[other] = &fstest.MapFile{Data: file.Data}
		}
	}
	_, found, err := Tree(t.Context(), tree, Options{})
	if err != nil {
		t.Errorf("%s: %s: %v", name, what, err)
	}
	for _, d := range found {
		if d.Message == "" || tree[d.Pos.File] == nil {
			t.Errorf("%s: %s: told without a place: %+v", name, what, d)
		}
	}
}

// TestHostileDescriptions holds the same of the whole way of a description, and of the files that it reads.
func TestHostileDescriptions(t *testing.T) {
	every, n := oneIn(997), 0
	list := cases(t)
	for _, name := range slices.Sorted(maps.Keys(list)) {
		read := &recorder{FS: list[name], files: fstest.MapFS{}}
		c := compile(t, name, read)
		try := func(file string, value any) {
			strange(value, func(what string, value func() any) {
				if n++; n%every == 0 {
					files := maps.Clone(read.files)
					files[file] = &fstest.MapFile{Data: text(t, value())}
					what = name + "/" + file + ": " + what
					steady(t, what, func() { hostileDescription(t, what, files) })
				}
			})
		}
		maps.DeleteFunc(read.files, func(file string, _ *fstest.MapFile) bool { return path.Ext(file) == ".cue" || file == c.doc.Name })
		read.files["operator.yaml"] = &fstest.MapFile{Data: text(t, c.doc.Tree)}
		for _, file := range slices.Sorted(maps.Keys(read.files)) {
			docs, _ := kube.Read(file, read.files[file].Data)
			if isYAML(file) && len(docs) == 1 {
				try(file, docs[0].Value)
			}
		}
	}
	t.Log(n)
}

// recorder keeps the files that are read.
type recorder struct {
	fs.FS
	files fstest.MapFS
}

func (r *recorder) ReadFile(name string) ([]byte, error) {
	data, err := fs.ReadFile(r.FS, name)
	if err == nil {
		r.files[name] = &fstest.MapFile{Data: data}
	}
	return data, err
}

// hostileDescription goes as far as a description does.
func hostileDescription(t *testing.T, what string, files fstest.MapFS) {
	name, _ := schema.Find(files)
	doc, diags := schema.Load(files, name, schema.Options{})
	if !diags.HasErrors() {
		m, more := compiler.Lower(t.Context(), doc, files, compiler.Options{})
		diags = append(diags, more...)
		set := &emit.FileSet{}
		for _, target := range all.Targets {
			if diags.HasErrors() {
				break
			}
			got, more := target.Emit(m)
			diags = append(diags, more...)
			if got != nil {
				if err := set.Merge(got); err != nil {
					t.Errorf("%s: %v", what, err)
				}
			}
		}
		if !diags.HasErrors() {
			diags = append(diags, Check(t.Context(), m, set, Options{})...)
		}
	}
	for _, d := range diags.Place(doc.Index) {
		if d.Message == "" || d.Pos.File == "" {
			t.Errorf("%s: told without a place: %+v", what, d)
		}
	}
}

// steady runs a try, and tells of a panic.
func steady(t *testing.T, what string, try func()) {
	defer func() {
		if v := recover(); v != nil {
			t.Errorf("%s: %v\n%s", what, v, debug.Stack())
		}
	}()
	try()
}

func text(t *testing.T, v any) []byte {
	data, err := yaml.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// strange calls f for each value of a tree and each stranger in its place; value makes the whole tree with it.
func strange(v any, f func(what string, value func() any)) {
	var walk func(v any, at string, put func(any) any)
	walk = func(v any, at string, put func(any) any) {
		for _, s := range strangers {
			f(fmt.Sprintf("%#v at %s", s, at), func() any { return put(s) })
		}
		switch v := v.(type) {
		case map[string]any:
			for _, k := range slices.Sorted(maps.Keys(v)) {
				walk(v[k], at+"/"+k, func(x any) any {
					c := maps.Clone(v)
					c[k] = x
					return put(c)
				})
			}
		case []any:
			for i, e := range v {
				walk(e, fmt.Sprintf("%s/%d", at, i), func(x any) any {
					c := slices.Clone(v)
					c[i] = x
					return put(c)
				})
			}
		}
	}
	walk(v, "", func(x any) any { return x })
}
