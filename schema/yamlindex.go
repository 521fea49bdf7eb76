package schema

import (
	"bytes"
	"io/fs"
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/opc-project/opc/schema/diag"
)

// yamlFile is a YAML (or JSON) file that the description names, parsed for positions.
type yamlFile struct{ docs []*yaml.Node }

// locateFile finds a place in a named file; where the file can't be read its first line stands for it.
func (ix *Index) locateFile(name string, doc int, rest diag.Path) (diag.Pos, bool) {
	start := diag.Pos{File: name, Line: 1, Col: 1}
	f := ix.namedFile(name)
	if f == nil || doc >= len(f.docs) {
		return start, false
	}
	node, exact := f.docs[doc], true
	for _, elem := range rest.Elems() {
		next := child(node, elem)
		if next == nil {
			exact = false
			break
		}
		node = next
	}
	if node.Line == 0 {
		return start, false
	}
	return diag.Pos{File: name, Line: node.Line, Col: node.Column}, exact
}

func (ix *Index) namedFile(name string) *yamlFile {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	if f, ok := ix.named[name]; ok {
		return f
	}
	if ix.named == nil {
		ix.named = map[string]*yamlFile{}
	}
	var f *yamlFile
	if data, err := fs.ReadFile(ix.fsys, name); err == nil {
		f = parseYAML(data)
	}
	ix.named[name] = f
	return f
}

func parseYAML(data []byte) *yamlFile {
	f := &yamlFile{}
	d := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var n yaml.Node
		if d.Decode(&n) != nil {
			return f
		}
		node := &n
		if n.Kind == yaml.DocumentNode && len(n.Content) == 1 {
			node = n.Content[0]
		}
		if isNull(node) {
			continue // an empty document: readers of objects don't count it either
		}
		f.docs = append(f.docs, node)
	}
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" || n.Kind == 0 }

// child returns the value of a field, or an element of a list. The position of a field's value that is itself a map or
// list is that of the key, which is where a reader looks.
func child(n *yaml.Node, elem string) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == elem {
				v := *n.Content[i+1]
				v.Line, v.Column = n.Content[i].Line, n.Content[i].Column
				return &v
			}
		}
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(elem); err == nil && i >= 0 && i < len(n.Content) {
			return n.Content[i]
		}
	}
	return nil
}
