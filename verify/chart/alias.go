package chart

import (
	"maps"
	"slices"
	"strings"
)

// alias is what an expression of a template can stand for, as far as it leads to values: nothing, for text and the like.
type alias struct {
	roots  []string         // contexts of templates: where the values of their charts begin
	paths  []string         // values themselves; see below
	fields map[string]alias // the entries of a dict or list that the template made
}

// below is the path of a value in a map at a path. The values of the chart itself are at "".
func below(path, name string) string { return path + "\x00" + name }

// or is what is one of two.
func (a alias) or(b alias) alias {
	out := alias{roots: union(a.roots, b.roots), paths: union(a.paths, b.paths), fields: a.fields}
	if len(b.fields) > 0 {
		out.fields = maps.Clone(b.fields)
		for name, f := range a.fields {
			out.fields[name] = f.or(b.fields[name])
		}
	}
	return out
}

func union(a, b []string) []string {
	switch {
	case len(a) == 0:
		return b
	case len(b) == 0:
		return a
	}
	return slices.Compact(slices.Sorted(slices.Values(slices.Concat(a, b))))
}

// key tells aliases apart.
func (a alias) key() string {
	var b strings.Builder
	b.WriteString(strings.Join(a.roots, "\x01") + "\x02" + strings.Join(a.paths, "\x01") + "\x02")
	for _, name := range slices.Sorted(maps.Keys(a.fields)) {
		b.WriteString(name + "\x03" + a.fields[name].key() + "\x04")
	}
	return b.String()
}

// constant are the fields of a template's context that are the same whatever the values are.
var constant = []string{"Release", "Chart", "Capabilities", "Template", "Files"}

// methods are those of the map that holds all values: they come before its entries.
var methods = []string{"YAML", "Table", "AsMap", "PathValue", "Encode"}
