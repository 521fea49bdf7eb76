package bundle

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/operator-framework/operator-registry/pkg/registry"
	"sigs.k8s.io/yaml"
)

// TestDependencies holds entries of dependencies.yaml against what opm says of them: what opm refuses is refused, and
// what OLM takes and opm does not know, such as constraints without CEL, is taken.
func TestDependencies(t *testing.T) {
	for _, c := range []struct {
		entry, want string
		beyond      bool // opm refuses it, and OLM takes it
	}{
		{"{type: olm.package, value: {packageName: sails, version: '>=1.0.0 <2.0.0'}}", "", false},
		{"{type: olm.package, value: {packageName: sails, version: ~1.4}}", "is not a version range", false},
		{"{type: olm.package, value: {packageName: sails}}", "version is empty", false},
		{"{type: olm.package, value: {version: 1.0.0}}", "name is empty", false},
		{"{type: olm.gvk, value: {group: air.example.com, kind: Kite, version: v1}}", "", false},
		{"{type: olm.gvk, value: {group: air.example.com, kind: Kite}}", "Version is empty", false},
		{"{type: olm.label, value: {label: wind}}", "", false},
		{"{type: olm.label, value: {}}", "missing", false},
		{"{type: olm.gvks, value: {group: air.example.com, kind: Kite, version: v1}}", "unknown", false},
		{"{type: olm.constraint, value: {cel: {rule: 'properties.exists(p, p.type == \"wind\")'}}}", "", false},
		{"{type: olm.constraint, value: {cel: {rule: 'properties.exists('}}}", "CEL", false},
		{"{type: olm.constraint, value: {failureMessage: none}}", "0 conditions", false},
		{"{type: olm.constraint, value: {package: {packageName: sails, versionRange: '>=1.0.0'}}}", "", true},
		{"{type: olm.constraint, value: {all: {constraints: [{package: {packageName: sails, versionRange: ^1}}]}}}", "is not a version range", false},
		{"{type: olm.constraint, value: {gvk: {group: a, kind: B}}}", "is empty", false},
		{"{type: olm.constraint, value: {every: {}}}", "can't be read", false},
	} {
		entry := map[string]any{}
		if err := yaml.Unmarshal([]byte(c.entry), &entry); err != nil {
			t.Fatal(err)
		}
		var texts []string
		for _, f := range dependencyFaults(entry) {
			texts = append(texts, f.pointer+": "+f.text)
		}
		got := strings.Join(texts, "; ")
		if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.entry, got, c.want)
		}
		if got == "" && !c.beyond && refusedByOpm(t, entry) {
			t.Errorf("%s: opm refuses it", c.entry)
		}
	}
}

func refusedByOpm(t *testing.T, entry map[string]any) bool {
	t.Helper()
	value, err := json.Marshal(entry["value"])
	if err != nil {
		t.Fatal(err)
	}
	d := registry.Dependency{Type: entry["type"].(string), Value: value}
	switch typed := d.GetTypeValue().(type) {
	case registry.GVKDependency:
		return len(typed.Validate()) > 0
	case registry.PackageDependency:
		return len(typed.Validate()) > 0
	case registry.LabelDependency:
		return len(typed.Validate()) > 0
	case registry.CelConstraint:
		return len(typed.Validate()) > 0
	}
	return true
}

func TestProperties(t *testing.T) {
	for entry, want := range map[string]string{
		"{type: olm.maxOpenShiftVersion, value: '4.20'}": "",
		"{type: olm.maxOpenShiftVersion, value: 4.20}":   "in quotes",
		"{value: a}":   "no type",
		"{type: wind}": "no value",
		"{type: olm.package.required, value: {packageName: sails, versionRange: '>=1.0.0'}}": "",
		"{type: olm.package.required, value: {packageName: sails, versionRange: ^1}}":        "is not a version range",
		"{type: olm.gvk, value: kite}":      "can't be read",
		"{type: olm.constraint, value: {}}": "0 conditions",
	} {
		e := map[string]any{}
		if err := yaml.Unmarshal([]byte(entry), &e); err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, f := range propertyFaults(e) {
			got += f.text + " " + f.hint
		}
		if (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", entry, got, want)
		}
	}
}
