package dockerfile

import (
	"maps"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema/diag"
)

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
