// Package kustomize writes the kustomize tree: base (the operator with every feature off), one component for each set
// of features that adds or removes something, and one overlay for each that the description has.
//
// Read layer.go first: it cuts objects with conditional parts into layers, the base and the components. write.go puts
// layers into files, overlay.go makes the overlays, namespace.go carries the namespace into what kustomize's own field
// does not reach. What kustomize builds from an overlay equals model.Operator.Install; the tests hold it to that with
// the real kustomize.
package kustomize

import (
	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/schema/diag"
)

// Target writes kustomize/base, kustomize/components and kustomize/overlays.
var Target = &emit.Target{
	Name: "kustomize",
	Doc:  "kustomize base, a component for each feature, and overlays",
	Emit: run,

	Outputs: []string{"kustomize"},
}

// root is the folder of the target in the output tree.
const root = "kustomize"

// managedBy is the value of app.kubernetes.io/managed-by.
const managedBy = "kustomize"

func run(m *model.Operator) (*emit.FileSet, diag.List) {
	w := &writer{tree: cut(m), set: &emit.FileSet{}}
	for _, l := range w.sorted() {
		w.layer(l)
	}
	for _, ov := range m.Overlays {
		w.overlay(ov)
	}
	if w.diags.HasErrors() {
		return nil, w.diags
	}
	return w.set, w.diags
}
