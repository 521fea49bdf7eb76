package compiler

import (
	"cmp"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// namespace fills in where the operator is installed, and what the description says of its Namespace.
func (s *state) namespace() {
	sp := s.spec.Namespace
	if sp == nil {
		sp = &schema.Namespace{}
	}
	s.m.Namespace = cmp.Or(sp.Name, s.spec.Name+"-system")
	own := s.kept(model.KubebuilderNamespace())
	if len(own) == 1 {
		own = nil // objects are to have no labels of opc's
	}
	if sp.Labels == nil && sp.Annotations == nil && len(own) == len(model.KubebuilderNamespace()) {
		return
	}
	const at = diag.Path("/namespace")
	meta := &model.NamespaceMeta{Node: model.Node{From: at}, Labels: own, Annotations: stringMap(sp.Annotations)}
	meta.Origins = []model.ObjOrigin{{Pointer: "/metadata/annotations", From: at.Child("annotations"), Whole: true}}
	if sp.Labels != nil {
		meta.Labels = sp.Labels.Value
		meta.Origins = append(meta.Origins, model.ObjOrigin{Pointer: "/metadata/labels", From: at.Child("labels"), Whole: true})
	}
	s.m.NamespaceMeta = meta
}

// ownNamespace takes an object that is the operator's own Namespace for what the description says of it, and reports
// whether it is: each installer makes the Namespace in its own way, and none makes it twice.
func (s *state) ownNamespace(o object, when model.Cond) bool {
	name := model.MetaString(o.tree, "name")
	if o.tree["kind"] != "Namespace" || o.tree["apiVersion"] != "v1" || name != s.m.Namespace && name != "system" { // kubebuilder's word for it
		return false
	}
	if len(when) > 0 {
		s.add(diag.Errorf(diag.Conflict, o.from, "the Namespace %s can't depend on a feature: it is the operator's own", s.m.Namespace).
			WithHint("describe it under objects without the feature, or set createNamespace of an overlay"))
		return true
	}
	if other := s.m.NamespaceMeta; other != nil && (other.From != "/namespace" || s.spec.Namespace != nil && (s.spec.Namespace.Labels != nil || s.spec.Namespace.Annotations != nil)) {
		s.add(diag.Errorf(diag.DuplicateName, o.from, "the Namespace %s is described twice", s.m.Namespace).WithRelated(other.From, "the other"))
		return true
	}
	labels := kube.Map(model.At(o.tree, "metadata", "labels"))
	annotations := kube.Map(model.At(o.tree, "metadata", "annotations"))
	s.m.NamespaceMeta = &model.NamespaceMeta{Node: model.Node{From: o.from}, Labels: labels, Annotations: annotations, Origins: model.AsSaid(o.from)}
	return true
}
