// Package tree prints YAML in which some scalars and sub-trees are actions of Go templates, as Helm reads them. A
// document is built of nodes (node.go), whose values may be expressions (this file) and whose parts may stand under
// guards (guard.go); Print writes it (print.go). Literal text never becomes an action, whatever stands in it.
//
// The package knows nothing of operators or charts.
package tree

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

type kind int

const (
	kindField    kind = iota // a field of the template's context
	kindContext              // the context itself
	kindText                 // a literal text
	kindVariable             // a variable
	kindNumber               // a literal number
	kindCall                 // a function and its arguments
	kindPipe                 // an expression and the functions it is passed through
)

// Expr is an expression of a template, without its braces.
type Expr struct {
	kind kind
	name string   // function, literal text or variable
	path []string // of a field
	args []Expr
}

// Value is one of the chart's values, by its path.
func Value(path ...string) Expr { return Builtin(slices.Concat([]string{"Values"}, path)...) }

// Builtin is a field of Helm's context, such as Release, Name.
func Builtin(path ...string) Expr { return Expr{kind: kindField, path: path} }

// Context is the whole context, as include takes it.
func Context() Expr { return Expr{kind: kindContext} }

// Text is a literal text.
func Text(s string) Expr { return Expr{kind: kindText, name: s} }

// Variable is a variable, by its name without the dollar sign.
func Variable(name string) Expr { return Expr{kind: kindVariable, name: name} }

// Number is a literal number.
func Number(n int) Expr { return Expr{kind: kindNumber, name: strconv.Itoa(n)} }

// Call calls a function.
func Call(function string, args ...Expr) Expr {
	return Expr{kind: kindCall, name: function, args: args}
}

// To passes the expression through a function as its last argument: e | function args.
func (e Expr) To(function string, args ...Expr) Expr {
	call := Call(function, args...)
	if e.kind == kindPipe {
		return Expr{kind: kindPipe, args: append(slices.Clone(e.args), call)}
	}
	return Expr{kind: kindPipe, args: []Expr{e, call}}
}

// String writes the expression as it stands at the top of a template.
func (e Expr) String() string { return e.in(scope{root: "."}, false) }

// Argument writes the expression as the argument of a function at the top of a template.
func (e Expr) Argument() string { return e.in(scope{root: "."}, true) }

// scope is what the dot means where an expression stands.
type scope struct {
	root string          // how the context is reached: "." at the top, "$" where the dot is something else
	dot  string          // the expression that the dot stands for, as String writes it; "" at the top
	true map[string]bool // atoms that hold here, since a block around says so
}

// in writes the expression; nested puts what is not a single word into parentheses.
func (e Expr) in(s scope, nested bool) string {
	if s.dot != "" && e.String() == s.dot {
		return "."
	}
	switch e.kind {
	case kindContext:
		return s.root
	case kindText:
		return strconv.Quote(e.name)
	case kindVariable:
		return "$" + e.name
	case kindNumber:
		return e.name
	case kindField:
		return field(s.root, e.path, nested)
	}
	var out string
	switch e.kind {
	case kindPipe:
		parts := make([]string, len(e.args))
		for i, a := range e.args {
			parts[i] = a.in(s, false)
		}
		out = strings.Join(parts, " | ")
	default:
		parts := []string{e.name}
		for _, a := range e.args {
			parts = append(parts, a.in(s, true))
		}
		out = strings.Join(parts, " ")
	}
	if nested && strings.Contains(out, " ") {
		return "(" + out + ")"
	}
	return out
}

var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// field writes a path of fields. Names that are not identifiers need index.
func field(root string, path []string, nested bool) string {
	out := strings.TrimSuffix(root, ".")
	for i, name := range path {
		if identifier.MatchString(name) {
			out += "." + name
			continue
		}
		if out == "" {
			out = "."
		}
		out = "index " + out + " " + strconv.Quote(name)
		if nested || i < len(path)-1 {
			out = "(" + out + ")"
		}
	}
	return out
}

// mentions reports whether an expression, as String writes it, is a part of this one.
func (e Expr) mentions(text string) bool {
	return e.String() == text || slices.ContainsFunc(e.args, func(a Expr) bool { return a.mentions(text) })
}
