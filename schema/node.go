package schema

import (
	"bytes"
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/opc-project/opc/schema/diag"
)

// textFile is a YAML or JSON file with the position of everything in it: the description, or a file that it names. JSON
// is read into YAML's nodes too, so that there is one way from a path to a position.
type textFile struct {
	name string
	docs []*yaml.Node
}

// place is where a field stands: its key, and its value.
type place struct{ key, value *yaml.Node }

// find follows a path as far as it goes; exact is false if it ends early.
func (f *textFile) find(doc int, p diag.Path) (at place, exact bool) {
	at.value = f.docs[doc]
	for _, elem := range p.Elems() {
		next, ok := at.child(elem)
		if !ok {
			return at, false
		}
		at = next
	}
	return at, true
}

func (p place) child(elem string) (place, bool) {
	n := followed(p.value)
	switch n.Kind {
	case yaml.MappingNode:
		return mapped(n, elem, maxDepth)
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(elem); err == nil && i >= 0 && i < len(n.Content) {
			return place{value: n.Content[i]}, true
		}
	}
	return place{}, false
}

// mapped finds a field of a map, or of one that is merged into it; depth ends the search in a map that is merged into
// itself.
func mapped(n *yaml.Node, name string, depth int) (place, bool) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if key := followed(n.Content[i]); key.Value == name && !isMerge(key) {
			return place{n.Content[i], n.Content[i+1]}, true
		}
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if !isMerge(n.Content[i]) || depth == 0 {
			continue
		}
		for _, from := range mergedMaps(n.Content[i+1]) {
			if found, ok := mapped(from, name, depth-1); ok {
				return found, true
			}
		}
	}
	return place{}, false
}

// pos is where a reader looks for the field: at a scalar itself, else at the key of what is below it.
func (p place) pos(file string) diag.Pos {
	n := p.value
	if p.key != nil && (n.Kind == yaml.MappingNode || n.Kind == yaml.SequenceNode || isNull(n)) {
		n = p.key
	}
	return diag.Pos{File: file, Line: max(n.Line, 1), Col: max(n.Column, 1)}
}

// keyPos is where the name of the field stands.
func (p place) keyPos(file string) diag.Pos {
	if p.key == nil {
		return p.pos(file)
	}
	return diag.Pos{File: file, Line: p.key.Line, Col: p.key.Column}
}

func followed(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

func isMerge(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Value == "<<" && n.ShortTag() == "!!merge"
}

// mergedMaps returns the maps of a merge key's value, the strongest first.
func mergedMaps(n *yaml.Node) []*yaml.Node {
	n = followed(n)
	if n.Kind == yaml.MappingNode {
		return []*yaml.Node{n}
	}
	var out []*yaml.Node
	for _, e := range n.Content {
		if e = followed(e); e.Kind == yaml.MappingNode {
			out = append(out, e)
		}
	}
	return out
}

func isNull(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" || n.Kind == 0
}

// byteColumns turns the columns of nodes, which YAML's reader counts in characters, into bytes.
func byteColumns(data []byte, n *yaml.Node, lines [][]byte) {
	if lines == nil {
		if isASCII(data) {
			return
		}
		lines = bytes.Split(data, []byte("\n"))
	}
	if n.Line >= 1 && n.Line <= len(lines) {
		n.Column = byteColumn(lines[n.Line-1], n.Column)
	}
	for _, c := range n.Content {
		byteColumns(data, c, lines)
	}
}

func byteColumn(line []byte, column int) int {
	n := 0
	for i := range string(line) {
		if n++; n == column {
			return i + 1
		}
	}
	return len(line) + column - n
}

func isASCII(data []byte) bool {
	for _, b := range data {
		if b >= 0x80 {
			return false
		}
	}
	return true
}
