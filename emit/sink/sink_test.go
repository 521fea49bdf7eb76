package sink

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/schema/diag"
)

// files makes a part of name and content pairs; every file comes from the spec path /<name>.
func part(t *testing.T, target string, files map[string]string) Part {
	t.Helper()
	set := &emit.FileSet{}
	for name, text := range files {
		origins := []emit.Origin{{Path: diag.Path("").Child(name)}, {Pointer: "/image", Path: "/image"}}
		if err := set.Add(name, []byte(text), origins...); err != nil {
			t.Fatal(err)
		}
	}
	return Part{Target: target, Files: set}
}

func want(parts ...Part) Want { return Want{Parts: parts, Input: "sha256:00"} }

func newDir(t *testing.T) Dir {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return Dir{Path: filepath.Join(root, "dist"), Label: "dist"}
}

// write writes want and fails the test if that is not possible.
func write(t *testing.T, d Dir, w Want) *Plan {
	t.Helper()
	plan, diags, err := d.Write(context.Background(), w)
	if err != nil || len(diags) > 0 {
		t.Fatal(err, diags)
	}
	if f := plan.Findings(); len(f) > 0 {
		t.Fatal(f)
	}
	return plan
}

// refused writes want and returns the findings that stopped it.
func refused(t *testing.T, d Dir, w Want) diag.List {
	t.Helper()
	before := snapshot(t, filepath.Dir(d.Path))
	plan, diags, err := d.Write(context.Background(), w)
	if err != nil {
		t.Fatal(err)
	}
	if plan != nil {
		diags = append(diags, plan.Findings()...)
	}
	if !diags.HasErrors() {
		t.Fatal("nothing stopped the run")
	}
	if diff := cmp.Diff(before, snapshot(t, filepath.Dir(d.Path))); diff != "" {
		t.Errorf("the run was stopped, and yet wrote: %s", diff)
	}
	return diags
}

// snapshot reads a folder: files with their text, links with their target, empty folders as "/".
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || name == dir {
			return err
		}
		rel, _ := filepath.Rel(dir, name)
		switch {
		case e.IsDir():
			if entries, _ := os.ReadDir(name); len(entries) == 0 {
				out[rel] = "/"
			}
		case e.Type()&fs.ModeSymlink != 0:
			out[rel], err = os.Readlink(name)
		default:
			var data []byte
			data, err = os.ReadFile(name)
			out[rel] = string(data)
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return out
}

func put(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func expect(t *testing.T, d Dir, files map[string]string) {
	t.Helper()
	got := snapshot(t, filepath.Dir(d.Path))
	delete(got, "dist/"+LockName)
	if diff := cmp.Diff(files, got); diff != "" {
		t.Errorf("tree (-want +got):\n%s", diff)
	}
}

func TestWriteCreatesChangesAndDeletes(t *testing.T) {
	d := newDir(t)
	write(t, d, want(part(t, "helm", map[string]string{"chart/a": "a\n", "chart/b": "b\n", "chart/deep/er/c": "c\n"})))
	expect(t, d, map[string]string{"dist/chart/a": "a\n", "dist/chart/b": "b\n", "dist/chart/deep/er/c": "c\n"})

	plan := write(t, d, want(part(t, "helm", map[string]string{"chart/a": "a\n", "chart/b": "B\n", "new": "n\n"})))
	expect(t, d, map[string]string{"dist/chart/a": "a\n", "dist/chart/b": "B\n", "dist/new": "n\n"})
	got := map[Action]int{}
	for _, a := range []Action{Same, Create, Change, Delete} {
		got[a] = plan.Count("helm", a)
	}
	if diff := cmp.Diff(map[Action]int{Same: 1, Create: 1, Change: 1, Delete: 1}, got); diff != "" {
		t.Error(diff)
	}
}

func TestWriteTouchesNothingThatIsUpToDate(t *testing.T) {
	d := newDir(t)
	w := want(part(t, "helm", map[string]string{"a": "a\n", "b": "b\n"}))
	write(t, d, w)
	old := mtimes(t, filepath.Dir(d.Path))
	if plan := write(t, d, w); !plan.UpToDate() {
		t.Error("the second run had something to do")
	}
	if diff := cmp.Diff(old, mtimes(t, filepath.Dir(d.Path))); diff != "" {
		t.Errorf("times changed: %s", diff)
	}
	write(t, d, want(part(t, "helm", map[string]string{"a": "a\n", "b": "B\n"})))
	if now := mtimes(t, d.Path); now["a"] != old["dist/a"] {
		t.Error("a was rewritten though it is unchanged")
	}
}

func mtimes(t *testing.T, dir string) map[string]int64 {
	t.Helper()
	out := map[string]int64{}
	for _, pattern := range []string{"", "*", "*/*"} {
		names, _ := filepath.Glob(filepath.Join(dir, pattern))
		for _, name := range names {
			info, err := os.Stat(name)
			if err != nil {
				t.Fatal(err)
			}
			rel, _ := filepath.Rel(dir, name)
			out[rel] = info.ModTime().UnixNano()
		}
	}
	return out
}

func TestLockIsSortedAndHoldsNothingElse(t *testing.T) {
	d := newDir(t)
	write(t, d, want(part(t, "olm", map[string]string{"bundle/x": "x"}), part(t, "helm", map[string]string{"b": "", "a": ""})))
	data, err := os.ReadFile(filepath.Join(d.Path, LockName))
	if err != nil {
		t.Fatal(err)
	}
	const empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	const x = "sha256:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
	wantText := "# " + lockComment + "\n" + strings.Join([]string{
		"targets:", "  helm:", "    files:", "      a: " + empty, "      b: " + empty, "    input: sha256:00",
		"  olm:", "    files:", "      bundle/x: " + x, "    input: sha256:00", "version: 1", "",
	}, "\n")
	if diff := cmp.Diff(wantText, string(data)); diff != "" {
		t.Error(diff)
	}
}

func TestForeignFilesSurvive(t *testing.T) {
	for name, foreign := range map[string]string{
		"beside opc's files": "dist/chart/mine", "in a folder of their own": "dist/notes/mine", "in the root": "dist/mine",
	} {
		t.Run(name, func(t *testing.T) {
			d := newDir(t)
			write(t, d, want(part(t, "helm", map[string]string{"chart/a": "a\n", "chart/b": "b\n"})))
			put(t, filepath.Join(filepath.Dir(d.Path), foreign), "mine")
			write(t, d, want(part(t, "helm", map[string]string{"other": "o\n"})))
			expect(t, d, map[string]string{"dist/other": "o\n", foreign: "mine"})
		})
	}
}

func TestPartialKeepsOtherTargets(t *testing.T) {
	d := newDir(t)
	helm, olm := part(t, "helm", map[string]string{"chart/a": "a\n"}), part(t, "olm", map[string]string{"bundle/a": "a\n"})
	write(t, d, want(helm, olm))
	w := want(part(t, "helm", map[string]string{"chart/b": "b\n"}))
	w.Partial = true
	plan := write(t, d, w)
	expect(t, d, map[string]string{"dist/chart/b": "b\n", "dist/bundle/a": "a\n"})
	if n := plan.Count("olm", Same, Create, Change, Delete); n != 0 {
		t.Errorf("%d files of a target that was not asked for are planned", n)
	}
	write(t, d, want(part(t, "helm", map[string]string{"chart/b": "b\n"})))
	expect(t, d, map[string]string{"dist/chart/b": "b\n"})
}

func TestPartialTakesOverAFileOfAnotherTarget(t *testing.T) {
	d := newDir(t)
	write(t, d, want(part(t, "manifests", map[string]string{"install.yaml": "a\n"})))
	w := want(part(t, "kustomize", map[string]string{"install.yaml": "b\n"}))
	w.Partial = true
	write(t, d, w)
	data, _ := os.ReadFile(filepath.Join(d.Path, LockName))
	if n := strings.Count(string(data), "install.yaml"); n != 1 {
		t.Errorf("the lock names install.yaml %d times:\n%s", n, data)
	}
}

func TestFileGivesWayToFolderAndBack(t *testing.T) {
	d := newDir(t)
	file, folder := map[string]string{"bundle": "b\n"}, map[string]string{"bundle/a": "a\n"}
	for _, foreign := range []bool{false, true} {
		if foreign {
			put(t, filepath.Join(d.Path, "notes", "mine"), "mine") // now the journal is the way
		}
		write(t, d, want(part(t, "olm", file)))
		write(t, d, want(part(t, "olm", folder)))
		write(t, d, want(part(t, "olm", file)))
		if got := snapshot(t, d.Path)["bundle"]; got != "b\n" {
			t.Errorf("foreign %v: bundle is %q", foreign, got)
		}
	}
}
