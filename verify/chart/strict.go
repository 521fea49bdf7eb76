package chart

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Laxity is something that the values schema should say of a value, and does not.
type Laxity struct {
	Path []string
	What string
}

// Takes reports whether the values schema takes a value at a path. Without a schema it takes anything.
func (c *Chart) Takes(path []string, v any) bool {
	s := c.schemas.self
	for _, name := range path {
		switch {
		case s == nil:
			return true
		case s.Properties[name] == nil:
			return s.AdditionalProperties != false
		}
		s = s.Properties[name]
	}
	return s == nil || s.Validate(v) == nil
}

// Lax holds the values schema against the values: nothing unknown is taken, nor anything of another kind than the default
// is, nor is a value taken away that templates can't do without; its defaults are those of values.yaml; and it knows what
// the names of values say of them.
func (c *Chart) Lax() []Laxity {
	l := &lax{chart: c}
	if c.schemas.self == nil {
		l.tell(nil, "is not there: a misspelt value is taken in silence")
		return l.out
	}
	if !bytes.Contains(c.chart.Schema, []byte(`"http://json-schema.org/draft-07/schema#"`)) {
		l.tell(nil, "is not of draft 7, which is what every version of Helm reads")
	}
	l.group(nil, c.chart.Values, c.schemas.self)
	for name, v := range map[string]any{"enabled": true, "global": map[string]any{"a": "b"}} {
		if !c.Takes([]string{name}, v) {
			l.tell([]string{name}, "refuses what a chart that has this one below it says")
		}
	}
	slices.SortStableFunc(l.out, func(a, b Laxity) int { return slices.Compare(a.Path, b.Path) })
	return l.out
}

type lax struct {
	chart *Chart
	out   []Laxity
}

func (l *lax) tell(path []string, format string, args ...any) {
	l.out = append(l.out, Laxity{slices.Clone(path), fmt.Sprintf(format, args...)})
}

// group looks at values below a path, of which the schema knows each by its name.
func (l *lax) group(path []string, values map[string]any, s *jsonschema.Schema) {
	if s.AdditionalProperties != false {
		l.tell(path, "takes values that the chart does not know")
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		below := s.Properties[name]
		if below == nil || name == "global" { // the former is told where the chart is rendered
			continue
		}
		at, v := append(slices.Clone(path), name), values[name]
		fields, isMap := v.(map[string]any)
		group := isMap && named(below)
		if v != nil && !group && !l.chart.Takes(at, v) { // told where the chart is rendered
			continue
		}
		if _, list := v.([]any); (group || !isMap && !list && v != nil && below.Enum == nil) && !slices.Contains(s.Required, name) && !l.chart.Takes(at, nil) {
			l.tell(at, "lets it be null, which the templates can't do without")
		}
		l.kinds(at, v, group)
		if group {
			l.group(at, fields, below)
		} else {
			l.preset(at, v, below)
			l.out = append(l.out, l.chart.Try(sample(at))...)
		}
	}
}

// named reports whether a schema is that of a group of values: it knows their names. Those that are merely refused don't
// count, nor do the fields of a value that is Kubernetes' own, which has a default as a whole.
func named(s *jsonschema.Schema) bool {
	if s.Default != nil {
		return false
	}
	for _, p := range s.Properties {
		if p.Bool == nil {
			return true
		}
	}
	return false
}

// texts are the fields of Kubernetes that hold nothing but texts by name.
var texts = regexp.MustCompile(`(?i)(labels|annotations|nodeselector)$`)

// kinds tries values of other kinds than the default. Whether a number is one is said by the description.
func (l *lax) kinds(at []string, v any, group bool) {
	_, isText := v.(string)
	_, isSwitch := v.(bool)
	_, isMap := v.(map[string]any)
	loose := isMap && !group && !texts.MatchString(at[len(at)-1])
	for _, trial := range []struct {
		name  string
		value any
		fits  bool
	}{
		{"a text", "opc", isText}, {"a switch", true, isSwitch}, {"a fraction", 0.5, at[0] == "parameters"},
		{"a list of lists", []any{[]any{}}, false}, {"a map of lists", map[string]any{"opc": []any{[]any{}}}, loose},
	} {
		if !trial.fits && l.chart.Takes(at, trial.value) {
			l.tell(at, "takes %s", trial.name)
		}
	}
}

// preset holds the default that the schema shows to people against the one that is in force.
func (l *lax) preset(at []string, v any, s *jsonschema.Schema) {
	switch {
	case v == nil:
	case s.Default == nil:
		l.tell(at, "does not say the default")
	case jsonOf(*s.Default) != jsonOf(v):
		l.tell(at, "says that the default is %s: values.yaml says %s", jsonOf(*s.Default), jsonOf(v))
	}
}

func jsonOf(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return strings.TrimSpace(string(text))
}
