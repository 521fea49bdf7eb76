package dockerfile

import (
	"maps"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
)

// labels are keys with values that are already quoted.
type labels map[string]string

// variables are the build arguments that stand for what only a build knows, by the values that no description can hold.
var variables = map[string]string{
	"\x00version":  `"${VERSION}"`,
	"\x00revision": `"${REVISION}"`,
	"\x00created":  `"${CREATED}"`,
	"\x00release":  `"${RELEASE}"`,
}

// imageLabels are the labels of the operator's image: those of OCI, those of the profile, and the user's own, which win.
func imageLabels(m *model.Operator, c *checker) labels {
	l := labels{}
	stamp := model.Stamp{Version: "\x00version", Revision: "\x00revision", Created: "\x00created", Release: "\x00release"}
	for key, value := range m.ImageLabels(stamp) {
		l[key] = quote(value)
		if v, ok := variables[value]; ok {
			l[key] = v
		}
	}
	at := m.Dockerfile.From.Child("labels")
	for _, key := range slices.Sorted(maps.Keys(m.Dockerfile.Labels)) {
		c.label(key, m.Dockerfile.Labels[key], at)
	}
	c.identity(m)
	if m.Dockerfile.Profile == model.ProfileRedHat {
		c.redHat(m, l)
	}
	return l
}

// instruction prints labels as one instruction, so that they make one layer's worth of history.
func instruction(l labels) string {
	var lines []string
	for _, key := range slices.Sorted(maps.Keys(l)) {
		lines = append(lines, key+"="+l[key])
	}
	return "LABEL " + strings.Join(lines, " \\\n      ")
}
