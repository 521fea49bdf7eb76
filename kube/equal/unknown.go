package equal

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"

	"github.com/opc-project/opc/kube"
)

// Unknown is a field that an object's type does not have. The API server drops it.
type Unknown struct {
	Path []string
	As   string // the field whose name it has but for capitals: what reads case-insensitively takes it for that
}

// UnknownFields lists the fields of an object that its Kubernetes type does not have, in order. Of an object whose type
// is not known it knows nothing.
func UnknownFields(tree map[string]any) []Unknown {
	known := typeOf(tree)
	if known == nil {
		return nil
	}
	var out []Unknown
	unknown(nil, tree, reflect.TypeOf(known), &out)
	return out
}

var (
	unmarshaler = reflect.TypeFor[json.Unmarshaler]()
	schemaType  = reflect.TypeFor[apiextensionsv1.JSONSchemaProps]()
	// schemas are types that read themselves, as a schema or something else.
	schemas = []reflect.Type{
		reflect.TypeFor[apiextensionsv1.JSONSchemaPropsOrBool](),
		reflect.TypeFor[apiextensionsv1.JSONSchemaPropsOrArray](),
		reflect.TypeFor[apiextensionsv1.JSONSchemaPropsOrStringArray](),
	}
)

func unknown(path []string, v any, t reflect.Type, out *[]Unknown) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case slices.Contains(schemas, t):
		unknownInSchemas(path, v, out)
		return
	case reflect.PointerTo(t).Implements(unmarshaler):
		return
	}
	switch x := v.(type) {
	case map[string]any:
		if t.Kind() == reflect.Struct {
			unknownInStruct(path, x, t, out)
		}
		if t.Kind() == reflect.Map {
			for _, k := range slices.Sorted(maps.Keys(x)) {
				unknown(append(path, k), x[k], t.Elem(), out)
			}
		}
	case []any:
		if t.Kind() == reflect.Slice {
			for i, e := range x {
				unknown(append(path, strconv.Itoa(i)), e, t.Elem(), out)
			}
		}
	}
}

func unknownInSchemas(path []string, v any, out *[]Unknown) {
	switch x := v.(type) {
	case map[string]any:
		unknown(path, x, schemaType, out)
	case []any:
		for i, e := range x {
			if m, ok := e.(map[string]any); ok {
				unknown(append(path, strconv.Itoa(i)), m, schemaType, out)
			}
		}
	}
}

func unknownInStruct(path []string, x map[string]any, t reflect.Type, out *[]Unknown) {
	fields := jsonFields(t)
	for _, k := range slices.Sorted(maps.Keys(x)) {
		below := append(path, k)
		if ft, ok := fields[k]; ok {
			unknown(below, x[k], ft, out)
			continue
		}
		u := Unknown{Path: slices.Clone(below)}
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			if strings.EqualFold(name, k) {
				u.As = name
			}
		}
		*out = append(*out, u)
	}
}

// fieldsByType are the fields of the types that were asked for.
var fieldsByType sync.Map

// jsonFields are the JSON fields of a struct, those of embedded structs too.
func jsonFields(t reflect.Type) map[string]reflect.Type {
	if fields, ok := fieldsByType.Load(t); ok {
		return fields.(map[string]reflect.Type)
	}
	fields := map[string]reflect.Type{}
	fieldsOf(t, fields)
	fieldsByType.Store(t, fields)
	return fields
}

// fieldsOf collects the JSON fields of a struct, those of embedded structs too.
func fieldsOf(t reflect.Type, out map[string]reflect.Type) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-":
		case f.Anonymous && name == "":
			fieldsOf(f.Type, out)
		case f.IsExported():
			out[name] = f.Type
		}
	}
}

// Correct gives the field of an object that UnknownFields found the name that it is read under, or drops it where there is
// none.
func (u Unknown) Correct(tree map[string]any) {
	var at any = tree
	for _, elem := range u.Path[:len(u.Path)-1] {
		switch t := at.(type) {
		case map[string]any:
			at = t[elem]
		case []any:
			i, _ := strconv.Atoi(elem)
			at = t[i]
		}
	}
	t := kube.Map(at)
	name := u.Path[len(u.Path)-1]
	if _, taken := t[u.As]; u.As != "" && !taken {
		t[u.As] = t[name]
	}
	delete(t, name)
}
