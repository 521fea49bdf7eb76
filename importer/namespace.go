package importer

import (
	"github.com/opc-project/opc/compiler/model"
)

// sayNamespace says where the operator is installed, and the labels and annotations of a Namespace that the source makes
// itself, where they are not those of opc.
func (d *draft) sayNamespace() {
	name := d.namespace()
	if name == d.name+"-system" {
		name = ""
	}
	out := tree{}
	some(out, "name", name)
	if o := d.ownNamespace(); o != nil {
		labels, annotations := object(get(o.tree, "metadata", "labels")), object(get(o.tree, "metadata", "annotations"))
		standard := tree{model.LabelName: d.name, model.LabelControlPlane: "controller-manager", model.LabelManagedBy: d.src.facts.ManagedBy}
		if !d.named() {
			standard = tree{}
		}
		switch {
		case same("labels", labels, standard):
		case len(labels) == 0:
			out["labels"] = nil
		case !same("labels", labels, standard):
			out["labels"] = labels
		}
		some(out, "annotations", annotations)
	}
	switch {
	case len(out) == 1 && name != "":
		d.spec["namespace"] = name
	case len(out) > 0:
		d.spec["namespace"] = out
	}
}

// ownNamespace is the Namespace of the install, where the source makes it and the description can say so; else nil.
func (d *draft) ownNamespace() *document {
	if d.src.facts == nil || d.helm != nil {
		return nil
	}
	for _, o := range d.src.objects {
		if o.is("", "Namespace") && o.name() == d.src.namespace && !d.extra[o] {
			return o
		}
	}
	return nil
}
