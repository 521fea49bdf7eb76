package tree

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/opc-project/opc/emit"
)

// Document is one template file.
type Document struct {
	When Guard
	Each *Expr  // a list: the body is written once for each of its elements
	As   string // the variable that holds the element
	Body Map
}

// Print writes the template: two spaces, list items at the level of their key, the trailing newline that a file has.
func Print(d Document) []byte {
	p := &printer{}
	s := scope{root: ".", true: d.When.known(nil)}
	if !d.When.always() {
		end := " -}}"
		if d.Each != nil {
			end = " }}"
		}
		p.line(0, "{{- if "+d.When.text(s.bare())+end)
	}
	if d.Each != nil {
		p.line(0, fmt.Sprintf("{{- range $%s := %s }}", d.As, d.Each.in(s, false)))
		p.line(0, "---")
		s.root = "$"
	}
	p.fields(d.Body, s, 0, nil)
	if d.Each != nil {
		p.line(0, "{{- end }}")
	}
	if !d.When.always() {
		p.line(0, "{{- end }}")
	}
	return p.b.Bytes()
}

type printer struct{ b bytes.Buffer }

// entry is a field or an item.
type entry struct {
	when  Guard
	value Node
	print func(scope)
}

func (s scope) bare() scope { return scope{root: s.root, dot: s.dot} }

func (p *printer) line(indent int, text string) {
	p.b.WriteString(strings.Repeat(" ", indent) + text + "\n")
}

func (p *printer) fields(m Map, s scope, indent int, path []string) {
	list := make([]entry, len(m))
	for i, f := range m {
		list[i] = entry{f.When.And(f.Value.present()), f.Value, func(s scope) { p.field(f, s, indent, path) }}
	}
	p.entries(list, s, indent)
}

func (p *printer) items(l List, s scope, indent int, path []string) {
	list := make([]entry, len(l))
	for i, item := range l {
		list[i] = entry{item.When, item.Value, func(s scope) { p.item(item, s, indent, path) }}
	}
	p.entries(list, s, indent)
}

// entries writes fields or items; neighbours under the same guard share a block.
func (p *printer) entries(list []entry, s scope, indent int) {
	var groups [][]entry
	for _, e := range list {
		e.when = e.when.given(s.true)
		if n := len(groups); n > 0 && groups[n-1][0].when.equal(e.when) {
			groups[n-1] = append(groups[n-1], e)
		} else {
			groups = append(groups, []entry{e})
		}
	}
	for len(groups) > 0 {
		group, rest := groups[0], groups[1:]
		var otherwise []entry
		if len(rest) > 0 && group[0].when.opposite(rest[0][0].when) {
			otherwise, rest = rest[0], rest[1:]
		}
		p.group(group, otherwise, s, indent)
		groups = rest
	}
}

// group writes entries under one guard, and those that stand where it does not hold.
func (p *printer) group(list, otherwise []entry, s scope, indent int) {
	g := list[0].when
	inner := s
	inner.true = g.known(s.true)
	switch e, single := g.single(); {
	case g.always():
		printAll(list, s)
		return
	case single && len(list) == 1 && otherwise == nil && uses(list[0].value, e):
		p.line(indent, "{{- with "+e.in(s, false)+" }}")
		list[0].print(scope{root: "$", dot: e.String(), true: inner.true})
	default:
		p.line(indent, "{{- if "+g.text(s)+" }}")
		printAll(list, inner)
	}
	if otherwise != nil {
		p.line(indent, "{{- else }}")
		inner.true = otherwise[0].when.known(s.true)
		printAll(otherwise, inner)
	}
	p.line(indent, "{{- end }}")
}

func printAll(list []entry, s scope) {
	for _, e := range list {
		e.print(s)
	}
}

// uses reports whether a node is one action that uses an expression, so that it reads better inside a with.
func uses(n Node, e Expr) bool {
	switch t := n.(type) {
	case Scalar:
		return t.Expr.mentions(e.String())
	case Block:
		return t.Expr.mentions(e.String())
	case Splice:
		return t.Expr.mentions(e.String())
	}
	return false
}

func (p *printer) field(f Field, s scope, indent int, path []string) {
	switch v := f.Value.(type) {
	case Splice:
		p.splice(v.Expr, s, indent)
	case Scalar:
		p.line(indent, key(f.Key)+" {{ "+v.Expr.in(s, false)+" }}")
	case Block:
		p.line(indent, key(f.Key))
		p.splice(v.Expr, s, indent+2)
	case Plain:
		p.plain(map[string]any{f.Key: v.Value}, indent, path)
	case Map:
		if len(v) == 0 {
			p.line(indent, key(f.Key)+" {}")
			return
		}
		p.line(indent, key(f.Key))
		p.fields(v, s, indent+2, append(slices.Clone(path), f.Key))
	case List:
		if len(v) == 0 {
			p.line(indent, key(f.Key)+" []")
			return
		}
		p.line(indent, key(f.Key))
		p.items(v, s, indent, append(slices.Clone(path), f.Key))
	}
}

func (p *printer) item(i Item, s scope, indent int, path []string) {
	switch v := i.Value.(type) {
	case Splice:
		p.splice(v.Expr, s, indent)
	case Scalar:
		p.line(indent, "- {{ "+v.Expr.in(s, false)+" }}")
	case Block:
		p.line(indent, "-")
		p.splice(v.Expr, s, indent+2)
	case Plain:
		p.plain([]any{v.Value}, indent, path)
	case Map, List:
		p.nested(v, s, indent, path)
	}
}

// nested writes an item of several lines. Its first field stands behind the dash unless that field is guarded.
func (p *printer) nested(n Node, s scope, indent int, path []string) {
	inner := &printer{}
	switch v := n.(type) {
	case Map:
		inner.fields(v.sureFirst(), s, indent+2, path)
	case List:
		inner.items(v, s, indent+2, path)
	}
	text := inner.b.String()
	switch body := strings.TrimLeft(text, " "); {
	case text == "":
		p.line(indent, "- {}")
	case strings.HasPrefix(body, "{{-"):
		p.line(indent, "-")
		p.b.WriteString(text)
	default:
		p.line(indent, "- "+strings.TrimSuffix(body, "\n"))
	}
}

// sureFirst moves a field that always stands to the front, where it can stand behind the dash.
func (m Map) sureFirst() Map {
	i := slices.IndexFunc(m, func(f Field) bool { return f.Key != "" && f.When.And(f.Value.present()).always() })
	if i <= 0 {
		return m
	}
	return slices.Concat(m[i:i+1], m[:i], m[i+1:])
}

func (p *printer) splice(e Expr, s scope, indent int) {
	p.line(indent, fmt.Sprintf("{{- %s }}", e.To("nindent", Number(indent)).in(s, false)))
}

// key writes a key as YAML does; the colon is part of it.
func key(name string) string {
	text := string(emit.Encode(emit.Scalar(name)))
	return escape(strings.TrimSuffix(text, "\n")) + ":"
}

// plain writes a value without actions: a map's field or a list's item in a map or list of its own.
func (p *printer) plain(v any, indent int, path []string) {
	n := emit.NodeAt(v, path)
	safe(n)
	for line := range strings.Lines(escape(string(emit.Encode(n)))) {
		if line != "\n" {
			p.b.WriteString(strings.Repeat(" ", indent))
		}
		p.b.WriteString(line)
	}
}

// escape keeps the template engine from taking literal text for actions.
func escape(text string) string { return strings.ReplaceAll(text, "{{", `{{ "{{" }}`) }

// safe quotes texts whose end would be lost: an action that follows trims all space before it.
func safe(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode && n.Style == yaml.LiteralStyle {
		line := strings.TrimSuffix(n.Value, "\n")
		if line == "" || strings.TrimRight(line, " \t\r\n") != line {
			n.Style = yaml.DoubleQuotedStyle
		}
	}
	for _, c := range n.Content {
		safe(c)
	}
}
