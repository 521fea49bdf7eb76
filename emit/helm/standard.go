package helm

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit/helm/internal/tree"
	"github.com/opc-project/opc/kube"
)

// standardValues are those that do not stand for a part of one object.
func (c *chart) standardValues() {
	v := c.values
	for _, n := range []struct{ name, doc string }{
		{"nameOverride", "Overrides the chart name in labels and resource names."},
		{"fullnameOverride", "Overrides the prefix of all resource names. Default: the release name, followed by the chart name if the release name does not contain it."},
		{"namespaceOverride", "Overrides the namespace of all objects. Default: the release namespace."},
	} {
		v.add(value{def: "", schema: optional(dnsLabel), doc: n.doc}, n.name)
	}
	c.operatorImage()
	c.featureValues()
	c.parameterValues()
	c.watchValue()
	for _, r := range c.m.Related {
		if c.uses(model.OpImage, r.Name) {
			v.group("Images that the operator uses, each a full reference.", "relatedImages").
				add(value{def: r.Ref, from: r.From, schema: map[string]any{"type": "string", "minLength": 1}, doc: relatedDoc(r)}, r.Name)
		}
	}
}

// commonLabels comes last: it must not say a label that some object has.
func (c *chart) commonLabels() {
	names := append(c.standardKeys(), slices.Sorted(maps.Keys(c.reserved))...)
	c.values.add(value{def: model.Tree{}, schema: without(stringsByName(), names), doc: "Additional labels for all objects."}, "commonLabels")
}

func relatedDoc(r model.RelatedImage) string {
	if r.Env == "" {
		return "Image " + r.Name + "."
	}
	return "Image " + r.Name + ", passed to the operator as " + r.Env + "."
}

func (c *chart) parameterValues() {
	for _, p := range c.m.Parameters {
		doc := p.Doc
		switch {
		case doc == "" && p.Env == "" && len(p.Sets) == 0:
			doc = "Used in the text of another parameter."
		case doc == "" && p.Env == "":
			doc = "Sets " + p.Sets[0].Path + " of the " + strings.Replace(p.Sets[0].Object, "/", " ", 1) + "."
		case doc == "":
			doc = "Environment variable " + p.Env + " of the operator."
		}
		v := value{def: p.Type.Value(p.Default), from: p.From, schema: parameterSchema(p), doc: doc}
		c.values.group("Settings of the operator.", "parameters").add(v, p.Name)
	}
}

func parameterSchema(p model.Parameter) map[string]any {
	s := maps.Clone(p.Schema)
	if s == nil {
		s = map[string]any{}
	}
	s["type"] = string(p.Type)
	if len(p.Enum) > 0 {
		list := make([]any, len(p.Enum))
		for i, e := range p.Enum {
			list[i] = p.Type.Value(e)
		}
		s["enum"] = list
	}
	if p.Pattern != "" {
		s["pattern"] = p.Pattern
	}
	if p.Minimum != "" {
		s["minimum"] = json.Number(p.Minimum)
	}
	if p.Maximum != "" {
		s["maximum"] = json.Number(p.Maximum)
	}
	return s
}

// typedNode is the value of a parameter in its own type, and where it stands: an empty text, list or map is left out.
func (c *chart) typedNode(name string) (tree.Node, tree.Guard) {
	e := tree.Value("parameters", name)
	i := slices.IndexFunc(c.m.Parameters, func(p model.Parameter) bool { return p.Name == name })
	switch c.m.Parameters[i].Type {
	case model.TypeList, model.TypeMap:
		return tree.Block{Expr: tree.Call("toYaml", e)}, tree.If(e)
	case model.TypeString:
		return tree.Scalar{Expr: e.To("quote")}, tree.If(e)
	}
	return tree.Scalar{Expr: c.parameter(name).To("toJson")}, tree.Guard{}
}

// parameter is a parameter's value. Helm reads numbers as floating point: a whole one must not become 1e+06.
func (c *chart) parameter(name string) tree.Expr {
	e := tree.Value("parameters", name)
	for _, p := range c.m.Parameters {
		if p.Name == name && p.Type == model.TypeInteger {
			return e.To("int64")
		}
	}
	return e
}

func (c *chart) related(name string) tree.Expr {
	return c.inRegistry(tree.Value("relatedImages", name))
}

func (c *chart) watchValue() {
	if !c.watches {
		return
	}
	w := c.m.Watch
	schema := listOf(pattern("^" + dnsLabel + "$"))
	schema["uniqueItems"] = true
	doc := "Namespaces to watch. Empty: all namespaces."
	if w.Own {
		doc = "Namespaces to watch. Empty: the namespace of the release."
	}
	if !w.Supports(kube.MultiNamespace) {
		schema["maxItems"] = 1
		doc += " At most one."
	}
	c.values.add(value{def: []any{}, from: w.From, schema: schema, doc: doc}, "watchNamespaces")
}

// watched is the list of the watched namespaces.
func (c *chart) watched() tree.Expr {
	own := tree.Call("list", c.include("namespace"))
	switch {
	case c.m.Watch.Own && c.watches:
		return tree.Call("default", own, tree.Value("watchNamespaces"))
	case c.m.Watch.Own:
		return own
	}
	return tree.Value("watchNamespaces")
}

func (c *chart) watch() tree.Expr {
	if !c.watches && !c.m.Watch.Own {
		return tree.Text("")
	}
	return tree.Call("join", tree.Text(","), c.watched())
}

func (c *chart) watchesSome() tree.Guard { return tree.If(tree.Value("watchNamespaces")) }

// uses reports whether an expression stands in any object.
func (c *chart) uses(op model.Op, arg string) bool {
	found := false
	look := func(_ []string, text string) string {
		_, v := model.Condition(text)
		text = kube.Text(v)
		for _, p := range model.Pieces(text) {
			found = found || p.Op == op && p.Arg == arg
		}
		return text
	}
	for _, o := range c.m.Objects {
		model.Walk(model.Clone(o.Tree), look)
	}
	return found
}
