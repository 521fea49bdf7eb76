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
	"time"
)

// TestHostile holds that sources which mean harm are refused, in bounded time.
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
		{"a bomb of aliases", sample(t, [3]string{serviceFile, "", bomb}), "excessive aliasing"},
		{"deep nesting", sample(t, [3]string{serviceFile, "", strings.Repeat("[", 5000) + strings.Repeat("]", 5000)}), "nested more than 1000 deep"},
		{"deep nesting by indentation", sample(t, [3]string{serviceFile, "", nested(3000)}), "nested more than 1000 deep"},
		{"an alias of itself", sample(t, [3]string{serviceFile, "", "a: &a [*a]\n"}), "contains itself"},
		{"a huge file", sample(t, [3]string{serviceFile, "", strings.Repeat("#\n", MaxFile/2+1)}), "larger than 16 MiB"},
		{"huge files together", big, "larger than 64 MiB together"},
		{"more files than any bundle has", many, "more than 10000 files"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			start := time.Now()
			r, diags := Bundle(tc.fsys, Options{Format: "cue", Verify: true})
			if r != nil {
				t.Error("it is not refused")
			}
			if text := strings.Join(told(diags), "\n"); !strings.Contains(text, tc.want) {
				t.Errorf("%q does not hold %q", text, tc.want)
			}
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
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
