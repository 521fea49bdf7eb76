package helm

import (
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit/helm/internal/tree"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// A knob lets the installer choose one field of a workload. What the field holds becomes the value's default.
type knob struct {
	field, value string
	schema       func() map[string]any
	doc          string
}

func count() map[string]any { return number(0) }

func objects() map[string]any { return listOf(ofType("object")) }

// wholly is a depth below which no field of Kubernetes' lies.
const wholly = 9

// Fields whose values are held against the type that the API server reads them into.
func workloadField(kind kube.WorkloadKind, name string) func() map[string]any {
	return func() map[string]any { return kube.Shape(kind.Spec, name, wholly) }
}

func podField(name string, depth int) func() map[string]any {
	return func() map[string]any { return kube.Shape(kube.PodShape, name, depth) }
}

func containerField(name string) func() map[string]any {
	return func() map[string]any { return kube.Shape(kube.ContainerShape, name, wholly) }
}

// knob makes a field of a map a value of the chart. A field that
// holds expressions stays as it is, but for a text.
func (c *chart) knob(m map[string]any, at []string, from diag.Path, k knob) {
	current, had := m[k.field]
	if text := kube.Text(current); model.HasExpr(text) && k.schema == nil {
		c.followingKnob(m, at, from, k, text)
		return
	}
	if !plain(current) {
		return
	}
	path := append(slices.Clone(at), k.value)
	e := tree.Value(path...)
	v := value{from: from, doc: k.doc, schema: ofType("string")}
	if k.schema != nil {
		v.schema = k.schema()
	}
	if v.path = path; slices.Contains(evaluated, k.field) && c.selectsOwn(current) {
		v.template, v.doc = true, v.doc+" Templates in it are evaluated."
	}
	var node any
	switch v.schema["type"] {
	case "object":
		v.def, node = orEmpty(current, model.Tree{}), guarded{tree.If(e), tree.Block{Expr: v.yaml()}}
	case "array":
		v.def, node = orEmpty(current, []any{}), guarded{tree.If(e), tree.Block{Expr: v.yaml()}}
	case "boolean":
		v.def, node = orEmpty(current, false), guarded{tree.If(e), tree.Scalar{Expr: e}}
		if current == false { // what is said stays said
			node = tree.Scalar{Expr: e}
		}
	case "integer":
		v.def, node = current, tree.Scalar{Expr: e.To("int")}
		if !had { // 0 is a number too, so only null leaves it out
			v.schema["type"] = []any{"integer", "null"}
			node = guarded{tree.If(tree.Call("kindIs", tree.Text("invalid"), e)).Not(), tree.Scalar{Expr: e.To("int")}}
		}
	default:
		v.def, node = orEmpty(current, ""), guarded{tree.If(e), tree.Scalar{Expr: e.To("quote")}}
	}
	c.values.add(v, path...)
	m[k.field] = node
	if k.field == "annotations" && k.value != "podAnnotations" {
		m[k.field] = annotated{e} // those of other values join them
		own := kube.Map(current)
		for key := range own {
			c.annotationKeys[key] = true
		}
	}
}

// followingKnob is one for a field that names an object of the chart, which is so unless the installer names another.
func (c *chart) followingKnob(m map[string]any, at []string, from diag.Path, k knob, text string) {
	path := append(slices.Clone(at), k.value)
	v := value{from: from, doc: k.doc + " The chart creates one by default.", schema: ofType("string"), def: ""}
	fallback := tree.Call("default", c.text(text), tree.Value(path...))
	v.fallback = &fallback
	c.values.add(v, path...)
	node := tree.Scalar{Expr: v.fallback.To("quote")}
	m[k.field] = node
	if _, ok := model.Typed(text); ok { // a parameter sets it, which can be empty
		m[k.field] = guarded{tree.If(fallback), node}
	}
}

func orEmpty(v, empty any) any {
	if v == nil {
		return empty
	}
	return v
}

// extra lets the installer add items to a list, behind those that the chart has.
func (c *chart) extra(m map[string]any, at []string, field, name string, schema map[string]any, doc string) {
	path := append(slices.Clone(at), name)
	e := tree.Value(path...)
	c.values.add(value{def: []any{}, schema: schema, doc: doc}, path...)
	own := kube.List(m[field])
	if text, ok := m[field].(string); ok { // a parameter sets the list
		if parameter, ok := model.Typed(text); ok {
			node, when := c.typedNode(parameter)
			own = []any{guarded{when, tree.Splice{Expr: node.(tree.Block).Expr}}}
		}
	}
	m[field] = append(slices.Clone(own), guarded{tree.If(e), tree.Splice{Expr: tree.Call("toYaml", e)}})
}
