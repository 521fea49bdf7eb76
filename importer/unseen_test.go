package importer

import (
	"fmt"
	"strings"
	"testing"

	"github.com/opc-project/opc/schema/diag"
)

// oneObject is a file of a bundle with an object of a kind.
func oneObject(apiVersion, kind, rest string) [3]string {
	return [3]string{"manifests/x.yaml", "", fmt.Sprintf("apiVersion: %s\nkind: %s\nmetadata: {name: shop-x}\n%s\n", apiVersion, kind, rest)}
}

// TestUnseen holds that whatever the formats allow comes back equal, whether a real bundle was seen to hold it or not,
// and can be compiled to every target.
func TestUnseen(t *testing.T) {
	spec := func(old, new string) [][3]string { return [][3]string{{csvFile, old, new}} }
	beside := func(apiVersion, kind, rest string) [][3]string {
		return [][3]string{oneObject(apiVersion, kind, rest)}
	}
	add := func(fields string) [][3]string { return spec("  version: 1.2.3\n", "  version: 1.2.3\n"+fields) }
	hook := func(typ, name, rest string) string {
		return "  - type: " + typ + "\n    generateName: " + name + "\n    deploymentName: shop-operator-controller-manager\n    containerPort: 443\n    targetPort: 9443\n" +
			"    admissionReviewVersions: [v1]\n    sideEffects: None\n" + rest
	}
	rules := "    rules:\n    - {apiGroups: [shop.example.com], apiVersions: [v1], operations: [CREATE], resources: [boxes]}\n"
	cases := map[string][][3]string{
		"PriorityClass":              beside("scheduling.k8s.io/v1", "PriorityClass", "value: 100"),
		"SecurityContextConstraints": beside("security.openshift.io/v1", "SecurityContextConstraints", "allowPrivilegedContainer: false\nusers: []"),
		"VerticalPodAutoscaler":      beside("autoscaling.k8s.io/v1", "VerticalPodAutoscaler", "spec: {targetRef: {apiVersion: apps/v1, kind: Deployment, name: shop-operator-controller-manager}}"),
		"ConsoleYAMLSample":          beside("console.openshift.io/v1", "ConsoleYAMLSample", "spec: {title: a, yaml: 'a: b'}"),
		"ConsolePlugin":              beside("console.openshift.io/v1", "ConsolePlugin", "spec: {displayName: a}"),
		"ConsoleQuickStart":          beside("console.openshift.io/v1", "ConsoleQuickStart", "spec: {tasks: []}"),
		"ServiceMonitor":             beside("monitoring.coreos.com/v1", "ServiceMonitor", "spec: {endpoints: [{port: https}], selector: {}}"),
		"PodMonitor":                 beside("monitoring.coreos.com/v1", "PodMonitor", "spec: {podMetricsEndpoints: [{port: https}], selector: {}}"),
		"PrometheusRule":             beside("monitoring.coreos.com/v1", "PrometheusRule", "spec: {groups: [{name: a, rules: [{alert: A, expr: up == 0, labels: {severity: critical}}]}]}"),
		"PodDisruptionBudget":        beside("policy/v1", "PodDisruptionBudget", "spec: {minAvailable: 50%, selector: {matchLabels: {a: b}}}"),
		"NetworkPolicy":              beside("networking.k8s.io/v1", "NetworkPolicy", "spec: {podSelector: {}}"),
		"Secret":                     beside("v1", "Secret", "stringData: {a: b}\ntype: Opaque"),
		"ConfigMap with odd text":    beside("v1", "ConfigMap", "data: {a: \"tab\\t, no end of line\", b: \" lead\", c: \"{{ helm }}\", d: \"$(VAR) \\\\ \\\"\"}\nbinaryData: {x: AAEC}"),
		"Role and RoleBinding": {
			oneObject("rbac.authorization.k8s.io/v1", "Role", "rules: [{apiGroups: [''], resources: [pods], verbs: [get]}]"),
			{"manifests/y.yaml", "", "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: shop-x}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: shop-x}\nsubjects: [{kind: ServiceAccount, name: default, namespace: elsewhere}]\n"},
		},
		"aggregated ClusterRole":     beside("rbac.authorization.k8s.io/v1", "ClusterRole", "aggregationRule: {clusterRoleSelectors: [{matchLabels: {a: b}}]}\nrules: []"),
		"an unknown kind":            beside("example.com/v1", "Thing", "spec: {a: [1, 2.5, null, true, {}]}"),
		"a mutating webhook":         add("  webhookdefinitions:\n" + hook("MutatingAdmissionWebhook", "mbox.kb.io", "    failurePolicy: Ignore\n    reinvocationPolicy: IfNeeded\n    webhookPath: /mutate\n"+rules)),
		"a validating webhook":       add("  webhookdefinitions:\n" + hook("ValidatingAdmissionWebhook", "vbox.kb.io", "    timeoutSeconds: 5\n    matchPolicy: Exact\n    objectSelector: {matchLabels: {a: b}}\n    webhookPath: /validate\n"+rules)),
		"a conversion webhook":       add("  webhookdefinitions:\n" + hook("ConversionWebhook", "cboxes.kb.io", "    conversionCRDs: [boxes.shop.example.com]\n    webhookPath: /convert\n")),
		"webhooks of one name":       add("  webhookdefinitions:\n" + hook("ValidatingAdmissionWebhook", "box.kb.io", rules) + hook("ValidatingAdmissionWebhook", "box.kb.io", rules) + hook("MutatingAdmissionWebhook", "box.kb.io", rules)),
		"a webhook without a path":   add("  webhookdefinitions:\n" + hook("ValidatingAdmissionWebhook", "vbox.kb.io", rules)),
		"a webhook without names":    add("  webhookdefinitions:\n" + strings.Replace(hook("ValidatingAdmissionWebhook", "UPPER_case", rules), "    targetPort: 9443\n", "", 1)),
		"a webhook of nobody":        add("  webhookdefinitions:\n" + strings.Replace(hook("ValidatingAdmissionWebhook", "vbox.kb.io", rules), "shop-operator-controller-manager", "other", 1)),
		"a webhook port by name":     add("  webhookdefinitions:\n" + strings.Replace(hook("ValidatingAdmissionWebhook", "vbox.kb.io", "    webhookPath: /v\n"+rules), "targetPort: 9443", "targetPort: hooks", 1)),
		"owned API services":         spec("  apiservicedefinitions: {}\n", "  apiservicedefinitions:\n    owned:\n    - {group: a.example.com, version: v1, kind: A, name: as, deploymentName: shop-operator-controller-manager, containerPort: 443}\n    required:\n    - {group: b.example.com, version: v1, kind: B, name: bs}\n"),
		"native APIs":                add("  nativeAPIs:\n  - {group: apps, version: v1, kind: Deployment}\n  - {group: '', version: v1, kind: Pod}\n"),
		"required APIs":              spec("    owned:\n", "    required:\n    - {name: jars.example.com, version: v1, kind: Jar, displayName: Jar}\n    owned:\n"),
		"cleanup":                    add("  cleanup: {enabled: false}\n"),
		"labels and a selector":      add("  labels: {a: b}\n  selector: {matchLabels: {a: b}, matchExpressions: [{key: a, operator: In, values: [b]}]}\n"),
		"annotations of the spec":    add("  annotations: {a: b}\n"),
		"skips and a range":          {{csvFile, "  replaces: shop-operator.v1.2.2\n", "  replaces: null\n  skips: [shop-operator.v1.2.1, other.v1]\n"}, {csvFile, "    support: The Shop\n", "    support: The Shop\n    olm.skipRange: '>=1.0.0 <1.2.3'\n"}},
		"an empty range":             {{csvFile, "    support: The Shop\n", "    support: ''\n    olm.skipRange: ''\n"}},
		"a range that is none":       {{csvFile, "    support: The Shop\n", "    support: The Shop\n    olm.skipRange: 'all of them'\n"}},
		"empty fields":               spec("  maturity: alpha\n", "  maturity: ''\n  nativeAPIs: []\n  selector: {}\n  skips: []\n"),
		"nothing for people":         {{csvFile, "  displayName: Shop Operator\n", ""}, {csvFile, "  description: Sells boxes, large and small.\n", ""}, {csvFile, "  keywords: [shop, box]\n", ""}, {csvFile, "  provider: {name: The Shop, url: https://example.com}\n", ""}},
		"maintainers without names":  spec("  - {name: Jo Example, email: jo@example.com}\n", "  - {email: jo@example.com}\n  - {}\n"),
		"two links of one name":      spec("  - {name: Source, url: https://github.com/example/shop-operator}\n", "  - {name: Homepage, url: https://example.com}\n  - {name: Homepage, url: https://example.com}\n  - {name: '', url: ''}\n"),
		"an icon in lines":           spec("PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciLz4K\n", "\"PHN2ZyB4bWxucz0iaHR0cDovL3d3\\ndy53My5vcmcvMjAwMC9zdmciLz4K\\n\"\n"),
		"control characters":         spec("  displayName: Shop Operator\n", "  displayName: \"Shop\\aOperator\\x7f\"\n"),
		"images that are none":       spec("  relatedImages:\n", "  relatedImages:\n  - {name: a, image: 'docker://example.com/a:v1'}\n  - {name: b, image: Example.com/B}\n"),
		"people without addresses":   spec("email: jo@example.com}\n", "email: ask the shop}\n"),
		"two icons":                  spec("    mediatype: image/svg+xml\n", "    mediatype: image/svg+xml\n  - {base64data: AAAA, mediatype: image/png}\n"),
		"a version with build data":  {{csvFile, "  version: 1.2.3\n", "  version: 1.2.3-rc.1+build.7\n"}},
		"another name of the CSV":    {{csvFile, "name: shop-operator.v1.2.3\n", "name: shop-operator-1.2.3-20260102\n"}},
		"a package with capitals":    {{annotationsFile, "package.v1: shop-operator", "package.v1: Shop_Operator.v2"}},
		"a package of digits":        {{annotationsFile, "package.v1: shop-operator", "package.v1: \"123\""}},
		"a very long package":        {{annotationsFile, "package.v1: shop-operator", "package.v1: " + strings.Repeat("shop-", 20) + "x"}},
		"channels with blanks":       {{annotationsFile, "channels.v1: stable", "channels.v1: stable, fast,,stable"}},
		"no metadata":                {{annotationsFile, "", ""}},
		"annotations in annotations": {{annotationsFile, "channels.v1: stable\n", "channels.v1: stable\n  com.redhat.openshift.versions: v4.12-v4.20\n  operators.operatorframework.io.test.config.v1: tests/scorecard/\n  empty: \"\"\n"}},
		"properties":                 {{"metadata/properties.yaml", "", "properties:\n- {type: olm.maxOpenShiftVersion, value: '4.20'}\n- {type: x, value: {a: [1]}}\n- {type: z, value: 4.20}\n"}},
		"properties without a value": {{"metadata/properties.yaml", "", "properties:\n- {type: olm.maxOpenShiftVersion, value: 4.12}\n- {type: a}\n"}},
		"dependencies":               {{"metadata/dependencies.yaml", "", "dependencies:\n- {type: olm.package, value: {packageName: a, version: '>=1.0.0'}}\n- {type: olm.constraint, value: {failureMessage: no, cel: {rule: 'true'}}}\n"}},
		"two Deployments": spec("      deployments:\n", "      deployments:\n      - name: shop-agent\n        label: {app: agent}\n        spec:\n          replicas: 0\n          selector: {matchLabels: {app: agent}}\n"+
			"          template:\n            metadata: {labels: {app: agent}}\n            spec: {serviceAccountName: agent, hostNetwork: true, containers: [{name: a, image: 'example.com/a@sha256:"+strings.Repeat("0a", 32)+"', securityContext: {privileged: true}}, {name: b, image: b}], initContainers: [{name: i, image: i}]}\n"),
		"no Deployment": spec("      deployments:\n", "      others:\n"),
		"a pod of every kind": spec("              terminationGracePeriodSeconds: 10\n", "              terminationGracePeriodSeconds: 10\n              hostPID: true\n              dnsPolicy: ClusterFirst\n              schedulerName: x\n              hostname: h\n              subdomain: s\n              enableServiceLinks: false\n              shareProcessNamespace: true\n"+
			"              tolerations: [{operator: Exists}]\n              nodeSelector: {a: b}\n              imagePullSecrets: [{name: s}]\n              topologySpreadConstraints: [{maxSkew: 1, topologyKey: z, whenUnsatisfiable: DoNotSchedule}]\n"+
			"              volumes: [{name: a, emptyDir: {}}, {name: b, projected: {sources: [{serviceAccountToken: {path: t}}]}}, {name: c, downwardAPI: {items: [{path: l, fieldRef: {fieldPath: metadata.labels}}]}}, {name: d, hostPath: {path: /d}}]\n"),
		"several accounts":          spec("      permissions:\n", "      permissions:\n      - serviceAccountName: reader\n        rules: []\n      - serviceAccountName: default\n        rules:\n        - {apiGroups: ['*'], resources: ['*'], verbs: ['*']}\n      - serviceAccountName: reader\n        rules:\n        - {apiGroups: [''], resources: [pods], verbs: [get], resourceNames: [a]}\n"),
		"nonResourceURLs":           spec("      permissions:\n", "      - serviceAccountName: scraper\n        rules:\n        - {nonResourceURLs: [/metrics], verbs: [get]}\n      permissions:\n"),
		"examples of many":          spec("      [\n", "      [ {\"apiVersion\": \"shop.example.com/v1\", \"kind\": \"Box\", \"metadata\": {\"name\": \"a\"}, \"spec\": {\"size\": 1.50}}, {\"apiVersion\": \"shop.example.com/v1\", \"kind\": \"Box\", \"metadata\": {\"name\": \"a\"}},\n"),
		"examples that are no JSON": spec("      [\n", "      [ nothing\n"),
		"examples without names":    spec(`"metadata": {"name": "box"}`, `"metadata": {}`),
		"descriptors":               spec("      description: A box.\n", "      description: A box.\n      resources: [{kind: Pod, name: '', version: v1}, {kind: A, name: a.example.com}]\n      specDescriptors: [{path: size, x-descriptors: []}, {path: 'a[0].b', displayName: B, value: 3}]\n      statusDescriptors: [{path: x}]\n      actionDescriptors: [{path: z}]\n"),
		"subfolders":                {{"manifests/sub/a.yaml", "", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"}},
		"a scorecard of its own":    {{"tests/scorecard/config.yaml", "", "apiVersion: scorecard.operatorframework.io/v1alpha3\nkind: Configuration\nmetadata: {name: config}\nstages: [{parallel: false, tests: []}]\n"}},
		"JSON manifests":            {{"manifests/a.json", "", "{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"a\"}}"}},
		"CRLF and a BOM":            {{"manifests/a.yaml", "", "\ufeffapiVersion: v1\r\nkind: ConfigMap\r\nmetadata: {name: a}\r\n"}},
		"private-use characters":    {{"manifests/a.yaml", "", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: \"\\uE010\"}\n"}},
		"a CRD of many versions":    {{crdFile, "  versions:\n", "  conversion: {strategy: None}\n  versions:\n  - {name: v1alpha1, served: false, storage: false, deprecated: true, deprecationWarning: old, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}\n"}},
		"a CRD of a webhook":        {{crdFile, "  versions:\n", "  conversion: {strategy: Webhook, webhook: {conversionReviewVersions: [v1, v1beta1], clientConfig: {caBundle: Cg==, service: {name: x, namespace: z, path: /c, port: 9443}}}}\n  versions:\n"}},
		"a CRD misnamed":            {{crdFile, "name: boxes.shop.example.com", "name: box.shop.example.com"}},
	}
	for _, name := range sortedKeys(cases) {
		t.Run(name, func(t *testing.T) {
			source := sample(t, cases[name]...)
			if name == "no metadata" {
				delete(source, annotationsFile)
			}
			r, diags := Bundle(source, Options{Format: "cue", Verify: true})
			if r == nil {
				t.Fatalf("refused: %v", told(diags))
			}
			for _, u := range r.Unequal {
				t.Error(u)
			}
			for _, d := range compileAll(t, r) {
				if d.Severity == diag.Error && d.Path != "/catalog" { // opm takes fewer names of packages than OLM does
					t.Errorf("compile: %s %s %s", d.Code, d.Path, d.Message)
				}
			}
		})
	}
}
