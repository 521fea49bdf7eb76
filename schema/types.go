package schema

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"
)

// typ is what the language allows at one place. The language is read from opc/operator.cue into this tree once, since
// CUE's own judgement of a value can't be told to people: its errors hide each other and speak of disjunctions. A test
// holds the tree against CUE's judgement. A typ with arms is a choice between them and has no rule of its own.
type typ struct {
	name    string // of the definition, such as Image; "" for what was written in place
	doc     string // comment of the definition
	want    string // what a value should be, in words: for hints and messages
	arms    []*typ
	kinds   kind
	pattern *regexp.Regexp
	min     *int64
	max     *int64
	only    any      // the one value that is allowed
	fields  []*field // of a map, in the order of the text
	embeds  *typ     // the type whose fields stand first among them
	open    bool     // a map that takes further fields
	never   []string // fields that an open map does not take all the same
	each    *typ     // what the fields of a map with free names hold
	elem    *typ     // what the elements of a list are
}

// field is a field of a map.
type field struct {
	name     string
	required bool
	doc      string
	group    bool     // the first of a new group: the text has an empty line before it
	alias    []string // other words for the field, which people try
	holds    []string // what people look for beside the field, and belongs in it
	until    string   // day on which a deprecated field ends, and what to write instead; "" for others
	typ      *typ
}

// kind is a set of JSON types.
type kind int

const (
	textKind kind = 1 << iota
	boolKind
	intKind
	fractionKind
	nullKind
	listKind
	mapKind

	numberKind = intKind | fractionKind
	anyKind    = textKind | boolKind | numberKind | nullKind | listKind | mapKind
)

// operator is the type of a whole description.
var operator = sync.OnceValue(func() *typ { return parseLanguage(Language()).definition("Operator") })

// alternatives returns the choices at a place: the type itself when there is just one.
func (t *typ) alternatives() []*typ {
	if len(t.arms) == 0 {
		return []*typ{t}
	}
	return t.arms
}

// field returns a field by name, or nil.
func (t *typ) field(name string) *field {
	for _, f := range t.fields {
		if f.name == name {
			return f
		}
	}
	return nil
}

// names returns the names of the fields, in order.
func (t *typ) names() []string {
	var out []string
	for _, f := range t.fields {
		out = append(out, f.name)
	}
	return out
}

// at returns what the language allows at a path of elements: nil where the language does not look.
func (t *typ) at(elems []string) *typ {
	for i, elem := range elems {
		for _, arm := range t.alternatives() {
			next := arm.each
			if f := arm.field(elem); f != nil {
				next = f.typ
			} else if arm.elem != nil {
				next = arm.elem
			}
			if next == nil {
				continue
			}
			if found := next.at(elems[i+1:]); found != nil {
				return found
			}
		}
		return nil
	}
	return t
}

// languageText is a parsed schema, whose definitions become types when they are asked for.
type languageText struct {
	source map[string]*ast.Field
	types  map[string]*typ
	order  []string // definitions, in the order of the text
}

// parseLanguage reads a schema. It knows the part of CUE that schemas are written in, and panics at anything else: the
// schema is part of the program.
func parseLanguage(text []byte) *languageText {
	file, err := parser.ParseFile(languageFile, text, parser.ParseComments)
	if err != nil {
		panic(err)
	}
	l := &languageText{source: map[string]*ast.Field{}, types: map[string]*typ{}}
	for _, decl := range file.Decls {
		if f, ok := decl.(*ast.Field); ok {
			name := strings.TrimPrefix(labelOf(f), "#")
			l.source[name] = f
			l.order = append(l.order, name)
		}
	}
	return l
}

func (l *languageText) definition(name string) *typ {
	if t, ok := l.types[name]; ok {
		return t
	}
	f := l.source[name]
	if f == nil {
		panic("schema: no definition #" + name)
	}
	t := l.typ(f.Value)
	t.name, t.doc = name, docOf(f)
	if want := attribute(f, "want"); want != "" {
		t.want = want
	}
	l.types[name] = t
	return t
}

func (l *languageText) typ(e ast.Expr) *typ {
	switch x := e.(type) {
	case *ast.ParenExpr:
		return l.typ(x.X)
	case *ast.Ident:
		if name, ok := strings.CutPrefix(x.Name, "#"); ok {
			return l.definition(name)
		}
		return &typ{kinds: basicKind(x.Name), open: x.Name == "_"}
	case *ast.BasicLit:
		return literalType(x)
	case *ast.UnaryExpr:
		return bound(x)
	case *ast.BinaryExpr:
		left, right := l.typ(x.X), l.typ(x.Y)
		if x.Op == token.OR {
			return &typ{arms: append(append([]*typ{}, left.alternatives()...), right.alternatives()...)}
		}
		return both(left, right)
	case *ast.ListLit:
		elem := &typ{kinds: anyKind, open: true} // [...]
		if rest := x.Elts[0].(*ast.Ellipsis); rest.Type != nil {
			elem = l.typ(rest.Type)
		}
		return &typ{kinds: listKind, elem: elem}
	case *ast.StructLit:
		return l.mapType(x)
	}
	panic(fmt.Sprintf("schema: %s: not understood: %T", e.Pos(), e))
}

func (l *languageText) mapType(s *ast.StructLit) *typ {
	t := &typ{kinds: mapKind}
	for _, decl := range s.Elts {
		switch d := decl.(type) {
		case *ast.Ellipsis:
			t.open = true
		case *ast.EmbedDecl:
			t.embeds = l.typ(d.Expr)
			t.fields = append(t.fields, t.embeds.fields...)
		case *ast.Field:
			if _, free := d.Label.(*ast.ListLit); free {
				t.each = l.typ(d.Value)
			} else if _, never := d.Value.(*ast.BottomLit); never {
				t.never = append(t.never, labelOf(d))
			} else {
				t.fields = append(t.fields, l.fieldOf(d))
			}
		}
	}
	return t
}

func (l *languageText) fieldOf(d *ast.Field) *field {
	f := &field{name: labelOf(d), required: d.Constraint == token.NOT, doc: docOf(d), typ: l.typ(d.Value)}
	f.alias = strings.Fields(attribute(d, "alias"))
	f.holds = strings.Fields(attribute(d, "holds"))
	f.until = attribute(d, "deprecated")
	if want := attribute(d, "want"); want != "" {
		own := *f.typ
		own.want = want
		f.typ = &own
	}
	for _, c := range ast.Comments(d) {
		f.group = f.group || c.Doc && c.Pos().RelPos() == token.NewSection
	}
	return f
}

func basicKind(name string) kind {
	switch name {
	case "string":
		return textKind
	case "bool":
		return boolKind
	case "int":
		return intKind
	case "number":
		return numberKind
	case "null":
		return nullKind
	case "_":
		return anyKind
	}
	panic("schema: no type " + name)
}

func literalType(x *ast.BasicLit) *typ {
	switch x.Kind {
	case token.NULL:
		return &typ{kinds: nullKind}
	case token.TRUE, token.FALSE:
		return &typ{kinds: boolKind, only: x.Kind == token.TRUE}
	case token.STRING:
		return &typ{kinds: textKind, only: textOf(x)}
	}
	panic("schema: no literal " + x.Value)
}

// bound reads =~"pattern", >=n and <=n.
func bound(x *ast.UnaryExpr) *typ {
	lit := x.X.(*ast.BasicLit)
	if x.Op == token.MAT {
		return &typ{kinds: textKind, pattern: regexp.MustCompile(textOf(lit))}
	}
	n, err := strconv.ParseInt(lit.Value, 10, 64)
	if err != nil {
		panic(err)
	}
	if x.Op == token.GEQ {
		return &typ{kinds: numberKind, min: &n}
	}
	return &typ{kinds: numberKind, max: &n}
}

// both joins two rules: int & >=1.
func both(a, b *typ) *typ {
	t := *a
	t.kinds = a.kinds & b.kinds
	if b.min != nil {
		t.min = b.min
	}
	if b.max != nil {
		t.max = b.max
	}
	return &t
}

func textOf(lit *ast.BasicLit) string {
	text, err := literal.Unquote(lit.Value)
	if err != nil {
		panic(err)
	}
	return text
}

func labelOf(f *ast.Field) string {
	name, _, err := ast.LabelName(f.Label)
	if err != nil {
		panic(err)
	}
	return name
}

func attribute(f *ast.Field, key string) string {
	for _, a := range f.Attrs {
		if name, body := a.Split(); name == key {
			text, err := literal.Unquote(body)
			if err != nil {
				panic(err)
			}
			return text
		}
	}
	return ""
}

// docOf returns the comment above a field, as one line of text; an empty comment line parts paragraphs.
func docOf(f *ast.Field) string {
	var out []string
	for _, group := range ast.Comments(f) {
		if !group.Doc {
			continue
		}
		for paragraph := range strings.SplitSeq(group.Text(), "\n\n") {
			out = append(out, strings.Join(strings.Fields(paragraph), " "))
		}
	}
	return strings.Join(out, "\n\n")
}
