package diff

import (
	"cmp"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema/diag"
)

// atom is the smallest part of what is granted or matched, such as group, resource, name and verb of one permission. A
// set of atoms says the same however its rules are grouped.
type atom struct {
	parts []string
	from  diag.Path
	when  model.Cond
	off   bool // a default install does not have it
}

func (a atom) key() string { return strings.Join(a.parts, "\x00") }

// atomSet is a set of atoms. covers tells whether having a means having b; it must hold for equal ones.
type atomSet struct {
	list   []atom
	covers func(a, b []string) bool
	// wider tells whether b is a with a greater reach: not a new atom then, but a changed one.
	wider func(a, b []string) bool
	exact map[string]bool // made by covered: whether a default install has the atom
}

func (s *atomSet) plain() any {
	out := make([]any, 0, len(s.list))
	for _, a := range s.list {
		out = append(out, strings.Join(a.parts, " "))
	}
	return out
}

// covered reports whether the set has what an atom says, in a default install too if the atom is in one.
func (s *atomSet) covered(b atom) bool {
	if s.exact == nil {
		s.exact = make(map[string]bool, len(s.list))
		for _, a := range s.list {
			s.exact[a.key()] = s.exact[a.key()] || !a.off
		}
	}
	if on, ok := s.exact[b.key()]; ok && (on || b.off) {
		return true
	}
	return slices.ContainsFunc(s.list, func(a atom) bool { return (!a.off || b.off) && s.covers(a.parts, b.parts) })
}

// index finds the first of the atoms that stand in relation to another.
func (s *atomSet) index(f func(a []string) bool) int {
	return slices.IndexFunc(s.list, func(a atom) bool { return f(a.parts) })
}

// atoms compares two sets: what one has and nothing of the other covers.
func (d *differ) atoms(path Path, old, new side) {
	d.missing(path, Removed, old, new)
	d.missing(path, Added, new, old)
}

// missing tells of atoms of a that b does not cover.
func (d *differ) missing(path Path, kind Kind, a, b side) {
	for _, x := range a.atoms.list {
		if b.atoms.covered(x) {
			continue
		}
		c := Change{Kind: kind, Path: path.child(x.parts...), New: "yes", OldFrom: b.place(), NewFrom: x.from, When: x.when}
		if a.atoms.wider != nil {
			if i := b.atoms.index(func(y []string) bool { return a.atoms.wider(y, x.parts) }); i >= 0 {
				y := b.atoms.list[i]
				c.Kind, c.Old, c.New, c.OldFrom = Changed, strings.Join(y.parts, " "), strings.Join(x.parts, " "), y.from
			}
		}
		if len(a.cond()) > 0 {
			c.When = a.cond().And(x.when)
		}
		c.Optional = x.off || d.optional(c.When)
		if kind == Removed {
			if c.Kind == Changed {
				c = c.Swap()
			} else {
				c.Old, c.New, c.OldFrom, c.NewFrom = "yes", nil, c.NewFrom, c.OldFrom
			}
		}
		d.changes = append(d.changes, c)
	}
}

// sorted puts atoms in order and removes those said twice.
func sorted(list []atom) []atom {
	slices.SortStableFunc(list, func(a, b atom) int {
		return cmp.Or(slices.Compare(a.parts, b.parts), cmp.Compare(a.when.String(), b.when.String()))
	})
	return slices.CompactFunc(list, func(a, b atom) bool { return slices.Equal(a.parts, b.parts) })
}
