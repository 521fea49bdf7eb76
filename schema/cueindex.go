package schema

import (
	"iter"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"

	"github.com/opc-project/opc/schema/diag"
)

// cuePlace is where a value was said in CUE: the name of its field, and the value itself (of a struct or list the name,
// which is where a reader looks).
type cuePlace struct {
	key, value diag.Pos
	raw        string // of a literal, as it was written
}

// cuePlaces finds the places of everything in an evaluated description.
func cuePlaces(root cue.Value) map[diag.Path]cuePlace {
	out := map[diag.Path]cuePlace{}
	if !root.Exists() {
		return out
	}
	var walk func(diag.Path, cue.Value)
	walk = func(p diag.Path, v cue.Value) {
		if p != "" {
			if found := said(v, nil); len(found) > 0 {
				out[p] = slices.MinFunc(found, earlier)
			}
		}
		_, each := children(v)
		for name, child := range each {
			walk(p.Child(name), child)
		}
	}
	walk("", root)
	return out
}

// children returns the fields of a struct or the elements of a list by their names, also where some of them are wrong.
func children(v cue.Value) (list bool, each iter.Seq2[string, cue.Value]) {
	if d, ok := v.Default(); ok {
		v = d
	}
	var it *cue.Iterator
	switch v.IncompleteKind() {
	case cue.ListKind:
		if elems, err := v.List(); err == nil {
			it = &elems
		}
	case cue.StructKind, cue.BottomKind:
		if fields, err := v.Fields(); err == nil {
			it = fields
		}
	}
	var names []string
	var values []cue.Value
	for it != nil && it.Next() {
		if s := it.Selector(); s.Type() == cue.IndexLabel {
			list = true
			names = append(names, strconv.Itoa(s.Index()))
		} else {
			names = append(names, s.Unquoted())
		}
		values = append(values, it.Value())
	}
	return list || v.IncompleteKind() == cue.ListKind, func(yield func(string, cue.Value) bool) {
		for i, name := range names {
			if !yield(name, values[i]) {
				return
			}
		}
	}
}

// said collects the places of all that a value was unified from. The position of the value itself may be that of a
// definition it refers to, and is then not where it was said.
func said(v cue.Value, out []cuePlace) []cuePlace {
	source := v.Source()
	if f, ok := source.(*ast.Field); ok {
		return append(out, fieldPlace(f))
	}
	if op, args := v.Expr(); op == cue.AndOp {
		n := len(out)
		for _, a := range args {
			out = said(a, out)
		}
		if len(out) > n {
			return out
		}
	}
	if source == nil || !source.Pos().IsValid() {
		return out
	}
	pos := toPos(source.Pos())
	at := cuePlace{key: pos, value: pos}
	if lit, ok := source.(*ast.BasicLit); ok {
		at.raw = lit.Value
	}
	return append(out, at)
}

func fieldPlace(f *ast.Field) cuePlace {
	at := cuePlace{key: toPos(f.Label.Pos()), value: toPos(f.Value.Pos())}
	switch x := f.Value.(type) {
	case *ast.StructLit, *ast.ListLit:
		at.value = at.key
	case *ast.BasicLit:
		at.raw = x.Value
	}
	return at
}

// earlier orders places by position; but a literal stands before a rule such as "string", which is not what a reader is
// to change.
func earlier(a, b cuePlace) int {
	if (a.raw == "") != (b.raw == "") {
		if a.raw != "" {
			return -1
		}
		return 1
	}
	return a.value.Compare(b.value)
}

// toPos turns a position of CUE into ours. A value of --set carries the setting as its file, and has no lines.
func toPos(p token.Pos) diag.Pos {
	if !p.IsValid() {
		return diag.Pos{}
	}
	q := p.Position()
	q.Filename = strings.TrimPrefix(q.Filename, "/")
	if strings.HasPrefix(q.Filename, setPrefix) {
		return diag.Pos{File: q.Filename}
	}
	return diag.Pos{File: q.Filename, Line: q.Line, Col: q.Column}
}
