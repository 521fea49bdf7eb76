package kustomize

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
)

// install is what an overlay leaves in a cluster, beside what the base and its components give by themselves. The
// namespace is an expression in both.
type install struct {
	model.Overlay
	have, want []model.Object
	outside    []model.Object // those of want that the overlay's namespace must not move
	itself     bool           // whether the operator watches its own namespace and no other
}

func (t *tree) install(ov model.Overlay) *install {
	in := &install{Overlay: ov, itself: t.watchesItself(ov)}
	have, want := ov, ov
	have.Namespace, want.Namespace = model.Namespace(), model.Namespace()
	have.Labels, have.Annotations, want.Labels, want.Annotations = nil, nil, nil, nil // kustomize's own fields set them
	have.Parameters, have.Resources, have.Watch = nil, nil, nil
	if have.Image != nil && t.sharedRepository() {
		have.Image = nil
	}
	own := []string{model.Ref(model.OpWatch, "")}
	if t.m.Watch.Own {
		have.Watch = own
	}
	if in.itself {
		want.Watch = own
	}
	in.have, in.want = t.m.Install(have, managedBy), t.m.Install(want, managedBy)
	for _, o := range in.want {
		if in.moved(o) {
			in.outside = append(in.outside, o)
		}
	}
	return in
}

// sharedRepository reports whether a container that does not follow the operator's image has one of its repository. Then
// kustomize's field images, which goes by the repository, would change both.
func (t *tree) sharedRepository() bool {
	shared := false
	for _, s := range t.subjects {
		visit(s.Object, nil, s.Tree, func(at place, text string) {
			fields := at.fields()
			rest, same := strings.CutPrefix(text, t.m.Image.Repository)
			if fields[len(fields)-1] == "image" && same && (rest == "" || rest[0] == ':' || rest[0] == '@') && text != t.m.Image.Ref() {
				shared = true
			}
		})
	}
	return shared
}

func (t *tree) watchesItself(ov model.Overlay) bool {
	if len(ov.Watch) == 0 {
		return t.m.Watch.Own
	}
	return !slices.ContainsFunc(ov.Watch, func(ns string) bool { return ns != ov.Namespace })
}

// moved reports whether kustomize's namespace would do to an object what can't be undone in the same folder: rename
// another Namespace, or put an object upon another one of its name.
func (in *install) moved(o model.Object) bool {
	if o.Kind() == "Namespace" {
		return o.Name() != model.Namespace()
	}
	if o.Cluster || model.HasExpr(model.MetaString(o.Tree, "namespace")) {
		return false
	}
	return namesakes(in.want, o) > 1 || find(in.have, o) < 0
}

// namesakes counts the objects that differ from one in no more than the namespace, with itself.
func namesakes(list []model.Object, o model.Object) int {
	n := 0
	for _, other := range list {
		if other.APIVersion() == o.APIVersion() && other.Kind() == o.Kind() && other.Name() == o.Name() {
			n++
		}
	}
	return n
}

// inside reports whether an object follows the overlay's namespace.
func (in *install) inside(o model.Object) bool { return find(in.outside, o) < 0 }

func find(list []model.Object, o model.Object) int {
	return slices.IndexFunc(list, func(other model.Object) bool { return id(o) == id(other) })
}

func id(o model.Object) string {
	return strings.Join([]string{o.APIVersion(), o.Kind(), model.MetaString(o.Tree, "namespace"), o.Name()}, "|")
}

// difference is a strategic-merge patch that makes a of an object into b; same is true when there is nothing to do.
func difference(o model.Object, at place, a, b any) (patch any, same bool) {
	if reflect.DeepEqual(a, b) {
		return nil, true
	}
	x, isMap := a.(map[string]any)
	y, both := b.(map[string]any)
	if isMap && both {
		return mapDifference(o, at, x, y), false
	}
	old, isList := a.([]any)
	list, both := b.([]any)
	if keys := mergeKeys(o, at); isList && both && keys != nil {
		return listDifference(o, at, old, list, keys), false
	}
	return b, false
}

func mapDifference(o model.Object, at place, a, b map[string]any) map[string]any {
	out := map[string]any{}
	for _, k := range slices.Sorted(maps.Keys(a)) {
		if _, kept := b[k]; !kept {
			out[k] = nil
		}
	}
	for _, k := range slices.Sorted(maps.Keys(b)) {
		if _, old := a[k]; !old {
			out[k] = b[k]
		} else if patch, same := difference(o, at.field(k), a[k], b[k]); !same {
			out[k] = patch
		}
	}
	return out
}

func listDifference(o model.Object, at place, a, b []any, keys []string) []any {
	var out []any
	for i, e := range b {
		item := kube.Map(e)
		p := at.keyed(i, item, keys)
		old, found := itemOf(a, p[len(p)-1].keys)
		if !found {
			out = append(out, e)
			continue
		}
		if patch, same := difference(o, p, old, item); !same {
			changed := kube.Map(patch)
			maps.Copy(changed, p[len(p)-1].keys)
			out = append(out, changed)
		}
	}
	for i, e := range a {
		item := kube.Map(e)
		p := at.keyed(i, item, keys)
		if _, kept := itemOf(b, p[len(p)-1].keys); !kept {
			gone := maps.Clone(p[len(p)-1].keys)
			gone["$patch"] = "delete"
			out = append(out, gone)
		}
	}
	return out
}
