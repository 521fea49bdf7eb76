package diff_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/opc-project/opc/compiler"
	"github.com/opc-project/opc/compiler/model"
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
				m := describedIn(t, os.DirFS(dir), filepath.Base(file))
				back := importedFrom(t, bundleOf(t, m), dir)
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

// TestBundleLacksWhatOLMRefuses holds a description against its own bundle, which has neither an object of a kind that
// OLM refuses nor one of another namespace, while what it can carry is still compared.
func TestBundleLacksWhatOLMRefuses(t *testing.T) {
	const text = `
name: kiln
version: 1.0.0
description: Fires pots.
image: registry.example.com/kiln:1.0.0
objects:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: glaze}, data: {colour: white}}
- {apiVersion: v1, kind: ConfigMap, metadata: {name: glaze, namespace: pottery}, data: {colour: white}}
- apiVersion: apps/v1
  kind: StatefulSet
  metadata: {name: shelf}
  spec:
    serviceName: shelf
    selector: {matchLabels: {part: shelf}}
    template: {metadata: {labels: {part: shelf}}, spec: {containers: [{name: shelf, image: "registry.example.com/shelf:2"}]}}
`
	m := describedIn(t, fstest.MapFS{"operator.yaml": {Data: []byte(text)}}, "operator.yaml")
	back := importedFrom(t, bundleOf(t, m), t.TempDir())
	for _, f := range diff.Judge(back, m, diff.Options{OLM: true}).Findings {
		t.Errorf("%s: %s [%s]", f.ID, f.Message, f.Path)
	}
	other := describedIn(t, fstest.MapFS{"operator.yaml": {Data: []byte(strings.ReplaceAll(text, "white", "blue"))}}, "operator.yaml")
	found := diff.Judge(back, other, diff.Options{OLM: true}).Findings
	if len(found) != 1 || found[0].Path != "objects/ConfigMap/glaze/data/colour" {
		t.Errorf("of an object that the bundle holds and that changed it is said: %v", found)
	}
}

// describedIn reads the description in a folder.
func describedIn(t *testing.T, files fs.FS, name string) *model.Operator {
	t.Helper()
	doc, list := schema.Load(files, name, schema.Options{})
	if list.HasErrors() {
		t.Fatal(list)
	}
	m, list := compiler.Lower(t.Context(), doc, files, compiler.Options{})
	if list.HasErrors() {
		t.Fatal(list)
	}
	return m
}

// bundleOf is the bundle that a description compiles to.
func bundleOf(t *testing.T, m *model.Operator) fs.FS {
	t.Helper()
	set, list := olm.Target.Emit(m)
	if list.HasErrors() {
		t.Fatal(list)
	}
	sub, err := fs.Sub(set.FS(), "bundle")
	if err != nil {
		t.Fatal(err)
	}
	return sub
}
