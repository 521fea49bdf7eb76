package judge

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/finding"
)

// shape holds a tree against the Go type of its API: a field that the type does not have, or a value of another type,
// is told with its pointer. The API server's strict decoding says the same, but names no list elements.
type shape struct {
	object *kube.Object
	report Report
	broken bool // a value has the wrong type: the object can't be decoded
}

var unmarshaler = reflect.TypeFor[json.Unmarshaler]()

func (s *shape) value(v any, t reflect.Type, pointer string) {
	for t.Kind() == reflect.Pointer && !t.Implements(unmarshaler) {
		t = t.Elem()
	}
	if v == nil {
		return
	}
	if t.Implements(unmarshaler) || reflect.PointerTo(t).Implements(unmarshaler) {
		s.custom(v, t, pointer)
		return
	}
	switch t.Kind() {
	case reflect.Struct:
		if m, ok := v.(map[string]any); s.want(ok, "an object", v, pointer) {
			s.fields(m, t, pointer)
		}
	case reflect.Map:
		if m, ok := v.(map[string]any); s.want(ok, "an object", v, pointer) {
			for _, k := range slices.Sorted(maps.Keys(m)) {
				s.value(m[k], t.Elem(), pointer+"/"+diag.Escape(k))
			}
		}
	case reflect.Slice:
		s.list(v, t, pointer)
	case reflect.Interface:
	default:
		s.want(scalar(v, t), kindName(t), v, pointer)
	}
}

func (s *shape) list(v any, t reflect.Type, pointer string) {
	if t.Elem().Kind() == reflect.Uint8 {
		text, ok := v.(string)
		if ok {
			_, err := base64.StdEncoding.DecodeString(text)
			ok = err == nil
		}
		s.want(ok, "base64", v, pointer)
		return
	}
	list, ok := v.([]any)
	if !s.want(ok, "a list", v, pointer) {
		return
	}
	for i, e := range list {
		s.value(e, t.Elem(), pointer+"/"+strconv.Itoa(i))
	}
}

func (s *shape) fields(m map[string]any, t reflect.Type, pointer string) {
	known := fieldsOf(t)
	for _, k := range slices.Sorted(maps.Keys(m)) {
		at := pointer + "/" + diag.Escape(k)
		ft, ok := known[k]
		if !ok {
			f := finding.Of(s.object, diag.UnknownAPIField, diag.Error, at, "unknown field %s", dotted(at))
			if near := nearestName(k, known); near != "" {
				f = f.WithHint("did you mean %s?", near)
			}
			s.report(f)
			continue
		}
		s.value(m[k], ft, at)
	}
}

// custom lets a type that reads itself, such as a quantity, judge its value.
func (s *shape) custom(v any, t reflect.Type, pointer string) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	data, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(data, reflect.New(t).Interface())
	}
	if err != nil {
		s.broken = true
		s.report.error(s.object, diag.InvalidObject, pointer, "%s is not a %s: %v", dotted(pointer), t.Name(), err)
	}
}

func (s *shape) want(ok bool, what string, v any, pointer string) bool {
	if !ok {
		s.broken = true
		f := finding.Of(s.object, diag.InvalidObject, diag.Error, pointer, "%s is %s: expected %s", dotted(pointer), describe(v), what)
		if _, boolean := v.(bool); boolean && what == "a text" {
			f = f.WithHint("put the value in quotes: without them, YAML reads y, n, yes, no, on, off, true and false as booleans")
		}
		s.report(f)
	}
	return ok
}

func scalar(v any, t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String:
		_, ok := v.(string)
		return ok
	case reflect.Bool:
		_, ok := v.(bool)
		return ok
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n, ok := v.(int64)
		return ok && !reflect.Zero(t).OverflowInt(n)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		n, ok := v.(int64)
		return ok && n >= 0
	case reflect.Float32, reflect.Float64:
		switch v.(type) {
		case int64, float64:
			return true
		}
		return false
	}
	return true
}

func kindName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a text"
	case reflect.Bool:
		return "true or false"
	case reflect.Float32, reflect.Float64:
		return "a number"
	}
	return "a whole number"
}

// describe names a value in a message.
func describe(v any) string {
	switch t := v.(type) {
	case string:
		if len(t) > 40 {
			t = t[:40] + "…"
		}
		return "the text " + strconv.Quote(t)
	case map[string]any:
		return "an object"
	case []any:
		return "a list"
	}
	return fmt.Sprint(v)
}

// dotted writes a pointer as Kubernetes' messages do: spec.containers[0].name.
func dotted(pointer string) string {
	var b strings.Builder
	for _, elem := range diag.Path(pointer).Elems() {
		if _, err := strconv.Atoi(elem); err == nil && b.Len() > 0 {
			b.WriteString("[" + elem + "]")
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(elem)
	}
	return b.String()
}

var fieldCache sync.Map // reflect.Type -> map[string]reflect.Type

// fieldsOf lists the JSON fields of a struct, those of embedded structs among them.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	if cached, ok := fieldCache.Load(t); ok {
		return cached.(map[string]reflect.Type)
	}
	out := map[string]reflect.Type{}
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-" || !f.IsExported():
		case f.Anonymous && (name == "" || strings.Contains(options, "inline")):
			ft := f.Type
			for ft.Kind() == reflect.Pointer {
				ft = ft.Elem()
			}
			if ft.Kind() == reflect.Struct {
				maps.Copy(out, fieldsOf(ft))
			}
		case name != "":
			out[name] = f.Type
		}
	}
	fieldCache.Store(t, out)
	return out
}
