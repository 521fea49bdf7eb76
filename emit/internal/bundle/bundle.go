// Package bundle computes what OLM is given of an operator: the ClusterServiceVersion, and the objects that stand beside
// it. The targets olm and catalog both need it, and targets may not import each other. Start at Make. It must not import
// operator-framework: trees are plain JSON, and the real types judge them later, in verify.
package bundle

import (
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/schema/diag"
)

// Bundle is what OLM is given of one version of an operator.
type Bundle struct {
	CSV     model.Tree     // the ClusterServiceVersion
	Origins []emit.Origin  // of the ClusterServiceVersion's parts
	CRDs    []model.Object // the owned CustomResourceDefinitions
	Objects []model.Object // what else OLM installs as it stands, of any kind
}

// Make computes the bundle of an operator. What OLM can't be told is a finding.
func Make(m *model.Operator) (*Bundle, diag.List) {
	b := &builder{m: m, accounts: map[string]diag.Path{}, spec: model.Tree{}, annotations: model.Tree{}}
	b.scope = b.scopeOf()
	b.add("", "")
	b.identity()
	b.release()
	b.objects()
	b.apis()
	b.webhooks()
	b.images()
	b.metadata()
	b.overlay()
	out := &Bundle{CSV: b.csv, Origins: b.origins, CRDs: b.crds(), Objects: b.others}
	out.manifests(m.OLM.Manifests)
	return out, b.diags
}

// builder collects the parts of a bundle.
type builder struct {
	m     *model.Operator
	scope model.Scope

	csv         model.Tree
	spec        model.Tree
	annotations model.Tree

	deployments []model.Object       // resolved
	others      []model.Object       // resolved
	accounts    map[string]diag.Path // service accounts that OLM makes, with what asks for them
	origins     []emit.Origin
	diags       diag.List
}

// add notes where a part of the ClusterServiceVersion was said; what was noted last holds.
func (b *builder) add(pointer string, from diag.Path) {
	b.note(emit.Origin{Pointer: pointer, Path: from})
}

// whole notes where a part was said whose own parts have the same names there.
func (b *builder) whole(pointer string, from diag.Path) {
	b.note(emit.Origin{Pointer: pointer, Path: from, Whole: true})
}

func (b *builder) note(origin emit.Origin) {
	b.origins = slices.DeleteFunc(b.origins, func(o emit.Origin) bool { return o.Pointer == origin.Pointer })
	b.origins = append(b.origins, origin)
}

// field sets a field of spec, unless its value is empty, and notes where it was said.
func (b *builder) field(name string, value any, from diag.Path) {
	if empty(value) {
		return
	}
	b.spec[name] = value
	b.add("/spec/"+name, from)
}

// annotation sets an annotation, unless its value is empty, and notes where it was said.
func (b *builder) annotation(key, value string, from diag.Path) {
	if value == "" {
		return
	}
	b.annotations[key] = value
	b.add("/metadata/annotations/"+diag.Escape(key), from)
}

func empty(v any) bool {
	switch t := v.(type) {
	case string:
		return t == ""
	case []any:
		return len(t) == 0
	case map[string]any:
		return len(t) == 0
	}
	return v == nil
}

// unless returns a map with only those of the given fields that are not empty.
func unless(fields model.Tree) model.Tree {
	for k, v := range fields {
		if empty(v) {
			delete(fields, k)
		}
	}
	return fields
}

func stringList(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}
