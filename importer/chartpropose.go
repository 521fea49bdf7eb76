package importer

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/opc-project/opc/importer/equal"
)

// A proposal is a knob with what it could be in the description.
type proposal struct {
	knob    *knob
	becomes string // value of the new chart

	parameter *parameter
	feature   *feature
	watch     *watch
}

// proposals are what the knobs that are left could be. A name is given once.
func (h *helm) proposals(d *draft, left []*knob) []*proposal {
	if len(d.workloads) == 0 {
		return nil
	}
	taken := map[string]bool{}
	for _, name := range chartNames {
		taken[name] = true
	}
	var out []*proposal
	for _, k := range left {
		if w := h.watchOf(d, k); w != nil && h.watch == nil {
			out = append(out, &proposal{knob: k, becomes: "watchNamespaces", watch: w})
			continue
		}
		if p := h.parameterOf(d, k); p != nil {
			p.name = nameOf(k.path, taken)
			out = append(out, &proposal{knob: k, becomes: "parameters." + p.name, parameter: p})
			continue
		}
		if f := h.featureOf(d, k); f != nil {
			f.name = nameOf(k.path, taken)
			out = append(out, &proposal{knob: k, becomes: f.name + ".enabled", feature: f})
		}
	}
	nest(out)
	return out
}

// chartNames are names that a feature or parameter had better not have: a chart of opc has them, or may come to have
// them, for other things.
var chartNames = []string{"enabled", "create", "install", "name", "image", "metrics", "serviceMonitor", "networkPolicy", "podDisruptionBudget",
	"webhook", "certManager", "crds", "rbac", "serviceAccount", "resources", "global", "test", "workloads", "parameters", "strategy", "affinity", "tolerations"}

// vague are words that say little without what stands above them.
var vague = []string{"namespace", "name", "level", "port", "interval", "timeout", "host", "path", "mode", "type", "value", "default", "format", "key", "args"}

// nameOf makes a name in camelCase of the end of a value's path: as short as is not taken.
func nameOf(path []string, taken map[string]bool) string {
	if n := len(path) - 1; n > 0 && slices.Contains([]string{"enabled", "create", "install", "value"}, path[n]) {
		path = path[:n]
	}
	for n := len(path) - 1; n >= 0; n-- {
		if n > 0 && n == len(path)-1 && slices.Contains(vague, path[n]) {
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

// managerOf is the object of the manager's Deployment.
func (h *helm) managerOf(d *draft) *document {
	i := slices.IndexFunc(d.src.objects, func(o *document) bool { return d.workloadOf(o) == d.workloads[0] })
	if i < 0 {
		return nil
	}
	return d.src.objects[i]
}

// reread takes the objects again, after they were changed, and drafts anew.
func (h *helm) reread(d *draft) {
	loss, form, facts := h.loss, d.src.form, *d.src.facts
	var docs []*document
	for _, o := range d.src.objects {
		docs = append(docs, o)
	}
	d.src = h.installed(docs, facts)
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
}

func (h *helm) saved(d *draft) savedDraft {
	s := savedDraft{raw: maps.Clone(d.raw), extra: maps.Clone(d.extra), unlike: maps.Clone(d.unlike), trees: map[*document]tree{}}
	for _, o := range d.src.objects {
		s.trees[o] = clone(o.tree)
	}
	return s
}

// restore goes back, to a draft without parameters and features.
func (h *helm) restore(d *draft, s savedDraft) {
	d.raw, d.extra, d.unlike = maps.Clone(s.raw), maps.Clone(s.extra), maps.Clone(s.unlike)
	h.parameters, h.features, h.watch = nil, nil, nil
	for o, t := range s.trees {
		o.tree = clone(t)
	}
	h.reread(d)
}
