package schema

import (
	"fmt"
	"slices"

	"github.com/opc-project/opc/schema/diag"
)

// Help is what the language says of a field, for people who write one.
type Help struct {
	Name     string
	Type     string // in words, such as "text" or "a list"
	Doc      string
	Required bool
	Until    string   // of a deprecated field: the day on which it ends, and what to write instead
	Values   []string // all that it may be, where these are few
}

// HelpOf returns what the language says of the field at a path; of an element, what it says of its list. ok is false
// where the language does not look, as inside of objects of Kubernetes.
func HelpOf(p diag.Path) (help Help, ok bool) {
	elems := p.Elems()
	for ; len(elems) > 0; elems = elems[:len(elems)-1] {
		name, parent := elems[len(elems)-1], operator().at(elems[:len(elems)-1])
		if parent == nil {
			return Help{}, false
		}
		for _, arm := range parent.alternatives() {
			if f := arm.field(name); f != nil {
				return f.help(), true
			}
		}
		for _, arm := range parent.alternatives() {
			if arm.each != nil {
				return Help{Name: name, Type: arm.each.words(), Doc: arm.each.doc, Values: arm.each.choices()}, true
			}
		}
		if !slices.ContainsFunc(parent.alternatives(), func(a *typ) bool { return a.elem != nil }) {
			return Help{}, false
		}
	}
	return Help{}, false
}

// FieldsAt returns the fields that a map at a path may have, in the order of the language.
func FieldsAt(p diag.Path) []Help {
	t := operator().at(p.Elems())
	if t == nil {
		return nil
	}
	var out []Help
	for _, arm := range t.alternatives() {
		for _, f := range arm.fields {
			if !slices.ContainsFunc(out, func(h Help) bool { return h.Name == f.name }) {
				out = append(out, f.help())
			}
		}
	}
	return out
}

// ValuesAt returns all that the value at a path may be, where these are few.
func ValuesAt(p diag.Path) []string {
	if t := operator().at(p.Elems()); t != nil {
		return t.choices()
	}
	return nil
}

func (f *field) help() Help {
	return Help{Name: f.name, Type: f.typ.words(), Doc: f.doc, Required: f.required, Until: f.until, Values: f.typ.choices()}
}

// choices are the values of a type that has a fixed set of them among its alternatives.
func (t *typ) choices() []string {
	var out []string
	for _, a := range t.alternatives() {
		switch {
		case a.only != nil:
			out = append(out, fmt.Sprint(a.only))
		case a.kinds == boolKind:
			out = append(out, "true", "false")
		}
	}
	return out
}
