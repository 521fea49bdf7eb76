package importer

import (
	"cmp"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler"
)

// matcher finds the values of the new chart that do what values of the source do.
type matcher struct {
	*prober
	values tree // its values.yaml
	under  tree // what is changed of them throughout
	base   map[string]tree
	known  []*knob // what values does, once somebody asks
}

// knobs are the values of the new chart, and what they do.
func (m *matcher) knobs() []*knob {
	if m.known == nil {
		m.known = m.knobsIn(m.values, m.under, nil)
	}
	return m.known
}

func (h *helm) matcher(n *renewed) (*matcher, bool) {
	p := &prober{rendering: n.rendering, view: h.probeView, chance: h.chance, schema: n.schema}
	if n.values == nil {
		return nil, false
	}
	base, ok := p.with(nil)
	if !ok {
		return nil, false
	}
	return &matcher{prober: p, values: n.values.tree, base: base}, true
}

// sameEffect reports whether two effects are the same.
func sameEffect(a, b []change) bool {
	if len(a) != len(b) {
		return false
	}
	keys := map[string]bool{}
	for _, c := range a {
		keys[c.key()] = true
	}
	return !slices.ContainsFunc(b, func(c change) bool { return !keys[c.key()] })
}

// match is the name of the value, or values, that do just what a knob does; "" where there is none.
func (m *matcher) match(k *knob) string {
	for _, candidate := range m.candidates(k) {
		if sameEffect(k.effect, m.effect(m.base, m.under, candidate.path, k.tried)) {
			return candidate.name()
		}
	}
	return m.matchImage(k)
}

// on is a matcher that has switches of the source on, as far as the new chart has them.
func (m *matcher) on(with []*knob, carried map[*knob]string) *matcher {
	values := tree{}
	for _, k := range with {
		if name := carried[k]; name != "" {
			put(values, true, strings.Split(name, ".")...)
		}
	}
	base, ok := m.with(values)
	if !ok {
		return nil
	}
	return &matcher{prober: m.prober, values: m.values, base: base, under: values}
}

// candidates are the new chart's knobs that touch what a knob touches, those first that touch just the same.
func (m *matcher) candidates(k *knob) []*knob {
	touched := map[string]bool{}
	for _, c := range k.effect {
		touched[c.place+"\x00"+c.at()] = true
	}
	overlap := func(other *knob) int {
		n := 0
		for _, c := range other.effect {
			for at := c.at(); ; at = at[:strings.LastIndexByte(at, 0)] {
				if touched[c.place+"\x00"+at] {
					n++
					break
				}
				if !strings.Contains(at, "\x00") {
					break
				}
			}
		}
		return n
	}
	score := func(other *knob) int { return len(other.effect) + len(k.effect) - 2*overlap(other) }
	var out []*knob
	for _, other := range m.knobs() {
		if len(other.effect) > 0 && overlap(other) > 0 && kindOf(other.tried) == kindOf(k.tried) {
			out = append(out, other)
		}
	}
	apart := func(other *knob) int { // its own name, another, one that is shared with other charts
		switch {
		case other.name() == k.name():
			return 0
		case other.path[0] == "global":
			return 2
		}
		return 1
	}
	slices.SortStableFunc(out, func(a, b *knob) int { return cmp.Or(score(a)-score(b), apart(a)-apart(b)) })
	return out[:min(len(out), 6)]
}

// kindOf tells lists, maps and scalars apart: Helm complains of one where another was.
func kindOf(v any) string {
	switch v.(type) {
	case tree:
		return "map"
	case []any:
		return "list"
	}
	return "scalar"
}

// matchImage finds the values of an image whose reference a knob changes, in whatever parts the knob says it.
func (m *matcher) matchImage(k *knob) string {
	for _, c := range k.effect {
		if len(c.path) == 0 || c.path[len(c.path)-1] != "image" || text(c.is) != text(k.effect[0].is) {
			return ""
		}
	}
	repository, tag, digest, ok := compiler.ParseImage(text(k.effect[0].is))
	if !ok {
		return ""
	}
	for _, candidate := range m.candidates(k) {
		last := len(candidate.path) - 1
		if last < 1 || candidate.path[last] != "repository" {
			continue
		}
		group := candidate.path[:last]
		values := clone(m.under)
		if values == nil {
			values = tree{}
		}
		put(values, tree{"repository": repository, "tag": tag, "digest": digest}, group...)
		now, ok := m.with(values)
		if ok && sameEffect(k.effect, m.changes(m.base, now)) {
			return strings.Join(group, ".")
		}
	}
	return ""
}
