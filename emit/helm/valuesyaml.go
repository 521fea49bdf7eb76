package helm

import (
	"bytes"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/schema/diag"
)

// valuesYAML writes values.yaml, in the order of topics. The comment of a value begins with "--", as helm-docs and
// editors read it.
func (c *chart) valuesYAML() {
	var b bytes.Buffer
	b.WriteString("# Values of the chart " + c.m.Name + ". values.schema.json describes the allowed values.\n")
	origins := []emit.Origin{root("")}
	for _, p := range c.arrange() {
		b.WriteString("\n## " + p.title + "\n")
		for _, v := range p.values {
			b.WriteString("\n")
			b.Write(emit.Encode(mapping([]*value{v})))
			origins = append(origins, v.origins()...)
		}
	}
	c.add("values.yaml", b.Bytes(), origins...)
}

func mapping(values []*value) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	for _, v := range values {
		key, content := emit.Scalar(v.name()), emit.NodeAt(v.def, v.path)
		if !v.leaf {
			content = mapping(v.fields)
		}
		key.HeadComment = v.comment()
		n.Content = append(n.Content, key, content)
	}
	return n
}

// comment is the documentation of a value, in lines that fit.
func (v *value) comment() string {
	text := v.doc
	if v.leaf {
		text = "-- " + text
	}
	var lines []string
	line := "#"
	for _, word := range strings.Fields(text) {
		if len(line)+1+len(word) > 118-2*len(v.path) && line != "#" {
			lines, line = append(lines, line), "#"
		}
		line += " " + word
	}
	if line == "#" {
		return ""
	}
	return strings.Join(append(lines, line), "\n")
}

// origins are where the defaults were said.
func (v *value) origins() []emit.Origin {
	var out []emit.Origin
	if v.from != "" {
		out = append(out, emit.Origin{Pointer: v.pointer(), Path: v.from})
	}
	for _, f := range v.fields {
		out = append(out, f.origins()...)
	}
	return out
}

func (v *value) pointer() string {
	out := ""
	for _, name := range v.path {
		out += "/" + diag.Escape(name)
	}
	return out
}
