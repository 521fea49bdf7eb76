package importer

import (
	"maps"
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/kube/equal"
)

// tree is a part of an object, or of a description.
type tree = map[string]any

func get(t tree, path ...string) any { return model.At(t, path...) }

func text(v any) string { return kube.Text(v) }

func object(v any) tree { return kube.Map(v) }

func list(v any) []any { return kube.List(v) }

// maps of a list; what is no map is left out.
func trees(v any) []tree {
	var out []tree
	for _, e := range list(v) {
		if t, ok := e.(tree); ok {
			out = append(out, t)
		}
	}
	return out
}

func texts(v any) []string {
	var out []string
	for _, e := range list(v) {
		if t, ok := e.(string); ok {
			out = append(out, t)
		}
	}
	return out
}

func anys[T any](l []T) []any {
	out := make([]any, len(l))
	for i, e := range l {
		out[i] = e
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// put sets a field at a path and makes the maps above it.
func put(t tree, value any, path ...string) {
	for _, name := range path[:len(path)-1] {
		next, ok := t[name].(tree)
		if !ok {
			next = tree{}
			t[name] = next
		}
		t = next
	}
	t[path[len(path)-1]] = value
}

// some sets a field unless its value says nothing.
func some(t tree, name string, value any) {
	if !nothing(value) {
		t[name] = value
	}
}

func nothing(v any) bool {
	switch x := v.(type) {
	case nil:
		return true
	case string:
		return x == ""
	case tree:
		return len(x) == 0
	case []any:
		return len(x) == 0
	case []string:
		return len(x) == 0
	}
	return false
}

func clone(t tree) tree { return model.Clone(t) }

// same reports whether two values of a field mean the same.
func same(field string, a, b any) bool { return equal.Same(field, a, b) }
