package kube

import (
	"fmt"
	"reflect"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Shape is the JSON Schema of a field of a workload's spec, of a pod's spec, or of a container, derived from the Go type
// that the API server decodes it into: types and required fields. Other fields are allowed too, since a newer Kubernetes may
// have more of them. Objects below the field are definitions of the schema, by the name of their type. Below depth levels it
// only requires objects; it is nil for a field that the type does not have.
func Shape(of ShapeOf, field string, depth int) map[string]any {
	for i := range of.NumField() {
		f := of.Field(i)
		if jsonName(f) != field {
			continue
		}
		s := shaper{}
		out := s.shape(f.Type, depth)
		if name, ok := strings.CutPrefix(fmt.Sprint(out["$ref"]), reference); ok { // what a value has beside $ref would be ignored
			out = Map(s[name])
			delete(s, name)
		}
		if len(s) > 0 {
			out["definitions"] = map[string]any(s)
		}
		return out
	}
	return nil
}

// ShapeOf is the type that a field belongs to.
type ShapeOf struct{ reflect.Type }

// The types that charts have values for.
var (
	PodShape       = shapeOf[corev1.PodSpec]()
	ContainerShape = shapeOf[corev1.Container]()
)

func shapeOf[T any]() ShapeOf { return ShapeOf{reflect.TypeFor[T]()} }

var (
	quantityType    = reflect.TypeFor[resource.Quantity]()
	intOrStringType = reflect.TypeFor[intstr.IntOrString]()
)

// choices are types of which the API server takes certain texts only.
var choices = map[reflect.Type][]any{
	reflect.TypeFor[corev1.TaintEffect]():                   {"", "NoSchedule", "PreferNoSchedule", "NoExecute"},
	reflect.TypeFor[corev1.UnsatisfiableConstraintAction](): {"DoNotSchedule", "ScheduleAnyway"},
	reflect.TypeFor[appsv1.DeploymentStrategyType]():        {"Recreate", "RollingUpdate"},
	reflect.TypeFor[appsv1.StatefulSetUpdateStrategyType](): {"OnDelete", "RollingUpdate"},
	reflect.TypeFor[appsv1.DaemonSetUpdateStrategyType]():   {"OnDelete", "RollingUpdate"},
}

// reference is what a $ref to a definition begins with.
const reference = "#/definitions/"

// shaper collects definitions.
type shaper map[string]any

func (s shaper) shape(t reflect.Type, depth int) map[string]any {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t {
	case quantityType:
		return map[string]any{"type": []any{"string", "number"}}
	case intOrStringType:
		return map[string]any{"type": []any{"string", "integer"}}
	}
	switch t.Kind() {
	case reflect.String:
		if choices := choices[t]; choices != nil {
			return map[string]any{"enum": choices}
		}
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int, reflect.Int32, reflect.Int64:
		return map[string]any{"type": "integer"}
	case reflect.Slice:
		return map[string]any{"type": "array", "items": s.shape(t.Elem(), depth)}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": s.shape(t.Elem(), depth)}
	}
	if t.Kind() != reflect.Struct || depth == 0 {
		return map[string]any{"type": "object"}
	}
	return s.define(t, depth-1)
}

// define makes the schema of a struct a definition. One that is cut at another depth than before is not shared.
func (s shaper) define(t reflect.Type, depth int) map[string]any {
	out, properties, required := map[string]any{"type": "object"}, map[string]any{}, []any{}
	s.fields(t, depth, properties, &required)
	if len(properties) > 0 {
		out["properties"] = properties
	}
	if len(required) > 0 {
		out["required"] = required
	}
	if known, ok := s[t.Name()]; ok && !reflect.DeepEqual(known, out) {
		return out
	}
	s[t.Name()] = out
	return map[string]any{"$ref": reference + t.Name()}
}

// fields adds the fields of a struct, and those of the structs embedded in it.
func (s shaper) fields(t reflect.Type, depth int, properties map[string]any, required *[]any) {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous && jsonName(f) == "" {
			s.fields(f.Type, depth, properties, required)
			continue
		}
		name := jsonName(f)
		if name == "" || name == "-" {
			continue
		}
		properties[name] = s.shape(f.Type, depth)
		if !strings.Contains(f.Tag.Get("json"), ",omit") {
			*required = append(*required, name)
		}
	}
}

func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}
