package importer

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/opc-project/opc/kube/equal"
)

// A proposal is a knob with what it could be in the description.
type proposal struct {
	knob    *knob
	becomes string // value of the new chart

	parameter *parameter
	feature   *feature
	watch     *watch
}

// name is that of the parameter or feature.
func (p *proposal) name() string {
	switch {
	case p.parameter != nil:
		return p.parameter.name
	case p.feature != nil:
		return p.feature.name
	}
	return ""
}

// proposals are what the knobs that are left could be. A name is given once.
// Those that do something only with switches on, which base is rendered with, can set fields alone.
func (h *helm) proposals(d *draft, left []*knob, base map[string]tree) []*proposal {
	taken := map[string]bool{}
	for _, name := range chartNames {
		taken[name] = true
	}
	for _, p := range h.parameters {
		taken[p.name] = true
	}
	for _, f := range h.features {
		taken[f.name] = true
	}
	var out []*proposal
	for _, k := range left {
		if p := h.proposalOf(d, k, base); p != nil {
			switch {
			case p.parameter != nil:
				p.parameter.name = nameOf(k.path, taken)
				p.becomes = "parameters." + p.parameter.name
			case p.feature != nil:
				p.feature.name = nameOf(k.path, taken)
				p.becomes = p.feature.name + ".enabled"
			}
			out = append(out, p)
		}
	}
	nest(out)
	return sayable(out, h.parameters)
}

// proposalOf is what a knob could be, without a name; nil where nothing is left that was not tried. What does something only
// with switches on can set fields alone.
func (h *helm) proposalOf(d *draft, k *knob, base map[string]tree) *proposal {
	ways := []func() *proposal{
		func() *proposal {
			if w := h.watchOf(d, k); w != nil && h.watch == nil {
				return &proposal{knob: k, becomes: "watchNamespaces", watch: w}
			}
			return nil
		},
		func() *proposal {
			if p := h.parameterOf(d, k); p != nil {
				return &proposal{knob: k, parameter: p}
			}
			return nil
		},
		func() *proposal {
			if f := h.featureOf(d, k); f != nil {
				return &proposal{knob: k, feature: f}
			}
			return nil
		},
		func() *proposal {
			if p := h.setsOf(d, base, k); p != nil {
				return &proposal{knob: k, parameter: p}
			}
			return nil
		},
	}
	if len(k.with) > 0 {
		h.passed[k] = max(h.passed[k], len(ways)-1)
	}
	for h.passed[k] < len(ways) {
		if p := ways[h.passed[k]](); p != nil {
			return p
		}
		h.passed[k]++
	}
	return nil
}

// sayable leaves out parameters that share a field with others in a way that no text can say.
func sayable(all []*proposal, before []*parameter) []*proposal {
	parameters := slices.Clone(before)
	for _, p := range all {
		if p.parameter != nil {
			parameters = append(parameters, p.parameter)
		}
	}
	_, unsayable := jointTexts(parameters)
	return slices.DeleteFunc(all, func(p *proposal) bool { return unsayable[p.parameter] })
}

// chartNames are names that a feature or parameter had better not have: a chart of opc has them, or may come to have
// them, for other things.
var chartNames = []string{"enabled", "create", "install", "name", "image", "metrics", "serviceMonitor", "networkPolicy", "podDisruptionBudget",
	"webhook", "certManager", "crds", "rbac", "serviceAccount", "resources", "global", "test", "workloads", "parameters", "strategy", "affinity", "tolerations"}

// tellsEnough reports whether the end of a value's path says what it is without what stands above: several words do, such
// as logLevel, and one such as enable, port or type does not.
func tellsEnough(path []string) bool {
	return strings.ContainsFunc(path[0], func(r rune) bool { return r >= 'A' && r <= 'Z' || r == '-' || r == '_' })
}

// nameOf makes a name in camelCase of the end of a value's path: as short as is not taken.
func nameOf(path []string, taken map[string]bool) string {
	if n := len(path) - 1; n > 0 && slices.Contains([]string{"enabled", "create", "install", "value"}, path[n]) {
		path = path[:n]
	}
	for n := len(path) - 1; n >= 0; n-- {
		if n > 0 && !tellsEnough(path[n:]) {
			continue
		}
		if name := camel(path[n:]); name != "" && !taken[name] {
			taken[name] = true
			return name
		}
	}
	base := camel(path)
	if base == "" {
		base = "value"
	}
	name := base
	for n := 2; taken[name]; n++ {
		name = fmt.Sprintf("%s%d", base, n)
	}
	taken[name] = true
	return name
}

// camel joins words in camelCase.
func camel(words []string) string {
	var out strings.Builder
	upper := false
	for _, w := range words {
		upper = out.Len() > 0
		for _, r := range w {
			switch {
			case r >= '0' && r <= '9' && out.Len() > 0, r >= 'a' && r <= 'z' && !upper, r >= 'A' && r <= 'Z' && out.Len() > 0:
				out.WriteRune(r)
			case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z':
				if upper {
					out.WriteString(strings.ToUpper(string(r)))
				} else {
					out.WriteString(strings.ToLower(string(r)))
				}
			default:
				upper = true
				continue
			}
			upper = false
		}
	}
	return out.String()
}

// apply puts proposals into what the draft is made of, and drafts anew.
func (h *helm) apply(d *draft, all []*proposal) {
	for _, p := range all {
		switch {
		case p.parameter != nil:
			h.parameters = append(h.parameters, p.parameter)
		case p.watch != nil:
			h.watch = p.watch
		default:
			h.features = append(h.features, p.feature)
		}
	}
	slices.SortFunc(h.parameters, func(a, b *parameter) int { return strings.Compare(a.name, b.name) })
	slices.SortFunc(h.features, func(a, b *feature) int { return strings.Compare(a.name, b.name) })
	o := h.managerOf(d)
	for _, p := range h.parameters {
		p.intoSource(o)
	}
	h.reread(d)
}

// managerOf is the object of the manager.
func (h *helm) managerOf(d *draft) *document {
	if len(d.workloads) == 0 {
		return nil
	}
	i := slices.IndexFunc(d.src.objects, func(o *document) bool { return d.workloadOf(o) == d.workloads[0] })
	if i < 0 {
		return nil
	}
	return d.src.objects[i]
}

// reread takes the objects again, after they were changed, and drafts anew.
func (h *helm) reread(d *draft) {
	loss, form, facts := h.loss, d.src.form, *d.src.facts
	d.src = h.installed(slices.Clone(d.src.objects), facts)
	h.loss = loss // it was told the first time
	d.src.form, d.src.chart = form, h.meta.tree
	d.csv = equal.Pruned(d.src.normal[d.src.csv])
	d.propose()
	d.secure()
}

// savedDraft is what a draft can go back to.
type savedDraft struct {
	raw           map[string]bool
	extra, unlike map[*document]bool
	trees         map[*document]tree
	parameters    []*parameter
	features      []*feature
	watch         *watch
}

func (h *helm) saved(d *draft) savedDraft {
	s := savedDraft{raw: maps.Clone(d.raw), extra: maps.Clone(d.extra), unlike: maps.Clone(d.unlike), trees: map[*document]tree{}}
	for _, o := range d.src.objects {
		s.trees[o] = clone(o.tree)
	}
	s.parameters, s.features, s.watch = slices.Clone(h.parameters), slices.Clone(h.features), h.watch
	return s
}

// restore goes back, also to the parameters and features that there were.
func (h *helm) restore(d *draft, s savedDraft) {
	d.raw, d.extra, d.unlike = maps.Clone(s.raw), maps.Clone(s.extra), maps.Clone(s.unlike)
	h.parameters, h.features, h.watch = slices.Clone(s.parameters), slices.Clone(s.features), s.watch
	for o, t := range s.trees {
		o.tree = clone(t)
	}
	h.reread(d)
}
