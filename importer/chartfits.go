package importer

import (
	"slices"
	"strconv"

	"github.com/opc-project/opc/kube/equal"
)

// target is a field that a value of the source sets, in its object.
type target struct {
	object tree
	path   []string
}

// takes reports whether a field takes a value by the type that Kubernetes has for its object. A custom resource takes
// anything.
func (t target) takes(value any) bool {
	object := clone(t.object)
	if !replace(object, value, t.path) {
		return false
	}
	if _, err := equal.Normal(object); err != nil {
		return false
	}
	return len(equal.UnknownFields(object)) <= len(equal.UnknownFields(t.object))
}

// replace puts a value at a path below v. Maps on the way are made; elements of lists must be there.
func replace(v, value any, path []string) bool {
	switch t := v.(type) {
	case tree:
		if len(path) == 1 {
			t[path[0]] = value
			return true
		}
		if t[path[0]] == nil {
			t[path[0]] = tree{}
		}
		return replace(t[path[0]], value, path[1:])
	case []any:
		if i, err := strconv.Atoi(path[0]); err == nil && i >= 0 && i < len(t) && len(path) > 1 {
			return replace(t[i], value, path[1:])
		}
	}
	return false
}

// schemaOf is what is known of the elements of a list or a map that sets fields: what all of them take. ok is false where
// they don't take what the value was changed to.
func schemaOf(k *knob, fields []target) (schema tree, ok bool) {
	take := func(value any) bool {
		return !slices.ContainsFunc(fields, func(t target) bool { return !t.takes(value) })
	}
	switch tried := k.tried.(type) {
	case []any:
		_, isText := tried[len(tried)-1].(string)
		texts, objects := take([]any{probed}), take([]any{tree{}})
		switch {
		case texts && (isText || !objects):
			return tree{"items": tree{"type": "string"}}, true
		case objects:
			return tree{"items": tree{"type": "object"}}, true
		}
		return nil, false
	case tree:
		switch {
		case take(tree{probed: probed}) && allTexts(tried):
			return tree{"additionalProperties": tree{"type": "string"}}, true
		case take(tree{probed: "1"}) && allTexts(tried): // amounts, which may be numbers
			return tree{"additionalProperties": tree{"type": []any{"string", "number"}}}, true
		}
		return nil, take(tried)
	}
	return nil, true
}

func allTexts(t tree) bool {
	for _, v := range t {
		if _, isText := v.(string); !isText {
			return false
		}
	}
	return true
}
