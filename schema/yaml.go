package schema

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"go.yaml.in/yaml/v3"

	"github.com/opc-project/opc/schema/diag"
)

// readYAML reads all documents of a YAML file.
func readYAML(name string, data []byte) (*textFile, diag.List) {
	f, err := parseYAML(name, bytes.NewReader(data))
	if err != nil {
		return f, diag.List{yamlFault(name, data, err)}
	}
	for _, doc := range f.docs {
		byteColumns(data, doc, nil)
	}
	return f, nil
}

// parseYAML returns what could be read before a fault.
func parseYAML(name string, r io.Reader) (f *textFile, err error) {
	f = &textFile{name: name}
	defer func() {
		if x := recover(); x != nil { // the parser panics on some broken texts
			err = fmt.Errorf("yaml: %v", x)
		}
	}()
	d := yaml.NewDecoder(r)
	for {
		var n yaml.Node
		if err := d.Decode(&n); errors.Is(err, io.EOF) {
			return f, nil
		} else if err != nil {
			return f, err
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
