package state

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// settled leaves out what the API server and controllers write, and what the rules say may differ.
func settled(o map[string]any) map[string]any {
	delete(o, "status")
	md := metadata(o)
	for _, f := range []string{"uid", "resourceVersion", "creationTimestamp", "generation", "managedFields"} {
		delete(md, f)
	}
	o = scrub(o, "").(map[string]any)
	if spec, ok := o["spec"].(map[string]any); ok && o["kind"] == "Service" {
		for _, f := range []string{"clusterIP", "clusterIPs"} { // the API server picks them
			delete(spec, f)
		}
	}
	return o
}

// MayDiffer are the labels and annotations by which installers know their own; nothing of the operator acts on them. A
// key that ends in a slash stands for all that begin with it.
var MayDiffer = []struct{ Key, Why string }{
	{"app.kubernetes.io/managed-by", "names the installer"},
	{"app.kubernetes.io/instance", "Helm: the release; its selectors use it, so that two releases don't meet"},
	{"app.kubernetes.io/version", "Helm: recommended label of a chart"},
	{"app.kubernetes.io/name", "Helm: recommended label, on all objects of a chart"},
	{"helm.sh/chart", "Helm: the chart"},
	{"helm.sh/resource-policy", "Helm: keeps CRDs at uninstall"},
	{"meta.helm.sh/release-name", "Helm: its owner mark"},
	{"meta.helm.sh/release-namespace", "Helm: its owner mark"},
	{"kubectl.kubernetes.io/last-applied-configuration", "kubectl apply: what it applied"},
	{"deployment.kubernetes.io/revision", "the deployment controller's count of rollouts"},
}

func scrub(v any, field string) any {
	switch t := v.(type) {
	case map[string]any:
		for _, rule := range MayDiffer {
			delete(t, rule.Key)
		}
		for _, k := range slices.Collect(maps.Keys(t)) {
			t[k] = scrub(t[k], k)
			if m, ok := t[k].(map[string]any); ok && len(m) == 0 && (k == "labels" || k == "annotations") {
				delete(t, k)
			}
		}
	case []any:
		for i := range t {
			t[i] = scrub(t[i], "")
		}
		if slices.Contains([]string{"env", "volumes", "volumeMounts", "ports", "rules", "subjects"}, field) {
			slices.SortStableFunc(t, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		}
	}
	return v
}
