//go:build olm

package olm

import (
	"testing"

	"github.com/opc-project/opc/e2e/project"
	"github.com/opc-project/opc/e2e/state"
)

// TestCatalogOnV1 installs from the catalog with OLM v1, upgrades, and is refused a version that breaks the API.
func TestCatalogOnV1(t *testing.T) {
	const namespace = "by-extension"
	ctx := t.Context()
	_, err := k8s.Kubectl(ctx, "", "create", "namespace", namespace)
	ok(t, err)
	ok(t, olmv1.Catalog(ctx, "emitted", catalogImage+":v0.1.0"), "catalogd")
	ok(t, olmv1.Extension(ctx, namespace, project.Name, "0.1.0"))
	ok(t, olmv1.AwaitInstalled(ctx, project.Name, "0.1.0"), "operator-controller")
	ok(t, olmv1.Catalog(ctx, "emitted", catalogImage+":v0.3.0"), "catalogd")
	ok(t, olmv1.Extension(ctx, namespace, project.Name, "0.2.0"))
	ok(t, olmv1.AwaitInstalled(ctx, project.Name, "0.2.0"), "operator-controller")
	sameAs(t, forAll, namespace)
	ok(t, olmv1.Extension(ctx, namespace, project.Name, "0.3.0"))
	ok(t, olmv1.AwaitRefused(ctx, project.Name, "type changed"), "operator-controller")
	ok(t, olmv1.AwaitInstalled(ctx, project.Name, "0.2.0"), "operator-controller")
	_, err = k8s.Kubectl(ctx, "", "delete", "clusterextension", project.Name, "--wait")
	ok(t, err)
	ok(t, leftover.Clear(ctx))
}

// TestRulesAreNeeded runs last: a rule that no install needed hides nothing today, and may hide a fault tomorrow.
func TestRulesAreNeeded(t *testing.T) {
	if len(needed) == 0 {
		t.Skip("nothing was compared: run all tests")
	}
	for _, r := range state.OLM {
		if !needed[r.Why] {
			t.Errorf("no install needed the rule: %s", r.Why)
		}
	}
}
