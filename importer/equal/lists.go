package equal

import (
	"bytes"
	"encoding/json"
	"slices"
)

// emptyIsNone are the fields whose empty list, map or text means the same as none. Elsewhere an empty map can mean
// something, such as emptyDir: {}.
var emptyIsNone = set("annotations", "labels", "resources", "creationTimestamp", "status", "strategy", "clusterPermissions",
	"permissions", "relatedImages", "keywords", "links", "maintainers", "customresourcedefinitions", "apiservicedefinitions",
	"provider", "env", "args", "command", "ports", "volumes", "volumeMounts", "imagePullSecrets", "securityContext", "cleanup",
	"affinity", "nodeAffinity", "podAffinity", "podAntiAffinity", "dnsConfig", "lifecycle", "rollingUpdate", "conversion", "required", "skips", "specDescriptors", "statusDescriptors", "actionDescriptors", "metadata", "install", "version")

// sets are the fields whose lists have no order: they are sets, or keyed by a name.
var sets = set("deployments", "permissions", "clusterPermissions", "installModes", "owned", "relatedImages", "webhookdefinitions",
	"volumes", "volumeMounts", "ports", "imagePullSecrets", "rules", "verbs", "apiGroups", "resources", "resourceNames",
	"nonResourceURLs", "skips", "shortNames", "categories", "conversionCRDs", "nativeAPIs", "subjects", "versions", "finalizers",
	"dependencies", "properties", "operations", "admissionReviewVersions", "conversionReviewVersions")

func set(names ...string) map[string]bool {
	out := map[string]bool{}
	for _, n := range names {
		out[n] = true
	}
	return out
}

// prune takes nulls and meaningless empty values away, in place.
func prune(v any) any {
	switch t := v.(type) {
	case map[string]any:
		for k, e := range t {
			e = prune(e)
			if e == nil || emptyIsNone[k] && isEmpty(e) {
				delete(t, k)
			} else {
				t[k] = e
			}
		}
	case []any:
		for i := range t {
			t[i] = prune(t[i])
		}
	}
	return v
}

func isEmpty(v any) bool {
	switch t := v.(type) {
	case map[string]any:
		return len(t) == 0
	case []any:
		return len(t) == 0
	case string:
		return t == ""
	}
	return false
}

// sortLists sorts the sets of an object, in place. Inside the schema of a CustomResourceDefinition, whose properties can
// have any name, only enum and required are sets.
func sortLists(field string, v any, inSchema bool) any {
	switch t := v.(type) {
	case map[string]any:
		inSchema = inSchema || field == "openAPIV3Schema" || field == "properties"
		for k, e := range t {
			t[k] = sortLists(k, e, inSchema)
		}
	case []any:
		for i := range t {
			t[i] = sortLists("", t[i], inSchema)
		}
		if inSchema && (field == "required" || field == "enum") || !inSchema && sets[field] {
			return sortSet(t)
		}
	}
	return v
}

func sortSet(v any) any {
	list, ok := v.([]any)
	if !ok {
		return v
	}
	keys := make(map[int]string, len(list))
	order := make([]int, len(list))
	for i, e := range list {
		text, _ := json.Marshal(e)
		keys[i], order[i] = string(text), i
	}
	slices.SortStableFunc(order, func(a, b int) int { return bytes.Compare([]byte(keys[a]), []byte(keys[b])) })
	out := make([]any, len(list))
	for i, j := range order {
		out[i] = list[j]
	}
	return out
}
