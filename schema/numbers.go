package schema

import "reflect"

// plainNumbers replaces the json.Number values that decoding left inside the free-form parts of a description.
func plainNumbers(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			plainNumbers(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				plainNumbers(v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			plainNumbers(v.Index(i))
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			elem := reflect.New(v.Type().Elem()).Elem()
			elem.Set(v.MapIndex(k))
			plainNumbers(elem)
			v.SetMapIndex(k, elem)
		}
	case reflect.Interface:
		if !v.IsNil() {
			v.Set(reflect.ValueOf(Numbers(v.Interface())))
		}
	}
}
