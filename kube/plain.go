package kube

import (
	"fmt"
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/opc-project/opc/schema/diag"
)

// plainer turns nodes into plain values.
type plainer struct {
	Reader
	modern  bool // the nodes are of YAML 1.2: yes and no are texts
	at      Place
	faults  []Fault
	aliases []*yaml.Node // those that are being followed
	nodes   int          // made by following aliases
	pointer []byte
	holes   bool
}

// Value reads the nodes of a library that speaks YAML 1.2, such as kustomize's.
func Value(n *yaml.Node) (any, []Fault) {
	if n.Kind == yaml.DocumentNode && len(n.Content) == 1 {
		n = n.Content[0]
	}
	p := &plainer{modern: true}
	return p.value(Spot{value: n}, 0), p.faults
}

func (p *plainer) fault(line, col int, format string, args ...any) *Fault {
	at := p.at
	at.Pointer = string(p.pointer)
	p.faults = append(p.faults, Fault{At: at, Line: line, Col: col, Message: fmt.Sprintf(format, args...)})
	return &p.faults[len(p.faults)-1]
}

// hole reports a value that is faulty.
func (p *plainer) hole(at Spot, format string, args ...any) any {
	line, col := at.Pos()
	p.fault(line, col, format, args...)
	p.holes = true
	return p.Hole
}

// below reads a part of a value.
func (p *plainer) below(elem string, at Spot, depth int) any {
	before := len(p.pointer)
	p.pointer = append(append(p.pointer, '/'), diag.Escape(elem)...)
	v := p.value(at, depth+1)
	p.pointer = p.pointer[:before]
	return v
}

func (p *plainer) value(at Spot, depth int) any {
	if depth > MaxDepth {
		return p.hole(at, "the file is nested more than %d levels deep", MaxDepth)
	}
	if len(p.aliases) > 0 {
		if p.nodes++; p.nodes == maxAliasNodes {
			p.hole(at, "the aliases in this file expand to more than %d values", maxAliasNodes)
		}
		if p.nodes >= maxAliasNodes {
			return p.Hole
		}
	}
	switch n := at.value; n.Kind {
	case yaml.AliasNode:
		return p.alias(at, depth)
	case yaml.MappingNode:
		return p.fields(n, depth)
	case yaml.SequenceNode:
		out := make([]any, len(n.Content))
		for i, e := range n.Content {
			out[i] = p.below(strconv.Itoa(i), Spot{value: e}, depth)
		}
		return out
	}
	return p.scalar(at)
}

func (p *plainer) alias(at Spot, depth int) any {
	for _, outer := range p.aliases {
		if outer == at.value.Alias {
			return p.hole(at, "*%s refers to itself", at.value.Value)
		}
	}
	p.aliases = append(p.aliases, at.value.Alias)
	defer func() { p.aliases = p.aliases[:len(p.aliases)-1] }()
	return p.value(Spot{key: at.key, value: at.value.Alias}, depth)
}

// fields reads a map. What it holds itself is stronger than what is merged into it.
func (p *plainer) fields(n *yaml.Node, depth int) any {
	out := make(map[string]any, len(n.Content)/2)
	var first map[string]Spot
	var merged []Spot
	for i := 0; i+1 < len(n.Content); i += 2 {
		at := Spot{n.Content[i], n.Content[i+1]}
		key := followed(at.key)
		if isMerge(key) {
			merged = append(merged, at)
			continue
		}
		name, ok := p.key(at, key)
		if !ok {
			continue
		}
		if _, twice := out[name]; twice {
			p.duplicate(name, at, first[name])
		} else {
			if first == nil {
				first = make(map[string]Spot, len(n.Content)/2)
			}
			first[name] = at
		}
		out[name] = p.below(name, at, depth)
	}
	for _, at := range merged {
		p.merge(out, at, depth)
	}
	return out
}

// key is the name of a field as Kubernetes' clients read it.
func (p *plainer) key(at Spot, key *yaml.Node) (string, bool) {
	line, col := at.KeyPos()
	if key.Kind != yaml.ScalarNode || isNull(key) {
		p.fault(line, col, "a key must be text")
		return "", false
	}
	if p.modern {
		return key.Value, true
	}
	name := keyText(key)
	if p.Exact && name != key.Value {
		if isNumber(key) {
			return key.Value, true
		}
		p.fault(line, col, "the key %s is the boolean %q in YAML 1.1", key.Value, name).Hint = "put it in quotes"
	}
	return name, true
}

// duplicate reports the second of two keys. Where it is only the second reading of another spelling, it says so.
func (p *plainer) duplicate(name string, at, first Spot) {
	line, col := at.KeyPos()
	before, _ := first.KeyPos()
	before0 := len(p.pointer)
	p.pointer = append(append(p.pointer, '/'), diag.Escape(name)...)
	f := p.fault(line, col, "duplicate key %q (first defined on line %d)", name, before)
	p.pointer = p.pointer[:before0]
	f.First, f.Hint = &first, "keep one of the two"
	if now, then := followed(at.key).Value, followed(first.key).Value; now != then || now != name {
		f.Message = fmt.Sprintf("duplicate key %q (first defined on line %d as %s): YAML 1.1 reads %s as the boolean %s", name, before, then, now, name)
		f.Hint = "put both keys in quotes"
	}
}

func (p *plainer) merge(out map[string]any, at Spot, depth int) {
	sources := []Spot{at}
	if at.value.Kind == yaml.SequenceNode {
		sources = nil
		for _, e := range at.value.Content {
			sources = append(sources, Spot{value: e})
		}
	}
	for _, from := range sources {
		before := len(p.faults)
		fields, ok := p.value(from, depth+1).(map[string]any)
		if !ok && len(p.faults) == before {
			p.hole(from, "<< must refer to a map, or to a list of maps")
		}
		for name, v := range fields {
			if _, said := out[name]; !said {
				out[name] = v
			}
		}
	}
}
