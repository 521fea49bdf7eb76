package helm

import (
	"maps"
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit/helm/internal/tree"
	"github.com/opc-project/opc/kube"
)

// annotated are the annotations of an object that a value sets.
type annotated struct{ value tree.Expr }

// annotations adds to an object the annotations of values, and those of the value commonAnnotations, which sets none that
// the chart sets itself. An annotation of several values is that of the first.
func (c *chart) annotations(object model.Tree, more ...*value) {
	meta := kube.Map(object["metadata"])
	var values []tree.Expr
	for _, v := range more {
		values = append(values, v.expr())
	}
	values = append(values, tree.Value("commonAnnotations"))
	cond, said := model.Condition(meta["annotations"])
	when, _ := c.guard(cond)
	var fields tree.Map
	switch own := said.(type) {
	case annotated:
		values = append([]tree.Expr{own.value}, values...)
	case string: // a parameter is all of them
		name, _ := model.Typed(own)
		values = append([]tree.Expr{tree.Value("parameters", name)}, values...)
	case tree.Map:
		fields = own
	case map[string]any:
		for k := range own {
			c.annotationKeys[k] = true
			for _, v := range more {
				v.refuse(k)
			}
		}
		fields, _ = c.fields(own, []string{"annotations"})
		for i := range fields {
			fields[i].When = when.And(fields[i].When)
		}
	}
	all := united(values)
	if len(fields) > 0 {
		meta["annotations"] = append(fields, tree.Field{When: tree.If(all), Value: tree.Splice{Expr: tree.Call("toYaml", all)}})
		return
	}
	meta["annotations"] = guarded{tree.If(all), tree.Block{Expr: tree.Call("toYaml", all)}}
}

// refuse lets a map not take a key, which the chart sets itself.
func (v *value) refuse(key string) {
	refused := kube.Map(v.schema["properties"])
	if refused == nil {
		refused = map[string]any{}
		v.schema["properties"] = refused
	}
	refused[key] = false
}

// united is one map of several, the first of which hold.
func united(values []tree.Expr) tree.Expr {
	if len(values) == 1 {
		return values[0]
	}
	args := []tree.Expr{tree.Call("dict")}
	for _, v := range values {
		args = append(args, tree.Call("default", tree.Call("dict"), v))
	}
	return tree.Call("merge", args...)
}

// commonAnnotations comes last: it must not set an annotation that some object has.
func (c *chart) commonAnnotations() {
	names := slices.Sorted(maps.Keys(c.annotationKeys))
	c.values.add(value{def: model.Tree{}, schema: without(stringsByName(), names), doc: "Additional annotations for all objects."}, "commonAnnotations")
}
