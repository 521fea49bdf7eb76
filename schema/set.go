package schema

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"

	"github.com/opc-project/opc/schema/diag"
)

// setPrefix begins the file name of a value that --set said: it is told where a file's name would be.
const setPrefix = "--set "

// setting is one path=value: it replaces what the description says, as if it had been written there.
type setting struct {
	text  string // as it was written
	path  diag.Path
	value string
}

// settings parses the values of --set. Dots part the fields; \. is a dot in a name.
func settings(texts []string) ([]setting, diag.List) {
	var out []setting
	var diags diag.List
	for _, text := range texts {
		name, value, ok := strings.Cut(text, "=")
		s := setting{text: text, value: value}
		for _, elem := range strings.Split(strings.ReplaceAll(name, `\.`, "\x00"), ".") {
			ok = ok && elem != ""
			s.path = s.path.Child(strings.ReplaceAll(elem, "\x00", "."))
		}
		if !ok {
			d := diag.Errorf(diag.BadValue, "", "a setting is a path and a value, such as version=1.2.3")
			d.Pos = diag.Pos{File: setPrefix + text}
			diags = append(diags, d)
			continue
		}
		out = append(out, s)
	}
	return out, diags
}

// settingPath writes a path as --set takes it.
func settingPath(p diag.Path) string {
	elems := p.Elems()
	for i, elem := range elems {
		elems[i] = strings.ReplaceAll(elem, ".", `\.`)
	}
	return strings.Join(elems, ".")
}

// read returns the value in the type that belongs there: text where the language takes nothing else, or where the
// description says text now; else what YAML takes it for.
func (s setting) read(nowText bool) any {
	takes := anyKind
	if t := operator().at(s.path.Elems()); t != nil {
		takes = 0
		for _, arm := range t.alternatives() {
			takes |= arm.kinds
		}
	}
	if takes == textKind || nowText && takes&textKind != 0 {
		return s.value
	}
	if s.value == "null" && takes&nullKind != 0 {
		return nil
	}
	docs, faults := descriptions.Read("", []byte(s.value))
	if len(faults) > 0 || len(docs) != 1 {
		return s.value
	}
	switch v := docs[0].Value.(type) {
	case map[string]any, []any:
		if strings.ContainsAny(s.value[:1], "[{") {
			return v
		}
		return s.value // "a: b" is meant as text
	default:
		return v
	}
}

// setInTree applies settings to plain data.
func setInTree(tree any, all []setting) diag.List {
	var diags diag.List
	for _, s := range all {
		if fields, ok := tree.(map[string]any); ok && !setInPlain(fields, s.path.Elems(), s) {
			diags = append(diags, diag.Errorf(diag.BadValue, s.path, "there is no %s to set", s.path.Dotted()))
		}
	}
	return diags
}

func setInPlain(at any, elems []string, s setting) bool {
	name, rest := elems[0], elems[1:]
	switch t := at.(type) {
	case map[string]any:
		if len(rest) == 0 {
			_, text := t[name].(string)
			t[name] = s.read(text)
			return true
		}
		switch now := t[name].(type) {
		case map[string]any, []any:
		default:
			long, ok := s.longForm(len(rest), now)
			if !ok {
				return false
			}
			t[name] = long
		}
		return setInPlain(t[name], rest, s)
	case []any:
		i, err := strconv.Atoi(name)
		if err != nil || i < 0 || i >= len(t) {
			return false
		}
		if len(rest) == 0 {
			_, text := t[i].(string)
			t[i] = s.read(text)
			return true
		}
		return setInPlain(t[i], rest, s)
	}
	return false
}

// setInCUE applies settings to the text of a description in CUE before it is evaluated, so that what refers to a value
// follows it.
func setInCUE(files []*ast.File, all []setting) {
	for _, s := range all {
		found := false
		for _, f := range files {
			found = setInDecls(f.Decls, s.path.Elems(), s) || found
		}
		if !found && len(files) > 0 {
			files[0].Decls = append(files[0].Decls, s.decl(s.path.Elems()))
		}
	}
}

func setInDecls(decls []ast.Decl, elems []string, s setting) bool {
	found := false
	for _, decl := range decls {
		f, ok := decl.(*ast.Field)
		if !ok {
			continue
		}
		if name, _, err := ast.LabelName(f.Label); err != nil || name != elems[0] {
			continue
		}
		if len(elems) == 1 {
			f.Value = s.expr(isText(f.Value))
			found = true
			continue
		}
		if long, ok := s.literal(f.Value, elems[1:]); ok {
			f.Value, found = long, true
			continue
		}
		found = setInExpr(f.Value, elems[1:], s) || found
	}
	return found
}

// literal is what a field becomes that holds a plain value, of which the setting sets a part.
func (s setting) literal(e ast.Expr, rest []string) (ast.Expr, bool) {
	var now any
	switch x := e.(type) {
	case *ast.BasicLit:
		if x.Kind == token.STRING {
			text, err := literal.Unquote(x.Value)
			if err != nil {
				return nil, false
			}
			now = text
		}
	case *ast.Ident:
		if x.Name != "true" && x.Name != "false" {
			return nil, false
		}
	default:
		return nil, false
	}
	long, ok := s.longForm(len(rest), now)
	if !ok || !setInPlain(long, rest, s) {
		return nil, false
	}
	return s.parsed(long), true
}

// longForm is a value of a field as fields, so that one of them can be set: image: "a/b:1" is
// image: {repository: "a/b", tag: "1"}. ok is false for a text that has no such form. below is how many elements of
// the setting's path stand below the field.
func (s setting) longForm(below int, now any) (map[string]any, bool) {
	text, isText := now.(string)
	if !isText || text == "" {
		return map[string]any{}, true
	}
	elems := s.path.Elems()
	t := operator().at(elems[:len(elems)-below])
	if t == nil {
		return nil, false
	}
	for _, arm := range t.alternatives() {
		switch names := arm.names(); {
		case slices.Contains(names, "repository") && slices.Contains(names, "digest"):
			return imageFields(text), true
		case slices.Contains(names, "image") && slices.Contains(names, "env"):
			return map[string]any{"image": text}, true
		}
	}
	return nil, false
}

// imageFields splits a reference.
func imageFields(ref string) map[string]any {
	out := map[string]any{}
	name, digest, _ := strings.Cut(ref, "@")
	if digest != "" {
		out["digest"] = digest
	}
	if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
		name, out["tag"] = name[:i], name[i+1:]
	}
	out["repository"] = name
	return out
}

func setInExpr(e ast.Expr, elems []string, s setting) bool {
	switch x := e.(type) {
	case *ast.ParenExpr:
		return setInExpr(x.X, elems, s)
	case *ast.BinaryExpr:
		if x.Op != token.AND {
			return false
		}
		left := setInExpr(x.X, elems, s)
		return setInExpr(x.Y, elems, s) || left
	case *ast.StructLit:
		if setInDecls(x.Elts, elems, s) {
			return true
		}
	case *ast.ListLit:
		i, err := strconv.Atoi(elems[0])
		if err != nil || i < 0 || i >= len(x.Elts) || slices.ContainsFunc(x.Elts, isComprehension) {
			return false
		}
		if len(elems) > 1 {
			return setInExpr(x.Elts[i], elems[1:], s)
		}
		x.Elts[i] = s.expr(isText(x.Elts[i]))
		return true
	}
	return false
}

func isComprehension(e ast.Expr) bool {
	_, ok := e.(*ast.Comprehension)
	return ok
}

func isText(e ast.Expr) bool {
	switch x := e.(type) {
	case *ast.BasicLit:
		return x.Kind == token.STRING
	case *ast.Interpolation:
		return true
	}
	return false
}

// expr returns the value as CUE, at the position of the setting.
func (s setting) expr(nowText bool) ast.Expr { return s.parsed(s.read(nowText)) }

func (s setting) parsed(value any) ast.Expr {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		panic(err) // plain data
	}
	e, err := parser.ParseExpr(setPrefix+s.text, text.Bytes())
	if err != nil {
		panic(err) // JSON is CUE
	}
	return e
}

// decl returns the value as a field of the file.
func (s setting) decl(elems []string) ast.Decl {
	f := &ast.Field{Label: ast.NewString(elems[0])}
	if len(elems) == 1 {
		f.Value = s.expr(false)
	} else {
		f.Value = &ast.StructLit{Elts: []ast.Decl{s.decl(elems[1:])}}
	}
	return f
}
