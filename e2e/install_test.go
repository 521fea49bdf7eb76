package e2e

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	example   = "../examples/database-operator"
	release   = "database-operator"
	namespace = "database-operator-system"
)

// mine are the names of the example's objects.
var mine = regexp.MustCompile(`^database-operator-|^databases\.|-server-cert$|selfsigned|serving-cert|metrics-certs`)

// TestInstallersLeaveTheSame installs the example by chart, by manifest and by overlay, and compares what each leaves.
func TestInstallersLeaveTheSame(t *testing.T) {
	dist, do := compiled(t, example), must(t)

	do(k8s.Run(t.Context(), "", "helm", "install", release, filepath.Join(dist, "chart"), "-n", namespace, "--create-namespace", "--wait", "--timeout", "60s"))
	byHelm := snapshot(t, namespace, mine)
	removeRelease(t)

	manifest := filepath.Join(dist, "install.yaml")
	do(k8s.Kubectl(t.Context(), "", "apply", "--validate=strict", "-f", manifest))
	do(k8s.Kubectl(t.Context(), "", "rollout", "status", "deployment", "-n", namespace, "--timeout=60s"))
	byManifest := snapshot(t, namespace, mine)
	do(k8s.Kubectl(t.Context(), "", "delete", "-f", manifest, "--wait"))
	equal(t, "helm", "install.yaml", byHelm, byManifest)

	prod := filepath.Join(dist, "kustomize", "overlays", "prod")
	do(k8s.Kubectl(t.Context(), "", "apply", "--validate=strict", "-k", prod))
	do(k8s.Kubectl(t.Context(), "", "rollout", "status", "deployment", "-n", namespace, "--timeout=60s"))
	byOverlay := snapshot(t, namespace, mine)
	do(k8s.Kubectl(t.Context(), "", "delete", "-k", prod, "--wait"))

	do(k8s.Run(t.Context(), "", "helm", "install", release, filepath.Join(dist, "chart"), "-n", namespace, "--create-namespace", "--wait", "--timeout", "60s",
		"--set", "replicaCount=2,networkPolicy.enabled=true,podDisruptionBudget.enabled=true"))
	equal(t, "helm", "overlay prod", snapshot(t, namespace, mine), byOverlay)
	removeRelease(t)
}

// removeRelease uninstalls the chart, checks that it kept the CRDs, and removes them and the namespace.
func removeRelease(t *testing.T) {
	t.Helper()
	do := must(t)
	do(k8s.Run(t.Context(), "", "helm", "uninstall", release, "-n", namespace, "--wait"))
	do(k8s.Kubectl(t.Context(), "", "get", "crd", "databases.db.opc.example.com"))
	do(k8s.Kubectl(t.Context(), "", "delete", "crd", "databases.db.opc.example.com", "--wait"))
	do(k8s.Kubectl(t.Context(), "", "delete", "namespace", namespace, "--wait"))
}

// TestOverlays applies each overlay with strict validation of the server.
func TestOverlays(t *testing.T) {
	dist, do := compiled(t, example), must(t)
	overlays, err := filepath.Glob(filepath.Join(dist, "kustomize", "overlays", "*"))
	if err != nil || len(overlays) < 2 {
		t.Fatalf("overlays %v: %v", overlays, err)
	}
	for _, dir := range overlays {
		out := do(k8s.Kubectl(t.Context(), "", "apply", "--validate=strict", "-k", dir))
		if strings.Contains(strings.ToLower(out), "warning") {
			t.Errorf("%s: %s", filepath.Base(dir), out)
		}
		before := generations(t)
		do(k8s.Kubectl(t.Context(), "", "apply", "-k", dir))
		if diff := cmp.Diff(before, generations(t)); diff != "" {
			t.Errorf("%s: applying it again changed objects:\n%s", filepath.Base(dir), diff)
		}
		do(k8s.Kubectl(t.Context(), "", "delete", "-k", dir, "--wait"))
	}
}

// generations is how often the spec of each Deployment and webhook configuration changed.
func generations(t *testing.T) map[string]any {
	t.Helper()
	out := map[string]any{}
	list, err := k8s.Get(t.Context(), "deployments,mutatingwebhookconfigurations,validatingwebhookconfigurations", "-A")
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range list {
		md := o["metadata"].(map[string]any)
		out[md["name"].(string)] = md["generation"]
	}
	return out
}

// TestChartUpgrade upgrades from the version before, tests the release, rolls back and uninstalls.
func TestChartUpgrade(t *testing.T) {
	do := must(t)
	old, latest := compiled(t, example, "--set", "version=0.1.0", "--set", "release.replaces=0.0.1"), compiled(t, example)
	do(k8s.Run(t.Context(), "", "helm", "install", release, filepath.Join(old, "chart"), "-n", namespace, "--create-namespace", "--wait", "--timeout", "60s"))
	do(k8s.Run(t.Context(), "", "helm", "upgrade", release, filepath.Join(latest, "chart"), "-n", namespace, "--wait", "--timeout", "60s"))
	image := do(k8s.Kubectl(t.Context(), "", "get", "deployment", "-n", namespace, "-o", "jsonpath={.items[0].spec.template.spec.containers[0].image}"))
	if !strings.HasSuffix(image, ":0.2.0") {
		t.Errorf("after the upgrade the image is %s", image)
	}
	do(k8s.Run(t.Context(), "", "helm", "test", release, "-n", namespace, "--timeout", "60s"))
	do(k8s.Run(t.Context(), "", "helm", "rollback", release, "1", "-n", namespace, "--wait", "--timeout", "60s"))
	removeRelease(t)
}

// TestTwoReleases installs the chart twice in one cluster: only the CRDs are shared.
func TestTwoReleases(t *testing.T) {
	do := must(t)
	chart := filepath.Join(compiled(t, example), "chart")
	do(k8s.Run(t.Context(), "", "helm", "install", release, chart, "-n", namespace, "--create-namespace", "--wait", "--timeout", "60s"))
	do(k8s.Run(t.Context(), "", "helm", "install", "second", chart, "-n", namespace, "--set", "crds.enabled=false", "--wait", "--timeout", "60s"))
	do(k8s.Run(t.Context(), "", "helm", "uninstall", "second", "-n", namespace, "--wait"))
	removeRelease(t)
}
