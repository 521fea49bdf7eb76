package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/opc-project/opc/schema/diag"
)

// readJSON reads a JSON file into YAML's nodes. YAML's parser would read most JSON too, but not all: it knows other
// escapes, and its faults are told in YAML's words.
func readJSON(name string, data []byte) (*textFile, diag.List) {
	f := &textFile{name: name}
	if len(bytes.TrimSpace(data)) == 0 {
		return f, nil
	}
	var whole json.RawMessage
	if err := json.Unmarshal(data, &whole); err != nil {
		return f, diag.List{jsonFault(name, data, err)}
	}
	r := &jsonReader{data: data, line: 1, dec: json.NewDecoder(bytes.NewReader(data))}
	r.dec.UseNumber()
	f.docs = []*yaml.Node{r.value(r.token())}
	return f, nil
}

// jsonFault says in plain words what the decoder found.
func jsonFault(name string, data []byte, err error) diag.Diagnostic {
	at := len(bytes.TrimRight(data, " \t\r\n"))
	var fault *json.SyntaxError
	if !errors.As(err, &fault) {
		return syntax(lineCol(name, data, at), "this is not valid JSON: %v", err)
	}
	if strings.Contains(fault.Error(), "unexpected end") {
		return syntax(lineCol(name, data, at), "the file ends too soon").
			WithHint("a bracket or a text in quotes has no end")
	}
	at = max(int(fault.Offset)-1, 0)
	pos := lineCol(name, data, at)
	before := bytes.TrimRight(data[:at], " \t\r\n")
	switch c := data[at]; {
	case bytes.HasSuffix(before, []byte(",")) && (c == '}' || c == ']'):
		return syntax(lineCol(name, data, len(before)-1), "a comma stands before %c", c).WithHint("remove it")
	case c == '/' || c == '#':
		return syntax(pos, "JSON has no comments").WithHint("write the description as YAML or CUE to have some")
	case strings.Contains(fault.Error(), "max depth"):
		return syntax(pos, "the file is nested too deep")
	case c == '\'' || strings.HasSuffix(fault.Error(), "object key string"):
		return syntax(pos, "texts and names in JSON stand in double quotes")
	case c < ' ':
		return syntax(pos, "a text in JSON can't go over the line's end, or hold a tab").WithHint(`write \n or \t`)
	case bytes.HasSuffix(before, []byte{'"'}) || bytes.HasSuffix(before, []byte{'}'}) || bytes.HasSuffix(before, []byte{']'}):
		return syntax(pos, "%q is not expected here: a comma, a colon or the closing bracket is missing", rune(c))
	}
	return syntax(pos, "this is not valid JSON: %s", fault)
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
		n.Tag, n.Value = "!!str", t
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
