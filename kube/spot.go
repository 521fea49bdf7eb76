package kube

import (
	"bytes"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// Spot is where a field or list element stands: its key, and its value.
type Spot struct{ key, value *yaml.Node }

// Find follows the names of fields and the indexes of lists as far as they go; exact is false if they lead further.
func (d Document) Find(elems ...string) (at Spot, exact bool) {
	if at.value = d.node; at.value == nil {
		return at, false
	}
	d.fields.mu.Lock()
	defer d.fields.mu.Unlock()
	for _, elem := range elems {
		next, ok := d.child(at, elem)
		if !ok {
			return at, false
		}
		at = next
	}
	return at, true
}

// IsZero reports whether there is nothing to stand anywhere: the text could not be read.
func (p Spot) IsZero() bool { return p.value == nil }

func (d Document) child(p Spot, elem string) (Spot, bool) {
	n := followed(p.value)
	switch n.Kind {
	case yaml.MappingNode:
		return d.fields.find(n, elem, map[*yaml.Node]bool{})
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(elem); err == nil && i >= 0 && i < len(n.Content) {
			return Spot{value: n.Content[i]}, true
		}
	}
	return Spot{}, false
}

// Pos is where a reader looks for the value: at a scalar itself, else at the key of what is below it.
func (p Spot) Pos() (line, col int) {
	n := p.value
	if p.key != nil && (n.Kind == yaml.MappingNode || n.Kind == yaml.SequenceNode || isNull(n)) {
		n = p.key
	}
	return position(n)
}

// KeyPos is where the name of the field stands.
func (p Spot) KeyPos() (line, col int) {
	if p.key == nil {
		return position(p.value)
	}
	return position(p.key)
}

func position(n *yaml.Node) (line, col int) {
	if n == nil {
		return 1, 1
	}
	return max(n.Line, 1), max(n.Column, 1)
}

// Text is a scalar as it was written: 1.0 and not 1.
func (p Spot) Text() string {
	if p.value == nil {
		return ""
	}
	return followed(p.value).Value
}

// Comment is what stands above a field, with its marks.
func (p Spot) Comment() string {
	if p.key == nil {
		return ""
	}
	return p.key.HeadComment
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

// place turns the columns of nodes, which YAML's reader counts in characters, into bytes.
func place(data []byte, n *yaml.Node) {
	if !isASCII(data) {
		(&columns{lines: bytes.Split(data, []byte("\n")), starts: map[int][]int{}}).count(n)
	}
}

// columns finds the bytes of columns that are counted in characters. Each line is read once: there can be as many nodes as
// characters in it.
type columns struct {
	lines  [][]byte
	starts map[int][]int // of the characters of a line
}

// count makes the columns of nodes those of bytes.
func (c *columns) count(n *yaml.Node) {
	if n.Line >= 1 && n.Line <= len(c.lines) {
		n.Column = c.byteColumn(n.Line, n.Column)
	}
	for _, below := range n.Content {
		c.count(below)
	}
}

func (c *columns) byteColumn(number, column int) int {
	line := c.lines[number-1]
	starts, ok := c.starts[number]
	if !ok {
		if !isASCII(line) {
			for i := range string(line) {
				starts = append(starts, i)
			}
		}
		c.starts[number] = starts
	}
	switch {
	case starts == nil || column < 1:
		return column
	case column <= len(starts):
		return starts[column-1] + 1
	}
	return len(line) + column - len(starts)
}

// move counts the lines of nodes from the begin of the file.
func move(n *yaml.Node, lines int) {
	if lines == 0 {
		return
	}
	n.Line += lines
	for _, c := range n.Content {
		move(c, lines)
	}
}

func isASCII(data []byte) bool {
	for _, b := range data {
		if b >= 0x80 {
			return false
		}
	}
	return true
}

// Aliased reports whether a part of the document stands for another by an alias.
func (d Document) Aliased() bool { return d.node != nil && aliased(d.node) }

func aliased(n *yaml.Node) bool {
	return n.Kind == yaml.AliasNode || slices.ContainsFunc(n.Content, aliased)
}
