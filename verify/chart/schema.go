package chart

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"helm.sh/helm/v3/pkg/chart"
)

// schemas are the compiled values schemas of a chart and its subcharts. Helm compiles them again for each rendering, and
// fetches what they refer to; here they are compiled once, by the same library, and nothing is fetched.
type schemas struct {
	self *jsonschema.Schema
	subs map[string]*schemas
	err  error
}

// local refuses to fetch.
type local struct{}

// Load implements jsonschema.URLLoader.
func (local) Load(url string) (any, error) {
	return nil, fmt.Errorf("%s is not fetched", url)
}

func compile(c *chart.Chart) *schemas {
	s := &schemas{subs: map[string]*schemas{}}
	for _, sub := range c.Dependencies() {
		s.subs[sub.Name()] = compile(sub)
	}
	if c.Schema == nil {
		return s
	}
	const name = "file:///values.schema.json"
	tree, err := jsonschema.UnmarshalJSON(bytes.NewReader(c.Schema))
	if err == nil {
		compiler := jsonschema.NewCompiler()
		compiler.UseLoader(local{})
		if err = compiler.AddResource(name, tree); err == nil {
			s.self, err = compiler.Compile(name)
		}
	}
	s.err = err
	return s
}

// validate holds values against the schemas, as Helm does before it renders.
func (s *schemas) validate(name string, values map[string]any) error {
	return s.validateAt("", name, values)
}

// validateAt holds the values of a chart that stand below others', those of its parent.
func (s *schemas) validateAt(at, name string, values map[string]any) error {
	if s.err != nil {
		return fmt.Errorf("values.schema.json of %s: %w", name, s.err)
	}
	if s.self != nil {
		if err := s.self.Validate(values); err != nil {
			text := strings.ReplaceAll(err.Error(), "- at '", "- at '"+at)
			return fmt.Errorf("values don't meet the specifications of the schema of %s: %s", name, text)
		}
	}
	for _, sub := range slices.Sorted(maps.Keys(s.subs)) {
		if v, ok := values[sub].(map[string]any); ok {
			if err := s.subs[sub].validateAt(at+"/"+sub, sub, v); err != nil {
				return err
			}
		}
	}
	return nil
}

// Fetches reports whether the values schema refers to something that Helm would fetch.
func (c *Chart) Fetches() bool {
	text := string(c.chart.Schema)
	return strings.Contains(strings.ReplaceAll(text, " ", ""), `"$ref":"http`)
}
