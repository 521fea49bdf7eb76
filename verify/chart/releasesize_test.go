package chart

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
)

// incompressible is a text of about n bytes that gzip can only halve.
func incompressible(seed string, n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", seed, i))
		b.WriteString("    - " + hex.EncodeToString(sum[:]) + "\n")
	}
	return b.String()
}

// TestSize loads charts around the size that a release Secret can have. A template counts twice, since the release holds it
// and what it renders to.
func TestSize(t *testing.T) {
	definition := func(size int) string {
		return "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: looms.example.com}\nspec:\n    enum:\n" + incompressible("loom", size)
	}
	for _, c := range []struct {
		name       string
		files      map[string]string
		want, hint string
	}{
		{"small", map[string]string{"templates/loom.yaml": definition(200 << 10)}, "", ""},
		{"near", map[string]string{"templates/loom.yaml": definition(650 << 10)}, "% of the 1048576 that a Secret can hold", `set helm.crds: "crds"`},
		{"over", map[string]string{"templates/loom.yaml": definition(900 << 10)}, "helm install fails", `set helm.crds: "crds"`},
		{"once", map[string]string{"crds/loom.yaml": definition(650 << 10)}, "", ""},
		{"over once", map[string]string{"crds/loom.yaml": definition(1600 << 10)}, "helm install fails", "shorten the descriptions"},
	} {
		files := map[string][]byte{"Chart.yaml": []byte("apiVersion: v2\nname: loom\nversion: 0.1.0\n")}
		for name, text := range c.files {
			files[name] = []byte(text)
		}
		ch, err := Load("chart", files)
		if err != nil {
			t.Fatal(err)
		}
		var got, hint string
		for _, f := range ch.Size(Release{Name: "loom", Namespace: "mill"}) {
			got, hint = f.Text(), f.Hint
		}
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) || !strings.HasPrefix(hint, c.hint) {
			t.Errorf("%s: got %q, hint %q: want %q, hint %q", c.name, got, hint, c.want, c.hint)
		}
	}
}
