//go:build olm

package olm

import (
	"path/filepath"
	"testing"

	"github.com/opc-project/opc/e2e/project"
)

// TestBundleOnV0 lets OLM v0 install the bundle by itself, for its own namespace.
func TestBundleOnV0(t *testing.T) {
	const namespace = "by-bundle"
	ok(t, olmv0.Group(t.Context(), namespace, namespace))
	csv, err := olmv0.InstallBundle(t.Context(), filepath.Join(versions["0.2.0"], "bundle"), namespace)
	ok(t, err)
	ok(t, olmv0.AwaitCSV(t.Context(), namespace, csv), "olm")
	sameAs(t, forOwn, namespace)
	ok(t, olmv0.Remove(t.Context(), namespace))
	ok(t, leftover.Clear(t.Context()))
}

// TestCatalogOnV0 subscribes to the catalog, for all namespaces, and upgrades when the catalog has the next version.
func TestCatalogOnV0(t *testing.T) {
	const namespace = "by-subscription"
	ok(t, olmv0.Serve(t.Context(), filepath.Join(versions["0.1.0"], "catalog")))
	ok(t, olmv0.Group(t.Context(), namespace))
	ok(t, olmv0.Subscribe(t.Context(), namespace, project.Name, "stable"))
	ok(t, olmv0.AwaitCSV(t.Context(), namespace, project.Name+".v0.1.0"), "catalog", "olm", "opm")
	ok(t, olmv0.Serve(t.Context(), filepath.Join(versions["0.2.0"], "catalog")))
	ok(t, olmv0.AwaitCSV(t.Context(), namespace, project.Name+".v0.2.0"), "catalog", "olm", "opm")
	sameAs(t, forAll, namespace)
	ok(t, olmv0.Remove(t.Context(), namespace))
	ok(t, leftover.Clear(t.Context()))
}
