package schema

import (
	"slices"
	"strings"

	"github.com/opc-project/opc/schema/diag"
)

// intended returns the field that an unknown one was meant as: by its spelling, by another name of a field, or one that
// belongs elsewhere, as a path then. What is certain comes before what is only alike.
func intended(p diag.Path, t *typ, name string) string {
	if near := diag.NearestWithin(min(2, 1+len(name)/4), name, t.names()); near != "" {
		return near
	}
	for _, f := range t.fields {
		if slices.Contains(f.alias, name) || len(name) > 2 && strings.HasPrefix(f.name, name) {
			return f.name
		}
	}
	if below := t.find(name, 3); below != "" {
		if p == "" {
			return below
		}
		return p.Dotted() + "." + below
	}
	if near := diag.Nearest(name, t.names()); near != "" {
		return near
	}
	return operator().find(name, 3)
}

// find looks for a name in the fields of a type, then below each.
func (t *typ) find(name string, depth int) string {
	if depth == 0 {
		return ""
	}
	for _, f := range t.fields {
		switch {
		case f.name == name || slices.Contains(f.alias, name):
			return f.name
		case slices.Contains(f.holds, name):
			return f.name + "." + name
		}
	}
	for _, f := range t.fields {
		for _, arm := range f.typ.alternatives() {
			if found := arm.find(name, depth-1); found != "" {
				return f.name + "." + found
			}
		}
	}
	return ""
}
