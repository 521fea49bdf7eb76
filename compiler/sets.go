package compiler

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// sets puts parameters into the fields of objects that they set.
func (s *state) sets() {
	taken := map[string]diag.Path{}
	for _, adds := range []bool{false, true} { // an index means an element of the list as the description has it
		for i := range s.m.Parameters {
			p := &s.m.Parameters[i]
			for j, set := range s.spec.Parameters[p.Name].Sets {
				if set.Add == adds {
					s.set(p, set, p.From.Child("sets").Index(j), taken)
				}
			}
		}
	}
}

// set puts a parameter into one field. taken are the fields that parameters set already.
func (s *state) set(p *model.Parameter, set schema.Set, at diag.Path, taken map[string]diag.Path) {
	found := s.objectsNamed(set.Object)
	if len(found) == 0 {
		s.add(diag.Errorf(diag.UnknownName, at.Child("object"), "there is no object %s", set.Object).WithHint("write kind and name, such as %s", s.someObject()))
		return
	}
	path, ok := fieldPath(set.Path)
	if !ok {
		s.add(diag.Errorf(diag.BadValue, at.Child("path"), "%q is not the path of a field", set.Path).
			WithHint("separate names by dots, and put a name that contains dots in brackets: metadata.annotations.[example.com/team]"))
		return
	}
	if slices.Contains([]string{"apiVersion", "kind", "metadata.name", "metadata.namespace", "metadata.labels"}, strings.Join(path, ".")) {
		s.errorf(diag.BadValue, at.Child("path"), "a parameter can't set %s: its value must be known before the install", set.Path)
		return
	}
	value := s.setValue(p, set, at)
	for _, i := range found {
		o := &s.m.Objects[i]
		var fault string
		var pointer string
		if set.Add {
			pointer, fault = s.addTo(o, p, set, path, value)
		} else {
			_, pointer, fault = s.setField(o.Tree, path, "", func(old any) (any, string) { return s.settable(p, set.Text, value, old) })
		}
		key := strconv.Itoa(i) + pointer
		switch other, dup := taken[key]; {
		case fault != "":
			s.errorf(diag.BadValue, at.Child("path"), "%s of the %s %s can't be set: %s", set.Path, o.Kind(), s.plainName(o.Name()), fault)
			return
		case set.Add: // others can add to the same list
		case dup:
			s.add(diag.Errorf(diag.DuplicateName, at, "two parameters set %s of the %s %s", set.Path, o.Kind(), s.plainName(o.Name())).
				WithRelated(other, "the other").WithHint("set it once, with a text that contains both: text: \"$(first):$(second)\""))
			return
		default:
			taken[key] = at
		}
		o.Origins = append([]model.ObjOrigin{{Pointer: pointer, From: at}}, o.Origins...)
	}
	first := s.m.Objects[found[0]]
	said := model.Set{Object: first.Kind() + "/" + s.plainName(first.Name()), Path: set.Path, Text: set.Text, Add: set.Add, Before: set.Before}
	if value != nil {
		said.Value = jsonText(value)
	}
	p.Sets = append(p.Sets, said)
}

// objectsNamed are the objects that Kind/name means, by their index; "" means the manager's workload.
func (s *state) objectsNamed(ref string) []int {
	kind, name, _ := strings.Cut(ref, "/")
	var out []int
	for i, o := range s.m.Objects {
		own := s.plainName(o.Name())
		if ref == "" {
			if !s.manager.None && s.m.Workloads[0].Is(o) {
				out = append(out, i)
			}
		} else if o.Kind() == kind && (own == name || own == s.m.NamePrefix+"-"+name) {
			out = append(out, i)
		}
	}
	return out
}

// someObject is an object that could be named.
func (s *state) someObject() string {
	if len(s.m.Objects) == 0 {
		return "Service/metrics"
	}
	o := s.m.Objects[0]
	return o.Kind() + "/" + s.plainName(o.Name())
}

// fieldPath splits a path at its dots, but for those in brackets, which stay around what they hold unless that is just a
// name.
func fieldPath(path string) (out []string, ok bool) {
	for path != "" {
		elem, rest := path, ""
		if inner, found := strings.CutPrefix(path, "["); found {
			i := strings.LastIndex(strings.SplitAfterN(inner+".", "].", 2)[0], "]")
			if i < 0 {
				return nil, false
			}
			elem, rest = inner[:i], inner[i+1:]
			if strings.Contains(elem, "=") {
				elem = "[" + elem
			}
			if rest != "" && !strings.HasPrefix(rest, ".") {
				return nil, false
			}
			rest = strings.TrimPrefix(rest, ".")
		} else {
			elem, rest, _ = strings.Cut(path, ".")
		}
		if elem == "" {
			return nil, false
		}
		out, path = append(out, elem), rest
	}
	return out, len(out) > 0
}

// setField changes what stands at a path below v. Maps on the way are made; elements of lists must be there. It returns v
// and the place as a JSON pointer, or why it can't.
func (s *state) setField(v any, path []string, pointer string, change func(old any) (any, string)) (out any, place, fault string) {
	if len(path) == 0 {
		cond, old := model.Condition(v)
		now, fault := change(old)
		given, now := model.Condition(now)
		return model.When(cond.And(given), now), pointer, fault
	}
	switch t := v.(type) {
	case map[string]any, nil:
		m := kube.Map(t)
		if m == nil {
			m = map[string]any{}
		}
		if strings.HasPrefix(path[0], "[") {
			return v, "", fmt.Sprintf("%s] selects an element of a list, but there is no list", path[0])
		}
		below, place, fault := s.setField(m[path[0]], path[1:], pointer+"/"+diag.Escape(path[0]), change)
		if fault == "" {
			m[path[0]] = below
		}
		return m, place, fault
	case []any:
		i := s.element(t, path[0])
		if i < 0 {
			return v, "", fmt.Sprintf("the list has no element %s", strings.TrimPrefix(path[0], "["))
		}
		below, place, fault := s.setField(t[i], path[1:], pointer+"/"+strconv.Itoa(i), change)
		if fault == "" {
			t[i] = below
		}
		return t, place, fault
	}
	return v, "", fmt.Sprintf("the field above %s is not a map or a list", path[0])
}

// element is the index of what a step of a path means in a list: an index, [field=value, or [=value for a scalar. What
// another parameter has set already is meant by what it holds by default.
func (s *state) element(list []any, step string) int {
	by, isField := strings.CutPrefix(step, "[")
	if !isField {
		if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(list) {
			return i
		}
		return -1
	}
	field, value, _ := strings.Cut(by, "=")
	scope := model.Scope{Name: s.base, Namespace: s.m.Namespace, Parameters: map[string]string{}}
	for _, p := range s.m.Parameters {
		scope.Parameters[p.Name] = p.Default
	}
	return slices.IndexFunc(list, func(e any) bool {
		_, e = model.Condition(e)
		if m, ok := e.(map[string]any); ok && field != "" {
			e = m[field]
		} else if ok != (field != "") {
			return false
		}
		text, _ := scalarText(e)
		return scope.String(text) == value
	})
}

// valueRef is a parameter in the text of a field.
var valueRef = regexp.MustCompile(`\$\(([A-Za-z0-9]+)\)`)

// settable is what a field becomes that a parameter sets, where old stands now.
func (s *state) settable(p *model.Parameter, text string, value, old any) (out any, fault string) {
	if value != nil {
		return model.When(model.All(model.AtomGiven(p.Name)), value), ""
	}
	if text == "" {
		if _, isText := old.(string); isText && !p.Type.Whole() {
			return model.Ref(model.OpParameter, p.Name), "" // a number in a text stays one
		}
		return model.Ref(model.OpValue, p.Name), ""
	}
	known := map[string]*model.Parameter{}
	for i := range s.m.Parameters {
		known[s.m.Parameters[i].Name] = &s.m.Parameters[i]
	}
	own := false
	result := valueRef.ReplaceAllStringFunc(text, func(ref string) string {
		name := ref[2 : len(ref)-1]
		other := known[name]
		switch {
		case other == nil:
			return ref // the kubelet may know it
		case other.Type.Whole():
			fault = fmt.Sprintf("the parameter %s is a list or a map, which can't be part of a text", name)
		}
		own = own || name == p.Name
		return model.Ref(model.OpParameter, name)
	})
	if !own && fault == "" {
		fault = fmt.Sprintf("its text does not contain $(%s); known parameters: %s", p.Name, strings.Join(slices.Sorted(maps.Keys(known)), ", "))
	}
	return result, fault
}
