package crdify

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
)

// definition is the part of a CRD that crdify looks at, in the form of apiextensions.k8s.io/v1.
func definition(t model.Tree) model.Tree {
	spec := kube.Map(t["spec"])
	shared := kube.Map(spec["validation"]) // apiextensions.k8s.io/v1beta1
	list := kube.List(spec["versions"])
	if name := kube.Text(spec["version"]); len(list) == 0 && name != "" {
		list = []any{map[string]any{"name": name, "served": true, "storage": true}}
	}
	versions := []any{}
	for _, e := range list {
		v := kube.Map(e)
		schema := kube.Map(v["schema"])
		if schema == nil {
			schema = shared
		}
		root := kube.Map(schema["openAPIV3Schema"])
		if root == nil {
			root = map[string]any{} // crdify needs one
		}
		versions = append(versions, map[string]any{"name": v["name"], "served": v["served"], "storage": v["storage"], "schema": map[string]any{"openAPIV3Schema": root}})
	}
	out := map[string]any{"scope": spec["scope"], "versions": versions}
	if c := kube.Map(spec["conversion"]); c != nil {
		out["conversion"] = map[string]any{"strategy": c["strategy"]}
	}
	return model.Tree{"spec": out}
}

// sameVersions leaves out of two CRDs the fields that are equal in a version of both: crdify has nothing to say of
// them, and most of its time goes into copying them.
func sameVersions(old, new model.Tree) (model.Tree, model.Tree) {
	a, b := versions(old), versions(new)
	x, y := maps.Clone(a), maps.Clone(b)
	for name := range a {
		if b[name] != nil {
			pruned := prune(a[name], b[name])
			x[name], y[name] = pruned[0], pruned[1]
		}
	}
	return with(old, x), with(new, y)
}

// allVersions leaves out the fields that are equal in all versions of both CRDs.
func allVersions(old, new model.Tree) (model.Tree, model.Tree) {
	a, b := versions(old), versions(new)
	names, others := slices.Sorted(maps.Keys(a)), slices.Sorted(maps.Keys(b))
	var all []model.Tree
	for _, n := range names {
		all = append(all, a[n])
	}
	for _, n := range others {
		all = append(all, b[n])
	}
	pruned := prune(all...)
	x, y := map[string]model.Tree{}, map[string]model.Tree{}
	for i, n := range names {
		x[n] = pruned[i]
	}
	for i, n := range others {
		y[n] = pruned[len(names)+i]
	}
	return with(old, x), with(new, y)
}

// versions are the schemas by version.
func versions(t model.Tree) map[string]model.Tree {
	out := map[string]model.Tree{}
	list := kube.List(model.At(t, "spec", "versions"))
	for _, e := range list {
		v := kube.Map(e)
		name := kube.Text(v["name"])
		out[name] = kube.Map(model.At(v, "schema", "openAPIV3Schema"))
	}
	return out
}

// with is a CRD with other schemas.
func with(t model.Tree, schemas map[string]model.Tree) model.Tree {
	spec := maps.Clone(t["spec"].(map[string]any))
	list := kube.List(spec["versions"])
	changed := make([]any, 0, len(list))
	for _, e := range list {
		v := maps.Clone(e.(map[string]any))
		name := kube.Text(v["name"])
		v["schema"] = map[string]any{"openAPIV3Schema": schemas[name]}
		changed = append(changed, v)
	}
	spec["versions"] = changed
	return model.Tree{"spec": spec}
}

// prune copies schemas without the fields that are equal in all of them.
func prune(all ...model.Tree) []model.Tree {
	out := make([]model.Tree, len(all))
	for i, s := range all {
		out[i] = maps.Clone(s)
	}
	descend(out, "items")
	descend(out, "additionalProperties")
	properties := make([]map[string]any, len(all))
	names := map[string]bool{}
	for i, s := range all {
		p := kube.Map(s["properties"])
		properties[i] = maps.Clone(p)
		for name := range p {
			names[name] = true
		}
	}
	for name := range names {
		kids, everywhere := make([]model.Tree, len(all)), true
		for i, p := range properties {
			kids[i] = kube.Map(p[name])
			everywhere = everywhere && kids[i] != nil
		}
		if !everywhere {
			continue
		}
		if alike(kids) {
			for _, p := range properties {
				delete(p, name)
			}
			continue
		}
		for i, kid := range prune(kids...) {
			properties[i][name] = kid
		}
	}
	for i := range out {
		if out[i] != nil && properties[i] != nil {
			out[i]["properties"] = properties[i]
		}
	}
	return out
}

// descend prunes the schemas of one keyword, where all have it.
func descend(all []model.Tree, keyword string) {
	kids := make([]model.Tree, len(all))
	for i, s := range all {
		kid, ok := s[keyword].(map[string]any)
		if !ok {
			return
		}
		kids[i] = kid
	}
	for i, kid := range prune(kids...) {
		all[i][keyword] = kid
	}
}

func alike(all []model.Tree) bool {
	for _, t := range all[1:] {
		if !reflect.DeepEqual(all[0], t) {
			return false
		}
	}
	return true
}

// typed are two CRDs in the types that crdify takes.
func typed(old, new model.Tree) (*apiextensionsv1.CustomResourceDefinition, *apiextensionsv1.CustomResourceDefinition, error) {
	out := [2]*apiextensionsv1.CustomResourceDefinition{{}, {}}
	for i, t := range []model.Tree{old, new} {
		data, err := json.Marshal(t)
		if err != nil {
			return nil, nil, err
		}
		if err := json.Unmarshal(data, out[i]); err != nil {
			return nil, nil, fmt.Errorf("reading the CRD: %w", err)
		}
	}
	return out[0], out[1], nil
}
