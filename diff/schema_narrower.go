package diff

import (
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
)

var limits = map[string]bool{ // whether a greater value is tighter
	"maximum": false, "maxLength": false, "maxItems": false, "maxProperties": false, "exclusiveMaximum": true,
	"minimum": true, "minLength": true, "minItems": true, "minProperties": true, "exclusiveMinimum": true,
	"multipleOf": true, "uniqueItems": true,
}

// schemas are the schemas of the field of a case, in both versions.
func (c *Case) schemas() (old, new model.Tree) {
	return schemaOf(c.Old, c), schemaOf(c.New, c)
}

func schemaOf(o *model.Operator, c *Case) model.Tree {
	i := slices.IndexFunc(o.CRDs, func(crd model.CRD) bool { return crd.Name == c.Named["crd"] })
	if i < 0 {
		return nil
	}
	return schemaAt(o.CRDs[i], c.Named["version"], c.Named["field"])
}

// effective is the value of a keyword as far as it restricts anything: what excludes no value is nil.
func effective(schema model.Tree, keyword string) any {
	v := schema[keyword]
	switch keyword {
	case "minLength", "minItems", "minProperties":
		if canonical(v) == "0" {
			return nil
		}
	case "minimum", "maximum":
		return inclusive(schema, keyword)
	case "exclusiveMinimum", "exclusiveMaximum":
		if schema["type"] == "integer" || schema[bounds[keyword]] == nil {
			return nil
		}
	case "anyOf":
		if schema["x-kubernetes-int-or-string"] == true && reflect.DeepEqual(v, eitherType) {
			return nil
		}
	}
	return v
}

// bounds are the limits that the words beside them make exclusive.
var bounds = map[string]string{"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}

// eitherType is what Kubernetes lets a field with x-kubernetes-int-or-string say besides, and which says the same.
var eitherType = []any{map[string]any{"type": "integer"}, map[string]any{"type": "string"}}

// inclusive is the least or greatest integer of a field: more than 0 is at least 1.
func inclusive(schema model.Tree, keyword string) any {
	v, ok := amount(schema[keyword])
	if !ok || schema["type"] != "integer" {
		return schema[keyword]
	}
	exclusive := schema["exclusive"+strings.ToUpper(keyword[:1])+keyword[1:]] == true
	switch {
	case keyword == "minimum" && exclusive:
		v = math.Floor(v) + 1
	case keyword == "minimum":
		v = math.Ceil(v)
	case exclusive:
		v = math.Ceil(v) - 1
	default:
		v = math.Floor(v)
	}
	if math.Abs(v) < 1<<53 {
		return int64(v)
	}
	return v
}

func amount(v any) (float64, bool) {
	f, err := strconv.ParseFloat(canonical(v), 64)
	return f, err == nil
}

// tighter reports whether a changed limit leaves fewer values.
func tighter(c *Case) bool {
	limit := c.Named["limit"]
	greater, ok := limits[limit]
	switch {
	case !ok || c.Kind == Removed:
		return false
	case limit == "exclusiveMinimum" || limit == "exclusiveMaximum":
		old, new := c.schemas()
		return !farther(old[bounds[limit]], new[bounds[limit]], limit == "exclusiveMaximum")
	case c.Kind == Added:
		return true
	case limit == "multipleOf":
		x, ok := amount(c.Change.Old)
		y, ok2 := amount(c.Change.New)
		return !ok || !ok2 || y == 0 || math.Mod(x, y) != 0
	}
	return !farther(c.Change.Old, c.Change.New, !greater)
}

// farther reports whether a bound moved so that more values are within it.
func farther(old, new any, upwards bool) bool {
	x, ok := amount(old)
	y, ok2 := amount(new)
	return ok && ok2 && x != y && (y > x) == upwards
}

// widerType reports whether every value of a field's old type is one of its new type.
func widerType(c *Case) bool {
	was, is := c.Change.Old, c.Change.New
	_, new := c.schemas()
	switch {
	case was == nil:
		return false
	case is != nil:
		return was == "integer" && is == "number"
	case new["x-kubernetes-int-or-string"] == true:
		return was == "integer" || was == "string"
	}
	return new["x-kubernetes-preserve-unknown-fields"] == true
}

// widerForm is what follows from a wider type.
func widerForm(c *Case) []pattern {
	crd, version, f := c.Named["crd"], c.Named["version"], c.Named["field"]
	return append(sameField(c),
		form("added crds/?/versions/?/schema/?/x-kubernetes-int-or-string", crd, version, f),
		form("added crds/?/versions/?/schema/?/x-kubernetes-preserve-unknown-fields", crd, version, f))
}

// narrowerFormat reports whether the API server validates a field by a format that it did not validate it by before.
func narrowerFormat(c *Case) bool {
	was, is := formats(c)
	return is != "" && is != was && !((is == "uuid" || is == "isbn") && strings.HasPrefix(was, is))
}

// idleFormat reports whether no value is refused by the old or the new format.
func idleFormat(c *Case) bool {
	was, is := formats(c)
	return was == "" && is == ""
}

func formats(c *Case) (was, is string) {
	old, new := c.schemas()
	said := func(s model.Tree, v any) string { return kube.Format(text(s["type"], ""), text(v, "")) }
	return said(old, c.Change.Old), said(new, c.Change.New)
}

// freeKeys reports whether any key and value may stand below a field.
func freeKeys(c *Case) bool {
	_, new := c.schemas()
	return c.Change.New == true || new["x-kubernetes-preserve-unknown-fields"] == true
}

// filled reports whether a field has a default in the new version, which Kubernetes puts where null is not accepted.
func filled(c *Case) bool {
	_, new := c.schemas()
	return new["default"] != nil
}

// narrowerCombination reports whether combined schemas can refuse what they accepted. One more alternative of anyOf, or
// one condition of allOf less, only loosens; oneOf can refuse what now fits twice.
func narrowerCombination(c *Case) bool {
	old := kube.List(c.Change.Old)
	new := kube.List(c.Change.New)
	switch c.Path[len(c.Path)-1] {
	case "anyOf":
		return c.Kind == Added || !eachIn(old, new)
	case "allOf":
		return c.Kind == Added || !eachIn(new, old)
	}
	return true
}

// eachIn reports whether each element of a list is in another.
func eachIn(list, other []any) bool {
	return !slices.ContainsFunc(list, func(e any) bool {
		return !slices.ContainsFunc(other, func(o any) bool { return equal(e, o) })
	})
}
