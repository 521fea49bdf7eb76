package importer

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/opc-project/opc/internal/cost"
	"github.com/opc-project/opc/schema/diag"
)

// TestHostile holds that sources which mean harm are refused, for an effort that grows with their size.
func TestHostile(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'k'; c++ {
		bomb += fmt.Sprintf("%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n", c, c, c-1, c-1, c-1, c-1, c-1, c-1, c-1, c-1, c-1)
	}
	many := fstest.MapFS{}
	for i := range maxFiles + 1 {
		many[fmt.Sprintf("manifests/%d.yaml", i)] = &fstest.MapFile{}
	}
	big := sample(t)
	for i := range maxTotal/MaxFile + 1 {
		big[fmt.Sprintf("manifests/%d.yaml", i)] = &fstest.MapFile{Data: bytes.Repeat([]byte("#\n"), MaxFile/2)}
	}
	cases := []struct {
		name string
		fsys fs.FS
		want string
	}{
		{"a bomb of aliases", sample(t, [3]string{serviceFile, "", bomb}), "aliases in this file expand to more than 100000 values"},
		{"deep nesting", sample(t, [3]string{serviceFile, "", strings.Repeat("[", 5000) + strings.Repeat("]", 5000)}), "nested more than 1000 levels deep"},
		{"deep nesting by indentation", sample(t, [3]string{serviceFile, "", nested(3000)}), "nested more than 1000 levels deep"},
		{"an alias of itself", sample(t, [3]string{serviceFile, "", "a: &a [*a]\n"}), "*a refers to itself"},
		{"a huge file", sample(t, [3]string{serviceFile, "", strings.Repeat("#\n", MaxFile/2+1)}), "larger than 16 MiB"},
		{"huge files together", big, "larger than 64 MiB together"},
		{"more files than any bundle has", many, "more than 10000 files"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			var r *Result
			var diags diag.List
			cost.Within(t, 64<<20, 60, inputSize(t, tc.fsys), func() { r, diags = Bundle(tc.fsys, Options{Format: "cue", Verify: true}) })
			if r != nil {
				t.Error("it is not refused")
			}
			if text := strings.Join(told(diags), "\n"); !strings.Contains(text, tc.want) {
				t.Errorf("%q does not hold %q", text, tc.want)
			}
		})
	}
}

// inputSize returns how many bytes the files of a source have.
func inputSize(t *testing.T, fsys fs.FS) (n int) {
	t.Helper()
	err := fs.WalkDir(fsys, ".", func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		n += int(info.Size())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func nested(depth int) string {
	var b strings.Builder
	for i := range depth {
		fmt.Fprintf(&b, "%sa:\n", strings.Repeat(" ", i))
	}
	return b.String()
}

// TestLinks holds that a link that leaves the source, and a file that is none, are refused.
func TestLinks(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, sample(t)); err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(t.TempDir(), "secret.yaml")
	if err := os.WriteFile(secret, []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: secret}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "manifests", "link.yaml")
	if err := os.Symlink(secret, link); err != nil {
		t.Skip("no links here:", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	r, diags := Bundle(root.FS(), Options{Format: "cue", Verify: true})
	if text := strings.Join(told(diags), "\n"); r != nil || text != "manifests/link.yaml:1:1 manifests/link.yaml is a link that leaves the folder" {
		t.Error(text)
	}
}

// FuzzBundle holds that no text makes the reader of bundles panic, and that whatever it refuses has a place.
func FuzzBundle(f *testing.F) {
	source := sample(f)
	f.Add(source[csvFile].Data)
	f.Add(source[crdFile].Data)
	f.Add(source[annotationsFile].Data)
	f.Add([]byte("a: &a [*a]\n---\n- b\n"))
	f.Add([]byte("---\n# x\n--- # y\nkind: A\nkind: B\nmetadata: {name: ? x : y}\n...\n"))
	f.Add([]byte("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{resources: {limits: {cpu: 1e9}}}]}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		files := fstest.MapFS{"manifests/a.yaml": {Data: text}, "metadata/annotations.yaml": {Data: text}}
		r := &reader{fsys: files}
		r.bundle()
		for _, d := range append(r.faults, r.loss...) {
			if !d.Pos.IsValid() || d.Message == "" {
				t.Errorf("%+v has no place", d)
			}
		}
	})
}

// stream is many documents of a text.
func stream(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format+"\n---\n", i)
	}
	return b.String()
}

// TestHostileManifests holds the same of streams of manifests and of kustomizations.
func TestHostileManifests(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'k'; c++ {
		bomb += fmt.Sprintf("%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n", c, c, c-1, c-1, c-1, c-1, c-1, c-1, c-1, c-1, c-1)
	}
	cases := []struct{ name, text, want string }{
		{"a bomb of aliases", bomb, "aliases in this file expand to more than 100000 values"},
		{"deep nesting", strings.Repeat("[", 5000) + strings.Repeat("]", 5000), "nested more than 1000 levels deep"},
		{"deep nesting by indentation", nested(3000), "nested more than 1000 levels deep"},
		{"an alias of itself", "a: &a [*a]\n", "*a refers to itself"},
		{"a huge text", strings.Repeat("#\n", MaxFile/2+1), "larger than 16 MiB"},
		{"many objects", stream(maxDocs+1, "{apiVersion: v1, kind: ConfigMap, metadata: {name: a%d}}"), "more than 5000 objects"},
		{"many objects in a list", "apiVersion: v1\nkind: List\nitems:\n" + strings.ReplaceAll(stream(maxDocs+1, "- {apiVersion: v1, kind: ConfigMap, metadata: {name: a%d}}"), "---\n", ""), "more than 5000 objects"},
		{"lists in lists", strings.Repeat("{apiVersion: v1, kind: List, items: [", 400) + strings.Repeat("]}", 400), "lists of objects are nested more than 10 levels deep"},
		{"no object", "a: b\n", "is not a Kubernetes object"},
		{"no text", "\xff\xfe", "not text in UTF-8"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			r, diags := Stream("stdin", []byte(tc.text), Facts{}, Options{Format: "cue", Verify: true})
			if text := strings.Join(told(diags), "\n"); r != nil || !strings.Contains(text, tc.want) {
				t.Errorf("a stream: %q does not hold %q", text, tc.want)
			}
			if tc.name == "no object" {
				return // kustomize has words of its own for it
			}
			fsys := fstest.MapFS{"kustomization.yaml": {Data: []byte("resources: [all.yaml]\n")}, "all.yaml": {Data: []byte(tc.text)}}
			if r, diags = Kustomization(fsys, ".", Facts{}, Options{Format: "cue", Verify: true}); r != nil || !diags.HasErrors() {
				t.Errorf("a kustomization is not refused: %v", told(diags))
			}
		})
	}
	for _, tc := range []struct{ name, text, want string }{
		{"itself", "resources: [.]\n", ". does not exist"},
		{"a circle", "resources: [a]\n", ".. does not exist"},
		{"what is not there", "resources: [nowhere.yaml]\n", "nowhere.yaml does not exist"},
		{"what is outside", "resources: [../secret.yaml]\n", "secret.yaml is outside the folder"},
		{"another host", "resources: ['https://example.com/x?ref=v1']\n", "is remote and is not fetched"},
		{"a chart", "helmCharts: [{name: x, repo: 'https://example.com'}]\n", "can't build"},
		{"a program", "generators: [a.yaml]\n", "can't build"},
		{"no fields", "- a\n", "can't build"},
	} {
		t.Run("a kustomization that names "+tc.name, func(t *testing.T) {
			fsys := fstest.MapFS{"kustomization.yaml": {Data: []byte(tc.text)}, "a/kustomization.yaml": {Data: []byte("resources: [..]\n")},
				"a.yaml": {Data: []byte("apiVersion: v1\nkind: Program\nmetadata: {name: x, annotations: {config.kubernetes.io/function: 'exec: {path: /bin/true}'}}\n")}}
			r, diags := Kustomization(fsys, ".", Facts{}, Options{Format: "cue", Verify: true})
			if text := strings.Join(told(diags), "\n"); r != nil || !strings.Contains(text, tc.want) {
				t.Errorf("%q does not hold %q", text, tc.want)
			}
		})
	}
}

// FuzzManifests holds that no text makes the import of manifests panic, that whatever it refuses has a place, and that
// what it takes comes back equal.
func FuzzManifests(f *testing.F) {
	f.Add([]byte("apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Service, metadata: {name: a}}]\n"))
	f.Add([]byte("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, namespace: b}\nspec: {template: {spec: {containers: [{name: a, image: 'x:1.2.3'}]}}}\n"))
	f.Add([]byte("apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: a}\nrules: [{}]\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: a}\nroleRef: {kind: Role, name: a}\nsubjects: [{kind: ServiceAccount, name: x}]\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, diags := Stream("stdin", text, Facts{}, Options{Format: "cue", Verify: true})
		for _, d := range diags {
			if d.Code == diag.ImportUnreadable && (!d.Pos.IsValid() || d.Message == "") {
				t.Errorf("%+v has no place", d)
			}
		}
		if r != nil && len(r.Unequal) > 0 {
			t.Errorf("%v\n%s", r.Unequal, r.Text)
		}
	})
}

// FuzzKustomization holds that no text makes the import of a kustomization panic.
func FuzzKustomization(f *testing.F) {
	f.Add([]byte("resources: [all.yaml]\nnamePrefix: a-\n"), []byte("apiVersion: v1\nkind: Service\nmetadata: {name: a}\n"))
	f.Add([]byte("resources: [all.yaml]\npatches: [{patch: '- {op: remove, path: /spec}', target: {kind: Service}}]\n"), []byte("apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {}\n"))
	f.Fuzz(func(t *testing.T, kustomization, resource []byte) {
		fsys := fstest.MapFS{"kustomization.yaml": {Data: kustomization}, "all.yaml": {Data: resource}}
		r := &reader{fsys: fsys}
		r.kustomized(".")
		for _, d := range r.faults {
			if !d.Pos.IsValid() || d.Message == "" {
				t.Errorf("%+v has no place", d)
			}
		}
	})
}
