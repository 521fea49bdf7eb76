package importer

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestProjects describes the small projects of testdata/projects. Each is one that a maintainer could have, and one that
// a first version of opc did not take in: its description comes back equal, and is as short as want.cue shows. The
// comment of an archive lists, after its first paragraph, what init reports.
func TestProjects(t *testing.T) {
	archives, err := filepath.Glob(filepath.Join("testdata", "projects", "*.txtar"))
	if err != nil || len(archives) == 0 {
		t.Fatal("there are no projects", err)
	}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			fsys, want := fstest.MapFS{}, ""
			for _, f := range archive.Files {
				if f.Name == "want.cue" {
					want = string(f.Data)
					continue
				}
				fsys[f.Name] = &fstest.MapFile{Data: f.Data, Mode: 0o644}
			}
			r, faults := Init(fsys, "pot", Options{Format: "cue", Verify: true})
			if r == nil {
				t.Fatalf("refused: %v", told(faults))
			}
			for _, u := range r.Unequal {
				t.Error(u)
			}
			if diff := cmp.Diff(want, string(r.Text)); diff != "" {
				if os.Getenv("OPC_UPDATE") == "" {
					t.Error(diff)
				}
				update(t, name, archive, r.Text)
			}
			_, reported, _ := strings.Cut(string(archive.Comment), "\n\n")
			got := append(told(faults), r.Assumed...)
			if diff := cmp.Diff(strings.TrimSpace(reported), strings.Join(got, "\n")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// update writes the description of a project into its archive, if that was asked for.
func update(t *testing.T, name string, archive *txtar.Archive, text []byte) {
	t.Helper()
	if os.Getenv("OPC_UPDATE") == "" {
		return
	}
	for i, f := range archive.Files {
		if f.Name == "want.cue" {
			archive.Files[i].Data = text
			if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}
