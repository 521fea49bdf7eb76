package kustomize

import (
	"maps"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// kustomize's field namespace sets metadata.namespace of every object that it does not know to be cluster-scoped, and
// what names a Service or ServiceAccount of the build follows. It does not reach into strings, such as the host names of
// certificates, and it reaches too far: an object in a namespace of its own is moved too. So a layer may have a folder
// called namespace, with transformers that an overlay applies after its own namespace.

// follower is a string that holds the namespace where kustomize does not reach.
type follower struct {
	at        place
	delimiter string // "" when the string is nothing else
	index     int
	subject   model.Object
}

// mend is a change of metadata.namespace that undoes what kustomize did to it.
type mend struct {
	subject   model.Object
	namespace string // "" for none
}

// mends lists what kustomize's namespace does to a layer's objects and must not.
func (t *tree) mends(l *layer) []mend {
	var out []mend
	for _, n := range l.resources {
		o := t.subjects[n].Object
		ns := model.MetaString(o.Tree, "namespace")
		switch {
		case o.Cluster && (!builtin(o) || !kube.KustomizeKnowsCluster(o.Kind())):
			out = append(out, mend{o, ""})
		case !o.Cluster && ns != "" && !model.HasExpr(ns):
			out = append(out, mend{o, ns})
		}
	}
	return out
}

// followers lists the strings of a layer that contain the namespace.
func (t *tree) followers(l *layer) []follower {
	return collect(t, l, t.followersIn)
}

// collect calls f for each object of a layer and for each of its patches, and joins the results.
func collect[T any](t *tree, l *layer, f func(n int, tree model.Tree, with set) []T) []T {
	var out []T
	for _, n := range l.resources {
		out = append(out, f(n, t.subjects[n].Tree, l.set)...)
	}
	for _, n := range slices.Sorted(maps.Keys(l.patches)) {
		out = append(out, f(n, l.patches[n].merge, l.set)...)
	}
	return out
}

func (t *tree) followersIn(n int, tree model.Tree, with set) []follower {
	var out []follower
	o := t.subjects[n].Object
	visit(o, nil, tree, func(at place, text string) {
		if !strings.Contains(text, model.Namespace()) || t.reached(o, tree, at, with) {
			return
		}
		found, ok := follow(o, at, text, model.OpNamespace)
		if !ok {
			t.diags = append(t.diags, diag.Errorf(diag.NotExpressible, o.From, "kustomize can't put the namespace into %s of the %s %s",
				at.fieldPath(), o.Kind(), o.Name()))
		}
		out = append(out, found...)
	})
	return out
}

// visit calls f for every string of an object or of a patch of it.
func visit(o model.Object, at place, v any, f func(place, string)) {
	switch x := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(x)) {
			visit(o, at.field(k), x[k], f)
		}
	case []any:
		keys := mergeKeys(o, at)
		for i, e := range x {
			item, ok := e.(map[string]any)
			if keys != nil && ok && item[keys[0]] != nil {
				visit(o, at.keyed(i, item, keys), e, f)
				continue
			}
			visit(o, at.argument(i, x), e, f)
		}
	case string:
		f(at, x)
	}
}

// follow tells how a replacement reaches an expression in a string: it replaces one of the parts that a delimiter
// separates. ok is false where the expression has no such borders.
func follow(o model.Object, at place, text string, op model.Op) (out []follower, ok bool) {
	pieces := model.Pieces(text)
	if len(pieces) == 1 {
		return []follower{{at: at, subject: o}}, true
	}
	before := ""
	for i, p := range pieces {
		if p.Op != op {
			before += p.Text
			continue
		}
		var borders []byte
		if i > 0 && pieces[i-1].Text != "" {
			borders = append(borders, before[len(before)-1])
		}
		if i+1 < len(pieces) && pieces[i+1].Text != "" {
			borders = append(borders, pieces[i+1].Text[0])
		}
		borders = slices.Compact(borders)
		if len(borders) != 1 || !strings.ContainsRune("./:,;@= ", rune(borders[0])) {
			return out, false
		}
		delimiter := string(borders[0])
		out = append(out, follower{at: at, subject: o, delimiter: delimiter, index: strings.Count(before, delimiter)})
	}
	return out, true
}

// reached reports whether kustomize's namespace field changes a string by itself.
func (t *tree) reached(o model.Object, tree model.Tree, at place, with set) bool {
	fields := strings.Join(at.fields(), ".")
	switch {
	case fields == "metadata.namespace":
		return !o.Cluster
	case o.Kind() == "CustomResourceDefinition":
		return fields == "spec.conversion.webhook.clientConfig.service.namespace"
	case o.Kind() == "APIService":
		return fields == "spec.service.namespace"
	case kube.IsWebhookConfiguration(o.Kind()) && fields == "webhooks.clientConfig.service.namespace":
		name := kube.Text(sibling(tree, at, "name"))
		return t.stands("Service", name, with)
	case strings.HasSuffix(o.Kind(), "RoleBinding") && fields == "subjects.namespace":
		name := kube.Text(sibling(tree, at, "name"))
		follows := o.Cluster || model.MetaString(o.Tree, "namespace") == model.Namespace()
		return name == "default" || follows && t.stands("ServiceAccount", name, with)
	}
	return false
}

// sibling is the value of another field of the map that a path ends in.
func sibling(tree model.Tree, at place, field string) any {
	var v any = tree
	for _, s := range at[:len(at)-1] {
		switch x := v.(type) {
		case map[string]any:
			v = x[s.field]
		case []any:
			if s.index >= len(x) {
				return nil
			}
			v = x[s.index]
		}
	}
	m := kube.Map(v)
	return m[field]
}

// stands reports whether an object in the operator's namespace is there whenever some features are on.
func (t *tree) stands(kind, name string, with set) bool {
	return slices.ContainsFunc(t.subjects, func(s subject) bool {
		return s.Kind() == kind && s.Name() == name && with.contains(s.home) && !s.passing &&
			model.MetaString(s.Tree, "namespace") == model.Namespace()
	})
}

// source is the object of the base whose namespace is carried elsewhere.
func (t *tree) source() (model.Object, bool) {
	var out model.Object
	found := false
	for _, n := range t.layer(nil).resources {
		s := t.subjects[n]
		if s.passing || model.MetaString(s.Tree, "namespace") != model.Namespace() {
			continue
		}
		if !found || s.Role == model.RoleWorkload && out.Role != model.RoleWorkload {
			out, found = s.Object, true
		}
	}
	return out, found
}

// replacements carry the namespace of the source into the followers.
func replacements(source model.Object, list []follower) []any {
	if len(list) == 0 {
		return nil
	}
	var targets []any
	last := ""
	for _, f := range list {
		options := map[string]any{}
		if f.delimiter != "" {
			options["delimiter"], options["index"] = f.delimiter, int64(f.index)
		}
		id := selector(f.subject)
		key := string(emit.YAML([]any{id, options}, ""))
		if key == last {
			t := targets[len(targets)-1].(map[string]any)
			t["fieldPaths"] = append(t["fieldPaths"].([]any), f.at.fieldPath())
			continue
		}
		last = key
		t := map[string]any{"select": id, "fieldPaths": []any{f.at.fieldPath()}}
		if len(options) > 0 {
			t["options"] = options
		}
		targets = append(targets, t)
	}
	from := selector(source)
	from["fieldPath"] = "metadata.namespace"
	return []any{map[string]any{"source": from, "targets": targets}}
}

// selector names one object for kustomize.
func selector(o model.Object) map[string]any {
	out := map[string]any{"kind": o.Kind(), "name": o.Name()}
	if group, _, found := strings.Cut(o.APIVersion(), "/"); found {
		out["group"] = group
	}
	return out
}
