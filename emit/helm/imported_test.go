package helm_test

import (
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit/helm"
	"github.com/opc-project/opc/importer"
)

// TestChartsOfImportedOperators imports real bundles, whose authors never thought of opc, and holds their charts to the
// model and to Helm's linter.
func TestChartsOfImportedOperators(t *testing.T) {
	bundles, err := filepath.Glob(filepath.Join(helm.Shared(t), "corpus", "*", "*", "manifests"))
	if err != nil || len(bundles) == 0 {
		t.Skip("there is no corpus of bundles")
	}
	charts := 0
	for _, manifests := range bundles {
		dir := filepath.Dir(manifests)
		t.Run(filepath.Base(filepath.Dir(dir))+" "+filepath.Base(dir), func(t *testing.T) {
			imported, diags := importer.Bundle(os.DirFS(dir), importer.Options{Format: "yaml"})
			if imported == nil {
				t.Skip(diags)
			}
			fsys := fstest.MapFS{imported.Name: {Data: imported.Text}}
			for name, data := range imported.Files {
				fsys[name] = &fstest.MapFile{Data: data}
			}
			m := helm.LowerFS(t, fsys)
			all, some := helm.Variants(m), map[string]model.Overlay{}
			for _, name := range []string{"default", "all on", "all off", "watch one", "elsewhere", "resources"} {
				if ov, ok := all[name]; ok {
					some[name] = ov
				}
			}
			helm.HoldsToModel(t, m, some)
			files, _ := helm.Target.Emit(m)
			for _, fault := range helm.LintStrict(t, files.Sub("chart")) {
				t.Error(fault)
			}
			charts++
		})
	}
	if charts < len(bundles)/2 {
		t.Errorf("only %d charts of %d bundles", charts, len(bundles))
	}
}
