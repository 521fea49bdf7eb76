//go:build olm

package olm

import (
	"context"
	"path/filepath"
	"testing"
)

// TestBundleOnV0 lets OLM v0 install the bundle by itself, for its own namespace.
func TestBundleOnV0(t *testing.T) {
	const namespace = "by-bundle"
	r := projects[0] // the other can't be installed for one namespace
	want := r.expect(t, "0.2.0", namespace, namespace)
	after(t, func(ctx context.Context) error { return olmv0.Remove(ctx, namespace) })
	ok(t, olmv0.Group(t.Context(), namespace, namespace))
	csv, err := olmv0.InstallBundle(t.Context(), filepath.Join(r.versions["0.2.0"].Dist, "bundle"), namespace)
	ok(t, err)
	ok(t, olmv0.AwaitCSV(t.Context(), namespace, csv), "olm")
	same(t, want)
	r.works(t, "0.2.0", namespace, namespace)
}

// TestCatalogOnV0 subscribes to the catalog, for all namespaces, and upgrades when the catalog has the next version.
func TestCatalogOnV0(t *testing.T) {
	each(t, func(t *testing.T, r *released) {
		ctx, namespace := t.Context(), "by-subscription-"+r.Name
		before, now := r.versions["0.1.0"], r.versions["0.2.0"]
		want := r.expect(t, "0.2.0", namespace)
		after(t, func(ctx context.Context) error { return olmv0.Remove(ctx, namespace) })
		ok(t, olmv0.Serve(ctx, filepath.Join(before.Dist, "catalog")))
		ok(t, olmv0.Group(ctx, namespace))
		ok(t, olmv0.Subscribe(ctx, namespace, now.Model.OLM.Package, now.Model.Release.DefaultChannel))
		ok(t, olmv0.AwaitCSV(ctx, namespace, before.Model.OLM.CSVName), "catalog", "olm", "opm")
		ok(t, olmv0.Serve(ctx, filepath.Join(now.Dist, "catalog")))
		ok(t, olmv0.AwaitCSV(ctx, namespace, now.Model.OLM.CSVName), "catalog", "olm", "opm")
		same(t, want)
		r.works(t, "0.2.0", namespace, "data-"+namespace)
	})
}
