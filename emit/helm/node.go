package helm

import (
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/emit/helm/internal/tree"
)

// guarded is a part of an object that the chart puts into its tree: nodes may stand wherever a value can.
type guarded struct {
	when tree.Guard
	node tree.Node
}

// guard is what a condition of the model is in a template; possible is false where it can't hold with Helm. A feature
// is on where it and all that it requires is enabled.
func (c *chart) guard(cond model.Cond) (out tree.Guard, possible bool) {
	rest, possible := cond.Assume(c.known)
	if !possible {
		return out, false
	}
	on, off := rest.Split()
	for _, f := range c.m.Features { // in their order, so that what is required stands first
		if slices.Contains(on, f.Name) {
			out = out.And(c.feature(f.Name))
		}
	}
	for _, name := range off {
		if name == model.AtomWatchSome {
			out = out.And(c.watchesSome().Not())
		} else {
			out = out.And(c.feature(name).Not())
		}
	}
	if slices.Contains(on, model.AtomWatchSome) {
		out = out.And(c.watchesSome())
	}
	for _, atom := range on {
		if name, ok := model.GivenParameter(atom); ok {
			out = out.And(tree.If(tree.Value("parameters", name)))
		}
	}
	return out, true
}

// feature holds where a feature and all that it requires is enabled.
func (c *chart) feature(name string) tree.Guard {
	var out tree.Guard
	for _, n := range c.needed(name, nil) {
		out = out.And(tree.If(tree.Value(n, "enabled")))
	}
	return out
}

// needed lists a feature behind those that it requires, each once.
func (c *chart) needed(name string, before []string) []string {
	for _, f := range c.m.Features {
		if f.Name != name || slices.Contains(before, name) {
			continue
		}
		path := append(slices.Clone(before), name)
		var out []string
		for _, r := range f.Requires {
			for _, n := range c.needed(r, path) {
				if !slices.Contains(out, n) {
					out = append(out, n)
				}
			}
		}
		return append(out, name)
	}
	return nil
}

// node turns a tree of the model into one of template nodes. ok is false where nothing is left of it.
func (c *chart) node(v any, path []string) (out tree.Node, when tree.Guard, ok bool) {
	cond, v := model.Condition(v)
	when, possible := c.guard(cond)
	if !possible {
		return nil, when, false
	}
	switch t := v.(type) {
	case tree.Node:
		return t, when, true
	case guarded:
		return t.node, when.And(t.when), true
	case string:
		if name, ok := model.Items(t); ok {
			e := tree.Value("parameters", name)
			return tree.Splice{Expr: tree.Call("toYaml", e)}, when.And(tree.If(e)), true
		}
		if name, ok := model.Typed(t); ok {
			out, also := c.typedNode(name)
			return out, when.And(also), true
		}
		if model.HasExpr(t) {
			return tree.Scalar{Expr: c.text(t).To("quote")}, when, true
		}
	case map[string]any:
		if !plain(t) {
			out, ok = c.fields(t, path)
			return out, when, ok
		}
	case []any:
		if !plain(t) {
			out, ok = c.items(t, path)
			return out, when, ok
		}
	}
	return tree.Plain{Value: v}, when, true
}

func (c *chart) fields(t map[string]any, path []string) (tree.Map, bool) {
	var out tree.Map
	for _, k := range emit.SortedKeys(t, emit.KeyOrder(path)) {
		if n, when, ok := c.node(t[k], append(slices.Clone(path), k)); ok {
			out = append(out, tree.Field{Key: k, When: when, Value: n})
		}
	}
	return out, len(out) > 0
}

func (c *chart) items(t []any, path []string) (tree.List, bool) {
	var out tree.List
	for _, e := range t {
		if n, when, ok := c.node(e, path); ok {
			out = append(out, tree.Item{When: when, Value: n})
		}
	}
	return out, len(out) > 0
}

// plain reports whether a value has no expression, condition or node in it.
func plain(v any) bool {
	switch t := v.(type) {
	case tree.Node, guarded:
		return false
	case string:
		return !model.HasExpr(t)
	case map[string]any:
		for k, e := range t {
			if model.HasExpr(k) || !plain(e) {
				return false
			}
		}
	case []any:
		return !slices.ContainsFunc(t, func(e any) bool { return !plain(e) })
	}
	return true
}
