package schema

import (
	"bytes"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/parser"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// A Cursor is a place in the text of a description, for editors.
type Cursor struct {
	Path       diag.Path // of the value; of a field whose name is at the cursor, the field's
	Word       string    // what is written there, without quotes
	Key        bool      // it is the name of a field
	Start, End int       // the bytes of the word, with its quotes
}

// marker stands for the word at the cursor while the text is parsed. No description has this word.
const marker = "opcCursorIsHere"

// CursorAt finds the part of a description that an offset is in. The text may be unfinished, as it is while somebody
// types: the word at the cursor is replaced by one that parses. ok is false where nothing can be said.
func CursorAt(name string, text []byte, offset int) (c Cursor, ok bool) {
	if offset < 0 || offset > len(text) {
		return c, false
	}
	c.Start, c.End = wordAt(text, offset)
	c.Word = strings.Trim(string(text[c.Start:c.End]), `"'`)
	before := text[:c.Start]
	if i := bytes.LastIndexByte(before, '\n'); i >= 0 {
		before = before[i+1:]
	}
	word, asField := marker, marker+": null"
	if path.Ext(name) == ".json" {
		word, asField = `"`+marker+`"`, `"`+marker+`": null`
	}
	tries := []string{word, asField}
	switch after := bytes.TrimLeft(text[c.End:], " \t"); {
	case bytes.HasPrefix(after, []byte(":")) || bytes.HasPrefix(after, []byte("?:")) || bytes.HasPrefix(after, []byte("!:")):
		tries = tries[:1]
	case strings.Trim(string(before), " \t-{[,") == "" && (path.Ext(name) == ".json" || !strings.ContainsAny(string(text[c.Start:c.End]), `/"'`)):
		slices.Reverse(tries) // the name of a field, most likely; a file or a text in quotes is an element of a list
	}
	for _, try := range tries {
		probe := slices.Concat(text[:c.Start], []byte(try), text[c.End:])
		if c.Path, c.Key, ok = marked(name, probe); ok {
			if c.Key {
				c.Path = c.Path.Child(c.Word)
			}
			return c, true
		}
	}
	return c, false
}

// wordAt finds the word around an offset: letters, digits and what names and paths are made of, or a text in quotes.
func wordAt(text []byte, offset int) (start, end int) {
	line := bytes.LastIndexByte(text[:offset], '\n') + 1
	stop := len(text)
	if i := bytes.IndexByte(text[offset:], '\n'); i >= 0 {
		stop = offset + i
	}
	for at := line; at < stop; at++ {
		if q := text[at]; q == '"' || q == '\'' {
			close := bytes.IndexByte(text[at+1:stop], q)
			if close < 0 {
				break
			}
			if last := at + 1 + close; offset > at && offset <= last {
				return at, last + 1
			}
			at += 1 + close
		}
	}
	start, end = offset, offset
	for start > line {
		r, n := utf8.DecodeLastRune(text[line:start])
		if !inWord(r) {
			break
		}
		start -= n
	}
	for end < stop {
		r, n := utf8.DecodeRune(text[end:stop])
		if !inWord(r) {
			break
		}
		end += n
	}
	return start, end
}

func inWord(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_-./", r)
}

// marked finds the marker: the path of the value that it stands for, or of the map in which it is the name of a field.
func marked(name string, text []byte) (p diag.Path, key, ok bool) {
	if path.Ext(name) == ".cue" {
		f, _ := parser.ParseFile(name, text, parser.ParseComments, parser.AllErrors) // what could be parsed is enough
		if f == nil {
			return "", false, false
		}
		return markedDecls("", f.Decls)
	}
	docs, _ := kube.Read(name, text)
	if len(docs) == 0 {
		return "", false, false
	}
	return markedTree("", docs[0].Value)
}

func markedTree(p diag.Path, v any) (at diag.Path, key, ok bool) {
	switch x := v.(type) {
	case string:
		return p, false, x == marker
	case map[string]any:
		if _, ok := x[marker]; ok {
			return p, true, true
		}
		for name, e := range x {
			if at, key, ok = markedTree(p.Child(name), e); ok {
				return at, key, true
			}
		}
	case []any:
		for i, e := range x {
			if at, key, ok = markedTree(p.Index(i), e); ok {
				return at, key, true
			}
		}
	}
	return "", false, false
}

func markedDecls(p diag.Path, decls []ast.Decl) (at diag.Path, key, ok bool) {
	for _, d := range decls {
		switch x := d.(type) {
		case *ast.Field:
			name, _, err := ast.LabelName(x.Label)
			if err != nil {
				continue
			}
			if name == marker {
				return p, true, true
			}
			at, key, ok = markedExpr(p.Child(name), x.Value)
		case *ast.EmbedDecl:
			at, key, ok = markedExpr(p, x.Expr)
			if ok && at == p { // a name alone in a map is the beginning of a field
				key = true
			}
		case *ast.BadDecl, *ast.Comprehension, *ast.LetClause:
		}
		if ok {
			return at, key, true
		}
	}
	return "", false, false
}

func markedExpr(p diag.Path, e ast.Expr) (at diag.Path, key, ok bool) {
	switch x := e.(type) {
	case *ast.Ident:
		return p, false, x.Name == marker
	case *ast.StructLit:
		return markedDecls(p, x.Elts)
	case *ast.ListLit:
		for i, e := range x.Elts {
			if at, key, ok = markedExpr(p.Index(i), e); ok {
				return at, key, true
			}
		}
	case *ast.BinaryExpr:
		if at, key, ok = markedExpr(p, x.X); ok {
			return at, key, true
		}
		return markedExpr(p, x.Y)
	case *ast.UnaryExpr:
		return markedExpr(p, x.X)
	case *ast.ParenExpr:
		return markedExpr(p, x.X)
	}
	return "", false, false
}
