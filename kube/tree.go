package kube

import (
	"strconv"

	"github.com/opc-project/opc/schema/diag"
)

// Tree is an object, or a part of one, as plain JSON: map[string]any, []any, string, bool, int64, float64, nil.
type Tree = map[string]any

// Clone copies a tree.
func Clone(t Tree) Tree { c, _ := CloneValue(t).(Tree); return c }

// CloneValue copies any part of a tree.
func CloneValue(v any) any {
	switch t := v.(type) {
	case map[string]any:
		if t == nil {
			return t
		}
		out := make(map[string]any, len(t))
		for k, e := range t {
			out[k] = CloneValue(e)
		}
		return out
	case []any:
		out := make([]any, len(t))
		for i, e := range t {
			out[i] = CloneValue(e)
		}
		return out
	}
	return v
}

// At returns the value at a path of field names, or nil.
func At(t Tree, path ...string) any {
	var v any = t
	for _, name := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[name]
	}
	return v
}

// Map is a value that should be a map, or nil.
func Map(v any) Tree { t, _ := v.(Tree); return t }

// List is a value that should be a list, or nil.
func List(v any) []any { l, _ := v.([]any); return l }

// Text is a value that should be a text, or "".
func Text(v any) string { s, _ := v.(string); return s }

// Get returns the value at a JSON pointer, through maps and lists, or nil.
func Get(v any, pointer string) any { return Along(v, diag.Path(pointer).Elems()) }

// Along returns the value at the names of fields and the indices of elements, or nil.
func Along(v any, elems []string) any {
	for _, elem := range elems {
		switch t := v.(type) {
		case map[string]any:
			v = t[elem]
		case []any:
			i, err := strconv.Atoi(elem)
			if err != nil || i < 0 || i >= len(t) {
				return nil
			}
			v = t[i]
		default:
			return nil
		}
	}
	return v
}

// MetaString returns a text of an object's metadata, or "".
func MetaString(t Tree, field string) string {
	s, _ := At(t, "metadata", field).(string)
	return s
}
