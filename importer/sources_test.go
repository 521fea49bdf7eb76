package importer

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/emit/all"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify"
)

// TestSources imports the small installs and bundles of testdata/sources. Each holds what is allowed in a cluster or a
// bundle and is seldom seen. Its description comes back equal, is as short as want.cue shows, and compiles without an
// error. The comment of an archive lists, after its first paragraph, what import and the proof report.
func TestSources(t *testing.T) {
	archives, err := filepath.Glob(filepath.Join("testdata", "sources", "*.txtar"))
	if err != nil || len(archives) == 0 {
		t.Fatal("there are no sources", err)
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
			r, faults := importedAs(fsys)
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
			got := append(told(faults), told(proof(t, r))...)
			if diff := cmp.Diff(strings.TrimSpace(reported), strings.Join(got, "\n")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func importedAs(fsys fstest.MapFS) (*Result, diag.List) {
	opts := Options{Format: "cue", Verify: true}
	if _, ok := fsys["install.yaml"]; ok {
		return Manifests(fsys, []string{"install.yaml"}, Facts{}, opts)
	}
	return Bundle(fsys, opts)
}

// proof is what a compile of the description reports; an error fails the test.
func proof(t *testing.T, r *Result) diag.List {
	t.Helper()
	m, diags := compile(r.Name, r.Text, r.Files, r.Base)
	if diags.HasErrors() {
		t.Fatal(told(diags))
	}
	files := &emit.FileSet{}
	for _, target := range all.Targets {
		made, more := target.Emit(m)
		diags = append(diags, more...)
		if made == nil {
			continue
		}
		if err := files.Merge(made); err != nil {
			t.Fatal(err)
		}
	}
	out := append(diags, verify.Check(t.Context(), m, files, verify.Options{})...)
	for _, d := range out {
		if d.Severity == diag.Error {
			t.Errorf("%s: %s [%s]", d.Path, d.Message, d.Code)
		}
	}
	return out
}
