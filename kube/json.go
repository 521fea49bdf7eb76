package kube

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// json reads a stream of JSON values into YAML's nodes, so that there is one way to values and positions. YAML's parser
// would read most JSON too, but not all: it knows other escapes, and its faults are told in YAML's words.
func (r Reader) json(name string, data []byte) ([]Document, []Fault) {
	s := &stream{Reader: r, name: name}
	if err := r.checkJSON(data); err != nil {
		f := jsonFault(data, err)
		f.Broken = true
		s.fault(f)
		return nil, s.faults
	}
	nodes := &jsonReader{data: data, line: 1, dec: json.NewDecoder(bytes.NewReader(data))}
	nodes.dec.UseNumber()
	for nodes.dec.More() {
		if n := nodes.value(nodes.token()); !isNull(n) {
			s.add(Document{node: n, Text: data})
		}
	}
	return s.docs, s.faults
}

// checkJSON reports what is not JSON. A description is one value, a manifest may be a stream of them.
func (r Reader) checkJSON(data []byte) error {
	var value json.RawMessage
	if r.Exact && len(bytes.TrimSpace(data)) > 0 {
		return json.Unmarshal(data, &value)
	}
	for stream := json.NewDecoder(bytes.NewReader(data)); ; {
		if err := stream.Decode(&value); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// jsonFault says in plain words what the decoder found.
func jsonFault(data []byte, err error) Fault {
	at := len(bytes.TrimRight(data, " \t\r\n"))
	var fault *json.SyntaxError
	if !errors.As(err, &fault) {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return faultAt(data, at, "unexpected end of file", "a bracket or a quoted string is not closed")
		}
		return faultAt(data, at, "this is not valid JSON: "+err.Error(), "")
	}
	if strings.Contains(fault.Error(), "unexpected end") {
		return faultAt(data, at, "unexpected end of file", "a bracket or a quoted string is not closed")
	}
	at = min(max(int(fault.Offset)-1, 0), len(data)-1)
	before := bytes.TrimRight(data[:at], " \t\r\n")
	switch c := data[at]; {
	case bytes.HasSuffix(before, []byte(",")) && (c == '}' || c == ']'):
		return faultAt(data, len(before)-1, fmt.Sprintf("trailing comma before %c", c), "remove it")
	case c == '/' || c == '#':
		return faultAt(data, at, "JSON does not support comments", "remove the comment, or use YAML")
	case strings.Contains(fault.Error(), "max depth"):
		return faultAt(data, at, "the file is nested too deep", "")
	case c == '\'' || strings.HasSuffix(fault.Error(), "object key string"):
		return faultAt(data, at, "JSON strings and keys need double quotes", "")
	case c < ' ':
		return faultAt(data, at, "a JSON string can't contain a line break, a tab or another control character", `write \n or \t`)
	case bytes.HasSuffix(before, []byte{'"'}) || bytes.HasSuffix(before, []byte{'}'}) || bytes.HasSuffix(before, []byte{']'}):
		return faultAt(data, at, fmt.Sprintf("unexpected %q: a comma, a colon or a closing bracket is missing", rune(c)), "")
	}
	return faultAt(data, at, "this is not valid JSON: "+fault.Error(), "")
}

// jsonReader follows the tokens of a valid JSON text and their positions.
type jsonReader struct {
	data []byte
	dec  *json.Decoder
	at   int // offset up to which lines were counted
	line int
	from int // offset of the line's first byte
}

// token returns the next token and a node at its position.
func (r *jsonReader) token() (json.Token, *yaml.Node) {
	start := int(r.dec.InputOffset())
	for start < len(r.data) && strings.IndexByte(" \t\r\n,:", r.data[start]) >= 0 {
		start++
	}
	for ; r.at < start; r.at++ {
		if r.data[r.at] == '\n' {
			r.line, r.from = r.line+1, r.at+1
		}
	}
	t, err := r.dec.Token()
	if err != nil {
		panic(err) // the text was found valid before
	}
	return t, &yaml.Node{Kind: yaml.ScalarNode, Line: r.line, Column: start - r.from + 1}
}

func (r *jsonReader) value(t json.Token, n *yaml.Node) *yaml.Node {
	switch t := t.(type) {
	case json.Delim:
		n.Kind, n.Tag = yaml.SequenceNode, "!!seq"
		if t == '{' {
			n.Kind, n.Tag = yaml.MappingNode, "!!map"
		}
		for r.dec.More() {
			if t == '{' {
				n.Content = append(n.Content, r.value(r.token()))
			}
			n.Content = append(n.Content, r.value(r.token()))
		}
		r.token()
	case string:
		n.Tag, n.Value, n.Style = "!!str", t, yaml.DoubleQuotedStyle
	case json.Number:
		n.Tag, n.Value = "!!int", t.String()
		if strings.ContainsAny(n.Value, ".eE") {
			n.Tag = "!!float"
		}
	case bool:
		n.Tag, n.Value = "!!bool", "false"
		if t {
			n.Value = "true"
		}
	default:
		n.Tag = "!!null"
	}
	return n
}
