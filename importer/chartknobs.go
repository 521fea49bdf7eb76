package importer

import (
	"fmt"
	"slices"
	"strings"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// probe finds what the values of the source do.
func (h *helm) probe(d *draft) {
	h.plain = h.saved(d)
	if h.values == nil {
		return
	}
	h.old.hooks = map[string]bool{}
	old := &prober{rendering: h.old, view: h.probeView, chance: h.chance, schema: h.schema}
	h.all = h.probed(old)
	h.unfinished = old.spent > maxProbes
}

// knobs has the description say what the values of the source do: by a value that every chart of opc has, by a parameter,
// or by a feature. What remains is loss.
func (h *helm) knobs(d *draft) diag.List {
	if h.values == nil {
		return nil
	}
	carried := map[*knob]string{}
	m, faults := h.matching(d)
	if faults.HasErrors() {
		return faults
	}
	h.match(m, h.all, carried)
	for _, k := range h.all {
		if i := slices.IndexFunc(m.knobs(), func(other *knob) bool { return other.name() == k.name() }); len(k.effect) == 0 && i >= 0 {
			if other := m.knobs()[i]; len(other.effect) == 0 && same(k.path[len(k.path)-1], other.value, k.value) {
				carried[k] = k.name() // in both it does nothing by itself
			}
		}
	}
	faults = h.propose(d, h.all, carried)
	h.tell(h.all, carried)
	return faults
}

// match finds the values of a chart of opc that do what knobs do; those that do something only with switches on come
// last.
func (h *helm) match(m *matcher, all []*knob, carried map[*knob]string) {
	var on *matcher
	for _, later := range []bool{false, true} {
		for _, k := range all {
			if len(k.effect) == 0 || later != (len(k.with) > 0) || carried[k] != "" {
				continue
			}
			at := m
			if later {
				if on == nil {
					on = m.on(k.with, carried)
				}
				at = on
			}
			if at == nil {
				return
			}
			if name := at.match(k); name != "" {
				carried[k] = name
			}
		}
	}
}

// probed are the knobs of the source. What does nothing by itself is tried again with everything switched on that is off.
func (h *helm) probed(p *prober) []*knob {
	all := p.knobsIn(h.values.tree, nil, nil)
	on := tree{}
	var switches []*knob
	for _, k := range all {
		if k.value == false && len(k.effect) > 0 {
			next := clone(on)
			put(next, true, k.path...)
			if _, ok := p.with(next); ok {
				on, switches = next, append(switches, k)
			}
		}
	}
	if len(on) == 0 {
		return all
	}
	known := map[string]bool{}
	for _, k := range all {
		known[k.name()] = len(k.effect) > 0
	}
	again := map[string]*knob{}
	for _, k := range p.knobsIn(h.values.tree, on, known) {
		k.with = switches
		again[k.name()] = k
	}
	for i, k := range all {
		if other := again[k.name()]; len(k.effect) == 0 && other != nil && len(other.effect) > 0 {
			all[i] = other
		}
	}
	return all
}

// matching is what the chart does that the description compiles to now.
func (h *helm) matching(d *draft) (*matcher, diag.List) {
	m, faults := d.lowered()
	if faults.HasErrors() {
		return nil, faults
	}
	n, err := h.renew(m)
	if err != nil {
		return nil, diag.List{diag.Errorf(diag.Internal, "", "the new chart can't be read: %v", err)}
	}
	n.hooks = map[string]bool{}
	out, ok := h.matcher(n)
	if !ok {
		return nil, diag.List{diag.Errorf(diag.Internal, "", "the new chart does not render")}
	}
	return out, nil
}

// propose says parameters and features, and keeps those that turn out to do what the knobs did: first of what does
// something by itself, then of what does it only with switches on, some of which are features now.
func (h *helm) propose(d *draft, all []*knob, carried map[*knob]string) diag.List {
	for _, later := range []bool{false, true} {
		left := slices.DeleteFunc(slices.Clone(all), func(k *knob) bool {
			return len(k.effect) == 0 || carried[k] != "" || h.barred[k] != "" || later != (len(k.with) > 0)
		})
		if faults := h.proposeOf(d, left, carried); faults.HasErrors() {
			return faults
		}
	}
	return nil
}

// proposeOf is propose for some of the knobs, which have the same switches on. What turns out not to do the same, or can't
// be said, is left out the next time.
// What can't be said all at once is said in halves, so that only what is the cause is lost.
func (h *helm) proposeOf(d *draft, left []*knob, carried map[*knob]string) diag.List {
	if len(left) == 0 || len(d.src.objects) == 0 {
		return nil
	}
	on := tree{}
	for _, k := range left[0].with {
		put(on, true, k.path...)
	}
	base, err := h.old.parts(on, h.probeView)
	if err == nil {
		h.usual, err = h.old.parts(nil, h.probeView)
	}
	if err != nil {
		return nil
	}
	before := h.saved(d)
	h.passed = map[*knob]int{}
	for range 12 {
		proposed := h.proposals(d, left, base)
		if len(proposed) == 0 {
			return nil
		}
		d.refused = map[string]bool{}
		h.apply(d, proposed)
		faults := d.fit()
		good := slices.DeleteFunc(slices.Clone(proposed), func(p *proposal) bool { return d.refused[p.name()] })
		if len(good) == len(proposed) {
			var m *matcher
			if !faults.HasErrors() {
				m, faults = h.matching(d)
			}
			for _, f := range faults {
				if f.Severity == diag.Error {
					d.refuse(f)
				}
			}
			good = slices.DeleteFunc(good, func(p *proposal) bool { return d.refused[p.name()] })
			if len(good) == len(proposed) && faults.HasErrors() || d.raw["parameters"] || d.raw["features"] {
				break
			}
			if !faults.HasErrors() {
				good = m.same(good, base, left[0].with, carried)
			}
		}
		if len(good) == len(proposed) {
			for _, p := range good {
				carried[p.knob] = p.becomes
			}
			return nil
		}
		for _, p := range proposed {
			if !slices.Contains(good, p) {
				h.passed[p.knob]++ // it may be said in another way
			}
		}
		h.restore(d, before)
		if faults := d.fit(); faults.HasErrors() {
			return faults
		}
	}
	h.restore(d, before)
	if faults := d.fit(); faults.HasErrors() || len(left) == 1 {
		return faults
	}
	half := len(left) / 2
	if faults := h.proposeOf(d, left[:half], carried); faults.HasErrors() {
		return faults
	}
	return h.proposeOf(d, left[half:], carried)
}

// same are the proposals that do what their knobs did, with switches on, and nothing by their defaults. was is what the
// source renders to.
func (m *matcher) same(all []*proposal, was map[string]tree, with []*knob, carried map[*knob]string) []*proposal {
	base, under := m.base, tree(nil)
	if len(with) > 0 {
		under = tree{}
		for _, k := range with {
			if name := carried[k]; name != "" {
				put(under, true, strings.Split(name, ".")...)
			}
		}
		var ok bool
		if base, ok = m.with(under); !ok {
			return nil
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(p *proposal) bool {
		for _, c := range p.knob.effect {
			if p.parameter != nil && len(c.path) > 0 && !same("x", kube.Along(was[c.place], c.path), kube.Along(base[c.place], c.path)) {
				return true
			}
		}
		return !sameEffect(p.knob.effect, m.effect(base, under, strings.Split(p.becomes, "."), p.knob.tried))
	})
}

// tell lists what the values became, and what is lost.
func (h *helm) tell(all []*knob, carried map[*knob]string) {
	kept := 0
	var renamed []string
	for _, k := range all {
		pos := h.values.find(k.path...)
		switch name := carried[k]; {
		case name != "":
			kept++
			if name != k.name() {
				renamed = append(renamed, k.name()+" is "+name)
			}
		case h.barred[k] != "":
			h.lost(pos, "the value %s is not carried over: changing it does not work with every installer: %s", k.name(), h.barred[k])
		case len(k.effect) == 0:
			h.lost(pos, "the value %s changes nothing that was tried: it is not carried over", k.name())
		default:
			h.lost(pos, "the value %s is not carried over: %s", k.name(), described(k.effect))
		}
	}
	if h.unfinished {
		h.lost(at("values.yaml", 1), "there are too many values to try them all")
	}
	if len(all) > 0 {
		h.told = append(h.told, Found{"values", fmt.Sprintf("%d of %d are values of the new chart", kept, len(all))})
	}
	for _, r := range renamed {
		h.told = append(h.told, Found{"", r})
	}
}

// described says what a value did, by its first change.
func described(effect []change) string {
	c := effect[0]
	kind, name := apart(c.place)
	what := "it changes " + strings.Join(c.path, ".") + " of the " + kind + " " + name
	switch {
	case len(c.path) == 0 && c.is == nil:
		what = "it takes away the " + kind + " " + name
	case len(c.path) == 0:
		what = "it adds the " + kind + " " + name
	}
	if n := len(effect) - 1; n > 0 {
		what += fmt.Sprintf(", and %d more", n)
	}
	return what
}

// apart takes a place apart.
func apart(place string) (kind, name string) {
	parts := strings.SplitN(place, " ", 3)
	if len(parts) != 3 {
		return "object", place
	}
	_, name, _ = strings.Cut(parts[2], "/")
	return parts[1], name
}
