package helm

import (
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit/helm/internal/tree"
)

// extraEnv is extra for variables. One that the chart sets itself would stand there twice, so it is refused with the name
// of the value that sets it.
func (c *chart) extraEnv(w model.Workload, container map[string]any, at []string) {
	c.extra(container, at, "env", "extraEnv", listOf(map[string]any{"type": "object", "required": []any{"name"}}),
		"Further environment variables of the container, as in a Pod.")
	list := container["env"].([]any)
	known := c.variables(w)
	own := environment{Helper: helperFor(at, "extraEnv"), At: append(slices.Clone(at), "extraEnv")}
	for _, e := range list[:len(list)-1] {
		cond, v := model.Condition(e)
		m, _ := v.(map[string]any)
		name, _ := m["name"].(string)
		value := known[name]
		if on, off := cond.Split(); value == "" && len(on)+len(off) > 0 {
			value = append(on, off...)[0] + ".enabled"
		}
		own.Set = append(own.Set, variable{name, value})
	}
	if len(own.Set) > 0 {
		c.environments = append(c.environments, own)
		list[len(list)-1] = guarded{tree.If(tree.Value(own.At...)), tree.Splice{Expr: c.include(own.Helper)}}
	}
}

// environment is what the chart sets itself of a container's variables.
type environment struct {
	Helper string // the template that checks the further ones
	At     []string
	Set    []variable
}

// variable is one of them, and the value that sets it.
type variable struct{ Name, Value string }

// variables are the manager's environment variables that a value sets.
func (c *chart) variables(w model.Workload) map[string]string {
	out := map[string]string{}
	if w.Key != "manager" {
		return out
	}
	if c.watches {
		out[c.m.Watch.Env] = "watchNamespaces"
	}
	for _, r := range c.m.Related {
		out[r.Env] = "relatedImages." + r.Name
	}
	for _, p := range c.m.Parameters {
		if p.Env != "" {
			out[p.Env] = "parameters." + p.Name
		}
	}
	return out
}
