package importer

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestOddities holds that what real bundles hold and no reader expects comes over, or is reported with its place.
func TestOddities(t *testing.T) {
	const owned = "      kind: Box\n      version: v1\n"
	cases := []struct {
		name    string
		changes [][3]string
		loss    []string // the loss report
		file    string   // a file that is written
		holds   string   // what it holds
		lacks   string   // what it does not hold
	}{
		{"anchors and merge keys", [][3]string{{crdFile, "              size: {type: integer} # in litres\n",
			"              size: &n {type: integer}\n              other: *n\n              third: {<<: *n, minimum: 1}\n"}},
			nil, "crds/shop.example.com_boxes.yaml", "third:\n                minimum: 1\n                type: integer\n", "*n"},
		{"tabs", [][3]string{{csvFile, "  description: Sells boxes, large and small.\n", "  description: \"Sells\tboxes\"\t# with a tab\n"}},
			nil, "operator.cue", `"Sells\tboxes"`, ""},
		{"several objects in a file", [][3]string{{serviceFile, "apiVersion: v1\n", "---\n# first\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\napiVersion: v1\n"}},
			[]string{serviceFile + ":8:1 " + serviceFile + " holds 2 objects: each gets a file of its own, since OLM's tools read only the first of a file"},
			"objects/a_configmap.yaml", "kind: ConfigMap", ""},
		{"an unquoted timestamp", [][3]string{{csvFile, `createdAt: "2026-01-02T03:04:05Z"`, "createdAt: 2026-01-02T03:04:05Z"}}, nil, "operator.cue", `date: "2026-01-02T03:04:05Z"`, ""},
		{"another timestamp", [][3]string{{csvFile, `createdAt: "2026-01-02T03:04:05Z"`, "createdAt: 2026-01-02 03:04:05"}}, nil, "operator.cue", `createdAt:`, "date:"},
		{"numeric quantities", [][3]string{{csvFile, "cpu: 500m, memory: 128Mi", "cpu: 2, memory: 1073741824"}}, nil, "operator.cue", `limits: {cpu: "2", memory: "1073741824"}`, ""},
		{"annotations that are no text", [][3]string{{annotationsFile, "bundle.channels.v1: stable\n", "bundle.channels.v1: stable\n  com.example.flag: true\n  com.example.version: 4.16\n"}},
			nil, "operator.cue", `"com.example.version": 4.16`, `"true"`},
		{".yml", [][3]string{{"manifests/a.yml", "", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"}}, nil, "objects/a_configmap.yaml", "kind: ConfigMap", ""},
		{"a CustomResourceDefinition v1beta1", [][3]string{{"manifests/old.yaml", "", "apiVersion: apiextensions.k8s.io/v1beta1\nkind: CustomResourceDefinition\n" +
			"metadata: {name: jars.shop.example.com}\nspec: {group: shop.example.com, version: v1, scope: Namespaced, names: {kind: Jar, plural: jars}}\nstatus: {storedVersions: []}\n"}},
			nil, "operator.cue", `"crds/shop.example.com_jars.yaml"`, ""},
		{"an unknown field", [][3]string{{csvFile, owned, owned + "      group: shop.example.com\n"}},
			[]string{csvFile + ":32:7 unknown field spec.customresourcedefinitions.owned.0.group: the API server would drop it from a ClusterServiceVersion"}, "operator.cue", "", "group"},
		{"an unknown keyword in a schema", [][3]string{{crdFile, "{type: integer}", "{type: integer, desciprtion: a}"}},
			[]string{crdFile + ":23:37 unknown field spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.size.desciprtion: the API server would drop it from a CustomResourceDefinition"},
			"crds/shop.example.com_boxes.yaml", "size:", "desciprtion"},
		{"a field in other capitals", [][3]string{{csvFile, "  minKubeVersion: 1.28.0\n", "  MinKubeVersion: 1.28.0\n"}},
			[]string{csvFile + ":113:3 spec.MinKubeVersion is no field of a ClusterServiceVersion: it is read as minKubeVersion, as OLM's tools do; the API server would drop it"}, "operator.cue", `kubernetes:   ">=1.28"`, ""},
		{"junk files", [][3]string{{"manifests/a.yaml.bak", "", "x"}, {"manifests/.wh.b", "", "x"}, {"metadata/dependency.yaml", "", "x: y"}, {"bundle.Dockerfile", "", "FROM scratch"}, {"ci.yaml", "", "a: b"}},
			[]string{
				"bundle.Dockerfile:1:1 bundle.Dockerfile is not carried over: opc writes its own", "ci.yaml:1:1 ci.yaml is not carried over: it is no part of a bundle",
				"manifests/.wh.b:1:1 the file manifests/.wh.b is hidden: it is not part of what is installed",
				"manifests/a.yaml.bak:1:1 manifests/a.yaml.bak is no manifest: OLM's tools read only .yaml, .yml and .json",
				"metadata/dependency.yaml:1:1 metadata/dependency.yaml is not carried over: OLM's tools read annotations.yaml, dependencies.yaml and properties.yaml",
			}, "operator.cue", "", ""},
		{"a Service of a foreign group", [][3]string{{"manifests/a.yaml", "", "apiVersion: ecs.example.com/v1\nkind: Service\nmetadata: {name: a}\nspec: {x: 1}\n"}}, nil, "objects/a_service.yaml", "ecs.example.com/v1", ""},
		{"a ClusterRole without apiVersion", [][3]string{{"manifests/a.yaml", "", "kind: ClusterRole\nmetadata: {name: a}\nrules: []\n"}}, nil, "objects/a_clusterrole.yaml", "kind: ClusterRole", ""},
		{"a ClusterServiceVersion without its group", [][3]string{{csvFile, "operators.coreos.com/v1alpha1", "v1alpha1"}}, nil, "operator.cue", `apiVersion: "v1alpha1"`, ""},
		{"a ClusterServiceVersion of a version that OLM does not serve", [][3]string{{csvFile, "operators.coreos.com/v1alpha1", "operators.coreos.com/v1beta1"}},
			[]string{csvFile + ":1:1 there is no ClusterServiceVersion of operators.coreos.com/v1beta1: OLM reads it as operators.coreos.com/v1alpha1"}, "operator.cue", `apiVersion: "operators.coreos.com/v1beta1"`, ""},
		{"a service account that OLM makes too", [][3]string{{"manifests/a.yaml", "", "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: shop-operator-controller-manager}\n"}},
			nil, "operator.cue", `manifests: ["objects/shop-operator-controller-manager_serviceaccount.yaml"]`, ""},
		{"an object with a namespace", [][3]string{{"manifests/a.yaml", "", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: elsewhere}\n"}}, nil, "operator.cue", `manifests: ["objects/a_configmap.yaml"]`, ""},
		{"a name that is not made of package and version", [][3]string{{csvFile, "name: shop-operator.v1.2.3", "name: shopoperator.1.2.3"}}, nil, "operator.cue", `csvName: "shopoperator.1.2.3"`, ""},
		{"a version that is replaced under another name", [][3]string{{csvFile, "replaces: shop-operator.v1.2.2", "replaces: shop.v1.2.2"}}, nil, "operator.cue", `replaces: "shop.v1.2.2"`, ""},
		{"a version that replaces a newer one", [][3]string{{csvFile, "replaces: shop-operator.v1.2.2", "replaces: shop-operator.v2.0.0"}}, nil, "operator.cue", `replaces: "shop-operator.v2.0.0"`, ""},
		{"a version of Kubernetes with a v", [][3]string{{csvFile, "minKubeVersion: 1.28.0", "minKubeVersion: v1.28.0"}}, nil, "operator.cue", `minKubeVersion: "v1.28.0"`, ""},
		{"no annotations.yaml", [][3]string{{annotationsFile, "", "{}\n"}}, nil, "operator.cue", `"operators.operatorframework.io.bundle.package.v1":`, ""},
		{"an image with a tag and a digest", [][3]string{{csvFile, "image: example.com/shop-operator:1.2.3\n", "image: example.com/shop-operator:1.2.3@sha256:" + strings.Repeat("0a", 32) + "\n"}},
			nil, "operator.cue", `image: "example.com/shop-operator:1.2.3@sha256:`, ""},
		{"an image that is none", [][3]string{{csvFile, "image: example.com/shop-operator:1.2.3\n", "image: ${IMAGE}\n"}}, nil, "olm/csv.yaml", "${IMAGE}", ""},
		{"an icon in lines", [][3]string{{csvFile, "  - base64data: PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciLz4K\n", "  - base64data: |-\n      PHN2ZyB4bWxucz0iaHR0cDovL3d3\n      dy53My5vcmcvMjAwMC9zdmciLz4K\n"}},
			nil, "operator.cue", `icon: {file: "docs/icon.svg", lineLength: 28}`, ""},
		{"an icon of another type than it says", [][3]string{{csvFile, "mediatype: image/svg+xml", "mediatype: image/png"}}, nil, "operator.cue", `icon: {file: "docs/icon.svg", mediaType: "image/png"}`, ""},
		{"an icon that is no picture", [][3]string{{csvFile, "base64data: PHN2", "base64data: _"}}, nil, "operator.cue", `data: "_ZyB4`, ""},
		{"an API without a name for people", [][3]string{{csvFile, "      displayName: Box\n      description: A box.\n", ""}}, nil, "operator.cue", `displayName: "", description: ""`, ""},
		{"an API that is not owned", [][3]string{{csvFile, "      version: v1\n      displayName", "      version: v2\n      displayName"}}, nil, "operator.cue", "versions: v1: null", ""},
		{"examples of other APIs", [][3]string{{csvFile, `"kind": "Box"`, `"kind": "Jar"`}}, nil, "operator.cue", `"alm-examples"`, "samples"},
		{"no examples", [][3]string{{csvFile, "      [\n        {\"apiVersion\": \"shop.example.com/v1\", \"kind\": \"Box\", \"metadata\": {\"name\": \"box\"}, \"spec\": {\"size\": 3}}\n      ]\n", "      []\n"}}, nil, "operator.cue", `"alm-examples"`, "samples"},
		{"rules for a service account twice", [][3]string{{csvFile, "      permissions:\n", "      - serviceAccountName: shop-operator-controller-manager\n        rules:\n        - {apiGroups: [\"\"], resources: [pods], verbs: [get]}\n      permissions:\n"}}, nil, "rbac/role.yaml", "pods", ""},
		{"rules for a service account that nobody uses", [][3]string{{csvFile, "      permissions:\n", "      - serviceAccountName: reader\n        rules:\n        - {apiGroups: [\"\"], resources: [pods], verbs: [get]}\n      permissions:\n"}}, nil, "rbac/reader.yaml", "pods", ""},
		{"no install modes", [][3]string{{csvFile, "  - {type: AllNamespaces, supported: true}\n", ""}}, nil, "operator.cue", "installModes", ""},
		{"a sidecar in front", [][3]string{{csvFile, "              containers:\n", "              containers:\n              - {name: proxy, image: \"example.com/proxy:1\"}\n"}}, nil, "operator.cue", `{name: "proxy", image: "example.com/proxy:1", resources: null, security: "none"},`, ""},
		{"a sidecar behind", [][3]string{{csvFile, "              securityContext:\n                runAsNonRoot", "              - {name: proxy, image: \"example.com/proxy:1\"}\n              securityContext:\n                runAsNonRoot"}}, nil, "operator.cue", `manager: containers: [{name: "proxy", image: "example.com/proxy:1", resources: null, security: "none"}]`, ""},
		{"arguments in another order", [][3]string{{csvFile, `--leader-elect, "--health-probe-bind-address=:8081"`, `"--health-probe-bind-address=:8081", --leader-elect`}}, nil, "operator.cue",
			`args: ["--metrics-bind-address=:8443", "--health-probe-bind-address=:8081", "--leader-elect"]`, ""},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			r, loss := imported(t, sample(t, tc.changes...))
			if diff := cmp.Diff(tc.loss, loss); diff != "" {
				t.Errorf("loss report: %s", diff)
			}
			text := string(r.Files[tc.file])
			if tc.file == r.Name {
				text = string(r.Text)
			}
			if !strings.Contains(text, tc.holds) {
				t.Errorf("%s does not hold %q:\n%s", tc.file, tc.holds, text)
			}
			if tc.lacks != "" && strings.Contains(text, tc.lacks) {
				t.Errorf("%s holds %q:\n%s", tc.file, tc.lacks, text)
			}
		})
	}
}

// TestRefused holds that what can't be read is refused at its line.
func TestRefused(t *testing.T) {
	cases := []struct {
		name    string
		changes [][3]string
		want    string
	}{
		{"no YAML", [][3]string{{"metadata/dependencies.yaml", "", "dependencies:\n- type: olm.gvk\n  value: a\n   b: c\n"}},
			"metadata/dependencies.yaml:4:4 metadata/dependencies.yaml is not readable: a field can't stand here"},
		{"no YAML, in a second document", [][3]string{{serviceFile, "", "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\na: b\nc: [\n"}}, serviceFile + ":7:4 " + serviceFile + " is not readable: something is missing between two commas or brackets"},
		{"a separator that is none", [][3]string{{serviceFile, "kind: Service\n", "kind: Service\n--- x\n"}}, serviceFile + ":3:1 " + serviceFile + " is not readable: \"--- x\" does not separate documents: only a comment may follow ---"},
		{"another type", [][3]string{{csvFile, "replicas: 1", "replicas: one"}},
			csvFile + ":66:11 the ClusterServiceVersion shop-operator.v1.2.3 does not fit its type: cannot unmarshal string into Go struct field DeploymentSpec.spec.install.spec.deployments.spec.replicas of type int32"},
		{"an object twice", [][3]string{{"manifests/z.yaml", "", "apiVersion: v1\nkind: Service\nmetadata: {name: shop-operator-controller-manager-metrics-service}\n"}},
			"manifests/z.yaml:1:1 the Service shop-operator-controller-manager-metrics-service is defined twice, here and in " + serviceFile + ":1"},
		{"an object without a name", [][3]string{{"manifests/z.yaml", "", "apiVersion: v1\nkind: Service\n"}}, "manifests/z.yaml:1:1 manifests/z.yaml is not a Kubernetes object: kind or metadata.name is missing"},
		{"no object", [][3]string{{"manifests/z.yaml", "", "- a\n"}}, "manifests/z.yaml:1:1 manifests/z.yaml is not a map of fields"},
		{"no ClusterServiceVersion", [][3]string{{csvFile, "", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"}}, "manifests:1:1 the bundle has no ClusterServiceVersion"},
		{"a ClusterServiceVersion of another group", [][3]string{{csvFile, "operators.coreos.com/v1alpha1", "operators.example.com/v1alpha1"}},
			csvFile + ":1:1 a ClusterServiceVersion of operators.example.com/v1alpha1 is unknown: expected operators.coreos.com/v1alpha1"},
		{"two ClusterServiceVersions", [][3]string{{"manifests/z.yaml", "", "apiVersion: operators.coreos.com/v1alpha1\nkind: ClusterServiceVersion\nmetadata: {name: z}\nspec: {version: 1.0.0}\n"}},
			"manifests/z.yaml:1:1 a bundle has one ClusterServiceVersion: " + csvFile + " is the other"},
		{"a version that is none", [][3]string{{csvFile, "  version: 1.2.3\n", "  version: next\n"}}, csvFile + ":1:1 the ClusterServiceVersion shop-operator.v1.2.3 does not fit its type: Invalid character(s) found in major number \"0next\""},
		{"no text", [][3]string{{serviceFile, "", "\xff\xfe\x00"}}, serviceFile + ":1:1 " + serviceFile + " is not text in UTF-8"},
		{"a property without a type", [][3]string{{"metadata/properties.yaml", "", "properties:\n- {type: olm.x, value: 1}\n- {type: y, value: 1}\n"}}, "metadata/properties.yaml:3:4 an entry of properties has no type that is a text"},
		{"dependencies that are no list", [][3]string{{"metadata/dependencies.yaml", "", "dependencies: {a: b}\n"}}, "metadata/dependencies.yaml:1:1 dependencies is not a list"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			r, diags := Bundle(sample(t, tc.changes...), Options{Format: "cue", Verify: true})
			if r != nil {
				t.Error("it is not refused")
			}
			if diff := cmp.Diff([]string{tc.want}, told(diags)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
