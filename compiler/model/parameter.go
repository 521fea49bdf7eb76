package model

import (
	"encoding/json"
	"strconv"
	"strings"
)

// ParameterType is the type of a parameter's values, as JSON Schema calls it.
type ParameterType string

// The types of parameters.
const (
	TypeString  ParameterType = "string"
	TypeInteger ParameterType = "integer"
	TypeNumber  ParameterType = "number"
	TypeBoolean ParameterType = "boolean"
	TypeList    ParameterType = "array"
	TypeMap     ParameterType = "object"
)

// Whole reports whether values of the type are lists or maps. Their text is JSON.
func (t ParameterType) Whole() bool { return t == TypeList || t == TypeMap }

// Parameter is a knob of the operator: a Helm value and an overlay's setting, carried by an environment variable that an
// OLM Subscription can override, or by fields of objects.
type Parameter struct {
	Node
	Name    string // camelCase
	Doc     string
	Type    ParameterType
	Default string         // as text
	Enum    []string       `json:",omitempty"`
	Pattern string         `json:",omitempty"`
	Minimum string         `json:",omitempty"`
	Maximum string         `json:",omitempty"`
	Schema  map[string]any `json:",omitempty"` // JSON Schema of a list or a map
	Env     string         `json:",omitempty"` // the environment variable of the manager that carries it
	Arg     string         `json:",omitempty"` // the flag that reads it, such as --zap-log-level
	Sets    []Set          `json:",omitempty"` // the fields that carry it
}

// Set is a field of an object that carries a parameter.
type Set struct {
	Object string // its kind and name
	Path   string // of the field, as the description says it
	Text   string `json:",omitempty"` // the field's text, with $(NAME) for values; "" where the field is the value itself
	Value  string `json:",omitempty"` // JSON of what the field holds while the parameter has a value
	Add    bool   `json:",omitempty"` // whether it is added to the list at the path
	Before string `json:",omitempty"` // the element in front of which it is
}

// Given reports whether a value is more than nothing: no empty text, list or map, not false and not 0. Helm's templates
// take the same for true.
func (t ParameterType) Given(text string) bool {
	switch v := t.Value(text).(type) {
	case string:
		return v != ""
	case bool:
		return v
	case int64:
		return v != 0
	case float64:
		return v != 0
	case []any:
		return len(v) > 0
	case map[string]any:
		return len(v) > 0
	}
	return true
}

// Value is a value of the type, from its text.
func (t ParameterType) Value(text string) any {
	switch t {
	case TypeBoolean:
		return text == "true"
	case TypeInteger:
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n
		}
	case TypeNumber:
		if n, err := strconv.ParseFloat(text, 64); err == nil {
			return n
		}
	case TypeList, TypeMap:
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		var v any
		if d.Decode(&v) == nil {
			return numbers(v)
		}
	}
	return text
}

// numbers makes the numbers of JSON those of trees: int64 where they are whole, else float64.
func numbers(v any) any {
	switch t := v.(type) {
	case map[string]any:
		for k, e := range t {
			t[k] = numbers(e)
		}
	case []any:
		for i, e := range t {
			t[i] = numbers(e)
		}
	case json.Number:
		if n, err := t.Int64(); err == nil {
			return n
		}
		f, _ := t.Float64()
		return f
	}
	return v
}
