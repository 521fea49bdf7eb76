package helm

import (
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit/helm/internal/tree"
	"github.com/opc-project/opc/kube"
)

// extraEnv is extra for variables.
func (c *chart) extraEnv(w model.Workload, container map[string]any, at []string) {
	schema := containerField("env")()
	variable := schema["definitions"].(map[string]any)["EnvVar"].(map[string]any)
	variable["not"] = map[string]any{"required": []any{"value", "valueFrom"}}
	c.extra(container, at, "env", "extraEnv", schema, "Additional environment variables of the container, as in a Pod.")
	c.once(container, at, "env", "extraEnv", "name", c.variables(w))
}

// once refuses duplicates in a list that extra extends, by the field that identifies its elements: an element that the
// chart has itself, with the name of the value that sets it, or one that the installer sets twice.
// Elements of other lists count too where Kubernetes wants them to differ.
func (c *chart) once(m map[string]any, at []string, field, name, key string, known map[string]string, others ...any) {
	list := m[field].([]any)
	path := append(slices.Clone(at), name)
	out := addition{Helper: helperFor(at, name), At: path, Key: key}
	for _, e := range append(slices.Clone(list[:len(list)-1]), others...) {
		cond, v := model.Condition(e)
		t := kube.Map(v)
		own := kube.Text(t[key])
		if own == "" || model.HasExpr(own) || slices.ContainsFunc(out.Set, func(s setBy) bool { return s.Name == own }) {
			continue // the list has one element where a feature is on, and another where it is off
		}
		value := known[own]
		if on, off := cond.Split(); value == "" && len(on)+len(off) > 0 {
			value = switchOf(append(on, off...)[0])
		}
		out.Set = append(out.Set, setBy{own, value})
	}
	c.additions = append(c.additions, out)
	list[len(list)-1] = guarded{tree.If(tree.Value(path...)), tree.Splice{Expr: c.include(out.Helper)}}
}

// switchOf is the value of the chart that an atom of a condition is about.
func switchOf(atom string) string {
	if name, ok := model.GivenParameter(atom); ok {
		return "parameters." + name
	}
	return atom + ".enabled"
}

// addition is a list of the installer's after what the chart has itself.
type addition struct {
	Helper string // the template that checks it
	At     []string
	Key    string // the field that identifies its elements
	Set    []setBy
}

// setBy is an element that the chart has, and the value that sets it.
type setBy struct{ Name, Value string }

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
