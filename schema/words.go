package schema

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/opc-project/opc/schema/diag"
)

// The messages of the check, in words that need no knowledge of CUE, and hardly any of YAML.

func wrongType(p diag.Path, t *typ, x any, written string) diag.Diagnostic {
	name := p.Dotted()
	if x == nil {
		what := lastName(p)
		if isItem(p) {
			what = "the item"
		}
		return diag.Errorf(diag.WrongType, p, "%s is empty: expected %s", name, t.words()).
			WithHint("give it a value, or remove %s", what)
	}
	d := diag.Errorf(diag.WrongType, p, "%s is %s: expected %s", name, called(x, written), t.words())
	for _, arm := range t.alternatives() {
		if hint := arm.meant(p, x, written); hint != "" {
			return d.WithHint("%s", hint)
		}
	}
	return d
}

// meant says how a value of another type could have been meant.
func (t *typ) meant(p diag.Path, x any, written string) string {
	switch k := kindOf(x); {
	case t.kinds == textKind && k&(numberKind|boolKind) != 0:
		return "put it in quotes: " + assigned(p, strconv.Quote(written))
	case t.kinds == boolKind && isWord(x, "yes", "on", "y", "true") && t.only != false:
		return fmt.Sprintf("write %s, without quotes", assigned(p, "true"))
	case t.kinds == boolKind && isWord(x, "no", "off", "n", "false"):
		return fmt.Sprintf("write %s, without quotes", assigned(p, "false"))
	case t.kinds&numberKind != 0 && k == textKind:
		if _, err := strconv.Atoi(x.(string)); err == nil {
			return fmt.Sprintf("write %s, without quotes", assigned(p, x.(string)))
		}
	case t.kinds == listKind && k == mapKind && t.elem.accepts(x):
		return "write a list of them: " + assigned(p, "[{…}]")
	case t.kinds == listKind && k&(listKind|nullKind) == 0 && t.elem.accepts(x):
		return "write a list: " + assigned(p, "["+quoted(x)+"]")
	case t.kinds == mapKind && k&(listKind|mapKind|nullKind) == 0 && len(t.fields) > 0 && t.fields[0].typ.accepts(x):
		return fmt.Sprintf("write it as a field: %s", assigned(p, fmt.Sprintf("{%s: %s}", t.fields[0].name, quoted(x))))
	}
	return ""
}

// assigned shows a value with the name of its field; an item of a list has none.
func assigned(p diag.Path, value string) string {
	if isItem(p) {
		return value
	}
	return lastName(p) + ": " + value
}

func isItem(p diag.Path) bool {
	dotted := p.Dotted()
	return strings.HasSuffix(dotted, "]") && !strings.HasSuffix(dotted, `"]`)
}

func isWord(x any, words ...string) bool {
	text, ok := x.(string)
	return ok && slices.Contains(words, strings.ToLower(text))
}

// accepts tells whether a scalar could stand here.
func (t *typ) accepts(x any) bool {
	return slices.ContainsFunc(t.alternatives(), func(a *typ) bool { return a.kinds&kindOf(x) != 0 && a.takes(x) })
}

func badValue(p diag.Path, t *typ, fitting []*typ, x any) diag.Diagnostic {
	d := diag.Errorf(diag.BadValue, p, "%s is %s: expected %s", p.Dotted(), quoted(x), t.words())
	text, ok := x.(string)
	if !ok {
		if x == true && fitting[0].only == false {
			return d.WithHint("leave %s out, or write its fields", lastName(p))
		}
		return d
	}
	var choices []string
	for _, a := range fitting {
		if choice, ok := a.only.(string); ok {
			choices = append(choices, choice)
		}
	}
	if near := diag.Nearest(text, choices); near != "" {
		return d.WithInstead(near)
	}
	bare := strings.TrimPrefix(text, "v")
	for _, repaired := range []string{bare, bare + ".0", bare + ".0.0", strings.ToLower(strings.NewReplacer("_", "-", " ", "-").Replace(text))} {
		if repaired != text && t.accepts(repaired) {
			return d.WithInstead(repaired)
		}
	}
	return d
}

// deprecated says until when a field works; the text is a day and what to write instead, parted by a blank.
func deprecated(p diag.Path, until string) diag.Diagnostic {
	day, instead, _ := strings.Cut(until, " ")
	return diag.Warnf(diag.Deprecated, p, "%s is deprecated, and works until %s", p.Dotted(), day).WithHint("write %s instead", instead)
}

func missingField(p diag.Path, f *field) diag.Diagnostic {
	d := diag.Errorf(diag.MissingField, p, "missing field %q", f.name)
	if p != "" {
		d.Message += " in " + p.Dotted()
	}
	return d.WithHint("add %s: %s", f.name, f.typ.words())
}

// unknownField also returns the field of t that was meant, where there is one.
func unknownField(p diag.Path, t *typ, name string) (d diag.Diagnostic, meant string) {
	d = diag.Errorf(diag.UnknownField, p.Child(name), "unknown field %q", shortened(name))
	if p != "" {
		d.Message += " in " + p.Dotted()
	}
	if place := intended(p, t, name); place != "" {
		if place == name { // a field of the description itself
			return d.WithHint("%s is a field of the description itself: write it at the top level", name), place
		}
		if t.field(place) == nil { // it belongs elsewhere
			return d.WithHint("did you mean %q?", place), place
		}
		return d.WithInstead(place), place
	}
	if names := t.names(); len(names) <= 12 {
		return d.WithHint("the fields here are %s", strings.Join(names, ", ")), ""
	}
	return d.WithHint("`opc schema` prints all fields"), ""
}

// words says what is expected: the language's own @want, the choices, or the types.
func (t *typ) words() string {
	if t.want != "" {
		return t.want
	}
	var out []string
	null := false
	for _, a := range t.alternatives() {
		switch w := a.word(); {
		case a.kinds == nullKind:
			null = true
		case w == "true or false":
			out = append(out, "true", "false")
		case !slices.Contains(out, w):
			out = append(out, w)
		}
	}
	if null {
		out = append(out, "null")
	}
	return anyOf(out)
}

func (t *typ) word() string {
	switch {
	case t.want != "":
		return t.want
	case t.only != nil:
		return fmt.Sprint(t.only)
	case t.kinds == anyKind:
		return "any value"
	case t.kinds == mapKind && t.each != nil:
		return "fields with names of your own"
	case t.kinds == listKind && t.elem != nil && t.elem.kinds == textKind:
		return "a list of texts"
	}
	for _, n := range kindNames {
		if t.kinds&n.kind == n.kind {
			return n.name
		}
	}
	return "nothing"
}

var kindNames = []struct {
	kind kind
	name string
}{
	{textKind, "text"}, {boolKind, "true or false"}, {numberKind, "a number"}, {intKind, "a whole number"},
	{listKind, "a list"}, {mapKind, "fields"}, {nullKind, "null"},
}

// anyOf joins choices: a, b or c.
func anyOf(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}

// called names a value with its type.
func called(x any, written string) string {
	switch v := x.(type) {
	case map[string]any:
		return "a set of fields"
	case []any:
		return "a list"
	case string:
		return "the text " + quoted(v)
	case nil:
		return "null"
	case int64, float64:
		return "the number " + shortened(written)
	}
	return fmt.Sprint(x)
}

// lastName is the field that a path ends in: of an element of a list, the list.
func lastName(p diag.Path) string {
	elems := p.Elems()
	for i := len(elems) - 1; i >= 0; i-- {
		if strings.Trim(elems[i], "0123456789") != "" {
			return elems[i]
		}
	}
	return "it"
}

func quoted(x any) string {
	if s, ok := x.(string); ok {
		return strconv.Quote(shortened(s))
	}
	return shortened(fmt.Sprint(x))
}
