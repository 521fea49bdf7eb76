package e2e

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// kinds are what an install of opc's can leave in a cluster.
var kinds = strings.Join([]string{
	"serviceaccounts", "configmaps", "services", "deployments.apps", "networkpolicies.networking.k8s.io", "poddisruptionbudgets.policy",
	"roles.rbac.authorization.k8s.io", "rolebindings.rbac.authorization.k8s.io", "issuers.cert-manager.io", "certificates.cert-manager.io",
	"servicemonitors.monitoring.coreos.com",
}, ",")

var clusterKinds = strings.Join([]string{
	"clusterroles.rbac.authorization.k8s.io", "clusterrolebindings.rbac.authorization.k8s.io", "customresourcedefinitions.apiextensions.k8s.io",
	"mutatingwebhookconfigurations.admissionregistration.k8s.io", "validatingwebhookconfigurations.admissionregistration.k8s.io",
}, ",")

// snapshot reads the objects of an install: those of its namespace, and those of the cluster whose names it owns.
func snapshot(t *testing.T, namespace string, mine *regexp.Regexp) map[string]map[string]any {
	t.Helper()
	out := map[string]map[string]any{}
	for _, args := range [][]string{{kinds, "-n", namespace}, {clusterKinds}} {
		list, err := k8s.Get(t.Context(), args...)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range list {
			md := o["metadata"].(map[string]any)
			name := fmt.Sprint(md["name"])
			if !mine.MatchString(name) {
				continue
			}
			out[fmt.Sprintf("%v %s", o["kind"], name)] = settled(o)
		}
	}
	if len(out) == 0 {
		t.Fatalf("nothing was installed in %s", namespace)
	}
	return out
}

// settled leaves out what the API server and controllers write, and what the rules say may differ.
func settled(o map[string]any) map[string]any {
	delete(o, "status")
	md := o["metadata"].(map[string]any)
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

// mayDiffer are the labels and annotations by which installers know their own; nothing acts on them.
var mayDiffer = []struct{ key, why string }{
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
		for _, rule := range mayDiffer {
			delete(t, rule.key)
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

func equal(t *testing.T, a, b string, left, right map[string]map[string]any) {
	t.Helper()
	if diff := cmp.Diff(left, right); diff != "" {
		t.Errorf("%s and %s leave different objects (-%s +%s):\n%s", a, b, a, b, diff)
	}
}
