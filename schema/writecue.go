package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/format"
	"cuelang.org/go/cue/literal"
)

// width is how long a line of CUE gets before what it holds is spread over several; a tab counts as tabWidth.
const (
	width    = 136
	tabWidth = 4
)

// writeCUE prints a description in CUE. Small maps and lists stand in one line, and a map with one field needs no
// braces.
func writeCUE(top *entry) []byte {
	p := &cuePrinter{}
	for _, line := range commentLines(top.comment) {
		p.WriteString(strings.TrimRight("// "+line, " ") + "\n")
	}
	if top.comment != "" {
		p.WriteString("\n")
	}
	p.fields(top.fields, 0)
	out, err := format.Source(p.Bytes())
	if err != nil {
		panic(fmt.Sprintf("schema: wrote CUE that is none: %v", err))
	}
	return out
}

type cuePrinter struct{ bytes.Buffer }

func (p *cuePrinter) indent(depth int) { p.WriteString(strings.Repeat("\t", depth)) }

// small is how many lines two groups of one-line fields may have that stand together.
const small = 4

// fields prints fields, with an empty line between groups unless both are small; within a map, unless one is.
func (p *cuePrinter) fields(list []*entry, depth int) {
	var before, group cuePrinter
	for i, e := range list {
		if e.group {
			before, group = group, cuePrinter{}
		}
		group.field(e, depth)
		if i+1 < len(list) && !list[i+1].group {
			continue
		}
		if before.Len() > 0 && (before.large() && group.large() || depth == 0 && (before.large() || group.large())) {
			p.WriteString("\n")
		}
		p.WriteString(group.String())
	}
}

// large reports whether a group has many lines, or a field of several.
func (p *cuePrinter) large() bool {
	text := p.String()
	return strings.Count(text, "\n") > small || strings.Contains(text, "{\n") || strings.Contains(text, "[\n") || strings.Contains(text, "// ")
}

// field prints a field on lines of its own.
func (p *cuePrinter) field(e *entry, depth int) {
	label := cueLabel(e.name)
	if depth == 0 && (label == "import" || label == "package") {
		label = strconv.Quote(label) // words that begin a file
	}
	comments := commentLines(e.comment)
	for e.kind == mapKind && len(e.fields) == 1 {
		e = e.fields[0]
		label += ": " + cueLabel(e.name)
		comments = append(comments, commentLines(e.comment)...)
	}
	for _, line := range comments {
		p.indent(depth)
		p.WriteString(strings.TrimRight("// "+line, " ") + "\n")
	}
	p.indent(depth)
	p.WriteString(label + ": ")
	p.value(e, depth, depth*tabWidth+utf8.RuneCountInString(label)+2)
	p.WriteString("\n")
}

// value prints a value whose first line begins at a column.
func (p *cuePrinter) value(e *entry, depth, column int) {
	if text, ok := e.inline(); ok && (column+utf8.RuneCountInString(text) <= width || e.kind != mapKind && e.kind != listKind) {
		p.WriteString(text)
		return
	}
	switch e.kind {
	case mapKind:
		p.WriteString("{\n")
		p.fields(e.fields, depth+1)
		p.indent(depth)
		p.WriteString("}")
	case listKind:
		p.list(e, depth)
	default:
		p.WriteString(visible.Replace(literal.String.WithOptionalTabIndent(depth + 1).Quote(e.scalar.(string))))
	}
}

// list prints a list of several lines: each element on lines of its own or, if that is shorter, with the braces of
// neighbours side by side.
func (p *cuePrinter) list(e *entry, depth int) {
	if words, ok := shortWords(e.elems); ok {
		p.filled(words, depth)
		return
	}
	apart, joined := &cuePrinter{}, &cuePrinter{}
	apart.apart(e, depth)
	if allMaps(e.elems) {
		joined.joined(e, depth)
		if strings.Count(joined.String(), "\n") < strings.Count(apart.String(), "\n") {
			apart = joined
		}
	}
	p.WriteString(apart.String())
}

func (p *cuePrinter) apart(e *entry, depth int) {
	p.WriteString("[\n")
	for _, x := range e.elems {
		p.indent(depth + 1)
		p.value(x, depth+1, (depth+1)*tabWidth)
		p.WriteString(",\n")
	}
	p.indent(depth)
	p.WriteString("]")
}

func (p *cuePrinter) joined(e *entry, depth int) {
	p.WriteString("[")
	for i, x := range e.elems {
		if i > 0 {
			p.WriteString(", ")
		}
		p.WriteString("{\n")
		p.fields(x.fields, depth+1)
		p.indent(depth)
		p.WriteString("}")
	}
	p.WriteString("]")
}

// longWord is how long a text is in a list before it gets a line of its own.
const longWord = 64

// shortWords are the elements of a list of short scalars.
func shortWords(elems []*entry) ([]string, bool) {
	var out []string
	for _, x := range elems {
		text, ok := x.inline()
		if !ok || x.kind == mapKind || x.kind == listKind || utf8.RuneCountInString(text) > longWord {
			return nil, false
		}
		out = append(out, text)
	}
	return out, true
}

// filled prints a list of short scalars in full lines.
func (p *cuePrinter) filled(words []string, depth int) {
	p.WriteString("[")
	column := width
	for _, w := range words {
		if n := utf8.RuneCountInString(w) + 2; column+n > width {
			p.WriteString("\n")
			p.indent(depth + 1)
			column = (depth+1)*tabWidth + n
		} else {
			p.WriteString(" ")
			column += n
		}
		p.WriteString(w + ",")
	}
	p.WriteString("\n")
	p.indent(depth)
	p.WriteString("]")
}

func allMaps(elems []*entry) bool {
	for _, x := range elems {
		if x.kind != mapKind || len(x.fields) == 0 {
			return false
		}
	}
	return true
}

// inline is a value in one line, if it has no comments and no text of several lines.
func (e *entry) inline() (string, bool) {
	switch e.kind {
	case mapKind:
		return e.inlineMap()
	case listKind:
		var parts []string
		for _, x := range e.elems {
			text, ok := x.inline()
			if !ok {
				return "", false
			}
			parts = append(parts, text)
		}
		return "[" + strings.Join(parts, ", ") + "]", true
	}
	if s, ok := e.scalar.(string); ok {
		if strings.Contains(strings.TrimSuffix(s, "\n"), "\n") {
			return "", false
		}
		return visible.Replace(literal.String.Quote(s)), true
	}
	return cueScalar(e.scalar), true
}

func (e *entry) inlineMap() (string, bool) {
	var parts []string
	for _, f := range e.fields {
		label := cueLabel(f.name)
		for f.kind == mapKind && len(f.fields) == 1 && f.comment == "" {
			f = f.fields[0]
			label += ": " + cueLabel(f.name)
		}
		text, ok := f.inline()
		if !ok || f.comment != "" {
			return "", false
		}
		parts = append(parts, label+": "+text)
	}
	return "{" + strings.Join(parts, ", ") + "}", true
}

// visible escapes the byte order mark, which CUE's own printer leaves alone and its parser refuses.
var visible = strings.NewReplacer("\ufeff", `\ufeff`)

func cueLabel(name string) string {
	if ast.StringLabelNeedsQuoting(name) {
		return visible.Replace(literal.Label.Quote(name))
	}
	return name
}

// cueScalar prints a scalar that is no text. A fraction keeps its point, or it would be a whole number.
func cueScalar(x any) string {
	switch v := x.(type) {
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case int:
		return strconv.Itoa(v)
	case float64:
		s := strconv.FormatFloat(v, 'g', -1, 64)
		if !strings.ContainsAny(s, ".eE") {
			s += ".0"
		}
		return s
	case json.Number:
		return v.String()
	}
	panic(fmt.Sprintf("schema: %T is no value of a description", x))
}
