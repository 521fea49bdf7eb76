package schema

import (
	"slices"
	"strings"

	"github.com/opc-project/opc/schema/diag"
)

// nearest returns the known name that a misspelt one was most likely meant as, or "".
func nearest(name string, known []string) string { return within(1+len(name)/3, name, known) }

// within is nearest with a limit on the number of letters that differ.
func within(limit int, name string, known []string) string {
	best := ""
	for _, k := range known {
		if strings.EqualFold(k, name) {
			return k
		}
		if d := distance(strings.ToLower(name), strings.ToLower(k)); d <= limit && (best == "" || d < limit) {
			best, limit = k, d
		}
	}
	return best
}

// intended returns the field that an unknown one was meant as: by its spelling, by another name of a field, or one that
// belongs elsewhere, as a path then. What is certain comes before what is only alike.
func intended(p diag.Path, t *typ, name string) string {
	if near := within(min(2, 1+len(name)/4), name, t.names()); near != "" {
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
	if near := nearest(name, t.names()); near != "" {
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

// distance is the number of letters to insert, delete, replace or swap (Damerau-Levenshtein, adjacent swaps).
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
