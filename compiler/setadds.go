package compiler

import (
	"slices"
	"strconv"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// setValue is what a field holds while a parameter has a value, or nil where it is the value itself.
func (s *state) setValue(p *model.Parameter, set schema.Set, at diag.Path) any {
	switch {
	case set.Value != nil && set.Text != "":
		s.add(diag.Errorf(diag.Conflict, at.Child("value"), "value and text both set the content of the field").WithHint("remove one of them"))
	case set.Value != nil && p.Type.Whole():
		s.add(diag.Errorf(diag.Conflict, at.Child("value"), "value needs a text, a number or a boolean to switch it, and the parameter %s is a list or a map", p.Name).
			WithHint("change the type of the parameter, or remove value"))
	case set.Before != "" && !set.Add:
		s.add(diag.Errorf(diag.Conflict, at.Child("before"), "before requires add: true").WithHint("set add: true, or remove before"))
	}
	if set.Value == nil {
		return nil
	}
	return s.withValues(schema.Numbers(set.Value))
}

// withValues replaces $(NAME) in the texts of a value that a parameter sets. What is no parameter the kubelet may know.
func (s *state) withValues(v any) any {
	switch t := v.(type) {
	case map[string]any:
		for k, e := range t {
			t[k] = s.withValues(e)
		}
	case []any:
		for i, e := range t {
			t[i] = s.withValues(e)
		}
	case string:
		return valueRef.ReplaceAllStringFunc(t, func(ref string) string {
			name := ref[2 : len(ref)-1]
			i := slices.IndexFunc(s.m.Parameters, func(p model.Parameter) bool { return p.Name == name && !p.Type.Whole() })
			if i < 0 {
				return ref
			}
			return model.Ref(model.OpParameter, name)
		})
	}
	return v
}

// addTo adds to the list at a path of an object, and returns the place of the first element that is added as a JSON pointer,
// or why it can't be.
func (s *state) addTo(o *model.Object, p *model.Parameter, set schema.Set, path []string, value any) (place, fault string) {
	element, fault := s.added(p, set.Text, value)
	if fault != "" {
		return "", fault
	}
	_, pointer, fault := s.setField(o.Tree, path, "", func(old any) (any, string) {
		list, isList := old.([]any)
		if !isList && old != nil {
			return old, "it is not a list"
		}
		at := len(list)
		if set.Before != "" {
			if at = s.elementNamed(list, set.Before); at < 0 {
				return old, "the list has no element " + set.Before
			}
		}
		place = strconv.Itoa(at)
		out := append(append(append([]any{}, list[:at]...), element), list[at:]...)
		return out, ""
	})
	if fault != "" {
		return "", fault
	}
	shift(o.Origins, pointer+"/", place)
	return pointer + "/" + place, ""
}

// elementNamed is the index of an element that a description selects, or -1.
func (s *state) elementNamed(list []any, said string) int {
	steps, ok := fieldPath(said)
	if !ok || len(steps) != 1 {
		return -1
	}
	return s.element(list, steps[0])
}

// added is the element that a parameter adds to a list while it has a value.
func (s *state) added(p *model.Parameter, text string, value any) (out any, fault string) {
	given := model.All(model.AtomGiven(p.Name))
	switch {
	case value != nil:
		return model.When(given, value), ""
	case p.Type == model.TypeList && text == "":
		return model.Ref(model.OpItems, p.Name), ""
	case text == "" && p.Type.Whole():
		return model.Ref(model.OpValue, p.Name), ""
	case text == "":
		return model.When(given, model.Ref(model.OpParameter, p.Name)), ""
	case p.Type == model.TypeBoolean && !strings.Contains(text, "$("+p.Name+")"):
		return model.When(given, text), "" // the text stands there or not
	}
	out, fault = s.settable(p, text, nil, nil)
	if fault != "" {
		return nil, fault
	}
	return model.When(given, out), ""
}

// shift moves the origins of a list's elements behind a new one.
func shift(origins []model.ObjOrigin, list, at string) {
	from, _ := strconv.Atoi(at)
	for i, o := range origins {
		rest, below := strings.CutPrefix(o.Pointer, list)
		step, tail, more := strings.Cut(rest, "/")
		n, err := strconv.Atoi(step)
		if !below || err != nil || n < from {
			continue
		}
		if tail = "/" + tail; !more {
			tail = ""
		}
		origins[i].Pointer = list + strconv.Itoa(n+1) + tail
	}
}
