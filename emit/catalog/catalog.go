// Package catalog writes the file-based catalog: the package, its channels and the bundle of this version
// (https://olm.operatorframework.io/docs/reference/file-based-catalogs/), alone or added to a catalog that exists. What
// stands in the existing catalog stays as it is. operator-registry's own code reads it and judges the result. Start at
// run.
package catalog

import (
	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/emit/internal/bundle"
	"github.com/opc-project/opc/schema/diag"
)

// Target writes the file-based catalog.
var Target = &emit.Target{
	Name: "catalog",
	Doc:  "File-based catalog for OLM, new or added to an existing one.",
	Emit: run,

	Outputs: []string{"catalog"},
	Whole:   []string{"catalog"},
}

// writer builds the catalog of one version.
type writer struct {
	m     *model.Operator
	csv   model.Tree
	blobs []blob
	files emit.FileSet
	diags diag.List
}

func (w *writer) add(d ...diag.Diagnostic) { w.diags = append(w.diags, d...) }

func run(m *model.Operator) (*emit.FileSet, diag.List) {
	// What a bundle can't express is told by the target that writes it.
	b, _ := bundle.Make(m)
	w := &writer{m: m, csv: b.CSV}
	if m.OLM.BundleImage == "" || m.OLM.BundleImage[0] == '-' {
		w.add(diag.Warnf(diag.NotExpressible, "/olm/bundleImage", "there is no catalog, since it would not know the bundle's image").
			WithHint("say olm: bundleImage: \"registry.example.com/team/%s-bundle:v%s\"", m.Name, m.Version))
		return &w.files, w.diags
	}
	if !w.read() {
		return &w.files, w.diags
	}
	w.bundle(b)
	w.channels()
	w.deprecations()
	w.pkg()
	w.write()
	if !w.diags.HasErrors() {
		w.graph()
	}
	if !w.diags.HasErrors() {
		w.judge()
	}
	if w.diags.HasErrors() {
		return &emit.FileSet{}, w.diags // a catalog with faults would be served as it is
	}
	return &w.files, w.diags
}
