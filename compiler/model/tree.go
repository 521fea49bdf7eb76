package model

import (
	"maps"

	"github.com/opc-project/opc/kube"
)

// Clone copies a tree.
func Clone(t Tree) Tree { return kube.Clone(t) }

// Merge lays a patch over a tree as RFC 7386 (JSON Merge Patch) says: maps are merged, null removes, all else replaces.
// Neither argument is changed.
func Merge(t, patch Tree) Tree {
	out := maps.Clone(t)
	if out == nil {
		out = Tree{}
	}
	for k, p := range patch {
		switch p := p.(type) {
		case nil:
			delete(out, k)
		case map[string]any:
			old := kube.Map(out[k])
			out[k] = Merge(old, p)
		default:
			out[k] = kube.CloneValue(p)
		}
	}
	return out
}

// Walk calls f for every string of a tree, with the fields above it (list indexes left out), and replaces it by what f
// returns. The tree is changed in place; only values are visited, not field names.
func Walk(v any, f func(path []string, text string) string) any { return walk(v, nil, f) }

func walk(v any, path []string, f func([]string, string) string) any {
	switch t := v.(type) {
	case map[string]any:
		for k, e := range t {
			t[k] = walk(e, append(path, k), f)
		}
	case []any:
		for i, e := range t {
			t[i] = walk(e, path, f)
		}
	case string:
		return f(path, t)
	}
	return v
}

// At returns the value at a path of field names, or nil.
func At(t Tree, path ...string) any { return kube.At(t, path...) }
