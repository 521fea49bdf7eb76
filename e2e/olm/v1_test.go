//go:build olm

package olm

import (
	"context"
	"testing"

	"github.com/opc-project/opc/e2e/cluster"
	"github.com/opc-project/opc/try/state"
)

// TestCatalogOnV1 installs from the catalog with OLM v1, upgrades, and is refused a version that breaks the API.
func TestCatalogOnV1(t *testing.T) {
	each(t, func(t *testing.T, r *released) {
		ctx, namespace := t.Context(), "by-extension-"+r.Name
		want := r.expect(t, "0.2.0", namespace)
		pkg := want.Case.Model.OLM.Package
		after(t, func(ctx context.Context) error {
			_, err := k8s.Kubectl(ctx, "", "delete", "clusterextension", pkg, "--ignore-not-found", "--wait", "--timeout="+cluster.Patience)
			return err
		})
		_, err := k8s.Kubectl(ctx, "", "create", "namespace", namespace)
		ok(t, err)
		ok(t, olmv1.Catalog(ctx, "emitted", catalogImage(r.versions["0.1.0"].Model)), "catalogd")
		ok(t, olmv1.Extension(ctx, namespace, pkg, "0.1.0"))
		ok(t, olmv1.AwaitInstalled(ctx, pkg, "0.1.0"), "operator-controller")
		ok(t, olmv1.Catalog(ctx, "emitted", catalogImage(r.versions["0.3.0"].Model)), "catalogd")
		ok(t, olmv1.Extension(ctx, namespace, pkg, "0.2.0"))
		ok(t, olmv1.AwaitInstalled(ctx, pkg, "0.2.0"), "operator-controller")
		same(t, want)
		r.works(t, "0.2.0", namespace, "data-"+namespace)
		ok(t, olmv1.Extension(ctx, namespace, pkg, "0.3.0"))
		ok(t, olmv1.AwaitRefused(ctx, pkg, "type changed"), "operator-controller")
		ok(t, olmv1.AwaitInstalled(ctx, pkg, "0.2.0"), "operator-controller")
	})
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
