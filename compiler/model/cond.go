package model

import (
	"slices"
	"strings"
)

// Cond is a conjunction of feature names, each plain ("metrics": the feature is on) or negated ("!certManager"). It is
// sorted, and empty when always true. Some names are not features but facts of an installer: AtomOLM holds where OLM
// installs; AtomWatchSome holds where the operator watches some namespaces and not all; AtomGiven where a parameter has a
// value.
type Cond []string

// Atoms that are facts of the installer, not features.
const (
	AtomOLM       = "olm"
	AtomWatchSome = "watchSome"
)

// atomParameter begins the atoms that hold where a parameter has a value.
const atomParameter = "parameter:"

// AtomGiven holds where a parameter has a value that is not empty, false or 0.
func AtomGiven(parameter string) string { return atomParameter + parameter }

// GivenParameter is the parameter that an atom is about.
func GivenParameter(atom string) (name string, ok bool) {
	return strings.CutPrefix(atom, atomParameter)
}

// All is the condition that every one of the given atoms holds.
func All(atoms ...string) Cond {
	out := slices.Clone(atoms)
	slices.Sort(out)
	return slices.Compact(out)
}

// And is the condition that both hold.
func (c Cond) And(d Cond) Cond { return All(append(slices.Clone(c), d...)...) }

// ParseCond reads what String wrote.
func ParseCond(s string) Cond {
	if s == "" {
		return nil
	}
	return All(strings.Split(s, ",")...)
}

// String joins the atoms by commas.
func (c Cond) String() string { return strings.Join(c, ",") }

// Holds reports whether the condition holds where exactly the named atoms are on.
func (c Cond) Holds(on map[string]bool) bool {
	for _, atom := range c {
		name, negated := strings.CutPrefix(atom, "!")
		if on[name] == negated {
			return false
		}
	}
	return true
}

// Split returns the names that must be on and those that must be off.
func (c Cond) Split() (on, off []string) {
	for _, atom := range c {
		if name, negated := strings.CutPrefix(atom, "!"); negated {
			off = append(off, name)
		} else {
			on = append(on, atom)
		}
	}
	return on, off
}

// Assume removes the atoms whose truth is known. possible is false when one of them contradicts the condition, which
// then never holds.
func (c Cond) Assume(known map[string]bool) (rest Cond, possible bool) {
	for _, atom := range c {
		name, negated := strings.CutPrefix(atom, "!")
		value, ok := known[name]
		if !ok {
			rest = append(rest, atom)
			continue
		}
		if value == negated {
			return nil, false
		}
	}
	return rest, true
}
