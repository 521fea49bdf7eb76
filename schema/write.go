package schema

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/opc-project/opc/schema/diag"
)

// Write prints a description as a person would: fields in the order of the language, with an empty line between groups,
// and comments above the fields they speak of. The format is cue or yaml; another is an error of the caller's.
func Write(tree map[string]any, format string, comments map[diag.Path]string) []byte {
	w := &writer{comments: comments}
	top := w.entry("", "", operator(), tree)
	switch format {
	case "cue":
		return writeCUE(top)
	case "yaml":
		return writeYAML(top)
	}
	panic("schema: there is no format " + format)
}

// writer puts a tree into order.
type writer struct{ comments map[diag.Path]string }

// entry is a value with its name, in the order in which it is printed: a map, a list or a scalar.
type entry struct {
	name    string
	comment string
	group   bool // it begins a group
	fields  []*entry
	elems   []*entry
	scalar  any
	kind    kind
}

func (w *writer) entry(p diag.Path, name string, t *typ, x any) *entry {
	e := &entry{name: name, comment: w.comments[p], kind: kindOf(x)}
	switch v := x.(type) {
	case map[string]any:
		w.fields(e, p, t, v)
	case []any:
		for i, elem := range v {
			e.elems = append(e.elems, w.entry(p.Index(i), "", elemOf(t), elem))
		}
	default:
		e.scalar = x
	}
	return e
}

// fields adds the fields of a map: first those that the language knows, in its order.
func (w *writer) fields(e *entry, p diag.Path, t *typ, x map[string]any) {
	var known []*field
	var each *typ
	if t != nil {
		var arms []*typ
		for _, a := range t.alternatives() {
			if a.kinds&mapKind != 0 {
				arms = append(arms, a)
			}
		}
		if len(arms) > 0 {
			best := bestMap(arms, x)
			known, each = best.fields, best.each
		}
	}
	done := map[string]bool{}
	group := false
	for _, f := range known {
		group = group || f.group
		if v, said := x[f.name]; said {
			child := w.entry(p.Child(f.name), f.name, f.typ, v)
			child.group, group = group && len(e.fields) > 0, false
			e.fields = append(e.fields, child)
			done[f.name] = true
		}
	}
	for _, name := range inOrder(x) {
		if !done[name] {
			e.fields = append(e.fields, w.entry(p.Child(name), name, each, x[name]))
		}
	}
}

func elemOf(t *typ) *typ {
	if t == nil {
		return nil
	}
	for _, a := range t.alternatives() {
		if a.elem != nil {
			return a.elem
		}
	}
	return nil
}

// first are the names that stand before others in maps that are in Kubernetes' words.
var first = []string{"apiVersion", "kind", "metadata", "name", "image", "command", "args"}

func inOrder(x map[string]any) []string {
	rank := func(name string) int {
		if i := slices.Index(first, name); i >= 0 {
			return i
		}
		return len(first)
	}
	out := slices.Sorted(maps.Keys(x))
	slices.SortStableFunc(out, func(a, b string) int { return rank(a) - rank(b) })
	return out
}

// commentLines splits a comment into lines. What is no visible character is a blank: it could end the comment.
func commentLines(comment string) []string {
	comment = strings.TrimRight(strings.Map(func(r rune) rune {
		if r == '\n' || unicode.IsGraphic(r) && !unicode.Is(unicode.Z, r) {
			return r
		}
		return ' '
	}, comment), "\n ")
	if comment == "" {
		return nil
	}
	return strings.Split(comment, "\n")
}
