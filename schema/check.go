package schema

import (
	"maps"
	"slices"
	"strings"

	"github.com/opc-project/opc/schema/diag"
)

// Version is the version of the language, the value of apiVersion.
const Version = "opc/v1"

// reserved are the runes that stand around expressions in the compiler's trees: user text can't hold them.
const reserved = "\uE000\uE001"

// Check holds plain data against the language and reports every fault, each once, at its path.
func Check(tree map[string]any) diag.List { return check(tree, nil) }

// check is Check, with an index to ask where names stand and how numbers were written.
func check(tree map[string]any, ix *Index) diag.List {
	c := &checker{index: ix}
	if v, ok := tree["apiVersion"].(string); ok && v != Version {
		c.add(diag.Errorf(diag.APIVersion, "/apiVersion", "apiVersion is %s: this opc reads %s", quoted(v), Version).
			WithHint("write apiVersion: %s, or use the opc that knows %s", Version, shortened(v)))
	}
	c.value("", operator(), tree)
	c.texts("", tree)
	return c.diags
}

type checker struct {
	diags   diag.List
	index   *Index
	unknown int // fields so far
}

func (c *checker) add(d diag.Diagnostic) { c.diags = append(c.diags, d) }

// addAtName adds a finding about the name of a field, and not about its value.
func (c *checker) addAtName(d diag.Diagnostic) {
	if c.index != nil {
		d.Pos = c.index.key(d.Path)
	}
	c.add(d)
}

// value checks x, found at p, against what is allowed there.
func (c *checker) value(p diag.Path, t *typ, x any) {
	if _, wrong := x.(hole); wrong {
		return
	}
	k := kindOf(x)
	fitting := slices.DeleteFunc(slices.Clone(t.alternatives()), func(a *typ) bool { return a.kinds&k == 0 })
	if len(fitting) == 0 {
		c.add(wrongType(p, t, x, c.written(p, x)))
		return
	}
	if t.keepsText() {
		c.spelling(p, x) // with all that is in it
		if k&(listKind|mapKind) != 0 {
			return
		}
	}
	switch v := x.(type) {
	case map[string]any:
		c.fields(p, bestMap(fitting, v), v)
	case []any:
		if elem := fitting[0].elem; elem != nil {
			for i, e := range v {
				c.value(p.Index(i), elem, e)
			}
		}
	default:
		if !slices.ContainsFunc(fitting, func(a *typ) bool { return a.takes(x) }) {
			c.add(badValue(p, t, fitting, x))
		}
	}
}

// fields checks a map: its fields must exist in the language, and the required ones in it.
func (c *checker) fields(p diag.Path, t *typ, x map[string]any) {
	meant := map[string]bool{} // fields that a misspelt one was meant as are not missing too
	for _, name := range slices.Sorted(maps.Keys(x)) {
		switch f := t.field(name); {
		case f != nil:
			if f.until != "" {
				c.addAtName(deprecated(p.Child(name), f.until))
			}
			c.value(p.Child(name), f.typ, x[name])
		case t.each != nil:
			c.value(p.Child(name), t.each, x[name])
		case !t.open || slices.Contains(t.never, name):
			if c.unknown++; c.unknown > 100 {
				c.addAtName(diag.Errorf(diag.UnknownField, p.Child(name), "unknown field %q", shortened(name)))
				continue // who has so many has another kind of file: to look for what each was meant as takes too long
			}
			d, near := unknownField(p, t, name)
			meant[near] = true
			c.addAtName(d)
		}
	}
	for _, f := range t.fields {
		if _, said := x[f.name]; !said && f.required && !meant[f.name] {
			c.add(missingField(p, f))
		}
	}
}

// texts refuses the reserved runes in all texts and names.
func (c *checker) texts(p diag.Path, x any) {
	switch v := x.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if strings.ContainsAny(name, reserved) {
				c.addAtName(reservedRune(p.Child(name)))
			}
			c.texts(p.Child(name), v[name])
		}
	case []any:
		for i, e := range v {
			c.texts(p.Index(i), e)
		}
	case string:
		if strings.ContainsAny(v, reserved) {
			c.add(reservedRune(p))
		}
	}
}

func reservedRune(p diag.Path) diag.Diagnostic {
	return diag.Errorf(diag.BadValue, p, "the text holds U+E000 or U+E001, which opc keeps for itself").
		WithHint("remove the character: it has no meaning in Unicode")
}

// written returns a scalar as it stands in the text.
func (c *checker) written(p diag.Path, x any) string {
	if c.index != nil {
		if raw := c.index.raw(p); raw != "" {
			return raw
		}
	}
	return quoted(x)
}

// takes tells whether a scalar of a fitting kind keeps the type's rule.
func (t *typ) takes(x any) bool {
	switch v := x.(type) {
	case string:
		return (t.only == nil || t.only == v) && (t.pattern == nil || t.pattern.MatchString(v))
	case bool:
		return t.only == nil || t.only == v
	case int64:
		return (t.min == nil || v >= *t.min) && (t.max == nil || v <= *t.max)
	case float64:
		return (t.min == nil || v >= float64(*t.min)) && (t.max == nil || v <= float64(*t.max))
	}
	return true
}

func kindOf(x any) kind {
	switch x.(type) {
	case map[string]any:
		return mapKind
	case []any:
		return listKind
	case string:
		return textKind
	case bool:
		return boolKind
	case int64:
		return intKind
	case float64:
		return fractionKind
	}
	return nullKind
}

// bestMap picks the choice that a map was meant as: the one that knows most of its fields, and then the one that needs
// the fewest others.
func bestMap(arms []*typ, x map[string]any) *typ {
	score := func(t *typ) int {
		n := 0
		for _, f := range t.fields {
			_, said := x[f.name]
			switch {
			case said:
				n += 2
			case f.required:
				n--
			}
		}
		return n
	}
	best := arms[0]
	for _, t := range arms[1:] {
		if score(t) > score(best) {
			best = t
		}
	}
	return best
}
