package diff

import (
	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema/diag"
)

// namespaceFacts are the labels and annotations of the Namespace that an install makes. Both groups are always there, so
// that each label that comes or goes is a change of its own.
func namespaceFacts(root *node, o *model.Operator, v view) {
	obj := o.NamespaceObject(o.DefaultOverlay(), v.scope)
	if o.NamespaceMeta == nil {
		obj.From = "/namespace"
	}
	b := builder{view: v, from: obj.From, origins: obj.Origins}
	all := under(root, "installNamespace", obj.From)
	meta := fields(obj.Tree["metadata"])
	for _, name := range []string{"labels", "annotations"} {
		all.kids[name] = group(b.at("/metadata/" + name))
		for key, value := range fields(meta[name]) {
			all.kids[name].put(key, b.value(value, key, "/metadata/"+name+"/"+diag.Escape(key)))
		}
	}
}
