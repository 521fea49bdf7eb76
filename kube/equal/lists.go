package equal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// emptyAnywhere are the fields whose empty map means the same as none in an object of any kind. An empty selector or volume
// source means something.
var emptyAnywhere = set("labels", "annotations", "affinity", "nodeAffinity", "podAffinity", "podAntiAffinity", "securityContext",
	"resources", "strategy", "lifecycle")

// emptyIsNone are the fields whose empty list, map or text means the same as none, in a ClusterServiceVersion and in
// Kubernetes' own kinds.
var emptyIsNone = with(emptyAnywhere, "creationTimestamp", "status", "clusterPermissions", "permissions", "relatedImages", "keywords",
	"links", "maintainers", "customresourcedefinitions", "apiservicedefinitions", "provider", "env", "args", "command", "ports",
	"volumes", "volumeMounts", "imagePullSecrets", "cleanup", "dnsConfig", "rollingUpdate", "conversion", "required", "skips",
	"specDescriptors", "statusDescriptors", "actionDescriptors", "metadata", "install", "version")

// keys are the fields by which Kubernetes tells the elements of a list apart, as its merge keys and map keys say.
var keys = map[string][]string{
	"containers": {"name"}, "initContainers": {"name"}, "volumes": {"name"}, "env": {"name"}, "imagePullSecrets": {"name"},
	"volumeMounts": {"mountPath"}, "ports": {"containerPort", "port", "protocol", "name"}, "webhooks": {"name"},
	"subjects": {"kind", "namespace", "name"}, "endpoints": {"port", "path"}, "hostAliases": {"ip"},
	"topologySpreadConstraints": {"topologyKey", "whenUnsatisfiable"}, "versions": {"name"},
}

// ordered are the lists with keys whose order means something: init containers run one after the other.
var ordered = set("initContainers")

// sets are the fields whose lists have no order, with keys or as a whole. A variable can refer to those before it, and
// webhooks are called in their order, so that a source keeps that.
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

func with(known map[string]bool, names ...string) map[string]bool {
	out := set(names...)
	maps.Copy(out, known)
	return out
}

// keysOf returns the key of each element; ok is false where the list has an order, or keys that don't tell apart.
func keysOf(field string, list []any) (found []string, ok bool) {
	fields := keys[field]
	if fields == nil {
		return nil, false
	}
	for _, e := range list {
		m, isMap := e.(map[string]any)
		if !isMap {
			return nil, false
		}
		var parts []string
		for _, f := range fields {
			parts = append(parts, fmt.Sprint(m[f]))
		}
		key := strings.Join(parts, "\x00")
		if slices.Contains(found, key) {
			return nil, false
		}
		found = append(found, key)
	}
	return found, true
}

// prune takes nulls and the given fields where they are empty away, in place.
func prune(v any, noneWhenEmpty map[string]bool) any {
	switch t := v.(type) {
	case map[string]any:
		for k, e := range t {
			e = prune(e, noneWhenEmpty)
			if e == nil || noneWhenEmpty[k] && isEmpty(e) {
				delete(t, k)
			} else {
				t[k] = e
			}
		}
	case []any:
		for i := range t {
			t[i] = prune(t[i], noneWhenEmpty)
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
