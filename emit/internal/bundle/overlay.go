package bundle

import (
	"maps"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/schema/diag"
)

// overlay lays the raw overlay of the description over the ClusterServiceVersion, last, so that whatever opc derives
// can be replaced or removed. What the overlay says was said there, and nowhere else.
func (b *builder) overlay() {
	if len(b.m.OLM.CSV) == 0 {
		return
	}
	b.csv = model.Merge(b.csv, b.m.OLM.CSV)
	if meta, ok := b.csv["metadata"].(map[string]any); ok {
		for _, field := range []string{"labels", "annotations"} {
			if empty(meta[field]) {
				delete(meta, field)
			}
		}
	}
	for _, pointer := range leaves(b.m.OLM.CSV, "") {
		b.origins = slices.DeleteFunc(b.origins, func(o emit.Origin) bool {
			return o.Pointer == pointer || strings.HasPrefix(o.Pointer, pointer+"/")
		})
		b.whole(pointer, diag.Path("/olm/csv").Join(pointer))
	}
}

// manifests puts objects in that the description wants in the bundle just as they are, last, so that whatever opc makes
// can be replaced.
func (b *Bundle) manifests(objects []model.Object) {
	for _, o := range objects {
		alike := func(other model.Object) bool { return same(other, o) }
		if i := slices.IndexFunc(b.CRDs, alike); i >= 0 {
			b.CRDs[i].Node, b.CRDs[i].Tree, b.CRDs[i].Origins = o.Node, o.Tree, o.Origins
			continue
		}
		b.Objects = append(slices.DeleteFunc(b.Objects, alike), o)
	}
}

// leaves lists pointers to the values of a tree that are no maps, in order.
func leaves(t model.Tree, at string) []string {
	var out []string
	for _, key := range slices.Sorted(maps.Keys(t)) {
		pointer := at + "/" + diag.Escape(key)
		if inner, ok := t[key].(map[string]any); ok {
			out = append(out, leaves(inner, pointer)...)
			continue
		}
		out = append(out, pointer)
	}
	return out
}
