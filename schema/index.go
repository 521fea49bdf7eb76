package schema

import (
	"io/fs"
	"strings"
	"sync"

	"cuelang.org/go/cue"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// Index knows where every part of a description was said, and every part of the YAML and JSON files that it names.
type Index struct {
	fsys fs.FS
	name string
	set  []setting
	text *textFile // of a description in YAML or JSON
	root cue.Value // of one in CUE

	once sync.Once
	cue  map[diag.Path]cuePlace // made when the first position is asked for: it costs more than evaluation does

	mu    sync.Mutex
	named map[string]*textFile
	given map[string]map[diag.Path]diag.Pos
}

// Give adds the positions of a file's fields, where the file is neither YAML nor JSON.
func (ix *Index) Give(file string, places map[diag.Path]diag.Pos) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	if ix.given == nil {
		ix.given = map[string]map[diag.Path]diag.Pos{}
	}
	ix.given[file] = places
}

// locateGiven finds a place in a file whose positions were given.
func (ix *Index) locateGiven(file string, rest diag.Path) (pos diag.Pos, exact, ok bool) {
	ix.mu.Lock()
	places, ok := ix.given[file]
	ix.mu.Unlock()
	for p, exact := rest, true; ok; exact = false {
		if pos, found := places[p]; found {
			return pos, exact, true
		}
		if p, ok = p.Parent(); !ok {
			return diag.Pos{File: file, Line: 1, Col: 1}, false, true
		}
	}
	return diag.Pos{}, false, false
}

// Locate returns the position of a path, or of its nearest ancestor that has one; at last the description's first line.
// What --set said is in no file: its position is the setting, as it was written.
func (ix *Index) Locate(p diag.Path) (diag.Pos, bool) {
	if file, doc, rest, ok := p.File(); ok {
		if pos, exact, ok := ix.locateGiven(file, rest); ok {
			return pos, exact
		}
		return ix.locateNamed(file, doc, rest)
	}
	if s, ok := ix.setting(p); ok {
		return diag.Pos{File: "--set " + s.text}, true
	}
	if ix.text != nil && len(ix.text.docs) > 0 {
		at, exact := ix.text.docs[0].Find(p.Elems()...)
		if root, _ := ix.text.docs[0].Find(); at == root {
			return ix.start(), exact
		}
		return posOf(ix.name, at), exact
	}
	at, exact := ix.inCUE(p)
	return at.value, exact
}

// key returns where the name of the field at p stands.
func (ix *Index) key(p diag.Path) diag.Pos {
	if _, ok := ix.setting(p); ok {
		pos, _ := ix.Locate(p)
		return pos
	}
	if ix.text != nil && len(ix.text.docs) > 0 {
		at, _ := ix.text.docs[0].Find(p.Elems()...)
		line, col := at.KeyPos()
		return diag.Pos{File: ix.name, Line: line, Col: col}
	}
	at, _ := ix.inCUE(p)
	return at.key
}

// raw returns a number as it was written: 1.0 and not 1.
func (ix *Index) raw(p diag.Path) string {
	if _, ok := ix.setting(p); ok {
		return ""
	}
	if ix.text != nil && len(ix.text.docs) > 0 {
		if at, exact := ix.text.docs[0].Find(p.Elems()...); exact {
			return at.Text()
		}
		return ""
	}
	at, _ := ix.inCUE(p)
	return at.raw
}

func (ix *Index) inCUE(p diag.Path) (cuePlace, bool) {
	ix.once.Do(func() { ix.cue = cuePlaces(ix.root) })
	for exact := true; ; exact = false {
		if at, ok := ix.cue[p]; ok {
			return at, exact
		}
		parent, ok := p.Parent()
		if !ok {
			return cuePlace{key: ix.start(), value: ix.start()}, exact && p == ""
		}
		p = parent
	}
}

func (ix *Index) start() diag.Pos { return diag.Pos{File: ix.name, Line: 1, Col: 1} }

// setting returns the --set that said what stands at p, or above it.
func (ix *Index) setting(p diag.Path) (setting, bool) {
	for i := len(ix.set) - 1; i >= 0; i-- {
		if s := ix.set[i]; p == s.path || strings.HasPrefix(string(p), string(s.path)+"/") {
			return s, true
		}
	}
	return setting{}, false
}

// locateNamed finds a place in a file that the description names; where it can't be read its first line stands for it.
func (ix *Index) locateNamed(name string, doc int, rest diag.Path) (diag.Pos, bool) {
	f := ix.namedFile(name)
	if doc < 0 || doc >= len(f.docs) {
		return diag.Pos{File: name, Line: 1, Col: 1}, false
	}
	at, exact := f.docs[doc].Find(rest.Elems()...)
	return posOf(name, at), exact
}

func (ix *Index) namedFile(name string) *textFile {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	if f, ok := ix.named[name]; ok {
		return f
	}
	if ix.named == nil {
		ix.named = map[string]*textFile{}
	}
	f := &textFile{name: name}
	if data, diags := readText(ix.fsys, name); !diags.HasErrors() {
		f.docs, _ = kube.Read(name, data)
	}
	ix.named[name] = f
	return f
}
