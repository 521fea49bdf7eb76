package kube

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema/diag"
)

// Fault is what is wrong with a text as such, before it is an object.
type Fault struct {
	At      Place
	Line    int // of the file; 0 when unknown
	Message string
}

// Document is one YAML document of a file.
type Document struct {
	Value any // plain JSON: map[string]any, []any, string, bool, int64, float64, nil
	Node  *yaml.Node
}

// Parse reads all documents of a YAML file as Kubernetes' clients do: keys that stand twice are faults, as are tabs and
// whatever else is not YAML. Empty documents keep their number and have no value.
func Parse(file string, data []byte) ([]Document, []Fault) {
	var docs []Document
	var faults []Fault
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var n yaml.Node
		err := decoder.Decode(&n)
		if errors.Is(err, io.EOF) {
			return docs, faults
		}
		if err != nil {
			at := Place{File: file, Doc: len(docs)}
			return docs, append(faults, Fault{At: at, Line: lineOf(err), Message: unnumbered.ReplaceAllString(err.Error(), "")})
		}
		c := converter{at: Place{File: file, Doc: len(docs)}}
		value := c.value(&n, "")
		docs = append(docs, Document{Value: value, Node: &n})
		faults = append(faults, c.faults...)
	}
}

// unnumbered is what stands before a message of the YAML library: its name, and a line that is told besides.
var unnumbered = regexp.MustCompile(`^yaml: (line \d+: )?`)

// lineOf finds the line that the YAML library names in its message.
func lineOf(err error) int {
	_, rest, found := strings.Cut(err.Error(), "line ")
	if !found {
		return 0
	}
	digits := rest
	if i := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' }); i >= 0 {
		digits = rest[:i]
	}
	n, _ := strconv.Atoi(digits)
	return n
}

// converter turns nodes into plain values.
type converter struct {
	at     Place
	modern bool // the nodes are of YAML 1.2: yes and no are texts
	faults []Fault
	depth  int
}

// Value reads the nodes of a library that speaks YAML 1.2, such as kustomize's.
func Value(n *yaml.Node) (any, []Fault) {
	c := converter{modern: true}
	return c.value(n, ""), c.faults
}

// maxDepth bounds aliases that lead to themselves, and texts that are built to exhaust memory.
const maxDepth = 100

func (c *converter) fault(n *yaml.Node, pointer, format string, args ...any) {
	at := c.at
	at.Pointer = pointer
	c.faults = append(c.faults, Fault{At: at, Line: n.Line, Message: fmt.Sprintf(format, args...)})
}

func (c *converter) value(n *yaml.Node, pointer string) any {
	if c.depth++; c.depth > maxDepth {
		c.fault(n, pointer, "nested more than %d deep", maxDepth)
		c.depth--
		return nil
	}
	defer func() { c.depth-- }()
	switch n.Kind {
	case yaml.DocumentNode:
		return c.value(n.Content[0], pointer)
	case yaml.AliasNode:
		return c.value(n.Alias, pointer)
	case yaml.SequenceNode:
		out := make([]any, len(n.Content))
		for i, e := range n.Content {
			out[i] = c.value(e, pointer+"/"+strconv.Itoa(i))
		}
		return out
	case yaml.MappingNode:
		return c.mapping(n, pointer)
	}
	return c.scalar(n, pointer)
}

func (c *converter) mapping(n *yaml.Node, pointer string) any {
	out := make(map[string]any, len(n.Content)/2)
	var merged []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.ShortTag() == "!!merge" {
			merged = append(merged, v)
			continue
		}
		if k.Kind != yaml.ScalarNode {
			c.fault(k, pointer, "a key is not a text")
			continue
		}
		at := pointer + "/" + escape(k.Value)
		if _, twice := out[k.Value]; twice {
			c.fault(k, at, "the key %s stands twice: the last one wins", k.Value)
		}
		out[k.Value] = c.value(v, at)
	}
	for _, m := range merged {
		from, _ := c.value(m, pointer).(map[string]any)
		for k, v := range from {
			if _, own := out[k]; !own {
				out[k] = v
			}
		}
	}
	return out
}

// scalar reads a scalar as Kubernetes does, whose YAML is 1.1: yes, no, on and off are booleans.
func (c *converter) scalar(n *yaml.Node, pointer string) any {
	switch n.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		b, _ := strconv.ParseBool(strings.ToLower(n.Value))
		return b
	case "!!int":
		return integer(n.Value)
	case "!!float":
		var f float64
		if err := n.Decode(&f); err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			c.fault(n, pointer, "%s is not a number in JSON", n.Value)
		}
		return f
	}
	if !c.modern && n.Kind == yaml.ScalarNode && n.Style == 0 && n.Tag == "!!str" {
		switch n.Value {
		case "y", "Y", "yes", "Yes", "YES", "on", "On", "ON":
			return true
		case "n", "N", "no", "No", "NO", "off", "Off", "OFF":
			return false
		}
	}
	return n.Value
}

func integer(text string) any {
	text = strings.ReplaceAll(text, "_", "")
	if i, err := strconv.ParseInt(text, 0, 64); err == nil {
		return i
	}
	f, _ := strconv.ParseFloat(text, 64)
	return f
}

func escape(elem string) string {
	return strings.ReplaceAll(strings.ReplaceAll(elem, "~", "~0"), "/", "~1")
}

// Line returns the line and column on which the value at a pointer stands, or its nearest ancestor.
func (d Document) Line(pointer string) (line, col int) {
	n := d.Node
	if n == nil {
		return 0, 0
	}
	if n.Kind == yaml.DocumentNode && len(n.Content) > 0 {
		n = n.Content[0]
	}
	line, col = n.Line, n.Column
	if pointer == "" {
		return line, col
	}
	for elem := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		elem = strings.ReplaceAll(strings.ReplaceAll(elem, "~1", "/"), "~0", "~")
		key, next := child(n, elem)
		if next == nil {
			return line, col
		}
		n, line, col = next, key.Line, key.Column
	}
	return line, col
}

// child returns the key and the value of a field, or an element twice.
func child(n *yaml.Node, elem string) (key, value *yaml.Node) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == elem {
				return n.Content[i], n.Content[i+1]
			}
		}
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(elem); err == nil && i >= 0 && i < len(n.Content) {
			return n.Content[i], n.Content[i]
		}
	}
	return nil, nil
}

// Unversioned finds the documents of a file that have a kind and a name, and no apiVersion: no client takes them, and
// Objects leaves them out.
func Unversioned(file string, data []byte) []Finding {
	docs, _ := Parse(file, data)
	var out []Finding
	for i, d := range docs {
		tree, _ := d.Value.(map[string]any)
		o := &Object{Tree: tree, At: Place{File: file, Doc: i}}
		if o.Kind() != "" && o.Name() != "" && o.APIVersion() == "" {
			out = append(out, o.Unversioned())
		}
	}
	return out
}

// Unversioned is what is said of an object without apiVersion.
func (o *Object) Unversioned() Finding {
	return Of(o, diag.BadManifest, diag.Error, "/kind", "the object has no apiVersion: no client takes it")
}

// Objects parses a file and returns the Kubernetes objects in it; a List counts as its items. Documents without apiVersion
// and kind are left out.
func Objects(file string, data []byte) ([]*Object, []Fault) {
	docs, faults := Parse(file, data)
	var out []*Object
	for i, d := range docs {
		tree, ok := d.Value.(map[string]any)
		if !ok {
			continue
		}
		if _, has := tree["apiVersion"].(string); has && tree["kind"] != "" && tree["kind"] != nil {
			out = append(out, items(tree, Place{File: file, Doc: i}, 0)...)
		}
	}
	return out, faults
}

// items are the objects in a List, which may hold others, or the object itself.
func items(tree model.Tree, at Place, depth int) []*Object {
	list, ok := tree["items"].([]any)
	if !ok || tree["kind"] != "List" || depth > maxDepth {
		return []*Object{{Tree: tree, At: at}}
	}
	var out []*Object
	for i, e := range list {
		if item, ok := e.(map[string]any); ok {
			out = append(out, items(item, Place{File: at.File, Doc: at.Doc, Pointer: fmt.Sprintf("%s/items/%d", at.Pointer, i)}, depth+1)...)
		}
	}
	return out
}
