package importer

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/kube/equal"
)

// maxProbes bounds how often a chart is rendered to find what its values do.
const maxProbes = 2000

// probed marks what a value is changed to.
const probed = "opc-probe"

// A knob is a value of a chart, and what it does.
type knob struct {
	path   []string
	value  any
	tried  any      // what it was changed to
	effect []change // of that; none where nothing that was tried changed anything
	with   []*knob  // switches that had to be on for that
}

func (k *knob) name() string { return strings.Join(k.path, ".") }

// change is one difference between two renderings.
type change struct {
	place string
	path  []string // none where the object comes or goes
	was   any
	is    any
}

// key tells changes apart by what they lead to.
func (c change) key() string {
	return c.place + "\x00" + c.at() + "\x00" + snapshotOf(c.is)
}

// at is the path within the object.
func (c change) at() string { return strings.Join(c.path, "\x00") }

// changes are the differences of two renderings, without what is left to chance.
func changes(from, to map[string]tree, chance map[string]bool) []change {
	var out []change
	for _, place := range sortedKeys(union(from, to)) {
		a, b := from[place], to[place]
		if reflect.ValueOf(a).Pointer() == reflect.ValueOf(b).Pointer() {
			continue // of the same text
		}
		for _, x := range equal.Trees(orNothing(a), orNothing(b)) {
			if c := (change{place, x.Path, x.Want, x.Got}); !chance[place+"\x00"+c.at()] {
				out = append(out, c)
			}
		}
	}
	return out
}

// prober finds out what the values of a chart do.
type prober struct {
	*rendering
	view   func(tree) tree
	chance map[string]bool
	schema tree
	spent  int
}

// with renders the chart with values, unless that was done too often already.
func (p *prober) with(values tree) (map[string]tree, bool) {
	if p.spent++; p.spent > maxProbes {
		return nil, false
	}
	out, err := p.parts(values, p.view)
	return out, err == nil
}

// effect is what a change of values does beside another.
func (p *prober) effect(base map[string]tree, under tree, path []string, value any) []change {
	values := clone(under)
	if values == nil {
		values = tree{}
	}
	put(values, value, path...)
	now, ok := p.with(values)
	if !ok {
		return nil
	}
	if value == true {
		p.settleChance(values, now)
	}
	return p.changes(base, now)
}

// settleChance finds what another rendering with the same values does not agree on: what a switch brings can be random
// too, such as a certificate. It is no effect of any value, and taken out of the rendering.
func (p *prober) settleChance(values tree, now map[string]tree) {
	again, ok := p.with(values)
	if !ok {
		return
	}
	for _, c := range changes(now, again, p.chance) {
		if len(c.path) == 0 {
			continue
		}
		p.chance[c.place+"\x00"+c.at()] = true
		now[c.place] = clone(now[c.place]) // it may be shared with other renderings
		drop(now[c.place], c.path)
	}
}

// drop takes a field of a tree, or an element of a list in it, away.
func drop(v any, path []string) {
	for _, name := range path[:len(path)-1] {
		switch t := v.(type) {
		case tree:
			v = t[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i >= len(t) {
				return
			}
			v = t[i]
		}
	}
	if t := object(v); t != nil {
		delete(t, path[len(path)-1])
	}
}

// changes are the differences of two renderings. What hooks do counts only where nothing else changes: each chart has
// hooks of its own.
func (p *prober) changes(base, now map[string]tree) []change {
	all := changes(base, now, p.chance)
	own := slices.DeleteFunc(slices.Clone(all), func(c change) bool { return p.hooks[c.place] })
	if len(own) > 0 {
		return own
	}
	return all
}

// knobsIn tries all values of a tree, in the order of their names, but for those that are known. under are values that are
// changed throughout.
func (p *prober) knobsIn(values tree, under tree, known map[string]bool) []*knob {
	base, ok := p.with(under)
	if !ok {
		return nil
	}
	if len(under) > 0 {
		p.settleChance(under, base)
	}
	var out []*knob
	var walk func(t tree, path []string)
	walk = func(t tree, path []string) {
		for _, name := range sortedKeys(t) {
			k := &knob{path: append(slices.Clone(path), name), value: t[name]}
			if known[k.name()] {
				continue
			}
			below := object(t[name])
			if len(below) > 0 {
				if !p.block(k, below, base, under) {
					walk(below, k.path)
					continue
				}
			} else {
				p.try(k, base, under)
			}
			out = append(out, k)
		}
	}
	walk(values, nil)
	return out
}

// block finds out whether a map goes into the objects as it is.
func (p *prober) block(k *knob, below tree, base map[string]tree, under tree) bool {
	tried := clone(below)
	tried[probed] = "1" // a text, and an amount of a resource
	effect := p.effect(base, under, append(slices.Clone(k.path), probed), "1")
	if len(effect) == 0 || slices.ContainsFunc(effect, func(c change) bool { return len(c.path) == 0 || c.path[len(c.path)-1] != probed }) {
		return false
	}
	if !wholeMap(below, effect, base) {
		return false
	}
	k.tried, k.effect = tried, effect
	return true
}

// wholeMap reports whether a map is a value of its own: it is all of the field that it goes into, or labels and the like,
// which are put together from several. Else its parts are values.
func wholeMap(below tree, effect []change, base map[string]tree) bool {
	for _, c := range effect {
		path := c.path[:len(c.path)-1]
		if len(path) == 0 {
			return false
		}
		if slices.Contains([]string{"labels", "matchLabels", "annotations", "nodeSelector"}, path[len(path)-1]) {
			continue
		}
		if here := kube.Along(base[c.place], path); here != nil && !sameValue(here, below) {
			return false
		}
	}
	return true
}

// try changes a value in the ways that its kind allows, until one does something.
func (p *prober) try(k *knob, base map[string]tree, under tree) {
	for _, v := range p.tries(k) {
		if k.tried == nil {
			k.tried = v
		}
		if effect := p.effect(base, under, k.path, v); len(effect) > 0 {
			k.tried, k.effect = v, effect
			p.refine(k, base, under)
			return
		}
	}
}

// otherText are texts like another that are not the same.
func otherText(s string) []any {
	switch n, err := strconv.ParseInt(s, 10, 32); {
	case err == nil:
		return []any{strconv.FormatInt(n+1, 10)}
	case s == "":
		return []any{probed, "7", "30s", "sha256:" + strings.Repeat("0", 64)}
	case s == "true":
		return []any{"false"}
	case s == "false":
		return []any{"true"}
	}
	if other := otherWord[s]; other != "" {
		return []any{other}
	}
	if strings.HasPrefix(s, "sha256:") {
		return []any{"sha256:" + strings.Repeat("0", 64)}
	}
	return []any{s + "-opc", s + "1", "7"}
}

// otherWord is another of the few words that a field of Kubernetes takes.
var otherWord = map[string]string{
	"IfNotPresent": "Always", "Always": "IfNotPresent", "Never": "Always", "Fail": "Ignore", "Ignore": "Fail", "ClusterIP": "NodePort", "NodePort": "ClusterIP",
	"RollingUpdate": "Recreate", "Recreate": "RollingUpdate", "TCP": "UDP", "ClusterFirst": "Default", "Exact": "Equivalent", "Equivalent": "Exact",
}

// snapshotOf tells values apart.
func snapshotOf(v any) string {
	return string(yamlOf(tree{"x": v}))
}
