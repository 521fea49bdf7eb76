package verify

import (
	"slices"
	"strings"
	"testing"

	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/equal"
)

// A raw overlay on the install strategy excuses what it says, and nothing of the manifests beside it.
func TestManifestsBesideAnOverlay(t *testing.T) {
	held := 0
	for name, fsys := range cases(t) {
		c := compile(t, name, fsys)
		if !equal.OverlaysInstall(c.model) {
			continue
		}
		for _, file := range c.files.Names() {
			if !strings.HasPrefix(file, "bundle/manifests/") || strings.Contains(file, "clusterserviceversion") {
				continue
			}
			broken := &emit.FileSet{}
			for _, other := range c.files.Names() {
				o, _ := c.files.File(other)
				data := string(o.Data)
				if other == file {
					data = strings.Replace(data, "\nmetadata:\n", "\nmetadata:\n  finalizers:\n  - example.com/held\n", 1)
				}
				if err := broken.Add(other, []byte(data), o.Origins...); err != nil {
					t.Fatal(err)
				}
			}
			held++
			if !slices.ContainsFunc(Check(t.Context(), c.model, broken, Options{}), func(d diag.Diagnostic) bool {
				return d.Code == diag.NotEqual && strings.Contains(d.Message, file)
			}) {
				t.Errorf("%s: nothing tells of a change in %s", name, file)
			}
		}
	}
	if held == 0 {
		t.Error("no case overlays the install strategy of a bundle with manifests")
	}
}
