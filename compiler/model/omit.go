package model

import (
	"github.com/opc-project/opc/kube"
)

// Unplaced returns an object as an overlay that omits the namespace has it: without metadata.namespace, and without the
// namespace of the subjects of a RoleBinding, which is its own by default. An object that is not in the namespace is
// returned as it is.
func Unplaced(t Tree, namespace string) Tree {
	if MetaString(t, "namespace") != namespace {
		return t
	}
	t = Clone(t)
	meta := kube.Map(t["metadata"])
	delete(meta, "namespace")
	for _, i := range OwnSubjects(t, namespace) {
		delete(t["subjects"].([]any)[i].(map[string]any), "namespace")
	}
	return t
}

// OwnSubjects are the indexes of the subjects of a RoleBinding that are in a namespace, which is the binding's own.
func OwnSubjects(t Tree, namespace string) []int {
	var out []int
	subjects := kube.List(t["subjects"])
	for i, e := range subjects {
		if subject := kube.Map(e); t["kind"] == "RoleBinding" && subject["namespace"] == namespace {
			out = append(out, i)
		}
	}
	return out
}
