package olm

import (
	"fmt"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/emit/internal/bundle"
)

// manifests writes one file for each object: OLM's tools read only the first document of a file.
func (w *writer) manifests(b *bundle.Bundle) {
	for _, c := range b.CRDs {
		w.object(c.File, c)
	}
	for _, o := range b.Objects {
		w.object(fileName(o), o)
	}
}

// fileName names a manifest as operator-sdk does: by name, group, version and kind.
func fileName(o model.Object) string {
	clean := strings.NewReplacer(":", "-", "/", "_").Replace
	return clean(fmt.Sprintf("%s_%s_%s", o.Name(), o.APIVersion(), strings.ToLower(o.Kind())))
}

func (w *writer) object(file string, o model.Object) {
	w.file(manifestsDir+file+".yaml", emit.YAML(o.Tree, ""), emit.ObjectOrigins(o)...)
}
