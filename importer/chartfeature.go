package importer

import (
	"path"
	"slices"
	"strings"
)

// feature is a switch of the source with which objects come and go, and with them arguments, variables and permissions of
// the manager.
type feature struct {
	knob      *knob
	name      string
	places    map[string]bool // of its objects
	objects   []*document     // those that are there when it is on and not by default
	roles     []*document     // those of its objects that grant the manager something, and are said as rules
	args, env []any
	requires  []string
}

// featureOf tells whether a knob is a feature: a switch with which objects come that opc does not make by itself, or
// arguments and variables of the manager that stand behind the others.
func (h *helm) featureOf(d *draft, k *knob) *feature {
	on, isSwitch := k.value.(bool)
	if !isSwitch {
		return nil
	}
	f := &feature{knob: k, places: map[string]bool{}}
	manager := h.managerOf(d)
	for _, c := range k.effect {
		switch {
		case len(c.path) == 0 && (c.is == nil) == on:
			f.places[c.place] = true
		case manager == nil || c.place != manager.place() || !f.takes(c, on):
			return nil
		}
	}
	if on {
		return f.given(d)
	}
	return h.added(f)
}

// takes takes arguments and variables that come with the feature.
func (f *feature) takes(c change, on bool) bool {
	without, with := list(c.was), list(c.is)
	if on {
		without, with = with, without
	}
	if len(c.path) != 6 || len(with) <= len(without) {
		return false
	}
	var more []any
	for _, e := range with {
		if len(without) > 0 && same("x", e, without[0]) {
			without = without[1:]
			continue
		}
		more = append(more, e)
	}
	if len(without) > 0 {
		return false
	}
	switch c.path[5] {
	case "args":
		f.args = more
	case "env":
		f.env = more
	default:
		return false
	}
	return true
}

// given finds the objects of a feature that is on by default, of which opc must make none by itself.
func (f *feature) given(d *draft) *feature {
	bindings := map[*document]bool{}
	for _, g := range d.src.grants {
		if f.places[g.role.place()] && f.places[g.binding.place()] && !d.extra[g.role] && d.managerOf(g.account) != nil {
			f.roles = append(f.roles, g.role)
			bindings[g.binding] = true
		}
	}
	for _, o := range d.src.objects {
		if f.places[o.place()] && !d.extra[o] && !bindings[o] && !slices.Contains(f.roles, o) {
			return nil // what opc makes is switched otherwise, or not at all
		}
	}
	return f
}

// inFeature reports whether a role is said with a feature, or with what is watched.
func (h *helm) inFeature(role *document) bool {
	return h != nil && (h.watch != nil && slices.Contains(h.watch.roles, role) ||
		slices.ContainsFunc(h.features, func(f *feature) bool { return slices.Contains(f.roles, role) }))
}

// withoutFeatures takes what features bring off the end of the manager's arguments.
func (h *helm) withoutFeatures(args []string) []string {
	var made []string
	for _, f := range h.features {
		if f.knob.value == true {
			made = append(made, texts(f.args)...)
		}
	}
	if n := len(args) - len(made); n >= 0 && slices.Equal(args[n:], made) {
		return args[:n]
	}
	return args
}

// featureEnv are the variables that features bring, in opc's order.
func (h *helm) featureEnv() []string {
	var out []string
	for _, f := range h.features {
		for _, e := range trees(f.env) {
			if f.knob.value == true {
				out = append(out, text(e["name"]))
			}
		}
	}
	return out
}

// added reads the objects that come with a feature.
func (h *helm) added(f *feature) *feature {
	values := tree{}
	put(values, true, f.knob.path...)
	docs, faults, err := h.old.documents(values)
	if err != nil || faults.HasErrors() {
		return nil
	}
	for _, o := range docs {
		h.old.settle(o)
		if f.places[o.place()] && !isHook(o) {
			h.settleChance(o)
			f.objects = append(f.objects, o)
		}
	}
	if len(f.objects) != len(f.places) {
		return nil
	}
	return f
}

// nest lets a feature whose objects are among those of another require it, so that each object is said once.
func nest(all []*proposal) {
	var features []*feature
	for _, p := range all {
		if p.feature != nil && len(p.feature.places) > 0 && p.knob.value == true {
			features = append(features, p.feature)
		}
	}
	slices.SortStableFunc(features, func(a, b *feature) int { return len(a.places) - len(b.places) })
	for i, inner := range features {
		for _, outer := range features[i+1:] {
			if len(inner.places) < len(outer.places) && within(inner.places, outer.places) {
				inner.requires = append(inner.requires, outer.name)
			}
		}
	}
	for i, outer := range features {
		for _, inner := range features[:i] {
			for place := range inner.places {
				delete(outer.places, place)
			}
		}
	}
}

func within(a, b map[string]bool) bool {
	for k := range a {
		if !b[k] {
			return false
		}
	}
	return true
}

// sayFeatures says the features in the description, and gives each a folder with its objects.
func (h *helm) sayFeatures(d *draft) {
	for _, f := range h.features {
		out := tree{}
		h.document(out, f.knob.path)
		folder := "features/" + f.name + "/"
		found := false
		if f.knob.value == true {
			out["enabled"] = true
			for _, o := range d.src.objects {
				if name := d.fileOf[o]; f.places[o.place()] && strings.HasPrefix(name, "objects/") {
					data := d.files[name]
					delete(d.files, name)
					d.fileOf[o] = d.addFile(folder, strings.TrimSuffix(path.Base(name), ".yaml"), ".yaml", data)
					found = true
				}
			}
		}
		for _, o := range f.objects {
			d.addFile(folder, o.name()+"_"+strings.ToLower(o.kind()), ".yaml", d.objectFile(o))
			found = true
		}
		if found {
			out["objects"] = []any{strings.TrimSuffix(folder, "/")}
		}
		var rules []any
		for _, r := range f.roles {
			entry := tree{"rules": r.tree["rules"]}
			if r.kind() == "Role" {
				entry["scope"] = "namespace"
			}
			rules = append(rules, entry)
		}
		some(out, "permissions", rules)
		some(out, "args", f.args)
		some(out, "env", f.env)
		some(out, "requires", anys(f.requires))
		put(d.spec, out, "features", f.name)
	}
	for name := range d.files {
		if strings.HasPrefix(name, "objects/") {
			return
		}
	}
	if len(h.features) > 0 {
		delete(d.spec, "objects")
	}
}
