package publish

import (
	"regexp"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// TestInstall holds the instructions to what was published.
func TestInstall(t *testing.T) {
	dist := prebuilt(t, "1.2.3", "fast, stable")
	to := server(t)
	done := mustPublish(t, Delivery{From: dist, To: to})
	text, err := Install(dist, done)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"helm install ring-operator oci://" + to + "/charts/ring-operator --version 1.2.3",
		"--plain-http",
		"--set image.repository=" + to + "/ring-operator",
		"image: " + to + "/ring-operator-catalog@" + digestOf(done, KindCatalog),
		"ref: " + to + "/ring-operator-catalog@" + digestOf(done, KindCatalog),
		"channel: fast\n", "startingCSV: ring-operator.v1.2.3\n", "packageName: ring-operator\n",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	kinds := 0
	for _, b := range blocks {
		for _, doc := range strings.Split(b[1], "---\n") {
			var tree map[string]any
			if err := yaml.UnmarshalStrict([]byte(doc), &tree); err != nil || tree["kind"] == nil {
				t.Errorf("%v\n%s", err, doc)
			}
			kinds++
		}
	}
	if kinds != 9 {
		t.Errorf("%d objects", kinds)
	}
	plain, err := Install(dist, mustPublish(t, Delivery{From: dist, To: server(t), DryRun: true})[:1])
	if err != nil || strings.Contains(string(plain), "OLM") {
		t.Errorf("%v\n%s", err, plain)
	}
}
