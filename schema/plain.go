package schema

import (
	"math"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/opc-project/opc/schema/diag"
)

// maxAliasNodes bounds what the aliases of a YAML file stand for: ten lines of them can stand for gigabytes.
const maxAliasNodes = 100_000

// hole stands in a tree for a value that is wrong and was reported: nothing more is said about it.
type hole struct{}

// plainer turns the nodes of a YAML or JSON file into plain data.
type plainer struct {
	file    string
	diags   diag.List
	aliases []*yaml.Node // those that are being followed
	nodes   int          // made by following aliases
}

// plainTree returns the one document of a description as plain data, with a hole where something is wrong.
func plainTree(f *textFile) (any, diag.List) {
	p := &plainer{file: f.name}
	switch {
	case len(f.docs) == 0:
		return hole{}, diag.List{noFields(f.name)}
	case len(f.docs) > 1:
		second := place{value: f.docs[1]}
		p.diags = append(p.diags, syntax(second.pos(f.name), "a second document begins here").
			WithHint("a description is one document: remove the line --- and what follows"))
	}
	return p.value(place{value: f.docs[0]}, 0), p.diags
}

func (p *plainer) fault(at place, format string, args ...any) hole {
	p.diags = append(p.diags, syntax(at.pos(p.file), format, args...))
	return hole{}
}

func (p *plainer) value(at place, depth int) any {
	if depth > maxDepth {
		return p.fault(at, "the file is nested more than %d levels deep", maxDepth)
	}
	if len(p.aliases) > 0 {
		if p.nodes++; p.nodes == maxAliasNodes {
			p.fault(at, "the aliases of this file stand for more than %d values", maxAliasNodes)
		}
		if p.nodes >= maxAliasNodes {
			return hole{}
		}
	}
	switch n := at.value; n.Kind {
	case yaml.AliasNode:
		return p.alias(at, depth)
	case yaml.MappingNode:
		out := map[string]any{}
		p.fields(out, n, depth)
		return out
	case yaml.SequenceNode:
		out := make([]any, 0, len(n.Content))
		for _, e := range n.Content {
			out = append(out, p.value(place{value: e}, depth+1))
		}
		return out
	}
	return p.scalar(at)
}

func (p *plainer) alias(at place, depth int) any {
	for _, outer := range p.aliases {
		if outer == at.value.Alias {
			return p.fault(at, "*%s refers to itself", at.value.Value)
		}
	}
	p.aliases = append(p.aliases, at.value.Alias)
	defer func() { p.aliases = p.aliases[:len(p.aliases)-1] }()
	return p.value(place{key: at.key, value: at.value.Alias}, depth)
}

// fields puts the fields of a map into out. What is said in the map itself is stronger than what is merged into it.
func (p *plainer) fields(out map[string]any, n *yaml.Node, depth int) {
	first := map[string]place{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		at := place{n.Content[i], n.Content[i+1]}
		key := followed(at.key)
		if isMerge(key) {
			continue
		}
		if key.Kind != yaml.ScalarNode || isNull(key) {
			p.fault(place{value: at.key}, "the name of a field must be text")
			continue
		}
		if before, twice := first[key.Value]; twice {
			d := syntax(at.keyPos(p.file), "%s is said twice", key.Value).WithHint("keep one of the two")
			d.Related = []diag.Related{{Pos: before.keyPos(p.file), Message: "first here"}}
			p.diags = append(p.diags, d)
			continue
		}
		first[key.Value] = at
		out[key.Value] = p.value(at, depth+1)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if isMerge(n.Content[i]) {
			p.merge(out, place{n.Content[i], n.Content[i+1]}, depth)
		}
	}
}

func (p *plainer) merge(out map[string]any, at place, depth int) {
	sources := []place{at}
	if at.value.Kind == yaml.SequenceNode {
		sources = nil
		for _, e := range at.value.Content {
			sources = append(sources, place{value: e})
		}
	}
	for _, from := range sources {
		switch fields := p.value(from, depth+1).(type) {
		case map[string]any:
			for name, v := range fields {
				if _, said := out[name]; !said {
					out[name] = v
				}
			}
		case hole:
		default:
			p.fault(from, "<< takes fields, or a list of them")
		}
	}
}

func (p *plainer) scalar(at place) any {
	n := at.value
	switch n.ShortTag() {
	case "!!str", "!!timestamp":
		return n.Value
	case "!!null":
		return nil
	case "!!bool":
		return strings.EqualFold(n.Value, "true")
	case "!!int", "!!float":
		return p.number(at)
	}
	return p.fault(at, "the tag %s is not known here", n.Tag)
}

// number reads a number as Kubernetes' own YAML readers do.
func (p *plainer) number(at place) any {
	n := at.value
	if n.Style&yaml.TaggedStyle == 0 && len(n.Value) > 1 && strings.Trim(n.Value, "0123456789") == "" && n.ShortTag() == "!!float" && n.Value[0] == '0' {
		return n.Value // 0189 is no octal number, and dropping the zero would change what was said
	}
	var v any
	if err := n.Decode(&v); err != nil {
		if strings.Trim(n.Value, "+-.0123456789eE_") != "" {
			return p.fault(at, "%s is no number", shortened(n.Value))
		}
	}
	switch t := v.(type) {
	case int:
		return int64(t)
	case int64:
		return t
	case float64:
		if whole := strings.Trim(n.Value, "+-0123456789_") == ""; !whole && !math.IsInf(t, 0) && !math.IsNaN(t) {
			return t
		}
	}
	p.diags = append(p.diags, tooLarge(at.pos(p.file), n.Value))
	return hole{}
}

// tooLarge says that a number can't be kept.
func tooLarge(at diag.Pos, number string) diag.Diagnostic {
	d := diag.Errorf(diag.BadValue, "", "the number %s can't be kept: it is too large", shortened(number))
	d.Pos = at
	return d.WithHint("put it in quotes if it is meant as text: %s", strconv.Quote(shortened(number)))
}

func noFields(name string) diag.Diagnostic {
	return syntax(diag.Pos{File: name, Line: 1, Col: 1}, "the description is empty").
		WithHint("begin with name and version")
}
