package dockerfile

import (
	"maps"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema/diag"
)

const profileRedHat = "redhat"

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
		if value := l[key]; value != "" && value != quote("") {
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
