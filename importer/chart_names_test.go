package importer

import (
	"strings"
	"testing"
)

// jetty is a chart called shop whose objects begin with a name of their own; its definition names its conversion webhook's
// Service, and one beside it does not.
const jetty = `apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME-controller-manager}
spec:
  selector: {matchLabels: {app: jetty}}
  template:
    metadata: {labels: {app: jetty}}
    spec: {containers: [{name: manager, image: registry.example.com/jetty:3.0.0}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: NAME-tides}
data: {high: noon}
`

// TestNamesInEveryRelease holds that a release of the new chart has the names that it had: where a chart gives the objects
// of every release the same names, so does the description; where names follow the release, so do those of the new chart.
func TestNamesInEveryRelease(t *testing.T) {
	for name, override := range map[string]string{"jetty": `fullnameOverride: "jetty"`, "{{ .Release.Name }}": "", "{{ .Release.Name }}-jetty": ""} {
		out, found := Chart(chartFS("templates/all.yaml", strings.ReplaceAll(jetty, "NAME", name)), here, Options{Format: "cue", Verify: true})
		if out == nil {
			t.Fatal(name, found)
		}
		for _, u := range out.Unequal {
			t.Errorf("%s: %s", name, u)
		}
		if text := string(out.Text); override != "" && !strings.Contains(text, override) || override == "" && strings.Contains(text, "fullnameOverride") {
			t.Errorf("%s: want the override %q:\n%s", name, override, text)
		}
	}
}

// TestCRDsBesideAConversion holds that definitions of the folder crds stay a part of the chart where one can't stand in that
// folder, and that what else the description says of the chart stays.
func TestCRDsBesideAConversion(t *testing.T) {
	definition := func(plural, conversion string) string {
		return "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: " + plural + ".example.com}\nspec:\n  group: example.com\n  scope: Namespaced\n" +
			"  names: {kind: " + strings.ToUpper(plural[:1]) + plural[1:len(plural)-1] + ", plural: " + plural + "}\n" + conversion +
			"  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]\n"
	}
	conversion := "  conversion: {strategy: Webhook, webhook: {conversionReviewVersions: [v1], clientConfig: {service: {name: jetty-calls, namespace: {{ .Release.Namespace }}, path: /convert}}}}\n"
	service := "apiVersion: v1\nkind: Service\nmetadata: {name: jetty-calls}\nspec: {selector: {app: jetty}, ports: [{port: 443, targetPort: 9443}]}\n"
	out, found := Chart(chartFS("templates/all.yaml", strings.ReplaceAll(jetty, "NAME", "jetty"), "crds/piers.yaml", definition("piers", ""),
		"templates/berths.yaml", definition("berths", conversion)+"---\n"+service), here, Options{Format: "cue", Verify: true})
	if out == nil {
		t.Fatal(found)
	}
	for _, u := range out.Unequal {
		t.Error(u)
	}
	if text := string(out.Text); strings.Contains(text, `crds: "crds"`) || !strings.Contains(text, `fullnameOverride: "jetty"`) {
		t.Error(text)
	}
}
