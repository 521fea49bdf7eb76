package sink

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/schema/diag"
)

func TestEditedFileStopsTheRun(t *testing.T) {
	d := newDir(t)
	write(t, d, want(part(t, "helm", map[string]string{"a": "name: x\nimage: one\n", "b": "b\n"})))
	put(t, filepath.Join(d.Path, "a"), "name: x\nimage: two\n")
	w := want(part(t, "helm", map[string]string{"a": "name: x\nimage: one\n", "b": "B\n"}))

	found := refused(t, d, w)
	wantFound := diag.List{{
		Code: diag.OutputEdited, Severity: diag.Error, Pos: diag.Pos{File: "dist/a", Line: 2, Col: 1},
		Message: "edited since opc wrote it",
		Hint:    "make the change in the description instead, or discard it with --force",
		Related: []diag.Related{{Path: "/image", Message: "this part is generated from here"}},
	}}
	if diff := cmp.Diff(wantFound, found); diff != "" {
		t.Error(diff)
	}
	plan, _, _ := d.Plan(w)
	wantDiff := "--- a/dist/a\n+++ b/dist/a\n@@ -1,2 +1,2 @@\n name: x\n-image: two\n+image: one\n"
	if diff := cmp.Diff(wantDiff, string(plan.Diff(Edited))); diff != "" {
		t.Error(diff)
	}

	w.Force = true
	write(t, d, w)
	expect(t, d, map[string]string{"dist/a": "name: x\nimage: one\n", "dist/b": "B\n"})
}

func TestEditThatTheDescriptionNowSaysIsNoEdit(t *testing.T) {
	d := newDir(t)
	write(t, d, want(part(t, "helm", map[string]string{"a": "one\n"})))
	put(t, filepath.Join(d.Path, "a"), "two\n")
	write(t, d, want(part(t, "helm", map[string]string{"a": "two\n"})))
}

func TestLineEndsAreNoEdit(t *testing.T) {
	d := newDir(t)
	write(t, d, want(part(t, "helm", map[string]string{"a": "one\ntwo\n"})))
	put(t, filepath.Join(d.Path, "a"), "one\r\ntwo\r\n")
	write(t, d, want(part(t, "helm", map[string]string{"a": "one\nthree\n"})))
	expect(t, d, map[string]string{"dist/a": "one\nthree\n"})
}

func TestEditedFileIsNotDeleted(t *testing.T) {
	d := newDir(t)
	write(t, d, want(part(t, "helm", map[string]string{"a": "a\n", "b": "b\n"})))
	put(t, filepath.Join(d.Path, "a"), "mine\n")
	w := want(part(t, "helm", map[string]string{"b": "b\n"}))
	found := refused(t, d, w)
	if found[0].Code != diag.OutputEdited || !strings.Contains(found[0].Message, "would be deleted now") {
		t.Error(found)
	}
	w.Force = true
	write(t, d, w)
	expect(t, d, map[string]string{"dist/b": "b\n"})
}

func TestForeignFileInTheWay(t *testing.T) {
	d := newDir(t)
	put(t, filepath.Join(d.Path, "Dockerfile"), "FROM mine\n")
	w := want(part(t, "dockerfile", map[string]string{"Dockerfile": "FROM scratch\n"}))
	if found := refused(t, d, w); found[0].Code != diag.OutputForeign || found[0].Pos.File != "dist/Dockerfile" {
		t.Error(found)
	}
	w.Force = true
	write(t, d, w)
	expect(t, d, map[string]string{"dist/Dockerfile": "FROM scratch\n"})
}

func TestForeignFileWithTheSameTextIsAdopted(t *testing.T) {
	d := newDir(t)
	put(t, filepath.Join(d.Path, "Dockerfile"), "FROM scratch\n")
	write(t, d, want(part(t, "dockerfile", map[string]string{"Dockerfile": "FROM scratch\n"})))
	write(t, d, want(part(t, "dockerfile", map[string]string{"Other": "FROM scratch\n"})))
	expect(t, d, map[string]string{"dist/Other": "FROM scratch\n"})
}

func TestFoldersAndFilesInTheWayCanNotBeForced(t *testing.T) {
	for name, mine := range map[string]string{"a folder": "dist/chart/a/mine", "a file": "dist/chart"} {
		t.Run(name, func(t *testing.T) {
			d := newDir(t)
			put(t, filepath.Join(filepath.Dir(d.Path), mine), "mine")
			w := want(part(t, "helm", map[string]string{"chart/a": "a\n"}))
			w.Force = true
			if found := refused(t, d, w); found[0].Code != diag.OutputForeign {
				t.Error(found)
			}
		})
	}
}

func TestLinksAreNotWrittenThrough(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need rights on Windows")
	}
	for name, link := range map[string]string{"file": "dist/chart/a", "folder": "dist/chart"} {
		t.Run(name, func(t *testing.T) {
			d := newDir(t)
			outside := filepath.Join(filepath.Dir(d.Path), "outside")
			put(t, filepath.Join(outside, "a"), "a\n")
			at := filepath.Join(filepath.Dir(d.Path), link)
			if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(outside, at); err != nil {
				t.Fatal(err)
			}
			w := want(part(t, "helm", map[string]string{"chart/a": "new\n"}))
			if found := refused(t, d, w); found[0].Code != diag.OutputForeign {
				t.Error(found)
			}
		})
	}
}

// TestInTheWayOfAFolder puts something else where a folder that is read as a whole begins: it is one finding, and what
// stands there is neither followed nor taken for opc's.
func TestInTheWayOfAFolder(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need rights on Windows")
	}
	prepare := map[string]func(t *testing.T, at string){
		"a link out": func(t *testing.T, at string) {
			outside := t.TempDir()
			put(t, filepath.Join(outside, "crds", "mine"), "mine")
			link(t, outside, at)
		},
		"a link inside": func(t *testing.T, at string) {
			put(t, filepath.Join(filepath.Dir(at), "other", "crds", "mine"), "mine")
			link(t, "other", at)
		},
		"a link to nothing": func(t *testing.T, at string) { link(t, "nowhere", at) },
		"a file":            func(t *testing.T, at string) { put(t, at, "mine") },
	}
	for name, f := range prepare {
		t.Run(name, func(t *testing.T) {
			d := newDir(t)
			if err := os.MkdirAll(d.Path, 0o755); err != nil {
				t.Fatal(err)
			}
			f(t, filepath.Join(d.Path, "chart"))
			w := want(part(t, "helm", map[string]string{"chart/a": "a\n", "chart/templates/b": "b\n", "c": "c\n"}))
			w.Whole = []string{"chart/crds", "chart/templates"}
			found := refused(t, d, w)
			if len(found) != 1 || found[0].Code != diag.OutputForeign || found[0].Pos.File != d.Label+"/chart" || !strings.Contains(found[0].Message, "chart/a and 1 more") {
				t.Error(found)
			}

			// Where opc writes nothing below it, it is a stranger among what is installed.
			w = want(part(t, "helm", map[string]string{"c": "c\n"}))
			w.Whole = []string{"chart/crds", "chart/templates"}
			p, found, err := d.Plan(w)
			if err != nil || len(found) > 0 {
				t.Fatal(found, err)
			}
			if found = p.Findings(); len(found) != 1 || found[0].Severity != diag.Warning || found[0].Pos.File != d.Label+"/chart" {
				t.Error(found)
			}
		})
	}
}

func link(t *testing.T, to, at string) {
	t.Helper()
	if err := os.Symlink(to, at); err != nil {
		t.Fatal(err)
	}
}

func TestLinkedFileIsReplacedByForce(t *testing.T) {
	d := newDir(t)
	outside := filepath.Join(filepath.Dir(d.Path), "outside")
	put(t, outside, "mine\n")
	put(t, filepath.Join(d.Path, "keep"), "k")
	if err := os.Symlink(outside, filepath.Join(d.Path, "a")); err != nil {
		t.Skipf("symbolic links can't be made here: %v", err)
	}
	w := want(part(t, "helm", map[string]string{"a": "new\n"}))
	w.Force = true
	write(t, d, w)
	expect(t, d, map[string]string{"outside": "mine\n", "dist/a": "new\n", "dist/keep": "k"})
}

func TestUnusableFolders(t *testing.T) {
	inputs := []string{}
	tests := []struct {
		name    string
		prepare func(t *testing.T, d *Dir)
		message string
	}{
		{"a file", func(t *testing.T, d *Dir) { put(t, d.Path, "") }, "it is a file"},
		{"below a file", func(t *testing.T, d *Dir) {
			put(t, d.Path, "")
			d.Path = filepath.Join(d.Path, "dist")
		}, "not a directory"},
		{"a link to nothing", func(t *testing.T, d *Dir) {
			if err := os.Symlink("nowhere", d.Path); err != nil {
				t.Skipf("symbolic links can't be made here: %v", err)
			}
		}, "link to nothing"},
		{"in .git", func(t *testing.T, d *Dir) { d.Path = filepath.Join(d.Path, ".git", "dist") }, "Git repository"},
		{"read-only", func(t *testing.T, d *Dir) {
			if err := os.Mkdir(d.Path, 0o555); err != nil {
				t.Fatal(err)
			}
		}, "permission denied"},
		{"read-only below", func(t *testing.T, d *Dir) {
			put(t, filepath.Join(d.Path, "chart", "mine"), "")
			if err := os.Chmod(filepath.Join(d.Path, "chart"), 0o555); err != nil {
				t.Fatal(err)
			}
		}, "permission denied"},
		{"broken lock", func(t *testing.T, d *Dir) { put(t, filepath.Join(d.Path, LockName), "nonsense") }, "opc.lock can't be read"},
		{"lock in conflict", func(t *testing.T, d *Dir) {
			put(t, filepath.Join(d.Path, LockName), "<<<<<<< HEAD\nversion: 1\n")
		}, "conflict marks"},
		{"newer lock", func(t *testing.T, d *Dir) { put(t, filepath.Join(d.Path, LockName), "version: 2\n") }, "its version is 2"},
		{"lock that leads out", func(t *testing.T, d *Dir) {
			put(t, filepath.Join(d.Path, LockName), "version: 1\ntargets: {x: {files: {../secret: sha256:y}}}\n")
		}, "not a file that opc writes"},
		{"input in the way", func(t *testing.T, d *Dir) {
			put(t, filepath.Join(d.Path, "chart", "a"), "input")
			inputs = []string{filepath.Join(d.Path, "chart", "a")}
		}, "chart/a in it is one of the files that the description is read from"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := newDir(t)
			test.prepare(t, &d)
			w := want(part(t, "helm", map[string]string{"chart/a": "a\n"}))
			w.Inputs = inputs
			found := refused(t, d, w)
			if found[0].Code != diag.OutputUnusable || !strings.Contains(found[0].Message, test.message) {
				t.Errorf("got %v, want %q", found, test.message)
			}
		})
	}
}

func TestRootOfTheFileSystemIsRefused(t *testing.T) {
	d := Dir{Path: filepath.VolumeName(os.TempDir()) + string(filepath.Separator), Label: "root"}
	_, found, err := d.Plan(want(part(t, "helm", map[string]string{"chart/a": "a\n"})))
	if err != nil || len(found) != 1 || found[0].Code != diag.OutputUnusable {
		t.Error(found, err)
	}
}

func TestForceReplacesABrokenLock(t *testing.T) {
	d := newDir(t)
	put(t, filepath.Join(d.Path, LockName), "nonsense")
	w := want(part(t, "helm", map[string]string{"a": "a\n"}))
	w.Force = true
	write(t, d, w)
	write(t, d, want(part(t, "helm", map[string]string{"b": "b\n"})))
	expect(t, d, map[string]string{"dist/b": "b\n"})
}

func TestReservedNamesAreRefused(t *testing.T) {
	for _, name := range []string{LockName, ".opc/journal"} {
		d := newDir(t)
		if _, _, err := d.Plan(want(part(t, "bad", map[string]string{name: ""}))); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestCancelledRunLeavesNothingBehind(t *testing.T) {
	for _, foreign := range []bool{false, true} { // the swap, then the journal
		d := newDir(t)
		write(t, d, want(part(t, "helm", map[string]string{"a": "a\n", "b": "b\n"})))
		if foreign {
			put(t, filepath.Join(d.Path, "notes", "mine"), "mine")
		}
		before := snapshot(t, filepath.Dir(d.Path))
		for n := range 20 {
			ctx, cancel := context.WithCancel(context.Background())
			d.fault = func(string, string) error {
				if n--; n == 0 {
					cancel()
				}
				return nil
			}
			_, _, err := d.Write(ctx, want(part(t, "helm", map[string]string{"a": "A\n", "c": "c\n"})))
			if err == nil {
				break // from here on the run was past the point of no return
			}
			if diff := cmp.Diff(before, snapshot(t, filepath.Dir(d.Path))); diff != "" {
				t.Fatalf("foreign %v, cancelled at step %d: %s", foreign, n, diff)
			}
			cancel()
		}
	}
}
