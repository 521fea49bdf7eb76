package helm

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema"
)

// operators are all that the laws hold for: the cases and examples of the repository, and the descriptions below.
func operators(t *testing.T) map[string]*model.Operator {
	t.Helper()
	out := map[string]*model.Operator{}
	for _, pattern := range []string{"../../testdata/cases/*", "../../examples/*"} {
		dirs, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, dir := range dirs {
			if _, ok := schema.Find(os.DirFS(dir)); ok {
				out[filepath.Base(dir)] = lowerFS(t, os.DirFS(dir))
			}
		}
	}
	for name, o := range inline {
		out[name] = lowered(t, o.text, o.files...)
	}
	if len(out) < len(inline)+3 {
		t.Fatalf("only %d operators", len(out))
	}
	return out
}

const definition = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: boxes.shop.example.com}
spec:
  group: shop.example.com
  scope: Namespaced
  names: {kind: Box, plural: boxes, singular: box, listKind: BoxList}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, description: "Say {{ .Values.nothing }} or {{- end }}."}}}
  - {name: v1beta1, served: true, storage: false, schema: {openAPIV3Schema: {type: object, description: "Old.\n\nEnds in space \n\n"}}}
`

var inline = map[string]struct {
	text  string
	files []string
}{
	"least": {text: "name: shop\nversion: 1.0.0\nimage: example.com/shop\n"},
	"conversion": {text: `
name: shop
version: 1.0.0
image: example.com/shop@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
crds: [crd.yaml]
webhooks: {conversion: [boxes.shop.example.com], hooks: [{type: validating, name: v.shop.example.com, path: /v, workload: hooks, port: 9444}]}
workloads: {hooks: {replicas: 2}}
`, files: []string{"crd.yaml", definition}},
	"own namespace": {text: `
name: shop
version: 1.0.0
image: localhost:5000/shop:dev
namePrefix: market-
namespace: shops
watch: {modes: [OwnNamespace]}
permissions: [{scope: watched, rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]}, {scope: namespace, rules: [{apiGroups: [""], resources: [secrets], verbs: [get]}]}]
parameters: {big: {default: 1000000}, text: {default: "a \"b\" {{ c }} \\d 'e'\n"}, number: {default: 0.25}, "yes": {default: "yes"}}
`},
	"values for Helm": {text: `
name: shop
version: 1.0.0
image: example.com/shop
manager: {metrics: {serviceMonitor: true}}
parameters: {size: {default: 3}}
helm:
  values:
    replicaCount: 3
    image: {tag: "7"}
    resources: {limits: {cpu: null, memory: 4Gi, ephemeral-storage: 1Gi}}
    securityContext: null
    nodeSelector: {kubernetes.io/os: linux}
    metrics: {enabled: false}
    parameters: {size: 5}
    podDisruptionBudget: {enabled: true, minAvailable: 2}
`},
	"own namespace, not told": {text: `
name: shop
version: 1.0.0
image: example.com/shop
watch: {modes: [OwnNamespace], env: ""}
permissions: [{scope: watched, rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]}]
`},
	"literal names": {text: `
name: shop
version: 1.0.0
namePrefix: ""
image: example.com/shop:latest
webhooks: {hooks: [{type: mutating, name: m.shop.example.com, path: /m}]}
manager: {metrics: {certificates: cert-manager}, networkPolicy: true}
`},
	"hand-made": {text: `
name: shop
version: 1.0.0-rc.1+build.5
manager:
  image: quay.io/other/shop:v7
  selector: {app: shop}
  serviceAccount: shop-keeper
  podLabels: {tier: front, app.kubernetes.io/part-of: market, app.kubernetes.io/instance: shop}
  podAnnotations: {kubectl.kubernetes.io/default-container: null}
  resources: null
  container: {imagePullPolicy: Always, volumeMounts: [{name: cache, mountPath: /cache}]}
  pod:
    hostNetwork: true
    dnsPolicy: ClusterFirstWithHostNet
    terminationGracePeriodSeconds: 0
    imagePullSecrets: [{name: shop-pull}]
    nodeSelector: {kubernetes.io/os: linux}
    volumes: [{name: cache, emptyDir: {}}]
    containers: [{name: sidecar, image: quay.io/other/sidecar:1}]
  deployment: {spec: {replicas: null}}
  podDisruptionBudget: {maxUnavailable: 50%, unhealthyPodEvictionPolicy: AlwaysAllow}
workloads:
  side-car:
    security: none
    serviceAccount: shop-keeper
    containerName: main
    selector: {app: side, app.kubernetes.io/instance: shop-side}
    pod: {containers: [{name: in-front, image: quay.io/other/proxy:1}, {name: main}]}
related: {postgres-17: "docker.io/library/postgres:17", unused: {image: "example.com/unused:1", env: ""}}
image: example.com/shop
objects:
- {apiVersion: v1, kind: Secret, metadata: {name: shop-pull}}
- {apiVersion: v1, kind: ServiceAccount, metadata: {name: extra, labels: {app.kubernetes.io/name: something-else, app.kubernetes.io/version: "9"}}}
- {apiVersion: v1, kind: Service, metadata: {name: shop-front, labels: {app.kubernetes.io/name: shop, app.kubernetes.io/managed-by: kustomize}}, spec: {selector: {app: shop}, ports: [{port: 80}]}}
- {apiVersion: v1, kind: Service, metadata: {name: shop-foreign}, spec: {selector: {app: database}, ports: [{port: 80}]}}
`},
}

func TestChartOfARealProject(t *testing.T) {
	dir := filepath.Join(shared(t), "real", "database-operator")
	description := `
name: database-operator
version: 0.2.0
image: registry.example.com/database-operator:0.2.0
related: {postgres: "docker.io/library/postgres:16.4", mysql: "docker.io/library/mysql:8.4"}
crds: [config/crd/bases]
permissions: [config/rbac/role.yaml]
objects: [{files: [config/rbac/database_admin_role.yaml, config/rbac/database_editor_role.yaml, config/rbac/database_viewer_role.yaml]}]
webhooks: {from: [config/webhook/manifests.yaml], conversion: [databases.db.example.com]}
manager: {metrics: {serviceMonitor: true, certificates: cert-manager}, networkPolicy: true}
`
	m := lowerFS(t, described{os.DirFS(dir), description})
	holdsToModel(t, m, variants(m))
	if errs := lintStrict(t, emitted(t, m)); len(errs) > 0 {
		t.Error(errs)
	}
}

// TestSwitchesSwitchSomething holds that a chart has no switch of opc's that nothing depends on.
func TestSwitchesSwitchSomething(t *testing.T) {
	m := lowered(t, `
name: shop
version: 1.0.0
image: example.com/shop
manager: {metrics: false}
workloads: {hooks: {}}
webhooks: {hooks: [{type: validating, name: v.shop.example.com, path: /v, workload: hooks}]}
features: {own: {}}
`)
	var got []string
	for _, f := range Switches(m) {
		got = append(got, f.Name)
	}
	if diff := cmp.Diff([]string{"certManager", "podDisruptionBudget", "webhook", "own"}, got); diff != "" {
		t.Error(diff)
	}
}
