package schema

import (
	"fmt"
	"slices"
	"strings"

	"cuelang.org/go/cue"
)

// alternatives flattens what the schema allows at a place: the arms of a disjunction, references followed.
func alternatives(s cue.Value) []cue.Value {
	s = cue.Dereference(s)
	op, args := s.Expr()
	if op != cue.OrOp {
		return []cue.Value{s}
	}
	var out []cue.Value
	for _, a := range args {
		out = append(out, alternatives(a)...)
	}
	return out
}

func kindOf(x any) cue.Kind {
	switch x.(type) {
	case map[string]any:
		return cue.StructKind
	case []any:
		return cue.ListKind
	case string:
		return cue.StringKind
	case bool:
		return cue.BoolKind
	case int64:
		return cue.IntKind
	case float64:
		return cue.FloatKind
	}
	return cue.NullKind
}

// bestStruct picks the arm that a map was meant as: the one that knows most of its fields.
func bestStruct(arms []cue.Value, x map[string]any) cue.Value {
	arms = slices.DeleteFunc(slices.Clone(arms), func(a cue.Value) bool {
		return a.IncompleteKind() != cue.StructKind && len(arms) > 1 && a.IncompleteKind()&^cue.StructKind != 0
	})
	score := func(s cue.Value) int {
		n := 0
		it, err := s.Fields(cue.Optional(true))
		for err == nil && it.Next() {
			if _, said := x[it.Selector().Unquoted()]; said {
				n++
			}
		}
		return n
	}
	best := arms[0]
	for _, a := range arms[1:] {
		if score(a) > score(best) {
			best = a
		}
	}
	return best
}

// bestList returns what the elements of a list may be.
func bestList(arms []cue.Value, _ []any) cue.Value {
	for _, a := range arms {
		if elem := a.LookupPath(cue.MakePath(cue.AnyIndex)); elem.Exists() {
			return elem
		}
	}
	return arms[0]
}

// wanted says in words what is allowed: the schema's @want attribute, or the choices of an enumeration.
func wanted(s cue.Value, arms []cue.Value) string {
	for _, v := range append([]cue.Value{s, cue.Dereference(s)}, arms...) {
		if a := v.Attribute("want"); a.Err() == nil {
			if text, err := a.String(0); err == nil {
				return text
			}
		}
	}
	return ""
}

// kinds says which types are allowed.
func kinds(arms []cue.Value) string {
	var names []string
	for _, a := range arms {
		k := a.IncompleteKind()
		for _, n := range []struct {
			kind cue.Kind
			name string
		}{{cue.StringKind, "a text"}, {cue.BoolKind, "true or false"}, {cue.IntKind, "a number"}, {cue.FloatKind, "a number"}, {cue.ListKind, "a list"}, {cue.StructKind, "fields"}, {cue.NullKind, "null"}} {
			if k&n.kind != 0 && !slices.Contains(names, n.name) {
				names = append(names, n.name)
			}
		}
	}
	return strings.Join(names, " or ")
}

// article names the type of a value.
func article(x any) string {
	switch t := x.(type) {
	case map[string]any:
		return "a set of fields"
	case []any:
		return "a list"
	case string:
		return "the text " + quoted(t)
	case bool:
		return fmt.Sprintf("the boolean %v", t)
	case nil:
		return "null"
	}
	return fmt.Sprintf("the number %v", x)
}

func quoted(x any) string {
	if s, ok := x.(string); ok {
		if len(s) > 60 {
			s = s[:57] + "..."
		}
		return fmt.Sprintf("%q", s)
	}
	return fmt.Sprint(x)
}

// docOf returns the first sentence of a field's comment.
func docOf(s cue.Value) string {
	for _, group := range s.Doc() {
		text := strings.Join(strings.Fields(group.Text()), " ")
		if sentence, _, found := strings.Cut(text, ". "); found {
			return strings.ToLower(sentence[:1]) + sentence[1:]
		}
		return strings.TrimSuffix(text, ".")
	}
	return ""
}
