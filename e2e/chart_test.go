package e2e

import (
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/opc-project/opc/e2e/cluster"
	"github.com/opc-project/opc/e2e/project"
	"github.com/opc-project/opc/verify/equal"
)

// TestChartUpgrade upgrades from the version before, which must leave what an install leaves, tests the release, rolls
// back and uninstalls.
func TestChartUpgrade(t *testing.T) {
	each(t, func(t *testing.T, p *compiled) {
		do := must(t)
		old, err := p.Compile(t.Context(), filepath.Join(t.TempDir(), "dist"), "version=0.1.0", "release.replaces=0.0.1")
		check(t, err)
		ov := p.Model.DefaultOverlay()
		ov.Namespace = "upgraded-" + p.Name
		want := p.expect(t, ov, "Helm")
		p.install(t, old.Dist, ov)
		helm := func(args ...string) {
			t.Helper()
			do(k8s.Run(t.Context(), "", "helm", append(args, "-n", ov.Namespace, "--timeout", cluster.Patience)...))
		}
		helm("upgrade", p.Release(), filepath.Join(p.Dist, "chart"), "--wait")
		p.same(t, equal.Helm, ov, want)
		helm("test", p.Release())
		p.tested(t, do(k8s.Run(t.Context(), "", "helm", "get", "hooks", p.Release(), "-n", ov.Namespace)))
		helm("rollback", p.Release(), "1", "--wait")
		image := do(k8s.Kubectl(t.Context(), "", "get", "deployment", "-n", ov.Namespace, "-o", "jsonpath={.items[0].spec.template.spec.containers[0].image}"))
		if !strings.HasSuffix(image, ":0.1.0") {
			t.Errorf("after the rollback the image is %s", image)
		}
		p.uninstall(t, ov.Namespace)
	})
}

// tested runs the program as the pods of `helm test` would, since kwok only says that they did.
func (p *compiled) tested(t *testing.T, hooks string) {
	t.Helper()
	ran := 0
	for text := range strings.SplitSeq("\n"+hooks, "\n---") {
		var pod struct {
			Metadata struct{ Annotations map[string]string }
			Spec     struct{ Containers []struct{ Args []string } }
		}
		check(t, yaml.Unmarshal([]byte(text), &pod))
		if pod.Metadata.Annotations["helm.sh/hook"] != "test" {
			continue
		}
		for _, c := range pod.Spec.Containers {
			check(t, project.Command(t.Context(), ".", p.program, c.Args...))
			ran++
		}
	}
	if ran == 0 {
		t.Error("helm test has nothing to run")
	}
}

// TestTwoReleases installs the chart twice in one namespace: only the CRDs are shared.
func TestTwoReleases(t *testing.T) {
	p, do := projects[0], must(t)
	ov := p.Model.DefaultOverlay()
	ov.Namespace = "two-releases"
	want := p.expect(t, ov, "Helm")
	p.install(t, p.Dist, ov)
	do(k8s.Run(t.Context(), "", "helm", "install", "second", filepath.Join(p.Dist, "chart"), "-n", ov.Namespace, "--set", "crds.enabled=false",
		"--wait", "--timeout", cluster.Patience))
	do(k8s.Run(t.Context(), "", "helm", "uninstall", "second", "-n", ov.Namespace, "--wait", "--timeout", cluster.Patience))
	p.same(t, equal.Helm, ov, want)
	p.uninstall(t, ov.Namespace)
}
