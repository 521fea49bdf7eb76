package kustomize_test

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"

	"github.com/opc-project/opc/compiler"
	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/emit/kustomize"
	"github.com/opc-project/opc/schema"
)

// lowerFiles runs what stands before the target; any finding is a fault of the test.
func lowerFiles(t testing.TB, files fs.FS) *model.Operator {
	t.Helper()
	name, ok := schema.Find(files)
	if !ok {
		t.Fatal("no description")
	}
	doc, diags := schema.Load(files, name, schema.Options{})
	if diags.HasErrors() {
		t.Fatal(diags.Place(doc.Index))
	}
	m, more := compiler.Lower(t.Context(), doc, files, compiler.Options{})
	if more.HasErrors() {
		t.Fatal(more.Place(doc.Index))
	}
	return m
}

func lowerFolder(t testing.TB, dir string) *model.Operator {
	t.Helper()
	return lowerFiles(t, os.DirFS(dir))
}

// archive reads a description of testdata; what archives share stands in shared.txtar.
func archive(t testing.TB, name string) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	for _, n := range []string{"shared", name} {
		a, err := txtar.ParseFile(filepath.Join("testdata", n+".txtar"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range a.Files {
			files[f.Name] = &fstest.MapFile{Data: f.Data}
		}
	}
	return files
}

func emitted(t testing.TB, m *model.Operator) *emit.FileSet {
	t.Helper()
	set, diags := kustomize.Target.Emit(m)
	for _, d := range diags {
		t.Errorf("%s: %s", d.Path, d.Message)
	}
	if set == nil {
		t.FailNow()
	}
	return set
}

// onDisk puts a file set into kustomize's file system.
func onDisk(t testing.TB, set *emit.FileSet) filesys.FileSystem {
	t.Helper()
	disk := filesys.MakeFsInMemory()
	for _, name := range set.Names() {
		f, _ := set.File(name)
		if err := disk.WriteFile("/"+name, f.Data); err != nil {
			t.Fatal(err)
		}
	}
	return disk
}

// build runs the real kustomize on a folder of the tree, as kubectl apply -k does.
func build(t testing.TB, disk filesys.FileSystem, dir string) []model.Tree {
	t.Helper()
	res, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(disk, "/kustomize/"+dir)
	if err != nil {
		t.Fatalf("%s: %v", dir, err)
	}
	data, err := res.AsYaml()
	if err != nil {
		t.Fatal(err)
	}
	return trees(t, data)
}

func trees(t testing.TB, data []byte) []model.Tree {
	t.Helper()
	var out []model.Tree
	for doc := range bytes.SplitSeq(data, []byte("\n---\n")) {
		out = append(out, tree(t, doc))
	}
	return out
}

// tree reads an object as JSON has it, so that numbers have one type.
func tree(t testing.TB, doc []byte) model.Tree {
	t.Helper()
	var out model.Tree
	if err := yaml.Unmarshal(doc, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// meaning brings objects into the form in which what means the same is equal: by identity; lists that Kubernetes reads
// by keys in the order of the keys; nothing where there is an empty list or map.
func meaning(t testing.TB, objects []model.Tree) map[string]model.Tree {
	t.Helper()
	out := map[string]model.Tree{}
	for _, o := range objects {
		data, err := yaml.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		plain, _ := normal(tree(t, data), "").(map[string]any)
		id := fmt.Sprintf("%v %v %s/%s", plain["apiVersion"], plain["kind"], model.MetaString(plain, "namespace"), model.MetaString(plain, "name"))
		if out[id] != nil {
			t.Errorf("%s is there twice", id)
		}
		out[id] = plain
	}
	return out
}

var keyed = map[string]string{"env": "name", "ports": "containerPort", "volumes": "name", "volumeMounts": "mountPath", "containers": "name"}

func normal(v any, field string) any {
	switch x := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, e := range x {
			if e = normal(e, k); e != nil {
				out[k] = e
			}
		}
		if len(out) == 0 && field != "selfSigned" && field != "status" {
			return nil
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i, e := range x {
			out[i] = normal(e, "")
		}
		if key, ok := keyed[field]; ok {
			slices.SortStableFunc(out, func(a, b any) int { return cmp.Compare(keyOf(a, key), keyOf(b, key)) })
		}
		if len(out) == 0 {
			return nil
		}
		return out
	}
	return v
}

func keyOf(v any, key string) string {
	m, _ := v.(map[string]any)
	return fmt.Sprint(m[key])
}

// install is what an overlay must leave in a cluster.
func install(m *model.Operator, ov model.Overlay) []model.Tree {
	ov.Labels, ov.Annotations = with(m.Kustomize.Labels, ov.Labels), with(m.Kustomize.Annotations, ov.Annotations)
	var out []model.Tree
	for _, o := range m.Install(ov, "kustomize") {
		out = append(out, o.Tree)
	}
	return out
}

// variants are overlays with many sets of features on: all of them where there are few, else each alone, each missing,
// and all pairs.
func variants(m *model.Operator, ov model.Overlay) []model.Overlay {
	var out []model.Overlay
	seen := map[string]bool{}
	add := func(names ...string) {
		on := map[string]bool{}
		for _, f := range m.Features {
			on[f.Name] = false
		}
		for _, n := range names {
			need(m, on, n)
		}
		if key := fmt.Sprint(on); !seen[key] {
			seen[key] = true
			v := ov
			v.Features, v.Name = on, fmt.Sprintf("v%d", len(out))
			out = append(out, v)
		}
	}
	var all []string
	for _, f := range m.Features {
		all = append(all, f.Name)
	}
	add()
	add(all...)
	if len(all) <= 4 {
		for bits := range 1 << len(all) {
			var some []string
			for i, name := range all {
				if bits&(1<<i) != 0 {
					some = append(some, name)
				}
			}
			add(some...)
		}
		return out
	}
	for i, a := range all {
		add(a)
		add(slices.Delete(slices.Clone(all), i, i+1)...)
		for _, b := range all[:i] {
			add(a, b)
		}
	}
	return out
}

// need switches a feature on, with all that it requires.
func need(m *model.Operator, on map[string]bool, name string) {
	on[name] = true
	for _, f := range m.Features {
		if f.Name != name {
			continue
		}
		for _, r := range f.Requires {
			if !on[r] {
				need(m, on, r)
			}
		}
	}
}

// corners are the overlays after the first with every feature off and every one on.
func corners(m *model.Operator) []model.Overlay {
	var out []model.Overlay
	for _, ov := range m.Overlays[1:] {
		some := variants(m, ov)
		for _, v := range some[:min(2, len(some))] {
			v.Name = ov.Name + "-" + v.Name
			out = append(out, v)
		}
	}
	return out
}

// quiet runs a function and returns what it wrote to standard error, where kustomize complains of deprecated fields.
func quiet(t testing.TB, f func()) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	old := os.Stderr
	os.Stderr = w
	done := make(chan string)
	go func() { data, _ := io.ReadAll(r); done <- string(data) }()
	f()
	os.Stderr = old
	_ = w.Close()
	return <-done
}

func onNames(ov model.Overlay) string {
	var on []string
	for _, name := range slices.Sorted(maps.Keys(ov.Features)) {
		if ov.Features[name] {
			on = append(on, name)
		}
	}
	return "features " + strings.Join(on, ", ")
}

func yamlOf(v any) ([]byte, error) { return yaml.Marshal(v) }

func with(common, own map[string]string) map[string]string {
	out := map[string]string{}
	maps.Copy(out, common)
	maps.Copy(out, own)
	return out
}
