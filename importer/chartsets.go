package importer

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/kube/equal"
)

// maxSets is how many fields one parameter sets at most: what changes more is no knob of a field, but another chart.
const maxSets = 16

// maxDefault is how long the default of a parameter is at most: a longer text, such as a whole file, belongs to its object.
const maxDefault = 1000

// field is a field of an object that a value of the source sets.
type field struct {
	object string // kind and name
	path   string // in words of the description
	before string // what stands before the value, where it is a part of a text
	after  string
	part   bool // whether it is
	was    string
	value  any    // what it holds instead while the value of the source is given
	add    bool   // whether an element is added to the list at the path
	ahead  string // the element in front of which it is, in words of the description
}

// setsOf tells whether a knob sets fields of objects and does nothing else, and which ones.
func (h *helm) setsOf(d *draft, base map[string]tree, k *knob) *parameter {
	if len(k.effect) == 0 || len(k.effect) > maxSets {
		return nil
	}
	p := &parameter{knob: k, arg: -1, value: k.value}
	if m, isMap := p.value.(tree); p.value == nil || isMap && len(m) == 0 { // {} stands for a list too
		p.value = emptyOf(k.tried)
	}
	if text, isText := p.value.(string); p.value == nil || isText && len(text) > maxDefault {
		return nil
	}
	var targets []target
	for _, c := range k.effect {
		if !h.settable(d, base, k, c) {
			return nil
		}
		f, path, ok := h.fieldOf(base, k, c)
		if _, isSwitch := k.tried.(bool); isSwitch && c.was == nil {
			ok = false // off by default, the field is not there
		}
		if ok {
			targets = append(targets, target{base[c.place], path})
			if !slices.ContainsFunc(p.sets, func(other field) bool { return other.key() == f.key() }) {
				p.sets = append(p.sets, f)
			}
			continue
		}
		fields, ok := h.switchedOf(d, base, k, c)
		if !ok {
			return nil
		}
		if kindOf(k.tried) == "list" {
			targets = append(targets, target{base[c.place], c.path})
		}
		p.sets = append(p.sets, fields...)
	}
	var fits bool
	if p.schema, fits = schemaOf(k, targets); !fits {
		return nil
	}
	return p
}

// emptyOf is the empty value of what a null was changed to; nil for numbers and switches, which have none.
func emptyOf(tried any) any {
	switch tried.(type) {
	case string:
		return ""
	case bool:
		return false
	case []any:
		return []any{}
	case tree:
		return tree{}
	}
	return nil
}

// settable reports whether a change is in a field that a parameter can set: one of an object of the source, that is there
// without switches.
func (h *helm) settable(d *draft, base map[string]tree, k *knob, c change) bool {
	if len(c.path) == 0 || base[c.place] == nil || !h.has(d, c.place) {
		return false
	}
	if usual := h.usual[c.place]; len(k.with) > 0 && usual != nil && (c.was == nil || !same("x", kube.Along(usual, c.path), c.was)) {
		return false // it is there with a switch alone, and set it would be there always
	}
	kind, _ := apart(c.place)
	annotations := len(c.path) > 1 && c.path[1] == "annotations"
	return kind != "CustomResourceDefinition" && !slices.Contains(fixed, c.path[0]) && (c.path[0] != "metadata" || annotations)
}

// fieldOf is the field that a change is about, and its path in the object, if it becomes just what the knob became.
func (h *helm) fieldOf(base map[string]tree, k *knob, c change) (f field, path []string, ok bool) {
	kind, name := apart(c.place)
	f = field{object: kind + "/" + name}
	path = c.path
	switch tried := k.tried.(type) {
	case tree:
		if n := len(path) - 1; path[n] == probed && tried[probed] != nil { // one more key of a map
			path = path[:n]
			if here := kube.Along(base[c.place], path); here != nil && !sameValue(here, orEmptyMap(k.value)) {
				return field{}, nil, false
			}
		} else if !sameValue(c.is, tried) || c.was != nil && !sameValue(c.was, k.value) {
			return field{}, nil, false
		}
	case []any:
		if !sameValue(c.is, tried) || c.was != nil && !sameValue(c.was, k.value) {
			return field{}, nil, false
		}
	default:
		if !f.scalar(k, c) {
			return field{}, nil, false
		}
	}
	f.path, ok = wordsOf(base[c.place], path)
	return f, path, ok
}

// fixed are fields that no parameter can set.
var fixed = []string{"apiVersion", "kind", "status", "automountServiceAccountToken"}

// has reports whether an object is one of the source's, or of a feature.
func (h *helm) has(d *draft, place string) bool {
	is := func(o *document) bool { return o.place() == place }
	return slices.ContainsFunc(d.src.objects, is) ||
		slices.ContainsFunc(h.features, func(f *feature) bool { return slices.ContainsFunc(f.objects, is) })
}

func orEmptyMap(v any) any {
	if v == nil {
		return tree{}
	}
	return v
}

// scalar finds a scalar in what a field was and is: it is the field, or a part of its text.
func (f *field) scalar(k *knob, c change) bool {
	value, tried := k.value, k.tried
	if value == nil {
		value = ""
	}
	was, okWas := scalar(value)
	is, okIs := scalar(tried)
	if !okWas || !okIs || is == "" {
		return false
	}
	if sameValue(c.is, tried) && (sameValue(c.was, value) || c.was == nil && was == "") {
		return true
	}
	old, isText := c.was.(string)
	now, alsoText := c.is.(string)
	if !alsoText || !isText && c.was != nil {
		return false
	}
	found := 0
	for i := 0; i+len(is) <= len(now); i++ {
		if now[i:i+len(is)] == is && old == now[:i]+was+now[i+len(is):] {
			f.before, f.after = now[:i], now[i+len(is):]
			found++
		}
	}
	f.part = f.before+f.after != ""
	f.was = old
	return found == 1 && !strings.Contains(old, "$(")
}

// sameValue compares a value with what stands in an object.
func sameValue(a, b any) bool {
	if x, ok := scalar(a); ok {
		y, also := scalar(b)
		return also && x == y
	}
	return same("x", equal.Value(a), equal.Value(b))
}

// wordsOf is a path in the words of a description. Elements of lists are named by what tells them apart, so that a list
// that changes before them does not matter.
func wordsOf(t tree, path []string) (string, bool) {
	var out []string
	var v any = t
	for _, name := range path {
		switch x := v.(type) {
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i >= len(x) {
				return "", false
			}
			word, ok := elementOf(x, i)
			if !ok {
				return "", false
			}
			out, v = append(out, word), x[i]
		case tree:
			v = x[name]
			out = append(out, bracketed(name))
		default:
			v = nil
			out = append(out, bracketed(name))
		}
	}
	return strings.Join(out, "."), true
}

// bracketed is a name as a path of a description has it.
func bracketed(name string) string {
	if strings.ContainsAny(name, ".[") {
		return "[" + name + "]"
	}
	return name
}

// elementOf names an element of a list: by a field that no other has, or by the text itself.
func elementOf(l []any, i int) (string, bool) {
	only := func(value any, of func(any) any) (string, bool) {
		text, ok := scalar(value)
		n := 0
		for _, e := range l {
			if other, isScalar := scalar(of(e)); isScalar && other == text {
				n++
			}
		}
		return text, ok && n == 1 && text != "" && !strings.Contains(text, "].")
	}
	m, isMap := l[i].(tree)
	if !isMap {
		text, ok := only(l[i], func(e any) any { return e })
		return "[=" + text + "]", ok
	}
	for _, by := range []string{"name", "mountPath", "containerPort", "port", "key", "topologyKey"} {
		if text, ok := only(m[by], func(e any) any { return object(e)[by] }); ok {
			return fmt.Sprintf("[%s=%s]", by, text), true
		}
	}
	return strconv.Itoa(i), len(l) == 1
}

// reading are the arguments that read variables of parameters in place of their values, by what they are in the source.
func reading(all []*parameter) map[string]string {
	out := map[string]string{}
	for _, p := range all {
		if was, ok := scalar(p.knob.value); ok && p.env == "" && len(p.sets) == 0 {
			out["[="+p.flag+was+"]"] = "[=" + p.flag + "$(" + p.variable() + ")]"
		}
	}
	return out
}

// said are the sets of a parameter in the description. joint are the fields of several parameters.
func (p *parameter) said(joint map[string]string, reading map[string]string) []any {
	var out []any
	for _, f := range p.sets {
		text := joint[f.key()]
		switch {
		case text == "" && f.part || f.add && f.part:
			text = f.before + "$(" + p.name + ")" + f.after
		case text != "" && !strings.HasPrefix(text, p.name+"\x00"):
			continue // another says it
		case text != "":
			text = strings.TrimPrefix(text, p.name+"\x00")
		}
		entry := tree{"object": f.object, "path": f.path}
		some(entry, "text", text)
		if f.value != nil {
			n := 0
			entry["value"] = replaced(f.value, valueHere, "$("+p.name+")", &n)
		}
		if f.add {
			entry["add"] = true
			some(entry, "before", cmp.Or(reading[f.ahead], f.ahead))
		}
		out = append(out, entry)
	}
	return out
}

// key tells fields apart that one parameter sets, or several.
func (f field) key() string { return f.object + "\x00" + f.path }

// jointTexts are the texts of fields that several parameters are parts of, each behind the name of the first. What is no
// text with each of them in a place of its own can't be said.
func jointTexts(all []*parameter) (texts map[string]string, unsayable map[*parameter]bool) {
	byField := map[string][]*parameter{}
	for _, p := range all {
		for _, f := range p.sets {
			if !f.add {
				byField[f.key()] = append(byField[f.key()], p)
			}
		}
	}
	texts, unsayable = map[string]string{}, map[*parameter]bool{}
	for _, key := range sortedKeys(byField) {
		if list := byField[key]; len(list) > 1 {
			text, ok := joined(key, list)
			for _, p := range list {
				unsayable[p] = unsayable[p] || !ok
			}
			texts[key] = list[0].name + "\x00" + text
		}
	}
	return texts, unsayable
}

// joined puts several parameters into one text.
func joined(key string, list []*parameter) (string, bool) {
	type part struct {
		from, to int
		name     string
	}
	var parts []part
	was := ""
	for i, p := range list {
		f := p.sets[slices.IndexFunc(p.sets, func(f field) bool { return f.key() == key })]
		if !f.part || i > 0 && f.was != was {
			return "", false
		}
		was = f.was
		parts = append(parts, part{len(f.before), len(f.was) - len(f.after), p.name})
	}
	slices.SortFunc(parts, func(a, b part) int { return a.from - b.from })
	out, done := "", 0
	for _, p := range parts {
		if p.from < done {
			return "", false
		}
		out += was[done:p.from] + "$(" + p.name + ")"
		done = p.to
	}
	return out + was[done:], true
}
