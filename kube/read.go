package kube

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"path"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/opc-project/opc/schema/diag"
)

// Limits of a text. The largest real manifests and descriptions are far below: a text beyond them is an accident, or
// built to exhaust memory.
const (
	MaxSize       = 64 << 20 // bytes of a file
	MaxDepth      = 1000     // levels; the deepest real CustomResourceDefinitions have about 100
	maxAliasNodes = 100_000  // values that the aliases of a document stand for: ten lines of them can stand for gigabytes
)

// Document is one YAML or JSON document of a file, with the position of everything in it.
type Document struct {
	Value any    // plain JSON: map[string]any, []any, string, bool, int64, float64, nil
	Text  []byte // without the separators
	Start int    // lines of the file before Text
	Holes bool   // a value is left out, because of a fault

	node   *yaml.Node
	fields *index
}

// Reader reads YAML and JSON. There is one policy for every text that opc reads, and it is that of Kubernetes' own
// clients where they are strict:
//
//   - a duplicate key is a fault at the second key;
//   - booleans are those of YAML 1.1 (yes, no, on, off, y, n), also where they are keys: the key on is "true";
//   - anchors, aliases and merge keys are followed, within bounds;
//   - documents are separated by lines with nothing but --- and a comment, and empty ones do not count;
//   - size, depth and the values that aliases stand for are bounded.
//
// The zero Reader reads manifests.
type Reader struct {
	// Exact is for texts that people write for opc itself: what reading would change is a fault instead, such as a
	// number that is too large, and 0189 stays the text that it is.
	Exact bool
	// Hole stands for a value that is faulty.
	Hole any
	// Max is the size of a file that is read, for one that may be larger than MaxSize; 0 is MaxSize.
	Max int
	// Skip leaves a document out by its text, before it costs time; nil skips none.
	Skip func(text []byte) bool
}

// Read reads the documents of a manifest.
func Read(name string, data []byte) ([]Document, []Fault) { return Reader{}.Read(name, data) }

// Read reads all documents of a file. After a fault in one of them it goes on with the next. A file whose name ends in
// .json may hold JSON only.
func (r Reader) Read(name string, data []byte) ([]Document, []Fault) {
	if most := cmp.Or(r.Max, MaxSize); len(data) > most {
		return nil, []Fault{{At: Place{File: name}, Line: 1, Col: 1, Message: fmt.Sprintf("the file is larger than %d MiB", most>>20), Broken: true}}
	}
	if bad := invalid(data); bad < len(data) {
		line, col := lineCol(data, bad)
		return nil, []Fault{{At: Place{File: name}, Line: line, Col: col, Message: "the file is not text in UTF-8", Hint: "save it in UTF-8", Broken: true}}
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff")) // nobody sees it, and it would shift the columns of the first line
	if path.Ext(name) == ".json" {
		return r.json(name, data)
	}
	s := &stream{Reader: r, name: name}
	for _, p := range s.split(data) {
		if r.Skip == nil || !r.Skip(p.text) {
			s.part(p)
		}
	}
	return s.docs, s.faults
}

// stream is the reading of one file.
type stream struct {
	Reader
	name   string
	docs   []Document
	faults []Fault
}

func (s *stream) fault(f Fault) {
	f.At.File, f.At.Doc = s.name, len(s.docs)
	s.faults = append(s.faults, f)
}

// part reads what stands between two separators.
func (s *stream) part(p part) {
	nodes, err := parse(bytes.NewReader(p.text))
	if err != nil {
		f := yamlFault(p.text, err)
		f.Line += p.line
		f.Broken = true
		s.fault(f)
		return
	}
	for _, n := range nodes {
		if isNull(n) {
			continue
		}
		place(p.text, n)
		move(n, p.line)
		s.add(Document{node: n, Text: p.text, Start: p.line})
	}
}

// add keeps a document with its value.
func (s *stream) add(d Document) {
	p := &plainer{Reader: s.Reader, at: Place{File: s.name, Doc: len(s.docs)}}
	d.Value = p.value(Spot{value: d.node}, 0)
	d.Holes, d.fields = p.holes, newIndex()
	s.faults = append(s.faults, p.faults...)
	s.docs = append(s.docs, d)
}

// parse returns the content of the documents that could be read before a fault.
func parse(r io.Reader) (nodes []*yaml.Node, err error) {
	defer func() {
		if x := recover(); x != nil { // the parser panics on some broken texts
			err = fmt.Errorf("yaml: %v", x)
		}
	}()
	d := yaml.NewDecoder(r)
	for {
		var n yaml.Node
		if err := d.Decode(&n); errors.Is(err, io.EOF) {
			return nodes, nil
		} else if err != nil {
			return nodes, err
		}
		if n.Kind == yaml.DocumentNode && len(n.Content) == 1 {
			nodes = append(nodes, n.Content[0])
		}
	}
}

// invalid returns the offset of the first byte that is not UTF-8.
func invalid(data []byte) int {
	if utf8.Valid(data) {
		return len(data)
	}
	for i := 0; ; {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size <= 1 {
			return i
		}
		i += size
	}
}

// Line returns the line and column of the key of the value at a pointer, or of its nearest ancestor.
func (d Document) Line(pointer string) (line, col int) {
	at, _ := d.Find(diag.Path(pointer).Elems()...)
	return at.KeyPos()
}
