package model

import (
	"strings"

	"github.com/opc-project/opc/kube"
)

// Trees hold plain JSON values (map[string]any, []any, string, bool, int64, float64, nil). What differs between
// installers is written inside their strings as expressions, so that a tree with expressions can still be copied,
// merged and compared as JSON. An expression stands between two runes of Unicode's private use area, which opc refuses
// in user text.
const (
	open  = "\uE000"
	close = "\uE001"
	// whenKey is the key of a map that stands in the object only under a condition.
	whenKey = open + "when" + close
	// valueKey is the key of a scalar, other than a text, that stands in the object only under a condition: it is
	// wrapped in a map of whenKey and valueKey.
	valueKey = open + "value" + close
)

// Op is the kind of an expression.
type Op string

// The expressions. An installer gives each its own value: a literal in kustomize, a template action in Helm.
const (
	OpNamespace Op = "namespace" // the namespace the operator is installed in
	OpName      Op = "name"      // an object's name: the argument is what follows the operator's own name
	OpAppName   Op = "app"       // the value of app.kubernetes.io/name
	OpManagedBy Op = "managedBy" // the value of app.kubernetes.io/managed-by
	OpImage     Op = "image"     // the operator's image, or with an argument the related image of that name
	OpParameter Op = "parameter" // the value of the parameter named by the argument, as a string
	OpValue     Op = "value"     // the value of the parameter named by the argument, in its own type: it is the whole string
	OpItems     Op = "items"     // the elements of the list that is the value of the parameter named by the argument: it is the whole string, an element of a list
	OpWatch     Op = "watch"     // the watched namespaces, joined by commas; "" is all
	OpEach      Op = "each"      // the namespace of this copy, in an object with Each set
	opWhen      Op = "when"
)

// Piece is one part of a string: literal text (Op is "") or an expression.
type Piece struct {
	Op   Op
	Arg  string
	Text string
}

// Ref writes an expression as it stands in a tree's string.
func Ref(op Op, arg string) string {
	if arg == "" {
		return open + string(op) + close
	}
	return open + string(op) + ":" + arg + close
}

// Name is the name of an object: the operator's own name with a suffix ("-controller-manager", or "").
func Name(suffix string) string { return open + string(OpName) + ":" + suffix + close }

// Suffixed changes a name that may be a Name expression: f gets the part that is literal.
func Suffixed(name string, f func(string) string) string {
	if p := Pieces(name); len(p) == 1 && p[0].Op == OpName {
		return Name(f(p[0].Arg))
	}
	return f(name)
}

// Namespace is the namespace the operator is installed in.
func Namespace() string { return Ref(OpNamespace, "") }

// HasExpr reports whether a string of user text holds the runes that expressions are written with.
func HasExpr(s string) bool { return strings.Contains(s, open) || strings.Contains(s, close) }

// Pieces splits a string of a tree into literal text and expressions. A condition in front is not part of it (see
// Condition).
func Pieces(s string) []Piece {
	var out []Piece
	for s != "" {
		i := strings.Index(s, open)
		if i < 0 {
			return append(out, Piece{Text: s})
		}
		if i > 0 {
			out = append(out, Piece{Text: s[:i]})
		}
		body, rest, found := strings.Cut(s[i+len(open):], close)
		if !found {
			return append(out, Piece{Text: s[i:]})
		}
		op, arg, _ := strings.Cut(body, ":")
		out = append(out, Piece{Op: Op(op), Arg: arg})
		s = rest
	}
	return out
}

// When puts a condition on a value: a list element or a map's field that stands in the object only where the condition
// holds. A map gets the condition as a field of its own, a string as a prefix; another value is wrapped.
func When(cond Cond, v any) any {
	if len(cond) == 0 {
		return v
	}
	switch t := v.(type) {
	case map[string]any:
		out := map[string]any{whenKey: cond.String()}
		for k, e := range t {
			out[k] = e
		}
		return out
	case string:
		return open + string(opWhen) + ":" + cond.String() + close + t
	}
	return map[string]any{whenKey: cond.String(), valueKey: v}
}

// Condition splits a value into its condition and the value without it.
func Condition(v any) (Cond, any) {
	switch t := v.(type) {
	case map[string]any:
		text, ok := t[whenKey].(string)
		if !ok {
			return nil, v
		}
		if wrapped, ok := t[valueKey]; ok {
			return ParseCond(text), wrapped
		}
		out := make(map[string]any, len(t)-1)
		for k, e := range t {
			if k != whenKey {
				out[k] = e
			}
		}
		return ParseCond(text), out
	case string:
		prefix := open + string(opWhen) + ":"
		if rest, ok := strings.CutPrefix(t, prefix); ok {
			if text, tail, ok := strings.Cut(rest, close); ok {
				return ParseCond(text), tail
			}
		}
	}
	return nil, v
}

// Readable writes the expressions of a string for people: ⟦name:-webhook-service⟧.
func Readable(s string) string {
	return strings.NewReplacer(open, "⟦", close, "⟧").Replace(s)
}

// Typed is the name of the parameter whose value, in its own type, a string stands for.
func Typed(s string) (parameter string, ok bool) { return whole(s, OpValue) }

// Items is the name of the parameter whose elements an element of a list stands for.
func Items(v any) (parameter string, ok bool) {
	s := kube.Text(v)
	return whole(s, OpItems)
}

// whole is the argument of an expression that is the whole string.
func whole(s string, op Op) (arg string, ok bool) {
	if p := Pieces(s); len(p) == 1 && p[0].Op == op {
		return p[0].Arg, true
	}
	return "", false
}
