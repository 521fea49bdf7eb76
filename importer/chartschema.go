package importer

import (
	"slices"
	"strings"

	"github.com/opc-project/opc/schema/diag"
)

// maxReferences is how many references of a schema are followed in a row at most: they can lead in a circle.
const maxReferences = 32

// schemaAt is the part of a values schema that speaks of a value, with references followed.
func schemaAt(root tree, path []string) tree {
	s := settled(root, root)
	for _, name := range path {
		s = settled(root, object(get(s, "properties", name)))
	}
	return s
}

// settled is what a part of a schema refers to. Of alternatives, which charts use to allow null, it is the first other one.
func settled(root, s tree) tree {
	for range maxReferences {
		if ref, ok := strings.CutPrefix(text(s["$ref"]), "#"); ok {
			s = object(get(root, diag.Path(ref).Elems()...))
			continue
		}
		i, choices := -1, trees(s["anyOf"])
		if choices = append(choices, trees(s["oneOf"])...); s["properties"] == nil && s["enum"] == nil {
			i = slices.IndexFunc(choices, func(c tree) bool { return c["type"] != "null" })
		}
		if i < 0 {
			return s
		}
		s = choices[i]
	}
	return nil
}
