package model

import (
	"strings"

	"github.com/opc-project/opc/kube"
)

// NamespaceMeta is what the Namespace of an install has in place of what opc gives it.
type NamespaceMeta struct {
	Node
	Labels, Annotations map[string]any
	Origins             []ObjOrigin `json:"-"`
}

// KubebuilderNamespace are the labels that kubebuilder gives a Namespace, with expressions.
func KubebuilderNamespace() map[string]any {
	return map[string]any{LabelName: Ref(OpAppName, ""), LabelControlPlane: "controller-manager", LabelManagedBy: Ref(OpManagedBy, "")}
}

// NamespaceObject is the Namespace that an install along an overlay makes: with kubebuilder's labels, or what the
// description says.
func (o *Operator) NamespaceObject(ov Overlay, s Scope) Object {
	out := Object{Node: ov.Node, Cluster: true, File: "namespace"}
	meta := map[string]any{"name": s.Namespace, "labels": KubebuilderNamespace()}
	if own := o.NamespaceMeta; own != nil {
		out.Node, out.Origins = own.Node, own.Origins
		delete(meta, "labels")
		for field, value := range map[string]map[string]any{"labels": own.Labels, "annotations": own.Annotations} {
			if len(value) > 0 {
				meta[field] = value
			}
		}
	}
	out.Tree = kube.Map(s.Resolve(Tree{"apiVersion": "v1", "kind": "Namespace", "metadata": meta}))
	return out
}

// Telling reports whether the Namespace has labels or annotations by which a cluster acts, such as those of Pod Security.
func (n *NamespaceMeta) Telling() bool {
	if n == nil {
		return false
	}
	for key := range n.Labels {
		if !NamesOnly(key) {
			return true
		}
	}
	return len(n.Annotations) > 0
}

// NamesOnly reports whether a label of a Namespace is for people: those that name the operator, and those that scaffolds
// and Kubernetes itself give each Namespace.
func NamesOnly(key string) bool {
	return strings.HasPrefix(key, "app.kubernetes.io/") || key == LabelControlPlane || key == "kubernetes.io/metadata.name" || key == "name"
}
