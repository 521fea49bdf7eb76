package verify

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/opc-project/opc/schema/diag"
)

// What an overlay says is told where it says it, once for the chart with its settings and the overlay itself.
func TestOverlayIsTold(t *testing.T) {
	const text = `name: ring-operator
version: 1.0.0
description: Turns rings.
image: example.com/ring:1.0.0
provider: {name: Example}
maintainers: [{name: Jo, email: jo@example.com}]
manager:
  resources: {limits: {memory: 128Mi}}
overlays:
  dev:
    replicas: 2
    resources: {limits: {memory: 64Mi}, requests: {memory: 100Mi}}
`
	c := compile(t, "ring", fstest.MapFS{"operator.yaml": {Data: []byte(text)}})
	told := 0
	for _, d := range Check(t.Context(), c.model, c.files, Options{}).Place(c.doc.Index) {
		if d.Severity != diag.Error || !strings.Contains(d.Message, "Deployment") {
			continue // the pod of helm test is the chart's own
		}
		if told++; d.Pos.Line != 12 || !strings.Contains(d.Message, "more than its limit of 64Mi") {
			t.Errorf("%s: %s", d.Pos, d.Message)
		}
	}
	if told != 1 {
		t.Errorf("told %d times", told)
	}
}
