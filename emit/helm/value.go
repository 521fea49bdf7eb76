package helm

import (
	"slices"

	"github.com/opc-project/opc/emit/helm/internal/tree"
	"github.com/opc-project/opc/schema/diag"
)

// value is one of the chart's values: a leaf with a default, or a group of values. values.yaml, its schema and the
// README's table are all written from this one tree.
type value struct {
	path     []string
	doc      string         // sentences for people
	from     diag.Path      // where its default was said
	fields   []*value       // of a group
	leaf     bool           //
	def      any            // of a leaf
	schema   map[string]any // of a leaf: what JSON Schema says of it beside its description and default
	before   []any          // the default that the description changed, if it did
	required bool           // templates can't do without it, so null is refused
	fallback *tree.Expr     // the value, or what stands for it where it is empty; nil where nothing does
	template bool           // its texts can hold templates, as its default does
}

func (v *value) name() string { return v.path[len(v.path)-1] }

// expr is the value in a template.
func (v *value) expr() tree.Expr { return tree.Value(v.path...) }

// yaml is the value as a block of YAML.
func (v *value) yaml() tree.Expr {
	out := tree.Call("toYaml", v.expr())
	if v.template {
		return tree.Call("tpl", out, tree.Context())
	}
	return out
}

// at finds a value below v, or nil.
func (v *value) at(path ...string) *value {
	for _, name := range path {
		i := slices.IndexFunc(v.fields, func(f *value) bool { return f.name() == name })
		if i < 0 {
			return nil
		}
		v = v.fields[i]
	}
	return v
}

// group finds or makes a group below v, and with a doc documents it.
func (v *value) group(doc string, path ...string) *value {
	for _, name := range path {
		next := v.at(name)
		if next == nil {
			next = &value{path: append(slices.Clone(v.path), name)}
			v.fields = append(v.fields, next)
		}
		v = next
	}
	if doc != "" {
		v.doc = doc
	}
	return v
}

// add makes a leaf below v.
func (v *value) add(l value, path ...string) *value {
	parent := v.group("", path[:len(path)-1]...)
	l.leaf, l.path = true, append(slices.Clone(parent.path), path[len(path)-1])
	parent.fields = append(parent.fields, &l)
	return &l
}

// Schemas of common leaves.
func ofType(name string) map[string]any { return map[string]any{"type": name} }

func listOf(items map[string]any) map[string]any {
	return map[string]any{"type": "array", "items": items}
}

func stringsByName() map[string]any {
	return map[string]any{"type": "object", "additionalProperties": ofType("string")}
}

func choice(values ...any) map[string]any { return map[string]any{"enum": values} }

func number(least int64) map[string]any { return map[string]any{"type": "integer", "minimum": least} }

func pattern(p string) map[string]any { return map[string]any{"type": "string", "pattern": p} }

// dnsLabel is what names of namespaces, and parts of other names, look like.
const dnsLabel = `[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?`

func optional(p string) map[string]any { return pattern("^(" + p + ")?$") }

// without refuses names in an object's schema: fields that the chart sets itself, which would stand there twice.
func without(schema map[string]any, names []string) map[string]any {
	refused := map[string]any{}
	for _, n := range names {
		refused[n] = false
	}
	schema["properties"] = refused
	return schema
}
