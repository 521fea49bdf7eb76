package schema

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"cuelang.org/go/cue"

	"github.com/opc-project/opc/schema/diag"
)

// Version is the version of the language, the value of apiVersion.
const Version = "opc/v1"

// Check holds plain data against the schema and reports every fault, each once. CUE's own errors hide each other (a
// conflict hides missing fields, an unknown field a conflict), so the schema is walked beside the data, and CUE judges
// only scalars.
func Check(tree map[string]any) diag.List {
	c := &checker{}
	if v, ok := tree["apiVersion"]; ok && v != Version {
		c.add(diag.Errorf(diag.APIVersion, "/apiVersion", "apiVersion %v is unknown: this opc reads %s", quoted(v), Version))
	}
	c.value("", definition("#Operator"), tree)
	return c.diags
}

type checker struct{ diags diag.List }

func (c *checker) add(d diag.Diagnostic) { c.diags = append(c.diags, d) }

// value checks x, found at p, against what the schema allows there.
func (c *checker) value(p diag.Path, s cue.Value, x any) {
	arms := alternatives(s)
	fitting := slices.DeleteFunc(slices.Clone(arms), func(a cue.Value) bool { return a.IncompleteKind()&kindOf(x) == 0 })
	if len(fitting) == 0 {
		c.wrongType(p, arms, x)
		return
	}
	switch t := x.(type) {
	case map[string]any:
		c.fields(p, bestStruct(fitting, t), t)
	case []any:
		elem := bestList(fitting, t)
		for i, e := range t {
			c.value(p.Index(i), elem, e)
		}
	default:
		c.scalar(p, s, fitting, x)
	}
}

// fields checks a map: its fields must exist in the schema, and the schema's required ones in it.
func (c *checker) fields(p diag.Path, s cue.Value, x map[string]any) {
	known := map[string]cue.Value{}
	it, err := s.Fields(cue.Optional(true))
	for err == nil && it.Next() {
		sel := it.Selector()
		name := sel.Unquoted()
		known[name] = it.Value()
		if _, said := x[name]; !said && sel.ConstraintType() == cue.RequiredConstraint {
			c.add(missing(p, name, it.Value()))
		}
	}
	pattern := s.LookupPath(cue.MakePath(cue.AnyString))
	for _, name := range slices.Sorted(maps.Keys(x)) {
		switch field, ok := known[name]; {
		case ok:
			c.value(p.Child(name), field, x[name])
		case pattern.Exists():
			c.value(p.Child(name), pattern, x[name])
		case !s.Allows(cue.Str(name)):
			c.add(unknown(p, name, slices.Sorted(maps.Keys(known))))
		}
	}
}

// scalar lets CUE judge one value.
func (c *checker) scalar(p diag.Path, s cue.Value, fitting []cue.Value, x any) {
	ctx, _ := language()
	v := ctx.Encode(x)
	for _, arm := range fitting {
		if arm.Unify(v).Validate(cue.Concrete(true)) == nil {
			return
		}
	}
	message := fmt.Sprintf("%s is not allowed here", quoted(x))
	if want := wanted(s, fitting); want != "" {
		message += ": expected " + want
	}
	c.add(diag.Errorf(diag.BadValue, p, "%s", message))
}

func (c *checker) wrongType(p diag.Path, arms []cue.Value, x any) {
	d := diag.Errorf(diag.WrongType, p, "%s is %s: expected %s", last(p), article(x), kinds(arms))
	if _, isText := x.(string); !isText && slices.ContainsFunc(arms, func(a cue.Value) bool { return a.IncompleteKind() == cue.StringKind }) {
		switch x.(type) {
		case int64, float64, bool:
			d = d.WithHint("put it in quotes: %s: \"%v\"", last(p), x)
		}
	}
	c.add(d)
}

func missing(p diag.Path, name string, s cue.Value) diag.Diagnostic {
	where := "the description"
	if p != "" {
		where = last(p)
	}
	d := diag.Errorf(diag.MissingField, p, "%s has no %s, which has no default", where, name)
	if want := wanted(s, alternatives(s)); want != "" {
		return d.WithHint("add %s: %s", name, want)
	}
	if doc := docOf(s); doc != "" {
		return d.WithHint("add %s: %s", name, doc)
	}
	return d
}

func unknown(p diag.Path, name string, known []string) diag.Diagnostic {
	where := "a description"
	if p != "" {
		where = last(p)
	}
	d := diag.Errorf(diag.UnknownField, p.Child(name), "%s has no field %q", where, name)
	if near := nearest(name, known); near != "" {
		return d.WithHint("did you mean %s?", near)
	}
	return d.WithHint("its fields are %s", strings.Join(known, ", "))
}

// last is the name by which a reader knows a path: its last field, with the index where it ends in one.
func last(p diag.Path) string {
	elems := p.Elems()
	if len(elems) == 0 {
		return "the description"
	}
	name := elems[len(elems)-1]
	if strings.Trim(name, "0123456789") == "" && len(elems) > 1 {
		return fmt.Sprintf("%s[%s]", elems[len(elems)-2], name)
	}
	return name
}
