//go:build unix

package verify

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/opc-project/opc/schema/diag"
)

// TestUnread judges charts as Helm reads them: with what links lead to, with folders that are left out elsewhere, and
// never in silence without a part of them.
func TestUnread(t *testing.T) {
	top := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		at := filepath.Join(top, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	link := func(to, name string) {
		t.Helper()
		if err := os.Symlink(to, filepath.Join(top, name)); err != nil {
			t.Fatal(err)
		}
	}
	const broken = "kind: [ring\n"
	write("shared/part.yaml", broken)
	for _, chart := range []string{"linked", "folder", "inner", "out", "pipe", "big", "loop", "ignored", "depends"} {
		write(chart+"/Chart.yaml", "apiVersion: v2\nname: "+chart+"\nversion: 0.1.0\n")
		write(chart+"/values.schema.json", `{"$schema": "http://json-schema.org/draft-07/schema#"}`)
		write(chart+"/templates/NOTES.txt", "thanks")
	}
	link("../../shared/part.yaml", "linked/templates/part.yaml")
	link("../../shared", "folder/templates/shared")
	write("inner/templates/bin/part.yaml", broken)
	link("/etc/hostname", "out/templates/part.yaml")
	if err := syscall.Mkfifo(filepath.Join(top, "pipe/templates/part.yaml"), 0o600); err != nil {
		t.Fatal(err)
	}
	write("big/files/part.bin", strings.Repeat("x", most+1))
	link(".", "loop/templates/one")
	link(".", "loop/templates/two")
	write("ignored/.helmignore", "templates/part.yaml\n")
	link("nowhere", "ignored/templates/part.yaml")
	write("depends/Chart.yaml", "apiVersion: v2\nname: depends\nversion: 0.1.0\ndependencies:\n- {name: ring, version: 1.0.0, repository: \"https://example.com\"}\n")

	root, err := os.OpenRoot(top)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	_, diags, err := Tree(t.Context(), root.FS(), Options{Scratch: scratch(t)})
	if err != nil {
		t.Fatal(err)
	}
	of := map[string][]string{}
	for _, d := range diags {
		if chart, rest, _ := strings.Cut(d.Pos.File, "/"); d.Severity == diag.Error {
			of[chart] = append(of[chart], rest+": "+d.Message)
		}
	}
	for chart, want := range map[string]string{
		"linked": "templates/part.yaml: ", "folder": "templates/shared/part.yaml: ", "inner": "templates/bin/part.yaml: ", "out": "templates/part.yaml: part.yaml is not read: it is a link",
		"pipe": "templates/part.yaml: part.yaml is not read: it is not a regular file", "big": "files/part.bin: part.bin is not read: it is larger than 8 MiB",
		"loop": "it is a link, and links here lead back", "depends": "Chart.yaml: the chart depends on ring, which is not in its folder charts",
	} {
		if !slices.ContainsFunc(of[chart], func(s string) bool { return strings.Contains(s, want) }) {
			t.Errorf("%s: %q, want one with %q", chart, of[chart], want)
		}
	}
	if len(of["ignored"]) > 0 {
		t.Errorf("ignored: %q", of["ignored"])
	}
}
