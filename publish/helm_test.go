package publish

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/registry"
)

// TestHelmReadsTheChart lets Helm itself load the package, and pull the chart from a registry.
func TestHelmReadsTheChart(t *testing.T) {
	dist := prebuilt(t, "1.2.3", "stable")
	packed, err := os.ReadFile(filepath.Join(dist, "packages/ring-operator-1.2.3.tgz"))
	if err != nil {
		t.Fatal(err)
	}
	chart, err := loader.LoadArchive(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	if chart.Name() != "ring-operator" || chart.Metadata.Version != "1.2.3" || len(chart.Templates) == 0 {
		t.Errorf("%+v", chart.Metadata)
	}
	to := server(t)
	if _, diags, err := Publish(context.Background(), Delivery{From: dist, To: to}); err != nil || len(diags) > 0 {
		t.Fatal(err, diags)
	}
	client, err := registry.NewClient(registry.ClientOptPlainHTTP())
	if err != nil {
		t.Fatal(err)
	}
	pulled, err := client.Pull(to + "/charts/ring-operator:1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(pulled.Chart.Data, packed) || pulled.Chart.Meta.Name != "ring-operator" {
		t.Errorf("another chart: %+v", pulled.Chart.Meta)
	}
	tags, err := client.Tags(to + "/charts/ring-operator")
	if err != nil || len(tags) != 1 || tags[0] != "1.2.3" {
		t.Error(tags, err)
	}
}
