package dockerfile

import (
	"maps"
	"slices"

	"github.com/opc-project/opc/compiler/model"
)

// bundle is what the template of the bundle's Dockerfile shows.
type bundle struct {
	Labels    string
	Scorecard bool
}

func newBundle(m *model.Operator, c *checker) bundle {
	l := labels{}
	for key, value := range m.BundleAnnotations() {
		l[key] = quote(value)
	}
	own := m.OLM.BundleAnnotations
	for _, key := range slices.Sorted(maps.Keys(own)) {
		if own[key] != nil {
			c.label(key, *own[key], m.OLM.From.Child("bundleAnnotations"))
		}
	}
	c.line(m.OLM.Package, m.OLM.From.Child("package"))
	for i, channel := range m.Release.Channels {
		c.line(channel, m.Release.From.Child("channels").Index(i))
	}
	c.line(m.Release.DefaultChannel, m.Release.From.Child("defaultChannel"))
	return bundle{Labels: instruction(l), Scorecard: m.HasScorecard()}
}

// catalog is what the template of the catalog's Dockerfile shows.
type catalog struct {
	Labels string
	Base   string // with opm; "" for none
}

// configsLabel tells OLM in which folder of the image the catalog stands.
const configsLabel = "operators.operatorframework.io.index.configs.v1"

func newCatalog(c *checker, m *model.Operator) catalog {
	out := catalog{Labels: instruction(labels{configsLabel: "/configs"})}
	if m.Catalog.Base != "" {
		out.Base = c.image(m.Catalog.Base, m.Catalog.From.Child("base"))
	}
	return out
}
