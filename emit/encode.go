package emit

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// YAML encodes a tree of JSON values: two spaces, list items at the level of their key, LF, a final newline, no folded
// lines. Fields stand in the order of KeyOrder. A comment, if any, stands above.
func YAML(v any, comment string) []byte {
	return encode(Node(v), comment)
}

// OrderedYAML is YAML with the fields that order names standing first in each map, for objects that people read in an
// order of their own. path holds the field names above a map, as in KeyOrder.
func OrderedYAML(v any, comment string, order func(path []string) []string) []byte {
	return encode(node(v, order, nil), comment)
}

// PlainYAML is YAML with all fields in the order of the alphabet, for trees that are not Kubernetes objects.
func PlainYAML(v any, comment string) []byte {
	return encode(node(v, func([]string) []string { return nil }, nil), comment)
}

// Encode writes a YAML node as YAML writes a tree, for files whose nodes bear comments.
func Encode(n *yaml.Node) []byte { return encode(n, "") }

func encode(n *yaml.Node, comment string) []byte {
	var b bytes.Buffer
	for line := range strings.Lines(comment) {
		b.WriteString(strings.TrimRight("# "+strings.TrimRight(line, "\n"), " ") + "\n")
	}
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	e.CompactSeqIndent()
	if err := e.Encode(n); err != nil {
		panic(fmt.Sprintf("emit: a tree of JSON values that YAML can't encode: %v", err))
	}
	return b.Bytes()
}

// Documents joins several objects into one stream.
func Documents(objects []map[string]any, comment string) []byte {
	var b bytes.Buffer
	for i, o := range objects {
		if i > 0 {
			b.WriteString("---\n")
			comment = ""
		}
		b.Write(YAML(o, comment))
	}
	return b.Bytes()
}

// Node makes the YAML node of a tree, fields in the order of KeyOrder.
func Node(v any) *yaml.Node {
	return node(v, KeyOrder, nil)
}

// NodeAt makes the YAML node of a part of a Kubernetes object; path holds the names of the fields above it.
func NodeAt(v any, path []string) *yaml.Node {
	return node(v, KeyOrder, path)
}

func node(v any, order func(path []string) []string, path []string) *yaml.Node {
	switch t := v.(type) {
	case map[string]any:
		n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		if len(t) == 0 {
			n.Style = yaml.FlowStyle
		}
		for _, k := range SortedKeys(t, order(path)) {
			n.Content = append(n.Content, Scalar(k), node(t[k], order, append(path, k)))
		}
		return n
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		if len(t) == 0 {
			n.Style = yaml.FlowStyle
		}
		for _, e := range t {
			n.Content = append(n.Content, node(e, order, path))
		}
		return n
	case []string:
		list := make([]any, len(t))
		for i, s := range t {
			list[i] = s
		}
		return node(list, order, path)
	case map[string]string:
		m := make(map[string]any, len(t))
		for k, s := range t {
			m[k] = s
		}
		return node(m, order, path)
	}
	return Scalar(v)
}

// Scalar makes the YAML node of one JSON scalar. Texts that YAML would read as something else are quoted; texts of
// several lines stand as blocks.
func Scalar(v any) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode}
	switch t := v.(type) {
	case nil:
		n.Tag, n.Value = "!!null", "null"
	case bool:
		n.Tag, n.Value = "!!bool", strconv.FormatBool(t)
	case int64:
		n.Tag, n.Value = "!!int", strconv.FormatInt(t, 10)
	case int:
		n.Tag, n.Value = "!!int", strconv.Itoa(t)
	case float64:
		n.Tag, n.Value = "!!float", strconv.FormatFloat(t, 'g', -1, 64)
		if !strings.ContainsAny(n.Value, ".eE") {
			n.Tag = "!!int"
		}
	case string:
		n.Tag = "!!str"
		n.SetString(t)
		if ambiguous(t) || strings.HasPrefix(strings.TrimLeft(t, "\n"), "\t") { // YAML readers take the tab for indentation
			n.Style = yaml.DoubleQuotedStyle
		}
	default:
		panic(fmt.Sprintf("emit: %T is not a JSON value", v))
	}
	return n
}

// base60 are the numbers of base 60 of YAML 1.1 (https://yaml.org/type/int.html, https://yaml.org/type/float.html).
var base60 = regexp.MustCompile(`^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$`)

// ambiguous reports whether YAML 1.1 readers, such as those of Kubernetes' older tools, take a text for something else.
func ambiguous(s string) bool {
	switch strings.ToLower(s) {
	case "y", "n", "yes", "no", "on", "off", "=":
		return true
	}
	return base60.MatchString(s)
}

// SortedKeys returns the keys of a map: those of first in its order, then the others by the alphabet.
func SortedKeys(m map[string]any, first []string) []string {
	out := make([]string, 0, len(m))
	for _, k := range first {
		if _, ok := m[k]; ok {
			out = append(out, k)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if !slices.Contains(first, k) {
			out = append(out, k)
		}
	}
	return out
}

// KeyOrder says which fields stand first in a map of a Kubernetes object, in the order in which people write them.
// path holds the field names above the map, without list indexes.
func KeyOrder(path []string) []string {
	if len(path) == 0 {
		return []string{"apiVersion", "kind", "metadata", "type", "immutable", "spec"}
	}
	switch path[len(path)-1] {
	case "metadata":
		return []string{"name", "namespace", "labels", "annotations"}
	case "containers", "initContainers":
		return []string{"name", "image", "imagePullPolicy", "command", "args", "env", "envFrom", "ports"}
	case "env", "volumes", "volumeMounts", "ports", "hooks", "webhooks", "parameters", "replicas", "images":
		return []string{"name"}
	case "rules":
		return []string{"apiGroups", "resources", "resourceNames", "nonResourceURLs", "verbs"}
	case "source", "target", "select":
		return []string{"group", "version", "kind", "name"}
	case "targets":
		return []string{"select"}
	case "subjects", "roleRef":
		return []string{"apiGroup", "kind", "name", "namespace"}
	}
	return nil
}
