package kustomize

import (
	"slices"
	"strconv"

	"github.com/opc-project/opc/compiler/model"
)

// addition is a scalar that is put before or behind what a list always holds.
type addition struct {
	with  set
	value any
}

// additions writes the conditional items of a list of scalars as additions at its ends, in the order of the list. It
// reports false, and does nothing, where that can't be: then the list must be replaced as a whole.
func (t *tree) additions(n int, at place, list []any, in set) bool {
	before, always, after, ok := t.split(list, in)
	if !ok || !steady(at) {
		return false
	}
	// What a later layer puts in front stands before what an earlier one put there.
	if !slices.IsSortedFunc(before, func(a, b addition) int { return compare(b.with, a.with) }) ||
		!slices.IsSortedFunc(after, func(a, b addition) int { return compare(a.with, b.with) }) {
		return false
	}
	if always == 0 {
		t.keepEmpty(n, at, in)
	}
	place := map[string]int{}
	for _, a := range before {
		p := t.layer(a.with).patch(n)
		p.ops = append(p.ops, operation{"add", at.pointer() + "/" + strconv.Itoa(place[a.with.key()]), a.value})
		place[a.with.key()]++
	}
	for _, a := range after {
		p := t.layer(a.with).patch(n)
		p.ops = append(p.ops, operation{"add", at.pointer() + "/-", a.value})
	}
	return true
}

// split sorts the items of a list into those in front of what always stands, the number of those that do, and those
// behind. ok is false when a conditional item stands between two that always do, is no scalar, or is taken away by a
// feature.
func (t *tree) split(list []any, in set) (before []addition, always int, after []addition, ok bool) {
	for _, e := range list {
		cond, plain := model.Condition(e)
		with, off, stands := t.sets(cond, in)
		switch plain.(type) {
		case map[string]any, []any:
			return nil, 0, nil, false
		}
		switch {
		case !stands:
		case len(off) > 0:
			return nil, 0, nil, false
		case compare(with, in) == 0:
			if len(after) > 0 && always > 0 {
				return nil, 0, nil, false
			}
			always++
			before = append(before, after...)
			after = nil
		default:
			after = append(after, addition{with, t.scope(with).Resolve(plain)})
		}
	}
	return before, always, after, true
}

// steady reports whether every item on the way stands at the same place whatever features are on.
func steady(at place) bool {
	return !slices.ContainsFunc(at, func(s step) bool { return s.index >= 0 && !s.steady })
}

// keepEmpty lets an empty list stand where all its items are conditional, so that something can be added to it.
func (t *tree) keepEmpty(n int, at place, in set) {
	if s := t.subjects[n]; compare(s.home, in) == 0 {
		graft(s.Tree, at, []any{})
		return
	}
	graft(t.layer(in).patch(n).merge, at, []any{})
}
