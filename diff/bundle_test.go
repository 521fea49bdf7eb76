package diff_test

import (
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/opc-project/opc/compiler"
	"github.com/opc-project/opc/diff"
	"github.com/opc-project/opc/emit/olm"
	"github.com/opc-project/opc/schema"
)

// TestDescriptionAgainstItsOwnBundle holds every description of the cases and examples against the bundle that it
// compiles to: nothing changed.
func TestDescriptionAgainstItsOwnBundle(t *testing.T) {
	for _, pattern := range []string{"../testdata/cases/*/operator.*", "../examples/*/operator.cue"} {
		found, _ := filepath.Glob(pattern)
		for _, file := range found {
			dir := filepath.Dir(file)
			t.Run(filepath.Base(dir), func(t *testing.T) {
				doc, list := schema.Load(os.DirFS(dir), filepath.Base(file), schema.Options{})
				if list.HasErrors() {
					t.Fatal(list)
				}
				m, list := compiler.Lower(t.Context(), doc, os.DirFS(dir), compiler.Options{})
				if list.HasErrors() {
					t.Fatal(list)
				}
				set, list := olm.Target.Emit(m)
				if list.HasErrors() {
					t.Fatal(list)
				}
				files := fstest.MapFS{}
				for _, name := range set.Names() {
					f, _ := set.File(name)
					files[name] = &fstest.MapFile{Data: f.Data}
				}
				sub, err := files.Sub("bundle")
				if err != nil {
					t.Fatal(err)
				}
				back := importedFrom(t, sub, dir)
				for _, f := range diff.Judge(back, m, diff.Options{OLM: true}).Findings {
					if filepath.Base(dir) == "raw" && f.Path == "meta/maturity" {
						continue // its raw overlay takes it out of the bundle
					}
					t.Errorf("%s: %s [%s]", f.ID, f.Message, f.Path)
					for _, c := range f.Changes {
						t.Logf("    %s: %s -> %s", c.Path, diff.Short(c.Old), diff.Short(c.New))
					}
				}
			})
		}
	}
}
