package importer

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/kube/equal"
)

// switchedOf are what a parameter sets that does not become the value of a field: elements that come into a list with the
// value, and fields and elements that are there, as they are, while the value is given.
func (h *helm) switchedOf(d *draft, base map[string]tree, k *knob, c change) ([]field, bool) {
	kind, name := apart(c.place)
	object := kind + "/" + name
	was, isList := c.was.([]any)
	is, alsoList := c.is.([]any)
	if (isList || c.was == nil) && (alsoList || c.is == nil) && (isList || alsoList) {
		if more, at, ok := inserted(was, is); ok {
			return h.addedOf(d, base, k, c, object, more, at)
		}
		if less, at, ok := inserted(is, was); ok && k.value == true && k.tried == false {
			return h.takenOf(d, base, c, object, less, at)
		}
	}
	on, isSwitch := k.tried.(bool)
	value := c.is
	if !on {
		value = c.was
	}
	if !isSwitch || (c.was == nil) != on || (c.is == nil) == on || h.named(d, value) {
		return nil, false
	}
	path, ok := wordsOf(base[c.place], c.path)
	return []field{{object: object, path: path, value: plainly(value)}}, ok
}

// plainly is a value of a canonical object as a description has it: whole numbers have no point.
func plainly(v any) any {
	text, err := json.Marshal(v)
	if err != nil {
		return v
	}
	out, err := decode(text)
	if err != nil {
		return v
	}
	return out
}

// inserted are the elements that a list has more than another, in one place of it.
func inserted(without, with []any) (more []any, at int, ok bool) {
	n := len(with) - len(without)
	if n <= 0 {
		return nil, 0, false
	}
	for at < len(without) && same("x", without[at], with[at]) {
		at++
	}
	for i := at; i < len(without); i++ {
		if !same("x", without[i], with[i+n]) {
			return nil, 0, false
		}
	}
	return with[at : at+n], at, true
}

// addedOf are elements that come into a list: those of the knob's own list; a text with its value; or, with a switch,
// whatever they are.
func (h *helm) addedOf(d *draft, base map[string]tree, k *knob, c change, of string, more []any, at int) ([]field, bool) {
	path, ok := wordsOf(base[c.place], c.path)
	before := field{object: of, path: path, add: true}
	was := list(c.was)
	if !ok {
		return nil, false
	}
	if at < len(was) {
		if ahead, only := elementOf(was, at); only { // else it comes last, as it may in a list that is a set
			before.ahead = ahead
		}
	}
	switch tried := k.tried.(type) {
	case []any:
		own := list(k.value)
		return []field{before}, len(own) == 0 && sameValue(more, tried)
	case tree:
		return nil, false
	}
	if given(k.value) || !given(k.tried) {
		return nil, false
	}
	value, _ := scalar(k.tried)
	var out []field
	reads := k.tried == true
	for _, e := range more {
		f := before
		text, isText := scalar(e)
		if entry := object(e); k.tried != true && entry != nil {
			n := 0
			said := replaced(plainly(entry), value, valueHere, &n)
			if n != 1 || h.named(d, said) {
				return nil, false
			}
			f.value, reads = said, true
			out = append(out, f)
			continue
		}
		switch i := strings.Index(text, value); {
		case k.tried != true && isText && i >= 0 && strings.Count(text, value) == 1 && !strings.Contains(text, "$(") && !h.named(d, strings.Replace(text, value, "", 1)):
			f.before, f.after, f.part, reads = text[:i], text[i+len(value):], true, true
		case h.named(d, e):
			return nil, false
		default:
			f.value = plainly(e)
		}
		out = append(out, f)
	}
	return out, reads
}

// valueHere stands for the value of a parameter that has no name yet.
const valueHere = "\x00"

// replaced is a value with one text in place of another in all of its texts, and counts how often it stands there.
func replaced(v any, text, by string, n *int) any {
	switch t := v.(type) {
	case tree:
		out := tree{}
		for _, k := range sortedKeys(t) {
			out[k] = replaced(t[k], text, by, n)
		}
		return out
	case []any:
		out := make([]any, len(t))
		for i, e := range t {
			out[i] = replaced(e, text, by, n)
		}
		return out
	case string:
		*n += strings.Count(t, text)
		return strings.ReplaceAll(t, text, by)
	}
	return v
}

// takenOf are elements of a list that a switch takes away.
func (h *helm) takenOf(d *draft, base map[string]tree, c change, object string, less []any, at int) ([]field, bool) {
	was := list(c.was)
	var out []field
	for i, e := range less {
		path, ok := wordsOf(base[c.place], c.path)
		element, only := elementOf(was, at+i)
		if !only {
			n := h.placeOf(d, c, e) // as the description has the list
			element, ok = strconv.Itoa(n), ok && n >= 0
		}
		if !ok || h.named(d, e) {
			return nil, false
		}
		out = append(out, field{object: object, path: path + "." + element, value: plainly(e)})
	}
	return out, true
}

// placeOf is the index of an element in a list of the source's object, which may be sorted where it is compared, or -1.
func (h *helm) placeOf(d *draft, c change, e any) int {
	for _, o := range d.src.objects {
		if o.place() == c.place {
			return slices.IndexFunc(list(kube.Along(o.tree, c.path)), func(x any) bool { return same("x", equal.Value(x), equal.Value(e)) })
		}
	}
	return -1
}

// given reports whether a value of a chart is more than nothing, as Helm's templates take it.
func given(v any) bool {
	switch t := v.(type) {
	case nil:
		return false
	case string:
		return t != ""
	case bool:
		return t
	case int64:
		return t != 0
	case float64:
		return t != 0
	}
	return true
}

// named reports whether a value names an object of the chart, or its namespace: what a parameter sets does not follow the
// names of another release.
func (h *helm) named(d *draft, v any) bool {
	text := snapshotOf(v)
	return strings.Contains(text, h.old.release.Namespace) || slices.ContainsFunc(sortedKeys(h.usual), func(place string) bool {
		_, name := apart(place)
		return name != "" && strings.Contains(text, name)
	})
}
