package importer

import (
	"fmt"
	"hash/crc32"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"sigs.k8s.io/yaml"

	"github.com/opc-project/opc/compiler"
	"github.com/opc-project/opc/emit/all"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// TestMutations changes a bundle at random places and holds that what is still readable comes back equal, and can be
// compiled to every target.
func TestMutations(t *testing.T) {
	rounds, seed := 60, uint64(1)
	if n, err := strconv.Atoi(os.Getenv("OPC_MUTATIONS")); err == nil {
		rounds = n
	}
	if n, err := strconv.ParseUint(os.Getenv("OPC_SEED"), 10, 64); err == nil {
		seed = n
	}
	for _, dir := range seeds(t) {
		t.Run(filepath.Base(filepath.Dir(dir))+"-"+filepath.Base(dir), func(t *testing.T) {
			source := small(os.DirFS(dir))
			for i := range rounds {
				mutateAndImport(t, source, seed+uint64(i)+uint64(crc32.ChecksumIEEE([]byte(dir)))<<16)
			}
		})
	}
}

// seeds are the bundles that are changed: the one in testdata and, on request, those of the corpus.
func seeds(t *testing.T) []string {
	out := []string{filepath.Join("testdata", "bundle")}
	if os.Getenv("OPC_MUTATIONS") != "" {
		for _, manifests := range corpus(t) {
			out = append(out, filepath.Dir(manifests))
		}
	}
	return out
}

// small copies a bundle without what takes long and matters little here: icons and schemas.
func small(fsys fs.FS) fstest.MapFS {
	out := fstest.MapFS{}
	_ = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		docs := (&reader{}).documents(name, data)
		if len(docs) == 1 && docs[0].kind() == "CustomResourceDefinition" {
			data = withoutSchemas(data)
		}
		if len(docs) == 1 && docs[0].kind() == "ClusterServiceVersion" {
			delete(object(docs[0].tree["spec"]), "icon")
			data, _ = yaml.Marshal(docs[0].tree)
		}
		out[name] = &fstest.MapFile{Data: data, Mode: 0o644}
		return nil
	})
	return out
}

func mutateAndImport(t *testing.T, source fstest.MapFS, seed uint64) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, seed))
	files := fstest.MapFS{}
	names := slices.Sorted(func(yield func(string) bool) {
		for name := range source {
			if !yield(name) {
				return
			}
		}
	})
	for _, name := range names {
		files[name] = source[name]
	}
	var what []string
	for range 1 + r.IntN(3) {
		name := names[r.IntN(len(names))]
		if r.IntN(3) > 0 {
			i := slices.IndexFunc(names, func(n string) bool { return strings.Contains(string(files[n].Data), "kind: ClusterServiceVersion") })
			name = names[max(i, 0)]
		}
		var v any
		if yaml.Unmarshal(files[name].Data, &v) != nil {
			return
		}
		mutate(r, v, name, &what)
		data, err := yaml.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: data, Mode: 0o644}
	}
	result, diags := Bundle(files, Options{Format: "cue", Verify: true})
	say := func(format string, args ...any) {
		t.Errorf("seed %d (%s): %s", seed, strings.Join(what, "; "), fmt.Sprintf(format, args...))
	}
	if result == nil {
		for _, d := range diags {
			if d.Code != diag.ImportUnreadable && d.Severity == diag.Error {
				say("%s %s %s", d.Code, d.Path, d.Message)
			}
		}
		return
	}
	if len(result.Unequal) > 0 {
		say("%s", strings.Join(result.Unequal, "\n\t"))
	}
	for _, d := range compileAll(t, result) {
		if d.Severity == diag.Error {
			say("compile: %s %s %s", d.Code, d.Path, d.Message)
		}
	}
}

// compileAll compiles what an import wrote to every target.
func compileAll(t testing.TB, r *Result) diag.List {
	fsys := fstest.MapFS{r.Name: {Data: r.Text}}
	for name, data := range r.Files {
		fsys[name] = &fstest.MapFile{Data: data}
	}
	doc, diags := schema.Load(fsys, r.Name, schema.Options{})
	if diags.HasErrors() {
		return diags
	}
	m, more := compiler.Lower(t.Context(), doc, fsys, compiler.Options{})
	diags = append(diags, more...)
	if more.HasErrors() {
		return diags
	}
	for _, target := range all.Targets {
		_, found := target.Emit(m)
		diags = append(diags, found...)
	}
	return diags
}

// place is a value in a tree, and how to set it.
type place struct {
	path  string
	value any
	set   func(any)
	drop  func()
}

// places lists all values of a tree that are not what kind of object it is.
func places(v any, path string, out *[]place) {
	switch x := v.(type) {
	case map[string]any:
		for _, k := range sortedKeys(x) {
			if k == "apiVersion" || k == "kind" {
				continue
			}
			*out = append(*out, place{path + "." + k, x[k], func(v any) { x[k] = v }, func() { delete(x, k) }})
			places(x[k], path+"."+k, out)
		}
	case []any:
		for i, e := range x {
			*out = append(*out, place{fmt.Sprintf("%s[%d]", path, i), e, func(v any) { x[i] = v }, nil})
			places(e, fmt.Sprintf("%s[%d]", path, i), out)
		}
	}
}

// mutate changes one random place of a tree and notes what it did.
func mutate(r *rand.Rand, v any, name string, what *[]string) {
	var all []place
	places(v, "", &all)
	if len(all) == 0 {
		return
	}
	p := all[r.IntN(len(all))]
	if p.drop != nil && r.IntN(4) == 0 {
		*what = append(*what, "without "+name+p.path)
		p.drop()
		return
	}
	*what = append(*what, fmt.Sprintf("%T %s%s", p.value, name, p.path))
	switch x := p.value.(type) {
	case map[string]any:
		p.set(map[string]any{})
	case []any:
		switch {
		case len(x) == 0 || r.IntN(5) == 0:
			p.set([]any{})
		case r.IntN(3) == 0:
			copied, _ := decode(must(yaml.Marshal(x[r.IntN(len(x))])))
			mutate(r, copied, "[+]", what)
			p.set(append(x, copied))
		case r.IntN(2) == 0:
			p.set(slices.Delete(x, 0, 1))
		default:
			slices.Reverse(x)
		}
	case string:
		p.set([]string{"", x + "x", "1.2.3", "a b", "Ünïcode: #1\nend", "x-" + x}[r.IntN(6)])
	case bool:
		p.set(!x)
	case float64:
		p.set(x + float64(r.IntN(3)) - 1)
	}
}

func must(data []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return data
}
