package diff

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

// cannot are the changes that no two versions have, and why. The rest must be claimed by a rule.
var cannot = []struct{ pattern, why string }{
	{"added|removed name", "every operator has one"},
	{"added|removed namespace", "there is a default"},
	{"* version", "what follows of it is claimed with it; a version that goes back is a change of the graph"},
	{"added|removed crds/*/preserveUnknownFields", "absent means false"},
	{"added|removed crds/*/conversion", "absent means the strategy None"},
	{"added|removed crds/*/conversion/strategy", "absent means None"},
	{"added|removed crds/*/versions/*/served|storage|deprecated", "absent means false"},
	{"added|removed crds/*/versions/*/schema", "absent means an empty one"},
	{"changed crds/*/versions/*/status", "it is there or not"},
	{"added|removed features/*/enabled|olm", "there is a default"},
	{"added|removed parameters/*/default|env|type", "each follows from the parameter where it is not said"},
	{"changed roles/*/rules/**", "a role that nobody is bound to grants nothing in a namespace that could grow to the cluster"},
	{"changed workloads/*/containers|initContainers/when", "a container can be conditional, the list of them not"},
	{"changed workloads/*/containers|initContainers/*/image/when", "a container always has an image"},
	{"changed workloads/*/containers|initContainers/*/image/*/when", "part of the text of the image"},
}

// TestEveryKindOfThingHasRules takes everything that is compared of a model that says something of everything, and holds
// that a rule claims it whether it was added, removed, changed, renamed or put under another condition.
func TestEveryKindOfThingHasRules(t *testing.T) {
	o := richOperator(t)
	used := map[string]bool{}
	check := func(c Change) {
		j := &judge{old: o, new: o, changes: []Change{c}, claimed: make([]bool, 1)}
		j.rules()
		if j.claimed[0] {
			return
		}
		for _, reason := range cannot {
			if _, ok := parse(reason.pattern).match(&c); ok {
				used[reason.pattern] = true
				return
			}
		}
		t.Errorf("no rule claims: %s was %s", c.Path, c.Kind)
	}
	for _, olm := range []bool{false, true} {
		v, _ := views(o, o, olm)
		n := facts(o, v)
		if olm {
			n.leaveOut(unsaid)
		}
		for _, c := range possible(nil, n) {
			check(c)
		}
	}
	for _, reason := range cannot {
		if !used[reason.pattern] {
			t.Errorf("there is a reason for %q, which nothing needs", reason.pattern)
		}
	}
}

// possible are the changes that a thing could have: itself, and all in it.
func possible(path Path, n *node) []Change {
	var out []Change
	value := n.plain()
	if len(path) > 0 && !part(path, n) {
		out = append(out, Change{Kind: Added, Path: path, New: value}, Change{Kind: Removed, Path: path, Old: value})
	}
	if conditional(path) && n.atoms == nil {
		out = append(out, Change{Kind: Changed, Path: path.child("when"), Old: "always", New: "only with x"})
	}
	switch {
	case n.atoms != nil:
		for _, a := range n.atoms.list {
			at := path.child(a.parts...)
			out = append(out, Change{Kind: Added, Path: at, New: "yes"}, Change{Kind: Removed, Path: at, Old: "yes"})
			if n.atoms.wider != nil {
				out = append(out, Change{Kind: Changed, Path: at, Old: "a", New: strings.Join(a.parts, " ")}, Change{Kind: Changed, Path: at, Old: strings.Join(a.parts, " "), New: "a"})
			}
		}
	case n.schema != nil:
		out = append(out, possibleInSchema(path.child(".spec.x"))...)
	case n.kids == nil && value != path[len(path)-1]: // in a set, another name is another thing
		next, _ := other(value)
		out = append(out, Change{Kind: Changed, Path: path, Old: value, New: next}, Change{Kind: Changed, Path: path, Old: next, New: value})
	}
	for _, k := range slices.Sorted(maps.Keys(n.kids)) {
		kid := n.kids[k]
		if slices.ContainsFunc(collections, func(c collection) bool { return c.path.matches(path) }) {
			out = append(out, Change{Kind: Renamed, Path: path.child(k), From: "x", Old: kid.plain(), New: kid.plain()})
		}
		out = append(out, possible(path.child(k), kid)...)
	}
	return out
}

// conditional reports whether a thing can stand in an install under a condition.
func conditional(path Path) bool {
	return len(path) > 1 && slices.Contains([]string{"workloads", "roles"}, path[0]) || len(path) > 2 && path[0] == "objects" || len(path) == 3 && path[0] == "webhooks"
}

// possibleInSchema are the changes that a field of an API could have: itself, and each keyword that Kubernetes knows.
func possibleInSchema(path Path) []Change {
	var out []Change
	all := func(path Path, old, new any) {
		out = append(out, Change{Kind: Added, Path: path, New: new}, Change{Kind: Removed, Path: path, Old: old}, Change{Kind: Changed, Path: path, Old: old, New: new},
			Change{Kind: Changed, Path: path, Old: new, New: old})
	}
	all(path, map[string]any{"type": "string"}, map[string]any{"type": "integer"})
	out = append(out[:2], Change{Kind: Renamed, Path: path, From: ".spec.y", Old: map[string]any{}, New: map[string]any{}})
	keywords := reflect.TypeFor[apiextensionsv1.JSONSchemaProps]()
	for i := range keywords.NumField() {
		name, _, _ := strings.Cut(keywords.Field(i).Tag.Get("json"), ",")
		switch name {
		case "properties":
		case "required", "enum", "x-kubernetes-list-map-keys":
			for _, c := range []Change{{Kind: Added, New: "a"}, {Kind: Removed, Old: "a"}} {
				c.Path = path.child(name, "a")
				out = append(out, c)
			}
			if name == "enum" {
				out = append(out, Change{Kind: Added, Path: path.child(name), New: []any{"a"}}, Change{Kind: Removed, Path: path.child(name), Old: []any{"a"}})
			}
		case "x-kubernetes-validations":
			all(path.child(name, "self.x"), "self.x", "self.y")
			out = append(out, Change{Kind: Changed, Path: path.child(name, "self.x", "message"), Old: map[string]any{}, New: map[string]any{}})
		default:
			var old, new any = map[string]any{"a": "b"}, map[string]any{"a": "c"}
			switch keywords.Field(i).Type {
			case reflect.TypeFor[bool](), reflect.TypeFor[*bool]():
				old, new = true, false
			case reflect.TypeFor[string](), reflect.TypeFor[*string]():
				old, new = "a", "b"
			case reflect.TypeFor[*int64](), reflect.TypeFor[*float64]():
				old, new = int64(1), int64(2)
			}
			all(path.child(name), old, new)
		}
	}
	return out
}
