package kube

import (
	"reflect"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Shape is the JSON Schema of a field of a Deployment's spec, of a pod's spec, or of a container, made from the Go type that
// the API server decodes it into: types and required fields. Other fields are taken too, since a newer Kubernetes may
// know more of them. It looks depth levels deep; nil for a field that the type does not have.
func Shape(of ShapeOf, field string, depth int) map[string]any {
	for i := range of.NumField() {
		if f := of.Field(i); jsonName(f) == field {
			return shape(f.Type, depth)
		}
	}
	return nil
}

// ShapeOf is the type that a field belongs to.
type ShapeOf struct{ reflect.Type }

// The types that charts have values for.
var (
	DeploymentShape = ShapeOf{reflect.TypeFor[appsv1.DeploymentSpec]()}
	PodShape        = ShapeOf{reflect.TypeFor[corev1.PodSpec]()}
	ContainerShape  = ShapeOf{reflect.TypeFor[corev1.Container]()}
)

var (
	quantityType    = reflect.TypeFor[resource.Quantity]()
	intOrStringType = reflect.TypeFor[intstr.IntOrString]()
)

// choices are types of which the API server takes certain texts only.
var choices = map[reflect.Type][]any{
	reflect.TypeFor[corev1.TaintEffect]():                   {"", "NoSchedule", "PreferNoSchedule", "NoExecute"},
	reflect.TypeFor[corev1.UnsatisfiableConstraintAction](): {"DoNotSchedule", "ScheduleAnyway"},
	reflect.TypeFor[appsv1.DeploymentStrategyType]():        {"Recreate", "RollingUpdate"},
}

func shape(t reflect.Type, depth int) map[string]any {
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
		return map[string]any{"type": "array", "items": shape(t.Elem(), depth)}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": shape(t.Elem(), depth)}
	}
	out := map[string]any{"type": "object"}
	if t.Kind() != reflect.Struct || depth == 0 {
		return out
	}
	properties, required := map[string]any{}, []any{}
	addShapes(t, depth-1, properties, &required)
	if len(properties) > 0 {
		out["properties"] = properties
	}
	if len(required) > 0 {
		out["required"] = required
	}
	return out
}

// addShapes adds the fields of a struct, and those of the structs embedded in it.
func addShapes(t reflect.Type, depth int, properties map[string]any, required *[]any) {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous && jsonName(f) == "" {
			addShapes(f.Type, depth, properties, required)
			continue
		}
		name := jsonName(f)
		if name == "" || name == "-" {
			continue
		}
		properties[name] = shape(f.Type, depth)
		if !strings.Contains(f.Tag.Get("json"), ",omit") {
			*required = append(*required, name)
		}
	}
}

func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}
