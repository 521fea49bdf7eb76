package kustomize

import (
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
)

// podKinds are the built-in kinds whose objects hold a pod.
var podKinds = []string{"CronJob", "DaemonSet", "Deployment", "Job", "Pod", "PodTemplate", "ReplicaSet", "ReplicationController", "StatefulSet"}

// podKeys are the lists of a pod that strategic merge tells apart by keys (patchMergeKey in k8s.io/api/core/v1).
var podKeys = map[string][]string{
	"containers": {"name"}, "initContainers": {"name"}, "ephemeralContainers": {"name"}, "volumes": {"name"}, "env": {"name"},
	"ports": {"containerPort", "protocol"}, "volumeMounts": {"mountPath"}, "volumeDevices": {"devicePath"},
	"imagePullSecrets": {"name"}, "hostAliases": {"ip"}, "topologySpreadConstraints": {"topologyKey", "whenUnsatisfiable"},
}

// mergeKeys returns the keys by which kustomize merges the list at a path, or nil where a patch replaces the list.
func mergeKeys(o model.Object, at place) []string {
	fields := at.fields()
	group, _, found := strings.Cut(o.APIVersion(), "/")
	if found && strings.Contains(group, ".") && !strings.HasSuffix(group, ".k8s.io") {
		return nil // kustomize knows no schema of it
	}
	last := fields[len(fields)-1]
	switch {
	case slices.Contains(podKinds, o.Kind()):
		return podKeys[last]
	case o.Kind() == "Service" && last == "ports":
		return []string{"port", "protocol"}
	case strings.HasSuffix(o.Kind(), "WebhookConfiguration") && last == "webhooks":
		return []string{"name"}
	case o.Kind() == "ServiceAccount" && (last == "secrets" || last == "imagePullSecrets"):
		return []string{"name"}
	}
	return nil
}
