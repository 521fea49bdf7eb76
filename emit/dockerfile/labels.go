package dockerfile

import (
	"maps"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
)

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
