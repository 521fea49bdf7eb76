package diff

import (
	"maps"
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema/diag"
)

// differ collects the differences of two trees of things.
type differ struct {
	on      map[string]bool // features of a default install, and facts of it
	changes []Change
}

// side is one version's node, which may be missing, and the place and conditions of what it stands in.
type side struct {
	*node
	within diag.Path
	under  model.Cond
}

// cond is under which features the thing is installed.
func (s side) cond() model.Cond {
	if s.node == nil || len(s.when) == 0 {
		return s.under
	}
	return s.under.And(s.when)
}

// place is where the version says the thing, or what it would stand in.
func (s side) place() diag.Path {
	if s.node != nil && s.from != "" {
		return s.from
	}
	return s.within
}

func (s side) kid(name string) side {
	if s.node == nil {
		return side{nil, s.within, s.under}
	}
	return side{s.kids[name], s.place(), s.cond()}
}

// walk compares two things of the same identity.
func (d *differ) walk(path Path, old, new side) {
	switch {
	case old.node == nil && new.node == nil:
	case old.node == nil && part(path, new.node):
		d.walk(path, side{nothing(new.node), old.within, old.under}, new)
	case new.node == nil && part(path, old.node):
		d.walk(path, old, side{nothing(old.node), new.within, new.under})
	case old.node == nil:
		d.add(path, Added, old, new)
	case new.node == nil:
		d.add(path, Removed, old, new)
	case old.atoms != nil && new.atoms != nil:
		d.atoms(path, old, new)
	case old.schema != nil && new.schema != nil:
		(&schemaWalk{differ: d, path: path, old: old.from, new: new.from}).compare(rootField, old.schema, new.schema)
	case old.kids != nil && new.kids != nil:
		d.conditions(path, old, new)
		d.group(path, old, new)
	default:
		d.conditions(path, old, new)
		if !equal(old.plain(), new.plain()) {
			d.add(path, Changed, old, new)
		}
	}
}

// parts are groups that are nothing by themselves: when one came or went, each thing in it did. Any other group that
// came or went is one thing, whatever it holds.
var parts = paths(
	"*", "meta/*", "requires/*", "apis/*", "webhooks/*", "objects/*", "manifests/*", "kustomize/*",
	"crds/*/versions|shortNames|categories|labels|annotations", "crds/*/conversion/reviewVersions", "crds/*/versions/*/columns|selectableFields",
	"parameters/*/enum", "features/*/requires", "overlays/*/parameters|features|watch|labels|annotations",
	"release/channels|skips|edges|deprecations", "watch/modes", "image/platforms", "dockerfile/tags|files|labels",
	"helm/annotations|values|chart|required|containers", "olm/annotations|labels|bundleAnnotations|properties|dependencies|csv", "needs/*",
	"workloads/*/labels|annotations|podLabels|podAnnotations|selector|pod|containers|initContainers",
	"workloads/*/containers|initContainers/*/args|env|envFrom|ports|volumeMounts|resources|securityContext",
	"workloads/*/containers|initContainers/*/resources/*", "workloads/*/containers|initContainers/*/securityContext/capabilities",
	"workloads/*/containers|initContainers/*/securityContext/capabilities/*",
	"workloads/*/pod/volumes|securityContext|nodeSelector|imagePullSecrets",
	"objects/*/*/labels|annotations|data|spec", "objects/Service/*/spec/ports|selector", "roles/*/labels|annotations|rules", "webhooks/*/*/crds|rules",
)

func paths(texts ...string) []pattern {
	var out []pattern
	for _, t := range texts {
		out = append(out, parsePath(t))
	}
	return out
}

func part(path Path, n *node) bool {
	if n.kids == nil && n.atoms == nil {
		return false
	}
	return n.atoms != nil || len(path) == 0 || slices.ContainsFunc(parts, func(p pattern) bool { return p.matches(path) })
}

// nothing is an empty thing of the same sort.
func nothing(n *node) *node {
	if n.atoms != nil {
		return &node{atoms: &atomSet{covers: n.atoms.covers, wider: n.atoms.wider}}
	}
	return &node{kids: map[string]*node{}, when: n.when}
}

// group compares the things of two groups: first those that were renamed, then those of the same name.
func (d *differ) group(path Path, old, new side) {
	gone, come := only(old.node, new.node), only(new.node, old.node)
	pairs := renames(path, old.node, new.node, gone, come)
	for _, p := range pairs {
		a, b := old.kid(p.old), new.kid(p.new)
		d.changes = append(d.changes, Change{
			Kind: Renamed, Path: path.child(p.new), From: p.old, Old: a.plain(), New: b.plain(), OldFrom: a.place(), NewFrom: b.place(),
			When: b.cond(), Optional: d.optional(b.cond()),
		})
		if !p.whole {
			d.walk(path.child(p.new), a, b)
		}
	}
	names := slices.Collect(maps.Keys(old.kids))
	names = append(names, come...)
	slices.Sort(names)
	for _, name := range names {
		if !slices.ContainsFunc(pairs, func(p pair) bool { return p.old == name || p.new == name }) {
			d.walk(path.child(name), old.kid(name), new.kid(name))
		}
	}
}

// only lists the names of a that b lacks.
func only(a, b *node) []string {
	var out []string
	for k := range a.kids {
		if b.kids[k] == nil {
			out = append(out, k)
		}
	}
	slices.Sort(out)
	return out
}

// conditions notices that a thing moved behind another feature, so that an install lost or got it. What a default
// install had and has is the same under any condition.
func (d *differ) conditions(path Path, old, new side) {
	was, is := d.optional(old.when), d.optional(new.when)
	if was != is || was && !slices.Equal(old.when, new.when) {
		d.changes = append(d.changes, Change{
			Kind: Changed, Path: path.child("when"), Old: always(old.when), New: always(new.when), OldFrom: old.place(), NewFrom: new.place(),
			When: old.when.And(new.when), lost: !was && is,
		})
	}
}

func always(when model.Cond) string {
	if len(when) == 0 {
		return "always"
	}
	return "only with " + when.String()
}

func (d *differ) optional(when model.Cond) bool { return !when.Holds(d.on) }

func (d *differ) add(path Path, kind Kind, old, new side) {
	c := Change{Kind: kind, Path: path, OldFrom: old.place(), NewFrom: new.place()}
	if old.node != nil {
		c.Old, c.When = old.plain(), old.cond()
	}
	if new.node != nil {
		c.New, c.When = new.plain(), new.cond()
	}
	c.Optional = d.optional(c.When)
	d.changes = append(d.changes, c)
}
