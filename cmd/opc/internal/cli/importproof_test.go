package cli

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/opc-project/opc/importer"
	"github.com/opc-project/opc/schema/diag"
)

const barge = `apiVersion: v1
kind: ServiceAccount
metadata: {name: barge, namespace: canal}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: barge, namespace: canal}
spec:
  selector: {matchLabels: {app: barge}}
  template:
    metadata: {labels: {app: barge}}
    spec:
      serviceAccountName: barge
      containers:
      - name: manager
        image: registry.example.com/barge:1.0.0
        volumeMounts: [{name: hold, mountPath: /hold}]
      VOLUMES
`

// TestAcceptOnlyWhatTheSourceHas holds that import accepts a fault that its source has, and never the same fault where
// the source is sound: a place that leads to the source does not say whose fault it is.
func TestAcceptOnlyWhatTheSourceHas(t *testing.T) {
	read := func(volumes string) *importer.Result {
		files := fstest.MapFS{"barge.yaml": {Data: []byte(strings.Replace(barge, "VOLUMES", volumes, 1))}}
		r, found := importer.Manifests(files, []string{"."}, importer.Facts{}, importer.Options{Format: "yaml", Verify: true})
		if r == nil {
			t.Fatal(found)
		}
		return r
	}
	found, err := proven(t.Context(), read(""), "src")
	if err != nil || len(found) != 1 || found[0].Code != diag.ImportAccepted || found[0].Pos.File != "src/barge.yaml" {
		t.Errorf("a fault of the source: %v %v", found, err)
	}

	// The source may be a part of what is installed, so its own judges only warn about an object that nobody makes.
	found, err = proven(t.Context(), read("volumes: [{name: hold, configMap: {name: cargo}}]"), "src")
	if err != nil || len(found) != 1 || found[0].Code != diag.ImportAccepted || !strings.Contains(found[0].Message, "ConfigMap cargo") {
		t.Errorf("an object that the source relies on: %v %v", found, err)
	}

	sound := read("volumes: [{name: hold, emptyDir: {}}]")
	if found, err := proven(t.Context(), sound, "src"); err != nil || len(found) > 0 {
		t.Errorf("a sound source: %v %v", found, err)
	}
	// The import renames the volume, but not where it is mounted.
	sound.Text = bytes.Replace(sound.Text, []byte("name: hold"), []byte("name: cellar"), 1)
	found, err = proven(t.Context(), sound, "src")
	if err != nil || len(found) != 1 || found[0].Code != diag.InvalidObject || sound.Spec["accept"] != nil {
		t.Errorf("a fault of the import: %v %v\n%s", found, err, sound.Text)
	}
}
