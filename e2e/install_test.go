package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/e2e/cluster"
	"github.com/opc-project/opc/emit/helm"
	"github.com/opc-project/opc/emit/manifests"
	"github.com/opc-project/opc/try/state"
	"github.com/opc-project/opc/verify/equal"
)

// TestHelm installs the chart at its default values, and with the values of each overlay, and uninstalls it.
func TestHelm(t *testing.T) {
	each(t, func(t *testing.T, p *compiled) {
		plain := p.Model.DefaultOverlay()
		for _, ov := range append([]model.Overlay{plain}, p.Model.Overlays...) {
			ov.Namespace = "helm-" + p.Name + "-" + ov.Name
			want := p.expect(t, ov, "Helm")
			p.install(t, p.Dist, ov)
			p.same(t, equal.Helm, ov, want)
			p.uninstall(t, ov.Namespace)
		}
	})
}

// TestKustomize applies each overlay with strict validation of the server, and again, which must change nothing.
func TestKustomize(t *testing.T) {
	each(t, func(t *testing.T, p *compiled) {
		for _, ov := range p.Model.Overlays {
			want := p.expect(t, ov, "kustomize")
			p.apply(t, ov, "-k", filepath.Join(p.Dist, "kustomize", "overlays", ov.Name))
			p.same(t, equal.Kustomize, ov, want)
			p.remove(t, ov, "-k", filepath.Join(p.Dist, "kustomize", "overlays", ov.Name))
		}
	})
}

// TestManifests does the same with install.yaml.
func TestManifests(t *testing.T) {
	each(t, func(t *testing.T, p *compiled) {
		ov := manifests.Overlay(p.Model)
		want := p.expect(t, ov, "kustomize")
		p.apply(t, ov, "-f", filepath.Join(p.Dist, manifests.File))
		p.same(t, equal.Manifests, ov, want)
		p.remove(t, ov, "-f", filepath.Join(p.Dist, manifests.File))
	})
}

// expect is what an install along an overlay must leave.
func (p *compiled) expect(t *testing.T, ov model.Overlay, managedBy string) *state.Comparison {
	t.Helper()
	want, err := reader.Expect(t.Context(), equal.Truth(p.Model, ov, managedBy))
	check(t, err)
	return &state.Comparison{Want: want, Used: needed}
}

// same compares what is there with what must be.
func (p *compiled) same(t *testing.T, by equal.Installer, ov model.Overlay, want *state.Comparison) {
	t.Helper()
	got, err := reader.Read(t.Context(), ov.Namespace)
	check(t, err)
	facts, err := p.Facts()
	check(t, err)
	want.Case = equal.Case{Installer: by, Name: string(by) + " along " + ov.Name, Model: p.Model, Overlay: ov, Facts: facts}
	for _, d := range want.Differences(got) {
		t.Error(d.Text())
	}
}

// install installs a chart with an overlay's values. The release is called so that objects get their plain names.
func (p *compiled) install(t *testing.T, dist string, ov model.Overlay, flags ...string) {
	t.Helper()
	args := []string{"install", p.Release(), filepath.Join(dist, "chart"), "-n", ov.Namespace, "--create-namespace", "--wait", "--timeout", cluster.Patience}
	if ov.Name != "default" {
		values, err := json.Marshal(helm.Values(p.Model, ov))
		check(t, err)
		file := filepath.Join(t.TempDir(), "values.yaml")
		check(t, os.WriteFile(file, values, 0o600))
		args = append(args, "-f", file)
	}
	must(t)(k8s.Run(t.Context(), "", "helm", append(args, flags...)...))
}

// uninstall uninstalls the chart, checks that it kept the CRDs and nothing else, and removes them. The namespace stays:
// to delete one takes longer than all the rest.
func (p *compiled) uninstall(t *testing.T, namespace string) {
	t.Helper()
	do := must(t)
	do(k8s.Run(t.Context(), "", "helm", "uninstall", p.Release(), "-n", namespace, "--wait", "--timeout", cluster.Patience))
	for _, crd := range p.Model.CRDs {
		do(k8s.Kubectl(t.Context(), "", "delete", "crd", model.MetaString(crd.Tree, "name"), "--wait", "--timeout="+cluster.Patience))
	}
	gone(t)
}

// apply applies twice, with strict validation of the server, and waits until the pods run.
func (p *compiled) apply(t *testing.T, ov model.Overlay, args ...string) {
	t.Helper()
	do := must(t)
	args = append([]string{"apply", "--validate=strict", "--warnings-as-errors"}, args...)
	do(k8s.Kubectl(t.Context(), "", args...))
	do(k8s.Kubectl(t.Context(), "", "rollout", "status", "deployment", "-n", ov.Namespace, "--timeout="+cluster.Patience))
	before := generations(t)
	do(k8s.Kubectl(t.Context(), "", args...))
	if diff := cmp.Diff(before, generations(t)); diff != "" {
		t.Errorf("%s: applying it again changed objects:\n%s", ov.Name, diff)
	}
}

// remove deletes what was applied but the namespace.
func (p *compiled) remove(t *testing.T, ov model.Overlay, args ...string) {
	t.Helper()
	do := must(t)
	text := do(k8s.Kubectl(t.Context(), "", append([]string{"create", "--dry-run=client", "-o", "yaml"}, args...)...))
	docs := slices.DeleteFunc(strings.Split(text, "\n---\n"), func(d string) bool { return strings.Contains("\n"+d, "\nkind: Namespace\n") })
	do(k8s.Kubectl(t.Context(), strings.Join(docs, "\n---\n"), "delete", "-f", "-", "--wait", "--timeout="+cluster.Patience))
	gone(t)
}

// gone fails the test if an install left anything that is not in a namespace.
func gone(t *testing.T) {
	t.Helper()
	check(t, k8s.Await(t.Context(), "the install is gone", func() error { return reader.Gone(t.Context()) }))
}

// generations is how often the spec of each Deployment and webhook configuration changed.
func generations(t *testing.T) map[string]any {
	t.Helper()
	out := map[string]any{}
	list, err := k8s.Get(t.Context(), "deployments,mutatingwebhookconfigurations,validatingwebhookconfigurations,networkpolicies,crds", "-A")
	check(t, err)
	for _, o := range list {
		out[model.MetaString(o, "namespace")+"/"+model.MetaString(o, "name")] = o["metadata"].(map[string]any)["generation"]
	}
	return out
}
