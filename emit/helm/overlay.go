package helm

import (
	"maps"
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// overlayValues lays what the description says of values.yaml over the defaults.
func (c *chart) overlayValues() {
	c.overlay(c.values, c.m.Helm.Values, "/helm/values")
}

func (c *chart) overlay(v *value, over model.Tree, from diag.Path) {
	for _, name := range slices.Sorted(maps.Keys(over)) {
		at, said := from.Child(name), over[name]
		f := v.at(name)
		fields, isMap := said.(map[string]any)
		switch {
		case f == nil && (name == "global" && len(v.path) == 0 || slices.Equal(v.path, []string{"global"})):
			v.add(value{def: said, from: at, schema: map[string]any{}, doc: globalDoc}, name)
		case f == nil:
			c.diags = append(c.diags, diag.Errorf(diag.UnknownName, at, "the chart has no value called %s", dotted(append(slices.Clone(v.path), name))).
				WithHint("a knob of the operator's own is a parameter: add it under parameters"))
		case !f.leaf && isMap:
			c.overlay(f, fields, at)
		case !f.leaf:
			c.diags = append(c.diags, diag.Errorf(diag.WrongType, at, "the chart's value %s is a group of values, not a value", dotted(f.path)).
				WithHint("name a value in it, such as %s", dotted(f.fields[0].path)))
		default:
			f.from, f.before = at, []any{f.def}
			f.lay(said)
		}
	}
}

// lay replaces a default, or merges into it; null empties it.
func (v *value) lay(said any) {
	old, wasMap := v.def.(map[string]any)
	fields, isMap := said.(map[string]any)
	switch {
	case wasMap && isMap:
		v.def = model.Merge(old, fields)
	case said == nil && wasMap:
		v.def = model.Tree{}
	case said == nil && v.schema["type"] == "array":
		v.def = []any{}
	default:
		v.def = said
	}
}

func dotted(path []string) string {
	out := path[0]
	for _, name := range path[1:] {
		out += "." + name
	}
	return out
}

// Values are the values with which the chart installs what an overlay describes, so that the chart can be held against
// the model: Install(overlay) and the chart rendered with Values(overlay), by a release called as the operator in the
// overlay's namespace, are the same objects. Defaults that the description changes for Helm alone are changed back.
func Values(m *model.Operator, ov model.Overlay) map[string]any {
	out := map[string]any{}
	if len(m.Helm.Values) > 0 {
		out = changedBack(built(m).values)
	}
	for _, f := range Switches(m) {
		fields := kube.Map(out[f.Name])
		out[f.Name] = model.Merge(fields, model.Tree{"enabled": ov.Features[f.Name]})
	}
	if parameters := map[string]any{}; len(m.Parameters) > 0 {
		for _, p := range m.Parameters {
			text, ok := ov.Parameters[p.Name]
			if !ok {
				text = p.Default
			}
			parameters[p.Name] = p.Type.Value(text)
			if wanted, ok := parameters[p.Name].(map[string]any); ok {
				old := kube.Map(p.Type.Value(p.Default))
				parameters[p.Name] = instead(old, wanted) // Helm merges maps
			}
		}
		out["parameters"] = parameters
	}
	if m.Watch.Env != "" {
		list := make([]any, len(ov.Watch))
		for i, ns := range ov.Watch {
			list[i] = ns
		}
		out["watchNamespaces"] = list
	}
	if ov.Replicas != nil {
		out["replicaCount"] = *ov.Replicas
	}
	if i := ov.Image; i != nil {
		out["image"] = map[string]any{"repository": i.Repository, "tag": i.Tag, "digest": i.Digest}
	}
	if ov.Resources != nil {
		out["resources"] = instead(model.Merge(managerResources(m), resourcesOf(m.Helm.Values)), ov.Resources)
	}
	return out
}

func resourcesOf(values model.Tree) model.Tree {
	return kube.Map(values["resources"])
}

// changedBack are values that undo what helm.values says.
func changedBack(v *value) map[string]any {
	out := map[string]any{}
	for _, f := range v.fields {
		switch {
		case !f.leaf:
			if fields := changedBack(f); len(fields) > 0 {
				out[f.name()] = fields
			}
		case f.before != nil:
			out[f.name()] = f.before[0]
			if was, ok := f.before[0].(map[string]any); ok {
				is := kube.Map(f.def)
				out[f.name()] = instead(is, was)
			}
		}
	}
	return out
}

func managerResources(m *model.Operator) model.Tree {
	w := m.Manager()
	if w == nil {
		return nil
	}
	return kube.Map(w.Main(m.ObjectOf(*w).Tree)["resources"])
}

// instead is what a map must be merged with to become another: Helm lays values over defaults, and null removes.
func instead(old, wanted model.Tree) model.Tree {
	out := model.Clone(wanted)
	for k, v := range old {
		was := kube.Map(v)
		if is, ok := wanted[k].(map[string]any); ok && was != nil {
			out[k] = instead(was, is)
		} else if wanted[k] == nil {
			out[k] = nil
		}
	}
	return out
}
