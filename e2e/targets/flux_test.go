// Package targets decodes what the example targets write into the types of the tools that read it.
package targets

import (
	"os"
	"strings"
	"testing"

	helm "github.com/fluxcd/helm-controller/api/v2"
	source "github.com/fluxcd/source-controller/api/v1"
	"sigs.k8s.io/yaml"
)

// TestFluxDecodesTheExample decodes what the example target for Flux writes into Flux's own types. Decoding is strict: a
// field that Flux does not have, or a value of another type, is an error.
func TestFluxDecodesTheExample(t *testing.T) {
	data, err := os.ReadFile("../../examples/targets/targets/test/default/want/flux/release.yaml")
	if err != nil {
		t.Fatal(err)
	}
	documents := strings.Split(string(data), "\n---\n")
	if len(documents) != 2 {
		t.Fatalf("%d documents", len(documents))
	}
	var chart source.OCIRepository
	var release helm.HelmRelease
	for _, err := range []error{decode(documents[0], &chart), decode(documents[1], &release)} {
		if err != nil {
			t.Error(err)
		}
	}
	for _, change := range [][2]string{{"spec:\n", "spec:\n  color: red\n"}, {"interval: 1h", "interval: [1h]"}} {
		if decode(strings.Replace(documents[0], change[0], change[1], 1), &source.OCIRepository{}) == nil ||
			decode(strings.Replace(documents[1], change[0], change[1], 1), &helm.HelmRelease{}) == nil {
			t.Errorf("a document with %q is accepted", change[1])
		}
	}
	if got := chart.GroupVersionKind(); got != source.GroupVersion.WithKind(source.OCIRepositoryKind) {
		t.Errorf("the chart is a %s", got)
	}
	if got := release.GroupVersionKind(); got != helm.GroupVersion.WithKind(helm.HelmReleaseKind) {
		t.Errorf("the release is a %s", got)
	}
	if ref := release.Spec.ChartRef; ref == nil || ref.Kind != chart.Kind || ref.Name != chart.Name {
		t.Errorf("the release takes its chart from %v, and that is %s", ref, chart.Name)
	}
	if chart.GetLayerOperation() != source.OCILayerCopy {
		t.Errorf("the chart is unpacked: %s", chart.GetLayerOperation())
	}
}

func decode(document string, into any) error { return yaml.UnmarshalStrict([]byte(document), into) }
