package kustomize

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/opc-project/opc/compiler/model"
)

// set is a set of features that are on together: their places in the model's list, ascending, with all that they
// require.
type set []int

func (s set) contains(other set) bool {
	return !slices.ContainsFunc(other, func(i int) bool { return !slices.Contains(s, i) })
}

func (s set) union(other set) set {
	out := append(slices.Clone(s), other...)
	slices.Sort(out)
	return slices.Compact(out)
}

// key makes a set usable as the key of a map.
func (s set) key() string { return fmt.Sprint([]int(s)) }

// compare orders sets by their last feature, then the one before, and so on. A subset always comes before its supersets,
// and what a later feature adds comes after what an earlier one adds, as in the objects' own lists.
func compare(a, b set) int {
	for i := 1; i <= len(a) && i <= len(b); i++ {
		if c := cmp.Compare(a[len(a)-i], b[len(b)-i]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

// features is the model's list of features, with what each requires in the end.
type features struct {
	list   []model.Feature
	closed []set
}

func newFeatures(list []model.Feature) features {
	f := features{list: list, closed: make([]set, len(list))}
	for i := range list {
		f.closed[i] = f.reach(i, nil)
	}
	return f
}

func (f features) reach(i int, seen set) set {
	if slices.Contains(seen, i) {
		return seen
	}
	seen = seen.union(set{i})
	for _, need := range f.list[i].Requires {
		if j := f.index(need); j >= 0 {
			seen = f.reach(j, seen)
		}
	}
	return seen
}

func (f features) index(name string) int {
	return slices.IndexFunc(f.list, func(g model.Feature) bool { return g.Name == name })
}

// named is the set of the named features and what they require; ok is false when one does not exist.
func (f features) named(names []string) (s set, ok bool) {
	for _, name := range names {
		i := f.index(name)
		if i < 0 {
			return nil, false
		}
		s = s.union(f.closed[i])
	}
	return s, true
}

// enabled is the set of the features that are on.
func (f features) enabled(on map[string]bool) set {
	var s set
	for i, g := range f.list {
		if on[g.Name] {
			s = append(s, i)
		}
	}
	return s
}

// on is what a model.Overlay says of a set.
func (f features) on(s set) map[string]bool {
	out := map[string]bool{}
	for i, g := range f.list {
		out[g.Name] = slices.Contains(s, i)
	}
	return out
}

// least are the features that make up a set: those that no other of the set requires.
func (f features) least(s set) []model.Feature {
	kept := slices.Clone(s)
	for _, i := range s {
		if slices.ContainsFunc(kept, func(j int) bool { return i != j && slices.Contains(f.closed[j], i) }) {
			kept = slices.DeleteFunc(kept, func(j int) bool { return j == i })
		}
	}
	var out []model.Feature
	for _, i := range kept {
		out = append(out, f.list[i])
	}
	return out
}

// folder is the name of a set's component: cert-manager, or cert-manager-and-webhook for what both add together.
func (f features) folder(s set) string {
	var names []string
	for _, g := range f.least(s) {
		names = append(names, kebab(g.Name))
	}
	return strings.Join(names, "-and-")
}

// kebab writes camelCase in small letters: networkPolicy is network-policy, enableTLS enable-tls.
func kebab(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		if unicode.IsUpper(r) && i > 0 && (!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])) {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
