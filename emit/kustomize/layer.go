package kustomize

import (
	"maps"
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema/diag"
)

// tree is the operator cut into layers: the base, where every feature is off, and one layer for each set of features
// that adds something to what its subsets give, or takes something away.
type tree struct {
	m        *model.Operator
	features features
	known    map[string]bool // atoms whose truth does not depend on features
	subjects []subject
	layers   map[string]*layer
	diags    diag.List
}

// subject is one object that is cut.
type subject struct {
	model.Object      // with the namespace as an expression, every other one resolved at its home
	home         set  // the features that it stands with
	passing      bool // whether some features take it away again
	unsteady     bool // whether containers come or go with features
}

// layer is the base or one component.
type layer struct {
	set       set
	resources []int          // subjects that stand here whole
	removed   []int          // subjects that this layer takes away again
	patches   map[int]*patch // of subjects that stand in layers below
}

// patch is what a layer changes in one object.
type patch struct {
	merge model.Tree      // laid over it by strategic merge
	ops   []operation     // then applied as JSON6902
	set   map[string]bool // places that merge gives a value
	gone  []place         // places that merge removes, unless it gives them a value
}

// operation is one operation of JSON6902.
type operation struct {
	op, path string
	value    any
}

func cut(m *model.Operator) *tree {
	t := &tree{m: m, features: newFeatures(m.Features), layers: map[string]*layer{}}
	t.known = map[string]bool{model.AtomOLM: false, model.AtomWatchSome: m.Watch.Own}
	for _, p := range m.Parameters {
		t.known[model.AtomGiven(p.Name)] = p.Type.Given(p.Default)
	}
	t.layer(nil)
	for _, c := range m.CRDs {
		t.add(c.Object(c.Tree))
	}
	for _, o := range m.Objects {
		t.add(o)
	}
	for _, l := range t.sorted() {
		l.prune()
	}
	return t
}

func (t *tree) layer(s set) *layer {
	l := t.layers[s.key()]
	if l == nil {
		l = &layer{set: s, patches: map[int]*patch{}}
		t.layers[s.key()] = l
	}
	return l
}

// sorted lists the layers, the base first, in the order in which they apply.
func (t *tree) sorted() []*layer {
	return slices.SortedFunc(maps.Values(t.layers), func(a, b *layer) int { return compare(a.set, b.set) })
}

// patch returns what a layer changes in a subject, to be added to.
func (l *layer) patch(n int) *patch {
	p := l.patches[n]
	if p == nil {
		p = &patch{merge: model.Tree{}, set: map[string]bool{}}
		l.patches[n] = p
	}
	return p
}

// scope resolves everything but the namespace, which stays an expression so that it can be found later.
func (t *tree) scope(s set) *model.Scope {
	ov := model.Overlay{Namespace: model.Namespace(), Features: t.features.on(s)}
	if t.m.Watch.Own {
		ov.Watch = []string{model.Ref(model.OpWatch, "")}
	}
	scope := t.m.Scope(ov)
	scope.ManagedBy = managedBy
	return &scope
}

// add cuts one object.
func (t *tree) add(o model.Object) {
	home, off, ok := t.sets(o.When, nil)
	if !ok {
		return
	}
	source := o.Tree
	resolved := t.scope(home).Objects([]model.Object{{Tree: o.Tree, Each: o.Each, Origins: o.Origins}})
	if len(resolved) == 0 {
		return
	}
	o.Tree, o.Origins = resolved[0].Tree, resolved[0].Origins
	n := len(t.subjects)
	t.subjects = append(t.subjects, subject{Object: o, home: home, passing: len(off) > 0})
	l := t.layer(home)
	l.resources = append(l.resources, n)
	for _, s := range off {
		l := t.layer(home.union(s))
		l.removed = append(l.removed, n)
	}
	t.fields(n, nil, source, home, nil)
}

// sets tells with which features a part stands that has a condition and stands below one that is there with the
// features in. off are the features, with what they require, that take it away again. ok is false when it never stands.
func (t *tree) sets(cond model.Cond, in set) (with set, off []set, ok bool) {
	rest, possible := cond.Assume(t.known)
	on, not := rest.Split()
	with, exist := t.features.named(on)
	if !possible || !exist {
		return nil, nil, false
	}
	with = in.union(with)
	for _, name := range not {
		s, exists := t.features.named([]string{name})
		if !exists {
			continue
		}
		if with.contains(s) {
			return nil, nil, false
		}
		off = append(off, s)
	}
	return with, off, true
}

// absence is a part of an object that some features take away.
type absence struct {
	at  place
	off set
}

// put lets a layer say what stands at a place, or with nil that nothing does. Whatever takes away a part around the
// place must do so once more where both come together, or the layer would bring the part back.
func (t *tree) put(n int, at place, value any, with set, around []absence) {
	for _, a := range around {
		if with.contains(a.off) {
			return
		}
	}
	p := t.layer(with).patch(n)
	if value == nil {
		p.gone = append(p.gone, at)
	} else {
		graft(p.merge, at, value)
		p.set[at.id()] = true
	}
	for _, a := range around {
		p := t.layer(with.union(a.off)).patch(n)
		p.gone = append(p.gone, a.at)
	}
}

// prune puts the removals into a layer's patches, the inner ones first.
func (l *layer) prune() {
	for _, n := range slices.Sorted(maps.Keys(l.patches)) {
		p := l.patches[n]
		slices.SortStableFunc(p.gone, func(a, b place) int { return len(b) - len(a) })
		for _, at := range p.gone {
			if !p.set[at.id()] {
				prune(p.merge, at)
			}
		}
	}
}

// fields looks for conditional parts in a map that stands with the features in.
func (t *tree) fields(n int, at place, m model.Tree, in set, around []absence) {
	for _, k := range slices.Sorted(maps.Keys(m)) {
		t.part(n, at.field(k), m[k], in, around)
	}
}

// part gives what stands under a condition to the layer where the condition begins to hold, and looks further inside.
func (t *tree) part(n int, at place, v any, in set, around []absence) {
	cond, plain := model.Condition(v)
	with, off, ok := t.sets(cond, in)
	if !ok {
		return
	}
	if compare(with, in) != 0 {
		t.put(n, at, t.scope(with).Resolve(plain), with, around)
	}
	for _, s := range off {
		t.put(n, at, nil, with.union(s), around)
		around = append(slices.Clone(around), absence{at, s})
	}
	switch below := plain.(type) {
	case map[string]any:
		t.fields(n, at, below, with, around)
	case []any:
		t.list(n, at, below, with, around)
	}
}

// list looks for conditional parts in a list. By keys, items come and go one by one; scalars are added at its ends;
// any other list is replaced as a whole.
func (t *tree) list(n int, at place, list []any, in set, around []absence) {
	sets := t.inside(list, in)
	if len(sets) == 0 {
		return
	}
	if keys := mergeKeys(t.subjects[n].Object, at); keys != nil {
		t.items(n, at, list, keys, in, around)
		return
	}
	if len(around) == 0 && t.additions(n, at, list, in) {
		return
	}
	for _, s := range unions(sets) {
		value := t.scope(s).Resolve(list)
		if len(value.([]any)) == 0 {
			value = nil
		}
		t.put(n, at, value, s, around)
	}
}

// items looks for conditional parts in a list that kustomize merges by keys.
func (t *tree) items(n int, at place, list []any, keys []string, in set, around []absence) {
	steady := !slices.ContainsFunc(list, func(e any) bool { cond, _ := model.Condition(e); return len(cond) > 0 })
	if last := at[len(at)-1].field; last == "containers" || last == "initContainers" {
		t.subjects[n].unsteady = t.subjects[n].unsteady || !steady
	}
	for i, e := range list {
		_, plain := model.Condition(e)
		item, ok := t.scope(in).Resolve(plain).(map[string]any)
		if !ok || item[keys[0]] == nil {
			continue
		}
		p := at.keyed(i, item, keys)
		p[len(p)-1].steady = steady
		t.part(n, p, e, in, around)
	}
}

// inside lists the sets of features that change something inside a value that stands with the features in.
func (t *tree) inside(v any, in set) []set {
	var out []set
	switch x := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(x)) {
			out = append(out, t.changes(x[k], in)...)
		}
	case []any:
		for _, e := range x {
			out = append(out, t.changes(e, in)...)
		}
	}
	return out
}

func (t *tree) changes(v any, in set) []set {
	cond, plain := model.Condition(v)
	with, off, ok := t.sets(cond, in)
	if !ok {
		return nil
	}
	var out []set
	for _, s := range off {
		out = append(out, with.union(s))
	}
	if compare(with, in) != 0 {
		out = append(out, with)
	}
	return append(out, t.inside(plain, with)...)
}

// unions lists the sets and every union of some of them: with any features on, the greatest of these that is on says
// what a list that is replaced as a whole must hold.
func unions(sets []set) []set {
	var out []set
	seen := map[string]bool{}
	add := func(s set) {
		if !seen[s.key()] {
			seen[s.key()] = true
			out = append(out, s)
		}
	}
	for _, s := range sets {
		for _, other := range slices.Clone(out) {
			add(other.union(s))
		}
		add(s)
	}
	return out
}
