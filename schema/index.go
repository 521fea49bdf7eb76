package schema

import (
	"io/fs"
	"slices"
	"strconv"
	"sync"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/token"

	"github.com/opc-project/opc/schema/diag"
)

// Index knows where every part of a description was said, and every part of the YAML files that it names. It is built
// only when a position is asked for: walking all values costs several times what evaluating them does.
type Index struct {
	fsys fs.FS
	name string
	root cue.Value
	once sync.Once
	at   map[diag.Path]diag.Pos

	mu    sync.Mutex
	named map[string]*yamlFile
}

// Locate returns the position of a path, or of its nearest ancestor that has one; at last the description's first line.
func (ix *Index) Locate(p diag.Path) (diag.Pos, bool) {
	if file, doc, rest, ok := p.File(); ok {
		return ix.locateFile(file, doc, rest)
	}
	ix.once.Do(func() {
		ix.at = map[diag.Path]diag.Pos{}
		if ix.root.Exists() {
			ix.walk("", ix.root)
		}
	})
	for exact := true; ; exact = false {
		if pos, ok := ix.at[p]; ok {
			return pos, exact
		}
		parent, ok := p.Parent()
		if !ok {
			return diag.Pos{File: ix.name, Line: 1, Col: 1}, false
		}
		p = parent
	}
}

func (ix *Index) walk(p diag.Path, v cue.Value) {
	if p != "" {
		var found []token.Pos
		conjuncts(v, &found)
		if len(found) > 0 {
			ix.at[p] = toPos(slices.MinFunc(found, token.Pos.Compare))
		}
	}
	switch v.IncompleteKind() {
	case cue.StructKind:
		for it, err := v.Fields(); err == nil && it.Next(); {
			ix.walk(p.Child(it.Selector().Unquoted()), it.Value())
		}
	case cue.ListKind:
		it, err := v.List()
		for i := 0; err == nil && it.Next(); i++ {
			ix.walk(p.Child(strconv.Itoa(i)), it.Value())
		}
	}
}

// conjuncts collects the positions of all that a value was unified from: the position of the value itself may be that
// of a definition it refers to, and is then not where it was said.
func conjuncts(v cue.Value, out *[]token.Pos) {
	if op, args := v.Expr(); op == cue.AndOp {
		for _, a := range args {
			conjuncts(a, out)
		}
		return
	}
	if p := v.Pos(); isUser(p) {
		*out = append(*out, p)
	}
}
