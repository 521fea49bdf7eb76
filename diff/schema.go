package diff

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// rootField is the field that is the whole object of an API.
const rootField = "."

// schemaWalk compares two OpenAPI schemas of one version of an API. A change's path ends with the field, written as
// users write it (.spec.ports[].name; {} stands for any key of a map), and the keyword; a whole field that came or went
// has no keyword.
type schemaWalk struct {
	*differ
	path     Path
	old, new diag.Path // of the schemas
}

// at is one field while schemas are walked.
type at struct {
	field    string // as users write it
	property string // as crdify writes it
	pointer  diag.Path
}

func (a at) child(name string) at {
	base := strings.TrimSuffix(a.field, rootField)
	return at{base + "." + name, a.property + "." + name, a.pointer.Child("properties").Child(name)}
}

func (a at) items() at {
	return at{a.field + "[]", a.property + ".items", a.pointer.Child("items")}
}

func (a at) values() at {
	return at{a.field + "{}", a.property + ".additionalProperties", a.pointer.Child("additionalProperties")}
}

func (w *schemaWalk) compare(field string, old, new model.Tree) {
	w.schemas(at{field: field, property: "^"}, old, new)
}

func (w *schemaWalk) schemas(a at, old, new model.Tree) {
	for _, k := range keywords(old, new) {
		x, y := old[k], new[k]
		switch {
		case k == "properties":
			w.properties(a, fields(x), fields(y))
		case k == "items" && bothMaps(x, y):
			w.schemas(a.items(), fields(x), fields(y))
		case k == "additionalProperties" && bothMaps(x, y):
			w.schemas(a.values(), fields(x), fields(y))
		case k == "x-kubernetes-validations":
			w.validations(a, x, y)
		case k == "required" || k == "x-kubernetes-list-map-keys" || k == "enum" && said(k, x) && said(k, y):
			w.set(a, k, x, y)
		default:
			w.keyword(a, k, effective(old, k), effective(new, k))
		}
	}
}

func keywords(old, new model.Tree) []string {
	names := slices.Collect(maps.Keys(old))
	for k := range new {
		if _, both := old[k]; !both {
			names = append(names, k)
		}
	}
	slices.Sort(names)
	return names
}

func fields(v any) model.Tree { return kube.Map(v) }

func bothMaps(x, y any) bool {
	_, a := x.(map[string]any)
	_, b := y.(map[string]any)
	return a && b
}

// said reports whether a keyword says something: one that is false or empty mostly does not.
func said(keyword string, v any) bool {
	if keyword == "default" || keyword == "additionalProperties" {
		return v != nil
	}
	return v != false && !blank(v)
}

// keyword compares what has no parts.
func (w *schemaWalk) keyword(a at, name string, x, y any) {
	if name == "allOf" || name == "anyOf" || name == "oneOf" {
		x, y = unordered(x), unordered(y)
	}
	switch had, has := said(name, x), said(name, y); {
	case had && !has:
		w.tell(a, Removed, x, nil, name)
	case has && !had:
		w.tell(a, Added, nil, y, name)
	case had && !equal(x, y):
		w.tell(a, Changed, x, y, name)
	}
}

// unordered puts the alternatives of a schema in an order of their own.
func unordered(v any) any {
	list, ok := v.([]any)
	if !ok {
		return v
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b any) int { return strings.Compare(canonical(a), canonical(b)) })
	return list
}

func (w *schemaWalk) tell(a at, kind Kind, x, y any, rest ...string) {
	pointer := a.pointer
	if len(rest) > 0 {
		pointer = pointer.Child(rest[0])
	}
	w.changes = append(w.changes, Change{
		Kind: kind, Path: w.path.child(append([]string{a.field}, rest...)...), Old: x, New: y,
		OldFrom: w.old + pointer, NewFrom: w.new + pointer, property: a.property,
	})
}

// properties compares the fields of an object.
func (w *schemaWalk) properties(a at, old, new model.Tree) {
	var gone, come []string
	for _, name := range keywords(old, new) {
		x, had := old[name]
		y, has := new[name]
		switch {
		case had && has:
			w.schemas(a.child(name), fields(x), fields(y))
		case had:
			gone = append(gone, name)
		default:
			come = append(come, name)
		}
	}
	for _, name := range gone {
		to := ""
		for _, other := range come {
			if renamedField(name, other, fields(old[name]), fields(new[other])) {
				to = other
			}
		}
		if to == "" {
			w.tell(a.child(name), Removed, old[name], nil)
			continue
		}
		come = slices.DeleteFunc(come, func(s string) bool { return s == to })
		w.tell(a.child(to), Renamed, old[name], new[to])
		c := &w.changes[len(w.changes)-1]
		c.From, c.OldFrom, c.property = a.child(name).field, w.old+a.child(name).pointer, a.child(name).property
	}
	for _, name := range come {
		w.tell(a.child(name), Added, nil, new[name])
	}
}

// renamedField guesses whether a field is another under a new name: it has the same schema, and one that says more than
// a type, or a name that differs in case or number alone.
func renamedField(old, new string, x, y model.Tree) bool {
	if !equal(x, y) {
		return false
	}
	text := kube.Text(x["description"])
	fold := func(s string) string { return strings.TrimSuffix(strings.ToLower(s), "s") }
	return len(text) > 10 || len(fields(x["properties"])) > 1 || fold(old) == fold(new)
}

// set compares sets of scalars.
func (w *schemaWalk) set(a at, name string, x, y any) {
	old, new := words(x), words(y)
	for _, s := range old {
		if !slices.Contains(new, s) {
			w.tell(a, Removed, s, nil, name, s)
		}
	}
	for _, s := range new {
		if !slices.Contains(old, s) {
			w.tell(a, Added, nil, s, name, s)
		}
	}
}

// words are the elements of a list of scalars as texts.
func words(v any) []string {
	list := kube.List(v)
	out := make([]string, 0, len(list))
	for _, e := range list {
		out = append(out, canonical(e))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// validations compares CEL rules. A rule is known by its text; one whose text changed is still the same if its message
// is.
func (w *schemaWalk) validations(a at, x, y any) {
	old, new := celRules(x), celRules(y)
	var gone []string
	come := slices.DeleteFunc(slices.Sorted(maps.Keys(new)), func(k string) bool { return old[k] != nil })
	for _, text := range slices.Sorted(maps.Keys(old)) {
		if new[text] == nil {
			gone = append(gone, text)
		} else if !equal(old[text], new[text]) {
			w.tell(a, Changed, old[text], new[text], validations, text, "message")
		}
	}
	for _, text := range gone {
		i := slices.IndexFunc(come, func(k string) bool {
			return new[k]["message"] != nil && equal(new[k]["message"], old[text]["message"]) || len(gone) == 1 && len(come) == 1
		})
		if i < 0 {
			w.tell(a, Removed, text, nil, validations, text)
			continue
		}
		w.tell(a, Changed, text, come[i], validations, text)
		come = slices.Delete(come, i, i+1)
	}
	for _, text := range come {
		w.tell(a, Added, nil, text, validations, text)
	}
}

const validations = "x-kubernetes-validations"

// celRules are the rules by their text; said twice, the second is told apart by its number.
func celRules(v any) map[string]model.Tree {
	list := kube.List(v)
	out := map[string]model.Tree{}
	for _, e := range list {
		m := kube.Map(e)
		text := kube.Text(m["rule"])
		for n := 2; out[text] != nil; n++ {
			text = strings.TrimSpace(text) + " #" + strconv.Itoa(n)
		}
		out[text] = m
	}
	return out
}
