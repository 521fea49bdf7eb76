package model

import (
	"strings"

	"github.com/opc-project/opc/kube"
)

// Scope is what one installer knows when it resolves the expressions of a tree into plain values.
type Scope struct {
	Name       string // the operator's own name, which OpName suffixes are appended to
	AppName    string // the value of app.kubernetes.io/name
	Namespace  string
	ManagedBy  string // "" leaves the label out
	Image      string
	Related    map[string]string // related image name -> reference
	Parameters map[string]string
	Types      map[string]ParameterType // of the parameters
	Watch      []string                 // watched namespaces; empty is all
	On         map[string]bool          // features that are on, and the installer's atoms
	Each       string                   // the namespace of this copy of an object with Each set
}

// String resolves the expressions of one string.
func (s *Scope) String(text string) string {
	pieces := Pieces(text)
	if len(pieces) == 1 && pieces[0].Op == "" {
		return text
	}
	var b strings.Builder
	for _, p := range pieces {
		b.WriteString(s.piece(p))
	}
	return b.String()
}

func (s *Scope) piece(p Piece) string {
	switch p.Op {
	case "":
		return p.Text
	case OpNamespace:
		return s.Namespace
	case OpName:
		return s.Name + p.Arg
	case OpAppName:
		return s.AppName
	case OpManagedBy:
		return s.ManagedBy
	case OpImage:
		if p.Arg == "" {
			return s.Image
		}
		return s.Related[p.Arg]
	case OpParameter, OpValue, OpItems:
		return s.Parameters[p.Arg]
	case OpWatch:
		return strings.Join(s.Watch, ",")
	case OpEach:
		return s.Each
	}
	panic("model: expression of unknown kind " + string(p.Op))
}

// Resolve returns a plain copy of a tree: expressions replaced by their values, parts whose condition does not hold
// left out. Maps whose every field was conditional and is left out stay as empty maps only if they were empty before.
func (s *Scope) Resolve(v any) any {
	out, _ := s.resolve(v)
	return out
}

func (s *Scope) resolve(v any) (any, bool) {
	cond, v := Condition(v)
	if !cond.Holds(s.On) {
		return nil, false
	}
	switch t := v.(type) {
	case map[string]any:
		return s.resolveMap(t), true
	case []any:
		out := make([]any, 0, len(t))
		for _, e := range t {
			if name, ok := Items(e); ok {
				elements := kube.List(s.Types[name].Value(s.Parameters[name]))
				out = append(out, elements...)
			} else if r, keep := s.resolve(e); keep {
				out = append(out, r)
			}
		}
		return out, true
	case string:
		if name, ok := Typed(t); ok {
			return s.typed(name)
		}
		return s.String(t), true
	}
	return v, true
}

// typed is the value of a parameter in its own type. A field whose text, list or map is empty is left out.
func (s *Scope) typed(name string) (any, bool) {
	v := s.Types[name].Value(s.Parameters[name])
	switch t := v.(type) {
	case string:
		return v, t != ""
	case []any:
		return v, len(t) > 0
	case map[string]any:
		return v, len(t) > 0
	}
	return v, true
}

func (s *Scope) resolveMap(t map[string]any) map[string]any {
	out := make(map[string]any, len(t))
	for k, e := range t {
		r, keep := s.resolve(e)
		if !keep || vanished(e, r) {
			continue
		}
		if k == LabelManagedBy && r == "" {
			continue
		}
		out[k] = r
	}
	return out
}

// vanished reports whether a list or map is empty only because everything in it was conditional.
func vanished(before, after any) bool {
	switch a := after.(type) {
	case []any:
		b, ok := before.([]any)
		return len(a) == 0 && ok && len(b) > 0
	case map[string]any:
		b, ok := before.(map[string]any)
		return len(a) == 0 && ok && len(b) > 0
	}
	return false
}

// Objects resolves objects: those whose condition does not hold are left out, those with Each set are copied for every
// watched namespace. The result keeps each object's other fields and its order.
func (s *Scope) Objects(objects []Object) []Object {
	var out []Object
	for _, o := range objects {
		if !o.When.Holds(s.On) {
			continue
		}
		o.Origins = s.resolvedOrigins(o.Tree, o.Origins)
		if !o.Each {
			o.Tree = kube.Map(s.Resolve(o.Tree))
			out = append(out, o)
			continue
		}
		for _, ns := range s.Watch {
			scope := *s
			scope.Each = ns
			copied := o
			copied.Tree = kube.Map(scope.Resolve(o.Tree))
			out = append(out, copied)
		}
	}
	return out
}
