package schema

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// writeYAML prints a description in YAML.
func writeYAML(top *entry) []byte {
	var out bytes.Buffer
	for _, line := range commentLines(top.comment) {
		out.WriteString(strings.TrimRight("# "+line, " ") + "\n")
	}
	if len(top.fields) == 0 {
		out.WriteString("{}\n")
	} else if top.comment != "" {
		out.WriteString("\n")
	}
	var before, group []byte
	for i, f := range top.fields {
		if f.group {
			before, group = group, nil
		}
		group = append(group, yamlText(f)...)
		if i+1 < len(top.fields) && !top.fields[i+1].group {
			continue
		}
		if n := bytes.Count(before, []byte("\n")); n > 1 || n == 1 && bytes.Count(group, []byte("\n")) > 1 {
			out.WriteString("\n")
		}
		out.Write(group)
	}
	return out.Bytes()
}

// yamlText prints one field of the top level.
func yamlText(f *entry) []byte {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	e.CompactSeqIndent()
	n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	n.Content = append(n.Content, yamlKey(f), yamlNode(f))
	if err := e.Encode(n); err != nil {
		panic(fmt.Sprintf("schema: wrote YAML that is none: %v", err))
	}
	return b.Bytes()
}

func yamlKey(e *entry) *yaml.Node {
	n := yamlScalar(e.name)
	if strings.Contains(e.name, "\n") {
		n.Style = yaml.DoubleQuotedStyle
	}
	for _, line := range commentLines(e.comment) {
		n.HeadComment += strings.TrimRight("# "+line, " ") + "\n"
	}
	return n
}

func yamlNode(e *entry) *yaml.Node {
	switch e.kind {
	case mapKind:
		n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		if len(e.fields) == 0 {
			n.Style = yaml.FlowStyle
		}
		for _, f := range e.fields {
			n.Content = append(n.Content, yamlKey(f), yamlNode(f))
		}
		return n
	case listKind:
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		if short(e) {
			n.Style = yaml.FlowStyle
		}
		for _, x := range e.elems {
			n.Content = append(n.Content, yamlNode(x))
		}
		return n
	}
	return yamlScalar(e.scalar)
}

// short reports whether a list of scalars is shown in one line.
func short(e *entry) bool {
	length := 0
	for _, x := range e.elems {
		text, ok := x.inline()
		if !ok || x.kind == mapKind || x.kind == listKind {
			return false
		}
		length += len(text) + 2
	}
	return length <= 80
}

func yamlScalar(x any) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode}
	s, isText := x.(string)
	if !isText {
		n.Value = cueScalar(x)
		return n
	}
	n.Tag, n.Value = "!!str", s
	switch strings.ToLower(s) {
	case "y", "n", "yes", "no", "on", "off": // booleans to older readers
		n.Style = yaml.DoubleQuotedStyle
	}
	switch {
	case isBlock(s):
		n.Style = yaml.LiteralStyle
	case strings.ContainsFunc(s, func(r rune) bool { return r != ' ' && !unicode.IsPrint(r) }):
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

// isBlock reports whether a text is shown as it is, in lines of its own: one whose blanks at the begin and end of lines
// are kept by every reader.
func isBlock(s string) bool {
	body := strings.TrimSuffix(s, "\n")
	if !strings.Contains(body, "\n") || strings.HasSuffix(body, "\n") || strings.TrimLeft(s, " \t\n") != s {
		return false
	}
	for line := range strings.Lines(s) {
		if line = strings.TrimSuffix(line, "\n"); strings.TrimRight(line, " \t") != line {
			return false
		}
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return r != '\n' && r != '\t' && r != ' ' && !unicode.IsPrint(r) })
}
