package tree

import (
	"slices"
	"strings"
)

// Guard says where a part of a document stands: a disjunction of conjunctions of expressions that are true or not. The
// zero Guard always holds.
type Guard struct{ any [][]atom }

type atom struct {
	expr Expr
	not  bool
}

func (a atom) String() string {
	if a.not {
		return "not " + a.expr.in(scope{root: "."}, true)
	}
	return a.expr.String()
}

// If holds where an expression is true: not false, zero or empty.
func If(e Expr) Guard { return Guard{[][]atom{{{expr: e}}}} }

// String writes the guard as the condition of an if at the top of a template; "" always holds.
func (g Guard) String() string { return g.text(scope{root: "."}) }

// Not holds where the guard does not. The guard must not be the one that always holds.
func (g Guard) Not() Guard {
	var out Guard
	for _, all := range g.any {
		var none Guard
		for _, a := range all {
			none = none.or(Guard{[][]atom{{{expr: a.expr, not: !a.not}}}})
		}
		out = out.And(none)
	}
	return out
}

// And holds where both guards do.
func (g Guard) And(h Guard) Guard {
	if g.always() {
		return h
	}
	if h.always() {
		return g
	}
	var out [][]atom
	for _, a := range g.any {
		for _, b := range h.any {
			out = append(out, conjunction(a, b))
		}
	}
	return Guard{absorb(out)}
}

// Or holds where one of the guards does.
func (g Guard) Or(h Guard) Guard {
	if g.always() || h.always() {
		return Guard{}
	}
	return g.or(h).whole()
}

// or takes the zero Guard for one that never holds; ask whole of the last result.
func (g Guard) or(h Guard) Guard { return Guard{absorb(slices.Concat(g.any, h.any))} }

// whole finds conjunctions that differ only in whether one atom holds, and takes the atom away: a part that stands one
// way or the other always stands.
func (g Guard) whole() Guard {
	for i, a := range g.any {
		for _, b := range g.any[i+1:] {
			common, ok := resolve(a, b)
			if !ok {
				continue
			}
			if len(common) == 0 {
				return Guard{}
			}
			return Guard{absorb(append(slices.Clone(g.any), common))}.whole()
		}
	}
	return g
}

// resolve is what two conjunctions share, if they differ only in whether one atom holds.
func resolve(a, b []atom) ([]atom, bool) {
	if len(a) != len(b) {
		return nil, false
	}
	var common []atom
	opposites := 0
	for _, x := range a {
		switch {
		case contains(b, x):
			common = append(common, x)
		case contains(b, atom{x.expr, !x.not}):
			opposites++
		default:
			return nil, false
		}
	}
	return common, opposites == 1
}

func (g Guard) always() bool { return len(g.any) == 0 }

// conjunction joins two lists of atoms, each once, in the order in which they were said.
func conjunction(a, b []atom) []atom {
	out := slices.Clone(a)
	for _, x := range b {
		if !contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}

func contains(list []atom, x atom) bool {
	return slices.ContainsFunc(list, func(a atom) bool { return a.String() == x.String() })
}

// absorb removes conjunctions that hold only where another one does too.
func absorb(list [][]atom) [][]atom {
	var out [][]atom
	for i, c := range list {
		weaker := func(j int) bool {
			d := list[j]
			if len(d) > len(c) || len(d) == len(c) && j >= i {
				return false
			}
			return !slices.ContainsFunc(d, func(a atom) bool { return !contains(c, a) })
		}
		if !slices.ContainsFunc(indexes(len(list)), weaker) {
			out = append(out, c)
		}
	}
	return out
}

func indexes(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// given removes what is known to hold.
func (g Guard) given(known map[string]bool) Guard {
	var out Guard
	for _, all := range g.any {
		rest := slices.DeleteFunc(slices.Clone(all), func(a atom) bool { return known[a.String()] })
		if len(rest) == 0 {
			return Guard{}
		}
		out.any = append(out.any, rest)
	}
	return Guard{absorb(out.any)}
}

// known adds what holds inside a block under the guard.
func (g Guard) known(before map[string]bool) map[string]bool {
	if len(g.any) != 1 {
		return before
	}
	out := map[string]bool{}
	for k := range before {
		out[k] = true
	}
	for _, a := range g.any[0] {
		out[a.String()] = true
	}
	return out
}

// single is the expression that the guard asks for alone, if it does.
func (g Guard) single() (Expr, bool) {
	if len(g.any) != 1 || len(g.any[0]) != 1 || g.any[0][0].not {
		return Expr{}, false
	}
	return g.any[0][0].expr, true
}

// opposite reports whether the guard holds exactly where the other does not, for the simple case.
func (g Guard) opposite(h Guard) bool {
	one := func(g Guard) bool { return len(g.any) == 1 && len(g.any[0]) == 1 }
	if !one(g) || !one(h) {
		return false
	}
	a, b := g.any[0][0], h.any[0][0]
	return a.not != b.not && a.expr.String() == b.expr.String()
}

func (g Guard) equal(h Guard) bool { return g.String() == h.String() }

// text writes the guard as the condition of an if.
func (g Guard) text(s scope) string {
	if g.always() {
		return ""
	}
	all := make([]string, len(g.any))
	for i, c := range g.any {
		all[i] = join("and", atoms(c, s), len(g.any) > 1)
	}
	return join("or", all, false)
}

func atoms(c []atom, s scope) []string {
	out := make([]string, len(c))
	for i, a := range c {
		out[i] = a.expr.in(s, a.not || len(c) > 1)
		if a.not {
			out[i] = "not " + out[i]
			if len(c) > 1 {
				out[i] = "(" + out[i] + ")"
			}
		}
	}
	return out
}

// join writes several conditions as the arguments of a function, one as it is.
func join(function string, list []string, nested bool) string {
	out := strings.Join(list, " ")
	if len(list) > 1 {
		out = function + " " + out
	}
	if nested && strings.Contains(out, " ") {
		return "(" + out + ")"
	}
	return out
}
