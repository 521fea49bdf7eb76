package model

import (
	"strconv"
	"strings"

	"github.com/opc-project/opc/schema/diag"
)

// ObjOrigin says which part of an object came from where; Pointer is a JSON pointer into Tree, "" for all of it.
type ObjOrigin struct {
	Pointer string
	From    diag.Path
	Whole   bool // what stands below Pointer was said below From, under the same names
}

// Trace finds where a part of the object was said.
func (o Object) Trace(pointer string) diag.Path {
	best, length := o.From, -1
	for _, origin := range o.Origins {
		if len(origin.Pointer) > length && Within(pointer, origin.Pointer) {
			best, length = origin.From, len(origin.Pointer)
			if origin.Whole {
				best = best.Join(pointer[length:])
			}
		}
	}
	return best
}

// Within reports whether a JSON pointer is another, or leads to a part of what it leads to.
func Within(pointer, above string) bool {
	rest, ok := strings.CutPrefix(pointer, above)
	return ok && (rest == "" || rest[0] == '/')
}

// AsSaid are the origins of an object that the description, or a file that it names, holds as it is.
func AsSaid(from diag.Path) []ObjOrigin { return []ObjOrigin{{From: from, Whole: true}} }

// Object is the definition as an object that is installed; its tree may be resolved already.
func (c CRD) Object(tree Tree) Object {
	return Object{Node: c.Node, Cluster: true, File: c.File, Tree: tree, Origins: AsSaid(c.From)}
}

// resolvedOrigins are the origins of what is left of an object in a scope: parts that are left out have none, and entries of
// lists move up where entries before them are left out.
func (s *Scope) resolvedOrigins(tree Tree, origins []ObjOrigin) []ObjOrigin {
	var out []ObjOrigin
	for _, o := range origins {
		if pointer, ok := s.moved(tree, o.Pointer); ok {
			o.Pointer = pointer
			out = append(out, o)
		}
	}
	return out
}

// moved is where a part of an unresolved tree stands in a scope. A part that the tree does not have has its place all the
// same: its origin is that of a part around it.
func (s *Scope) moved(tree Tree, pointer string) (string, bool) {
	var out strings.Builder
	var at any = map[string]any(tree)
	for _, elem := range diag.Path(pointer).Elems() {
		switch t := at.(type) {
		case map[string]any:
			at = t[elem]
		case []any:
			i, err := strconv.Atoi(elem)
			if err != nil || i >= len(t) {
				return "", false
			}
			elem, at = strconv.Itoa(s.left(t[:i])), t[i]
		}
		var cond Cond
		if cond, at = Condition(at); !cond.Holds(s.On) {
			return "", false
		}
		out.WriteString("/" + diag.Escape(elem))
	}
	return out.String(), true
}

// left counts the entries of a list that are not left out.
func (s *Scope) left(list []any) int {
	n := 0
	for _, e := range list {
		if cond, _ := Condition(e); cond.Holds(s.On) {
			n++
		}
	}
	return n
}
