package equal

import "reflect"

// zeros are the kinds of object in which a field that says just what its type holds by itself stays: those that the
// description writes itself, with all that the source says. A cluster takes the field and none for the same.
var zeros = set("Deployment", "StatefulSet", "DaemonSet", ClusterServiceVersion)

// withZeros puts back what a type leaves out: fields of the raw object that hold false, 0 or an empty text.
func withZeros(out, raw any, t reflect.Type) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if reflect.PointerTo(t).Implements(unmarshaler) {
		return
	}
	switch x := raw.(type) {
	case map[string]any:
		o, ok := out.(map[string]any)
		if !ok || t.Kind() != reflect.Struct {
			return
		}
		fields := jsonFields(t)
		for k, v := range x {
			field, known := fields[k]
			switch _, kept := o[k]; {
			case !known:
			case kept:
				withZeros(o[k], v, field)
			case isZero(v) && reflect.TypeOf(v).ConvertibleTo(field):
				o[k] = v
			}
		}
	case []any:
		o, ok := out.([]any)
		if !ok || t.Kind() != reflect.Slice || len(o) != len(x) {
			return
		}
		for i := range x {
			withZeros(o[i], x[i], t.Elem())
		}
	}
}

func isZero(v any) bool { return v == false || v == int64(0) || v == float64(0) || v == "" }
