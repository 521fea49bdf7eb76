package bundle

import (
	"fmt"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// apis lists the APIs that the operator owns and those it needs.
func (b *builder) apis() {
	owned, required := b.owned(), b.required()
	b.field("customresourcedefinitions", unless(model.Tree{"owned": owned, "required": required}), "/crds")
	if len(required) > 0 {
		b.add("/spec/customresourcedefinitions/required", "/requires/apis")
	}
	var native []any
	for i, n := range b.m.Requires.NativeAPI {
		b.add(fmt.Sprintf("/spec/nativeAPIs/%d", i), diag.Path("/requires/native").Index(i))
		native = append(native, complete(n, "group", "version", "kind"))
	}
	b.field("nativeAPIs", native, "/requires/native")
}

func (b *builder) owned() []any {
	var list []any
	for i, a := range b.m.APIs {
		b.add(fmt.Sprintf("/spec/customresourcedefinitions/owned/%d", i), a.From)
		var resources []any
		for _, r := range a.Resources {
			t := kube.Map(r)
			resources = append(resources, complete(t, "kind", "name", "version"))
		}
		entry := unless(model.Tree{
			"displayName": a.DisplayName, "description": a.Description, "resources": resources,
			"specDescriptors": a.Spec, "statusDescriptors": a.Status, "actionDescriptors": a.Actions,
		})
		entry["name"], entry["kind"], entry["version"] = a.CRD, a.Kind, a.Version
		list = append(list, entry)
	}
	return list
}

func (b *builder) required() []any {
	var list []any
	for i, r := range b.m.Requires.CRDs {
		b.add(fmt.Sprintf("/spec/customresourcedefinitions/required/%d", i), diag.Path("/requires/apis").Index(i))
		list = append(list, model.Clone(r))
	}
	return list
}

// complete adds fields that the API server wants to be there even where they say nothing.
func complete(t model.Tree, fields ...string) model.Tree {
	out := model.Clone(t)
	for _, f := range fields {
		if _, ok := out[f]; !ok {
			out[f] = ""
		}
	}
	return out
}

// crds resolves the owned CustomResourceDefinitions. The stanza of a conversion webhook stays in, though OLM replaces
// it by its own: without it the API server would convert objects by their apiVersion alone, and lose fields, from the
// moment OLM applies the new definition until it has set its own stanza.
func (b *builder) crds() []model.Object {
	var out []model.Object
	for _, c := range b.m.CRDs {
		tree := kube.Map(b.scope.Resolve(c.Tree))
		out = append(out, c.Object(tree))
	}
	return out
}
