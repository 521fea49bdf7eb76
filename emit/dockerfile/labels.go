package dockerfile

import (
	"maps"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema/diag"
)

const profileRedHat = "redhat"

// labels are keys with values that are already quoted.
type labels map[string]string

// set adds a label whose value is a text; without one there is no label.
func (l labels) set(key, value string) {
	if value != "" {
		l[key] = quote(value)
	}
}

// imageLabels are the labels of the operator's image: those of OCI, those of the profile, and the user's own, which win.
func imageLabels(m *model.Operator, c *checker) labels {
	l := labels{}
	l.oci(m)
	if m.Dockerfile.Profile == profileRedHat {
		l.redHat(m)
	}
	at := m.Dockerfile.From.Child("labels")
	for _, key := range slices.Sorted(maps.Keys(m.Dockerfile.Labels)) {
		value := m.Dockerfile.Labels[key]
		c.label(key, value, at)
		l[key] = quote(value)
	}
	c.identity(m)
	if m.Dockerfile.Profile == profileRedHat {
		c.redHat(m, l)
	}
	return l
}

// oci fills in the annotations that OCI defines
// (https://github.com/opencontainers/image-spec/blob/main/annotations.md).
func (l labels) oci(m *model.Operator) {
	const prefix = "org.opencontainers.image."
	l.set(prefix+"title", oneLine(m.DisplayName))
	l.set(prefix+"description", summary(m))
	l.set(prefix+"authors", authors(m))
	l.set(prefix+"vendor", oneLine(m.Provider.Name))
	l.set(prefix+"licenses", oneLine(m.License))
	l.set(prefix+"source", m.Source)
	l.set(prefix+"url", m.Homepage)
	l[prefix+"version"] = `"${VERSION}"`
	l[prefix+"revision"] = `"${REVISION}"`
	l[prefix+"created"] = `"${CREATED}"`
	if base := m.Dockerfile.Base; base != "scratch" {
		name, digest, _ := strings.Cut(base, "@")
		l.set(prefix+"base.name", name)
		l.set(prefix+"base.digest", digest)
	}
}

// redHat fills in what Red Hat's certification demands, and the two labels that the UBI image would otherwise hand down
// with its own name in them.
func (l labels) redHat(m *model.Operator) {
	l.set("name", m.Name)
	l.set("vendor", oneLine(m.Provider.Name))
	l.set("maintainer", authors(m))
	l.set("summary", summary(m))
	description := firstParagraph(m.Description)
	if description == "" {
		description = summary(m)
	}
	l.set("description", description)
	l["version"] = `"${VERSION}"`
	l["release"] = `"${RELEASE}"`
	l.set("io.k8s.display-name", oneLine(m.DisplayName))
	l.set("io.k8s.description", summary(m))
}

// summary is one sentence about the operator.
func summary(m *model.Operator) string {
	if s := oneLine(m.Summary); s != "" {
		return s
	}
	return firstParagraph(m.Description)
}

func authors(m *model.Operator) string {
	var out []string
	for _, p := range m.Maintainers {
		who := p.Name
		if p.Email != "" {
			who += " <" + p.Email + ">"
		}
		out = append(out, oneLine(who))
	}
	return strings.Join(out, ", ")
}

// instruction prints labels as one instruction, so that they make one layer's worth of history.
func instruction(l labels) string {
	var lines []string
	for _, key := range slices.Sorted(maps.Keys(l)) {
		lines = append(lines, key+"="+l[key])
	}
	return "LABEL " + strings.Join(lines, " \\\n      ")
}

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
type catalog struct{ Labels string }

// configsLabel tells OLM in which folder of the image the catalog stands.
const configsLabel = "operators.operatorframework.io.index.configs.v1"

func newCatalog() catalog {
	return catalog{Labels: instruction(labels{configsLabel: "/configs"})}
}

// redHatFields says where a label that the redhat profile demands is said in the description.
var redHatFields = map[string][]string{
	"vendor":      {"provider", "name"},
	"maintainer":  {"maintainers"},
	"summary":     {"summary"},
	"description": {"description"},
}

// redHat reports what the redhat profile demands and the description leaves open.
func (c *checker) redHat(m *model.Operator, l labels) {
	for _, key := range slices.Sorted(maps.Keys(redHatFields)) {
		if _, ok := l[key]; ok {
			continue
		}
		at := m.From
		for _, field := range redHatFields[key] {
			at = at.Child(field)
		}
		c.add(diag.Errorf(diag.MissingField, at, "Red Hat's certification demands the label %s, which is made from %s", key,
			strings.Join(redHatFields[key], ".")).WithHint("say it, or set dockerfile.labels.%s", key))
	}
	if m.Dockerfile.Licenses == "" {
		c.add(diag.Errorf(diag.MissingField, m.Dockerfile.From.Child("licenses"),
			"Red Hat's certification demands the licenses in /licenses").
			WithHint("name the file or folder, such as licenses: \"LICENSE\""))
	}
}
