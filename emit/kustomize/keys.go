package kustomize

import (
	"maps"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
)

// podKinds are the built-in kinds whose objects hold a pod.
var podKinds = []string{"CronJob", "DaemonSet", "Deployment", "Job", "Pod", "PodTemplate", "ReplicaSet", "ReplicationController", "StatefulSet"}

// podKeys are the lists of a pod that strategic merge tells apart by keys (patchMergeKey in k8s.io/api/core/v1).
var podKeys = map[string][]string{
	"containers": {"name"}, "initContainers": {"name"}, "ephemeralContainers": {"name"}, "volumes": {"name"}, "env": {"name"},
	"ports": {"containerPort", "protocol"}, "volumeMounts": {"mountPath"}, "volumeDevices": {"devicePath"},
	"imagePullSecrets": {"name"}, "hostAliases": {"ip"}, "topologySpreadConstraints": {"topologyKey", "whenUnsatisfiable"},
}

// keepOrder names all containers in a patch that changes one of several. kustomize puts the items of a patch in front of
// the others; then additions to lists, which go by a container's place, would meet another one.
func keepOrder(whole, patch model.Tree) model.Tree {
	for _, k := range slices.Sorted(maps.Keys(patch)) {
		list, isList := whole[k].([]any)
		changed, both := patch[k].([]any)
		if below, ok := patch[k].(map[string]any); ok {
			inside := kube.Map(whole[k])
			keepOrder(inside, below)
		}
		if (k != "containers" && k != "initContainers") || !isList || !both || len(list) < 2 {
			continue
		}
		var out []any
		for _, e := range list {
			item := kube.Map(e)
			keys := map[string]any{"name": item["name"]}
			if p, ok := itemOf(changed, keys); ok {
				keys = p
			}
			out = append(out, keys)
		}
		for _, e := range changed {
			item := kube.Map(e)
			if _, known := itemOf(out, map[string]any{"name": item["name"]}); !known {
				out = append(out, e)
			}
		}
		patch[k] = out
	}
	return patch
}

// builtin reports whether an object's API is one of Kubernetes itself, by its group.
func builtin(o model.Object) bool {
	group, _, found := strings.Cut(o.APIVersion(), "/")
	return !found || !strings.Contains(group, ".") || strings.HasSuffix(group, ".k8s.io")
}

// mergeKeys returns the keys by which kustomize merges the list at a path, or nil where a patch replaces the list.
func mergeKeys(o model.Object, at place) []string {
	fields := at.fields()
	if !builtin(o) {
		return nil // kustomize knows no schema of it
	}
	last := fields[len(fields)-1]
	switch {
	case slices.Contains(podKinds, o.Kind()):
		return podKeys[last]
	case o.Kind() == "Service" && last == "ports":
		return []string{"port", "protocol"}
	case kube.IsWebhookConfiguration(o.Kind()) && last == "webhooks":
		return []string{"name"}
	case o.Kind() == "ServiceAccount" && (last == "secrets" || last == "imagePullSecrets"):
		return []string{"name"}
	}
	return nil
}
