package chart

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"helm.sh/helm/v3/pkg/release"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/finding"
)

// maxSecret is how much a Secret can hold (https://kubernetes.io/docs/concepts/configuration/secret/#restriction-data-size).
// Helm keeps each revision of a release in one.
const maxSecret = 1 << 20

// warnPercent is how much of it may be used before there is a warning: values and notes of a user come on top.
const warnPercent = 85

// Size finds a chart whose release is too large for the Secret that Helm keeps it in, as rendered at default values.
func (c *Chart) Size(r Release) []finding.Finding {
	texts, err := c.texts(r)
	if err != nil {
		return nil // reported where the chart is rendered
	}
	size, err := c.stored(r, texts)
	if err != nil || size*100 < maxSecret*warnPercent {
		return nil
	}
	what := "the chart's release Secret has %d bytes, %d %% of the %d that a Secret can hold"
	if size > maxSecret {
		what += ": helm install fails"
	}
	hint := "shorten the descriptions in the schemas of CustomResourceDefinitions (controller-gen's crd:maxDescLen=0)"
	names := slices.Sorted(maps.Keys(texts))
	if slices.ContainsFunc(names, func(name string) bool { return c.isCRDTemplate(name, texts[name]) }) {
		hint = `set helm.crds: "crds", which stores them once and not twice, or ` + hint
	}
	largest := slices.MaxFunc(names, func(a, b string) int { return cmp.Compare(len(texts[a]), len(texts[b])) })
	return []finding.Finding{finding.InFile(kube.Place{File: largest}, diag.NotExpressible, diag.Warning, what, size, size*100/maxSecret, maxSecret).WithHint("%s", hint)}
}

func (c *Chart) isCRDTemplate(name, text string) bool {
	return !InCRDs(c.inside(name)) && strings.Contains(text, "kind: CustomResourceDefinition")
}

// inside is the name of a file in the chart's folder.
func (c *Chart) inside(name string) string { return strings.TrimPrefix(name, c.Dir+"/") }

// stored is the size of a release as Helm stores it (helm.sh/helm/v3/pkg/storage/driver: JSON, compressed, in base64).
func (c *Chart) stored(r Release, texts map[string]string) (int, error) {
	var manifest strings.Builder
	notes := ""
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		switch base := path.Base(name); {
		case base == "NOTES.txt":
			notes = texts[name]
		case strings.HasPrefix(base, "_") || InCRDs(c.inside(name)) || strings.TrimSpace(texts[name]) == "":
		default:
			fmt.Fprintf(&manifest, "---\n# Source: %s/%s\n%s\n", c.Name(), c.inside(name), Stored(texts[name]))
		}
	}
	text, err := json.Marshal(&release.Release{
		Name: r.Name, Namespace: r.Namespace, Version: 1, Chart: c.chart, Config: r.Values, Manifest: manifest.String(),
		Info: &release.Info{Status: release.StatusDeployed, Notes: notes},
	})
	if err != nil || len(text) < maxSecret*warnPercent/100 { // compressing takes long, and makes it no larger
		return len(text), err
	}
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return 0, err
	}
	_, _ = z.Write(text) // a bytes.Buffer takes everything
	_ = z.Close()
	return base64.StdEncoding.EncodedLen(b.Len()), nil
}
