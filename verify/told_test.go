package verify

import (
	"strings"
	"testing"

	"github.com/opc-project/opc/emit"
)

// replaced are the files of a description, with one text in one of them changed.
func replaced(t *testing.T, c compiled, file, was, is string) *emit.FileSet {
	t.Helper()
	out := &emit.FileSet{}
	for _, name := range c.files.Names() {
		f, _ := c.files.File(name)
		text := string(f.Data)
		if name == file {
			if !strings.Contains(text, was) {
				t.Fatalf("%s: %s has no %q", c.name, file, was)
			}
			text = strings.Replace(text, was, is, 1)
		}
		if err := out.Add(name, []byte(text), f.Origins...); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// What no installer's objects show is held too, and told where the description says it.
func TestTold(t *testing.T) {
	const (
		csv       = "bundle/manifests/database-operator.clusterserviceversion.yaml"
		schema    = "chart/values.schema.json"
		helpers   = "chart/templates/_helpers.tpl"
		manager   = "chart/templates/manager/controller-manager.yaml"
		scorecard = "bundle/tests/scorecard/config.yaml"
	)
	for _, tc := range []struct{ name, file, was, is, want string }{
		// The values schema.
		{"database-operator", schema, `"http://json-schema.org/draft-07/schema#"`, `"https://json-schema.org/draft/2020-12/schema"`, "OPC5024  values.schema.json: the values: it is not of draft 7"},
		{"database-operator", schema, `"additionalProperties": false`, `"additionalProperties": true`, "takes values that the chart does not know"},
		{"database-operator", schema, `"default": "info"`, `"default": "debug"`, `OPC5024 /parameters/logLevel values.schema.json: the value parameters.logLevel: it says that the default is "debug": values.yaml says "info"`},
		{"database-operator", schema, `"enum": ["debug",`, `"examples": ["debug",`, `OPC5024 /parameters/logLevel values.schema.json: the value parameters.logLevel: it takes "debuginfoerror0"`},
		{"database-operator", schema, `"maxItems": 1`, `"maxItems": 2`, `OPC5024 /watch values.schema.json: the value watchNamespaces: it takes ["team-a","team-b"]`},
		{"features", schema, `"maximum": 64`, `"maximum": 65`, "the value parameters.workers: it takes 65"},
		{"features", schema, "\"maximum\": 64,\n          \"minimum\": 1,", "\"maximum\": 64,\n          \"minimum\": 2,", "the value parameters.workers: it refuses 1"},
		{"features", schema, `"grafana_dashboard": false`, `"grafana_dashboard": true`, "the value commonLabels: it takes the key grafana_dashboard, which the chart sets itself"},

		// What values are for.
		{"database-operator", manager, "      affinity:\n", "", "the value affinity ends up in the field"},
		{"database-operator", manager, "hostNetwork: {{ . }}\n", "", "the value hostNetwork changes nothing"},
		{"database-operator", helpers, `  "LOG_LEVEL" "set parameters.logLevel instead"` + "\n", "", "the value extraEnv takes the variable LOG_LEVEL, which the chart sets itself"},
		{"database-operator", helpers, `{{- fail (printf "extraEnv`, `{{- print (printf "extraEnv`, "the value extraEnv takes the variable WATCH_NAMESPACE"},
		{"database-operator", helpers, `{{- default "default" .Values.serviceAccount.name }}`, `default`, "the value serviceAccount.name changes nothing where the chart makes no service account"},
		{"database-operator", helpers, `{{- b64enc $ca }}`, `{{- $ca }}`, "the value webhook.certificate.caBundle does not reach every webhook"},
		{"workloads", helpers, "{{- $repository }}\n", "", "no pod runs the image of the value workloads.agent.image"},

		// What catalogs and their pipelines read.
		{"database-operator", csv, "      - kind: StatefulSet\n        name: \"\"\n", "      - kind: StatefulSet\n", "OPC5034"},
		{"database-operator", csv, `    containerPort: 443`, `    containerPort: 444`, "the file says 444: the description says 443"},
		{"database-operator", csv, "valueFrom:\n                    fieldRef:\n                      fieldPath: metadata.annotations['olm.targetNamespaces']", "value: \"\"", "olm.targetNamespaces"},
		{"database-operator", scorecard, "basic-check-spec-test", "check-spec-test", "OPC5034"},
		{"database-operator", "catalog/database-operator/catalog.yaml", "description: |\n", "description: |\n  No.\n", "OPC5034 /description"},
		{"database-operator", "chart/Chart.yaml", "artifacthub.io/operator: \"true\"", "artifacthub.io/operator: \"false\"", "OPC5034"},
		{"catalog", "catalog/ring-operator/catalog.yaml", "ring-operator-bundle:v1.0.0", "ring-operator-bundle:v1.0.1", "OPC5034"},
	} {
		c := compile(t, tc.name, cases(t)[tc.name])
		got := tells(c.model, replaced(t, c, tc.file, tc.was, tc.is), tc.file)
		found := false
		for e := range got {
			found = found || strings.Contains(e, tc.want)
		}
		if !found {
			t.Errorf("%s: %s: %q for %q: got %v, want %q", tc.name, tc.file, tc.is, tc.was, got, tc.want)
		}
	}
}
