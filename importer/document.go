package importer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	yamlv3 "go.yaml.in/yaml/v3"
	"sigs.k8s.io/yaml"

	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// document is one YAML document of a source: its value as Kubernetes reads it, and where everything in it stands.
type document struct {
	file  string
	line  int // lines of the file before it
	text  []byte
	alone bool // in its file
	tree  map[string]any
	node  *yamlv3.Node // nil where positions are not known
	src   *document    // what it was built from, or nil
	odd   bool         // it can't be copied as text: it holds what a reader would stumble over

	template []byte // of a chart, which rendered to it; positions are looked for in it
}

func (d *document) kind() string       { return text(d.tree["kind"]) }
func (d *document) apiVersion() string { return text(d.tree["apiVersion"]) }
func (d *document) name() string       { return text(get(d.tree, "metadata", "name")) }
func (d *document) group() string {
	group, _, found := strings.Cut(d.apiVersion(), "/")
	if !found {
		return ""
	}
	return group
}

// is tells a kind by its group too: a Service or Role of a foreign group is something else.
func (d *document) is(group, kind string) bool { return d.kind() == kind && d.group() == group }

// identity is what two objects of one source can't share.
func (d *document) identity() string {
	return d.apiVersion() + " " + d.kind() + " " + d.name()
}

// documents splits a stream of YAML documents, as Kubernetes does, and reads each.
func (r *reader) documents(name string, data []byte) []*document {
	var out []*document
	for _, part := range r.split(name, data) {
		if r.docs++; r.docs > maxDocs {
			r.fault(at(name, part.line+1), "there are more than %d objects", maxDocs)
			return nil
		}
		if d := r.document(name, part.line, part.text); d != nil {
			out = append(out, d)
		}
	}
	for _, d := range out {
		d.alone = len(out) == 1
	}
	return out
}

type part struct {
	line int
	text []byte
}

// split cuts a stream at lines that begin with ---.
func (r *reader) split(name string, data []byte) []part {
	var out []part
	var buf bytes.Buffer
	start, line := 0, 0
	flush := func() {
		if len(bytes.TrimSpace(buf.Bytes())) > 0 {
			out = append(out, part{start, bytes.Clone(buf.Bytes())})
		}
		buf.Reset()
	}
	data = bytes.TrimPrefix(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")), []byte("\ufeff"))
	for text := range bytes.Lines(data) {
		line++
		if rest, ok := bytes.CutPrefix(text, []byte("---")); ok {
			if rest = bytes.TrimSpace(rest); len(rest) > 0 && rest[0] != '#' {
				r.fault(at(name, line), "%q is no separator of documents: nothing but a comment may follow ---", strings.TrimSpace(string(text)))
				return nil
			}
			flush()
			start = line
			continue
		}
		buf.Write(text)
	}
	flush()
	return out
}

// document reads one document; nil for an empty one or one that is not readable.
func (r *reader) document(name string, line int, data []byte) *document {
	d := &document{file: name, line: line, text: data}
	value, err := decode(data)
	if err != nil {
		r.fault(at(name, line+errorLine(err)), "%s is not readable: %s", name, plainError(err))
		return nil
	}
	if value == nil {
		return nil
	}
	tree, ok := value.(map[string]any)
	if !ok {
		r.fault(at(name, line+1), "%s does not hold a set of fields", name)
		return nil
	}
	d.tree = tree
	var node yamlv3.Node
	if err := safely(func() error { return yamlv3.Unmarshal(data, &node) }); err == nil && len(node.Content) == 1 {
		d.node = node.Content[0]
		r.oddities(d)
	}
	return d
}

// decode reads YAML as Kubernetes does: by way of JSON, with whole numbers as int64.
func decode(data []byte) (value any, err error) {
	var text []byte
	if err = safely(func() (err error) { text, err = yaml.YAMLToJSON(data); return err }); err != nil {
		return nil, err
	}
	if depth(text) > maxDepth {
		return nil, fmt.Errorf("fields are nested more than %d deep", maxDepth)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&value); err != nil {
		return nil, err
	}
	return schema.Numbers(value), nil
}

// safely turns a panic of the YAML library, which some broken texts cause, into an error.
func safely(f func() error) (err error) {
	defer func() {
		if x := recover(); x != nil {
			err = fmt.Errorf("yaml: %v", x)
		}
	}()
	return f()
}

// depth is how deep JSON text is nested.
func depth(text []byte) int {
	deepest, now, quoted := 0, 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			now++
			deepest = max(deepest, now)
		case c == '}' || c == ']':
			now--
		}
	}
	return deepest
}

var lineNumber = regexp.MustCompile(`line (\d+)`)

// errorLine finds the line in an error of the YAML library; 1 when it says none.
func errorLine(err error) int {
	if m := lineNumber.FindStringSubmatch(err.Error()); m != nil {
		n, _ := strconv.Atoi(m[1])
		return n
	}
	return 1
}

// plainError leaves out of an error what the position says already.
func plainError(err error) string {
	msg := err.Error()
	for _, prefix := range []string{"error converting YAML to JSON: ", "yaml: ", "unmarshal errors:"} {
		msg = strings.TrimSpace(strings.TrimPrefix(msg, prefix))
	}
	if m := regexp.MustCompile(`^line \d+: `).FindString(msg); m != "" {
		msg = msg[len(m):]
	}
	return msg
}

// oddities finds what a YAML file can hold that a reader would stumble over: keys that stand twice.
func (r *reader) oddities(d *document) {
	count := 0
	var walk func(n *yamlv3.Node, path string, deep int) error
	walk = func(n *yamlv3.Node, path string, deep int) error {
		if count++; deep > maxDepth || count > MaxFile {
			return errors.New("too deep")
		}
		switch n.Kind {
		case yamlv3.AliasNode:
			d.odd = true
			return nil
		case yamlv3.MappingNode:
			first := map[string]*yamlv3.Node{}
			for i := 0; i+1 < len(n.Content); i += 2 {
				key := n.Content[i]
				if other, twice := first[key.Value]; twice && key.Kind == yamlv3.ScalarNode {
					d.odd = true
					r.lost(d.pos(other), "the field %s%s stands twice, here and in line %d: the last one counts", path, key.Value, d.line+key.Line)
				}
				first[key.Value] = key
				if err := walk(n.Content[i+1], path+key.Value+".", deep+1); err != nil {
					return err
				}
			}
		case yamlv3.SequenceNode:
			for _, c := range n.Content {
				if err := walk(c, path, deep+1); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if walk(d.node, "", 0) != nil {
		d.node = nil
	}
}

func (d *document) pos(n *yamlv3.Node) diag.Pos {
	return diag.Pos{File: d.file, Line: d.line + max(n.Line, 1), Col: max(n.Column, 1)}
}

// find returns the position of a field, or of what is nearest above it.
func (d *document) find(path ...string) diag.Pos {
	if d.template != nil {
		return d.findInTemplate(path)
	}
	if d.node == nil {
		return at(d.file, d.line+1)
	}
	n := d.node
	pos := d.pos(n)
	for _, elem := range path {
		for n.Kind == yamlv3.AliasNode {
			n = n.Alias
		}
		key, value := child(n, elem)
		if value == nil {
			break
		}
		pos, n = d.pos(key), value
	}
	return pos
}

// child finds a field or list element, and the node whose position is told for it.
func child(n *yamlv3.Node, elem string) (key, value *yamlv3.Node) {
	switch n.Kind {
	case yamlv3.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == elem {
				key, value = n.Content[i], n.Content[i+1] // the last of several counts
			}
		}
	case yamlv3.SequenceNode:
		if i, err := strconv.Atoi(elem); err == nil && i >= 0 && i < len(n.Content) {
			return n.Content[i], n.Content[i]
		}
	}
	return key, value
}

// findInTemplate finds the one line of a template that names a field, or what is above it: what stands in a template
// more than once can't be told apart.
func (d *document) findInTemplate(path []string) diag.Pos {
	for _, elem := range slices.Backward(path) {
		field := regexp.MustCompile(`^[\s-]*["']?` + regexp.QuoteMeta(elem) + `["']?:`)
		line, found, count := 0, 0, 0
		for text := range bytes.Lines(d.template) {
			if line++; field.Match(text) {
				found, count = line, count+1
			}
		}
		if count == 1 {
			return at(d.file, found)
		}
	}
	return at(d.file, 1)
}
