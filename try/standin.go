package try

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/opc-project/opc/kube"
)

// standIn defines an API of another operator, by an object of it: any content is stored.
func standIn(o *kube.Object) kube.Tree {
	_, version, _ := strings.Cut(o.APIVersion(), "/")
	plural, singular := meta.UnsafeGuessKindToResource(schema.GroupVersionKind{Group: o.Group(), Version: version, Kind: o.Kind()})
	scope := "Namespaced"
	if kube.ClusterScoped(o.Kind()) || kube.MetaString(o.Tree, "namespace") == "" && strings.HasPrefix(o.Kind(), "Cluster") {
		scope = "Cluster"
	}
	metadata := map[string]any{"name": plural.Resource + "." + o.Group()}
	if strings.HasSuffix(o.Group(), ".k8s.io") || strings.HasSuffix(o.Group(), ".kubernetes.io") {
		metadata["annotations"] = map[string]any{"api-approved.kubernetes.io": "unapproved, a stand-in"}
	}
	return kube.Tree{
		"apiVersion": definitions + "/v1", "kind": "CustomResourceDefinition", "metadata": metadata,
		"spec": map[string]any{
			"group": o.Group(), "scope": scope,
			"names": map[string]any{"kind": o.Kind(), "listKind": o.Kind() + "List", "plural": plural.Resource, "singular": singular.Resource},
			"versions": []any{map[string]any{
				"name": version, "served": true, "storage": true,
				"schema": map[string]any{"openAPIV3Schema": map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
			}},
		},
	}
}

func text(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}
