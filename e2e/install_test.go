package e2e

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/e2e/project"
	"github.com/opc-project/opc/e2e/state"
)

// TestInstallersLeaveTheSame installs the example by chart, by overlay and by manifest, and compares what each leaves.
// Each chart has a namespace of its own: to delete one takes longer than all the rest.
func TestInstallersLeaveTheSame(t *testing.T) {
	do := must(t)
	install(t, "same-as-prod", "--set", "replicaCount=2,networkPolicy.enabled=true,podDisruptionBudget.enabled=true")
	byHelm := read(t, "same-as-prod")
	uninstall(t, "same-as-prod")

	prod := do(k8s.Kubectl(t.Context(), "", "kustomize", filepath.Join(dist, "kustomize", "overlays", "prod")))
	do(k8s.Kubectl(t.Context(), prod, "apply", "--validate=strict", "-f", "-"))
	rolledOut(t, project.Namespace)
	equal(t, "helm", "overlay prod", byHelm, read(t, project.Namespace))
	remove(t, prod)

	install(t, "same-as-manifest")
	byHelm = read(t, "same-as-manifest")
	uninstall(t, "same-as-manifest")

	manifest := filepath.Join(dist, "install.yaml")
	do(k8s.Kubectl(t.Context(), "", "apply", "--validate=strict", "-f", manifest))
	rolledOut(t, project.Namespace)
	equal(t, "helm", "install.yaml", byHelm, read(t, project.Namespace))
	do(k8s.Kubectl(t.Context(), "", "delete", "-f", manifest, "--wait"))
	gone(t)
}

// TestOverlays applies each overlay with strict validation of the server.
func TestOverlays(t *testing.T) {
	do := must(t)
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
		remove(t, do(k8s.Kubectl(t.Context(), "", "kustomize", dir)))
	}
}

// TestChartUpgrade upgrades from the version before, tests the release, rolls back and uninstalls.
func TestChartUpgrade(t *testing.T) {
	do, old := must(t), filepath.Join(t.TempDir(), "dist")
	if err := opc.Compile(t.Context(), old, "--set", "version=0.1.0", "--set", "release.replaces=0.0.1"); err != nil {
		t.Fatal(err)
	}
	const ns = "upgraded"
	do(k8s.Run(t.Context(), "", "helm", "install", project.Name, filepath.Join(old, "chart"), "-n", ns, "--create-namespace", "--wait", "--timeout", "60s"))
	do(k8s.Run(t.Context(), "", "helm", "upgrade", project.Name, filepath.Join(dist, "chart"), "-n", ns, "--wait", "--timeout", "60s"))
	image := do(k8s.Kubectl(t.Context(), "", "get", "deployment", "-n", ns, "-o", "jsonpath={.items[0].spec.template.spec.containers[0].image}"))
	if !strings.HasSuffix(image, ":0.2.0") {
		t.Errorf("after the upgrade the image is %s", image)
	}
	do(k8s.Run(t.Context(), "", "helm", "test", project.Name, "-n", ns, "--timeout", "60s"))
	do(k8s.Run(t.Context(), "", "helm", "rollback", project.Name, "1", "-n", ns, "--wait", "--timeout", "60s"))
	uninstall(t, ns)
}

// TestTwoReleases installs the chart twice in one namespace: only the CRDs are shared.
func TestTwoReleases(t *testing.T) {
	do := must(t)
	const ns = "two-releases"
	install(t, ns)
	do(k8s.Run(t.Context(), "", "helm", "install", "second", filepath.Join(dist, "chart"), "-n", ns, "--set", "crds.enabled=false", "--wait", "--timeout", "60s"))
	do(k8s.Run(t.Context(), "", "helm", "uninstall", "second", "-n", ns))
	uninstall(t, ns)
}

// install installs the chart.
func install(t *testing.T, namespace string, flags ...string) {
	t.Helper()
	args := []string{"install", project.Name, filepath.Join(dist, "chart"), "-n", namespace, "--create-namespace", "--wait", "--timeout", "60s"}
	must(t)(k8s.Run(t.Context(), "", "helm", append(args, flags...)...))
}

// uninstall uninstalls the chart, checks that it kept the CRDs and nothing else, and removes them. The namespace stays.
func uninstall(t *testing.T, namespace string) {
	t.Helper()
	do := must(t)
	do(k8s.Run(t.Context(), "", "helm", "uninstall", project.Name, "-n", namespace, "--wait"))
	do(k8s.Kubectl(t.Context(), "", "delete", "crd", project.CRD, "--wait"))
	gone(t)
}

// remove deletes what a manifest has but its namespace.
func remove(t *testing.T, manifest string) {
	t.Helper()
	docs := slices.DeleteFunc(strings.Split(manifest, "\n---\n"), func(d string) bool { return strings.Contains("\n"+d, "\nkind: Namespace\n") })
	must(t)(k8s.Kubectl(t.Context(), strings.Join(docs, "\n---\n"), "delete", "-f", "-", "--wait"))
	gone(t)
}

// gone fails the test if an install left anything that is not in a namespace.
func gone(t *testing.T) {
	t.Helper()
	if err := k8s.Await(t.Context(), "the install is gone", func() error { return leftover.Gone(t.Context()) }); err != nil {
		t.Fatal(err)
	}
}

func rolledOut(t *testing.T, namespace string) {
	t.Helper()
	must(t)(k8s.Kubectl(t.Context(), "", "rollout", "status", "deployment", "-n", namespace, "--timeout=60s"))
}

func read(t *testing.T, namespace string) state.Objects {
	t.Helper()
	out, err := leftover.Read(t.Context(), namespace)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func equal(t *testing.T, a, b string, left, right state.Objects) {
	t.Helper()
	if diff := state.Diff(left, right); diff != "" {
		t.Errorf("%s and %s leave different objects (-%s +%s):\n%s", a, b, a, b, diff)
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
