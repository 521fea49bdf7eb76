package bundle

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/compiler"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

const crd = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: boxes.shop.example.com}
spec:
  group: shop.example.com
  scope: Namespaced
  names: {kind: Box, plural: boxes, singular: box, listKind: BoxList}
  conversion: {strategy: Webhook, webhook: {clientConfig: {service: {name: webhook-service, namespace: system, path: /convert, port: 443}}, conversionReviewVersions: [v1]}}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, description: A box.}}}
  - {name: v2, served: true, storage: false, schema: {openAPIV3Schema: {type: object}}}
`

// base is a description to which tests add; it has no manager's extras that would stand in the way.
const base = `
name: shop
version: 1.2.3
image: example.com/shop
crds: [crd.yaml]
`

func made(t *testing.T, extra string) (*Bundle, diag.List) {
	t.Helper()
	before := base
	if strings.HasPrefix(extra, "image:") {
		before = strings.Replace(base, "image: example.com/shop\n", "", 1)
	}
	definition := crd
	if !strings.Contains(extra, "conversion:") { // which nothing would set up
		definition = regexp.MustCompile("(?m)^  conversion: .*\n").ReplaceAllString(crd, "")
	}
	fsys := fstest.MapFS{"operator.yaml": {Data: []byte(before + extra)}, "crd.yaml": {Data: []byte(definition)}}
	doc, diags := schema.Load(fsys, "operator.yaml", schema.Options{})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	m, more := compiler.Lower(t.Context(), doc, fsys, compiler.Options{})
	if more.HasErrors() {
		t.Fatal(more)
	}
	return Make(m)
}

const (
	pod       = "/spec/install/spec/deployments/0/spec/template/spec"
	container = pod + "/containers/0"
)

// TestParts says what stands at one place of the ClusterServiceVersion, and where a finding there would be told.
func TestParts(t *testing.T) {
	type m = map[string]any
	for _, c := range []struct {
		name, extra, pointer string
		want                 any
		from                 diag.Path
	}{
		{"display name", "displayName: The Shop\n", "/spec/displayName", "The Shop", "/displayName"},
		{"provider", "provider: {name: Us}\n", "/spec/provider", m{"name": "Us"}, "/provider"},
		{"support", "provider: {name: Us}\n", "/metadata/annotations/support", "Us", "/provider/name"},
		{"support said", "provider: {name: Us}\nolm: {annotations: {support: Them}}\n", "/metadata/annotations/support", "Them", "/olm/annotations/support"},
		{"categories", "categories: [Database, Storage]\n", "/metadata/annotations/categories", "Database, Storage", "/categories"},
		{"no date", "", "/metadata/annotations/createdAt", nil, ""},
		{"date", "release: {date: '2026-11-22'}\n", "/metadata/annotations/createdAt", "2026-11-22T00:00:00Z", "/release/date"},
		{"image", "", "/metadata/annotations/containerImage", "example.com/shop:1.2.3", "/image"},
		{"no examples", "", "/metadata/annotations/alm-examples", nil, ""},
		{
			"examples keep their order and signs", "apis: {boxes.shop.example.com: {examples: [{apiVersion: shop.example.com/v2, kind: Box, metadata: {name: z}, spec: {'n': 3, s: a<b}}, {apiVersion: shop.example.com/v1, kind: Box, metadata: {name: a}}]}}\n",
			"/metadata/annotations/alm-examples",
			`[
  {
    "apiVersion": "shop.example.com/v2",
    "kind": "Box",
    "metadata": {
      "name": "z"
    },
    "spec": {
      "n": 3,
      "s": "a<b"
    }
  },
  {
    "apiVersion": "shop.example.com/v1",
    "kind": "Box",
    "metadata": {
      "name": "a"
    }
  }
]`, "/apis",
		},
		{"platforms", "image: {repository: example.com/shop, platforms: [linux/arm/v7]}\n", "/metadata/labels", m{"operatorframework.io/arch.arm": "supported", "operatorframework.io/os.linux": "supported"}, ""},
		{"a platform", "image: {repository: example.com/shop, platforms: [linux/arm/v7]}\n", "/metadata/labels/operatorframework.io~1arch.arm", "supported", "/image/platforms"},
		{
			"links", "homepage: https://a\nsource: https://b\nlinks: [{name: Code, url: https://b}, {name: Chat, url: https://c}]\n", "/spec/links",
			[]any{m{"name": "Homepage", "url": "https://a"}, m{"name": "Code", "url": "https://b"}, m{"name": "Chat", "url": "https://c"}}, "/links",
		},
		{"a link", "homepage: https://a\nlinks: [{name: Chat, url: https://c}]\n", "/spec/links/1/url", "https://c", "/links/0"},
		{"minKubeVersion", "kubernetes: '>=1.30'\n", "/spec/minKubeVersion", "1.30.0", "/kubernetes"},
		{"replaces", "release: {replaces: 1.2.2}\n", "/spec/replaces", "shop.v1.2.2", "/release/replaces"},
		{"skips", "release: {skips: [1.2.1, other.v1]}\n", "/spec/skips/1", "other.v1", "/release/skips/1"},
		{
			"install modes", "watch: {modes: [AllNamespaces, OwnNamespace]}\n", "/spec/installModes", []any{
				m{"type": "OwnNamespace", "supported": true}, m{"type": "SingleNamespace", "supported": false},
				m{"type": "MultiNamespace", "supported": false}, m{"type": "AllNamespaces", "supported": true},
			}, "/watch/modes",
		},
		{
			"watched namespaces", "watch: {modes: [AllNamespaces, OwnNamespace]}\n", container + "/env/0",
			m{"name": "WATCH_NAMESPACE", "valueFrom": m{"fieldRef": m{"fieldPath": "metadata.annotations['olm.targetNamespaces']"}}}, "/manager",
		},
		{"replicas", "manager: {replicas: 2}\n", "/spec/install/spec/deployments/0/spec/replicas", int64(2), "/manager/replicas"},
		{"name of the manager", "manager: {name: till}\n", "/spec/install/spec/deployments/0/name", "till", "/manager/name"},
		{"labels of the manager", "", "/spec/install/spec/deployments/0/label", m{"app.kubernetes.io/name": "shop", "control-plane": "controller-manager"}, "/manager"},
		{
			"owned", "apis: {boxes.shop.example.com: {displayName: The Box, resources: [{kind: Pod}], versions: {v2: null}}}\n", "/spec/customresourcedefinitions/owned",
			[]any{m{
				"name": "boxes.shop.example.com", "kind": "Box", "version": "v1", "displayName": "The Box", "description": "A box.",
				"resources": []any{m{"kind": "Pod", "name": "", "version": ""}},
			}}, "/crds",
		},
		{"one owned", "apis: {boxes.shop.example.com: {displayName: The Box}}\n", "/spec/customresourcedefinitions/owned/1/displayName", "The Box", "/apis/boxes.shop.example.com"},
		{"native", "requires: {native: [{version: v1, kind: Pod}]}\n", "/spec/nativeAPIs", []any{m{"group": "", "version": "v1", "kind": "Pod"}}, "/requires/native"},
		{"conversion port said in the file", "webhooks: {conversion: [boxes.shop.example.com]}\n", "/spec/webhookdefinitions/0/containerPort", int64(443), "/webhooks/conversion/0"},
		{
			"certificate path", "webhooks: {conversion: [boxes.shop.example.com], mountPath: /certs}\n", container + "/args/3",
			"--webhook-cert-path=/tmp/k8s-webhook-server/serving-certs", "/manager",
		},
		{"no certificate volume", "webhooks: {conversion: [boxes.shop.example.com]}\n", pod + "/volumes", nil, ""},
		{"no certificate volume of metrics", "manager: {metrics: {certificates: cert-manager}}\n", pod + "/volumes", nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, diags := made(t, strings.TrimPrefix(c.extra, "\n"))
			if len(diags) > 0 {
				t.Error(diags)
			}
			if d := cmp.Diff(c.want, kube.Get(b.CSV, c.pointer)); d != "" {
				t.Errorf("%s (-want +got):\n%s", c.pointer, d)
			}
			if got := trace(t, b, c.pointer); c.want != nil && got != c.from {
				t.Errorf("%s comes from %q, want %q", c.pointer, got, c.from)
			}
		})
	}
}

func trace(t *testing.T, b *Bundle, pointer string) diag.Path {
	t.Helper()
	var files emit.FileSet
	if err := files.Add("x", nil, b.Origins...); err != nil {
		t.Fatal(err)
	}
	return files.Trace("x", pointer)
}

// TestPermissions holds who gets which rules where.
func TestPermissions(t *testing.T) {
	rule := func(resource string) string { return "{apiGroups: [''], resources: [" + resource + "], verbs: [get]}" }
	quiet := "manager: {leaderElection: false, metrics: false}\n"
	for _, c := range []struct {
		name, extra    string
		cluster, local []string // "account: resource resource"
		findings       int
	}{
		{"default", "permissions: [{rules: [" + rule("pods") + "]}]\n", []string{"shop-controller-manager: pods tokenreviews subjectaccessreviews"}, []string{"shop-controller-manager: configmaps leases events"}, 0},
		{
			"scopes and accounts", quiet + "permissions: [{rules: [" + rule("a") + "], scope: watched}, {rules: [" + rule("b") + "], serviceAccount: x}, {rules: [" + rule("c") + "], scope: namespace}, {rules: [" + rule("d") + "], serviceAccount: x}]\n",
			[]string{"x: b d"}, []string{"shop-controller-manager: a c"}, 0,
		},
		{"none", quiet, nil, []string{"shop-controller-manager:"}, 0},
		{"no account", "manager: {leaderElection: false, metrics: false, pod: {serviceAccountName: null}}\n", nil, nil, 0},
		{"of features", quiet + "features: {'on': {enabled: true, permissions: [{rules: [" + rule("a") + "]}]}, 'off': {permissions: [{rules: [" + rule("b") + "]}]}}\n", []string{"shop-controller-manager: a"}, nil, 0},
		{"not for OLM", quiet + "features: {'on': {enabled: true, olm: false, permissions: [{rules: [" + rule("a") + "]}]}}\n", nil, []string{"shop-controller-manager:"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, diags := made(t, c.extra)
			if len(diags) != c.findings {
				t.Error(diags)
			}
			if d := cmp.Diff(c.cluster, grants(b, "clusterPermissions")); d != "" {
				t.Error("clusterPermissions:", d)
			}
			if d := cmp.Diff(c.local, grants(b, "permissions")); d != "" {
				t.Error("permissions:", d)
			}
		})
	}
}

func grants(b *Bundle, field string) []string {
	list, _ := kube.Get(b.CSV, strategy+"/"+field).([]any)
	var out []string
	for _, e := range list {
		t := e.(map[string]any)
		line := t["serviceAccountName"].(string) + ":"
		for _, r := range t["rules"].([]any) {
			line += fmt.Sprintf(" %v", kube.Get(r, "/resources/0"))
		}
		out = append(out, line)
	}
	return out
}

// TestServiceAccounts holds which accounts stand beside the ClusterServiceVersion: those that OLM does not make.
func TestServiceAccounts(t *testing.T) {
	for _, c := range []struct {
		name, extra string
		want        []string
		finding     diag.Path
	}{
		{"the manager's", "", nil, ""},
		{"one beside", "serviceAccounts: {auditor: {}}\n", []string{"auditor"}, ""},
		{"one as an object", "objects: [{apiVersion: v1, kind: ServiceAccount, metadata: {name: auditor}}]\n", []string{"auditor"}, ""},
		{"the manager's, said by itself", "serviceAccounts: {shop-controller-manager: {}}\n", nil, ""},
		{"the manager's, with annotations", "serviceAccounts: {shop-controller-manager: {annotations: {role: arn}}}\n", nil, "/serviceAccounts/shop-controller-manager"},
		{"said by itself, without permissions", "serviceAccounts: {agent: {annotations: {role: arn}}}\nworkloads: {agent: {serviceAccount: agent}}\n", nil, "/serviceAccounts/agent"},
		{"annotations of all objects", "annotations: {owner: us}\n", nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, diags := made(t, c.extra)
			var got []string
			for _, o := range b.Objects {
				if o.Kind() == "ServiceAccount" {
					got = append(got, o.Name())
				}
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
			if c.finding == "" && len(diags) > 0 || c.finding != "" && (len(diags) != 1 || diags[0].Path != c.finding) {
				t.Error(diags)
			}
		})
	}
}

func TestRelatedImages(t *testing.T) {
	for _, c := range []struct {
		name, extra string
		want        []string
	}{
		{"own", "", []string{"manager=example.com/shop:1.2.3"}},
		{"related and sidecars", `
related: {box: example.com/box:3, agent: example.com/agent:0}
workloads: {agent: {image: example.com/agent:1, containerName: agent, pod: {initContainers: [{name: init, image: example.com/box:3}]}}}
`, []string{"agent=example.com/agent:0", "agent-2=example.com/agent:1", "box=example.com/box:3", "manager=example.com/shop:1.2.3"}},
		{"of other workloads", `
manager: {pod: {containers: [{name: again, image: "example.com/shop:1.2.3"}, {name: manager}]}}
workloads: {web: {image: "example.com/web:1"}}
`, []string{"manager=example.com/shop:1.2.3", "web=example.com/web:1"}},
		{"said in the environment", "manager: {env: {RELATED_IMAGE_BIG_BOX: example.com/big:1, OTHER: example.com/other:1}}\n", []string{"big-box=example.com/big:1", "manager=example.com/shop:1.2.3"}},
		{"put together from variables", "manager: {env: [{name: TAG, value: '7'}, {name: RELATED_IMAGE_BIG, value: 'example.com/big:$(TAG)'}, {name: RELATED_IMAGE_LATE, value: 'example.com/late:$(LATER)'}, {name: LATER, value: '8'}]}\n",
			[]string{"big=example.com/big:7", "manager=example.com/shop:1.2.3"}},
		{"as described", "related: {box: example.com/box:3}\nolm: {relatedImages: [{name: z, image: example.com/z}, {image: example.com/a}]}\n", []string{"z=example.com/z", "=example.com/a"}},
		{"none", "olm: {relatedImages: []}\n", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, _ := made(t, strings.TrimPrefix(c.extra, "\n"))
			list, _ := kube.Get(b.CSV, "/spec/relatedImages").([]any)
			var got []string
			for _, e := range list {
				got = append(got, fmt.Sprintf("%v=%v", kube.Get(e, "/name"), kube.Get(e, "/image")))
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestFindings(t *testing.T) {
	hook := "webhooks: {hooks: [{type: validating, name: v.example.com, path: /v, rules: [], %s}]%s}\n"
	for _, c := range []struct{ name, extra, want string }{
		{"namespaceSelector", fmt.Sprintf(hook, "namespaceSelector: {matchLabels: {a: b}}", ""), "/webhooks/hooks/0/namespaceSelector: namespaceSelector of the webhook v.example.com is not in the OLM bundle: a webhookdefinition has no such field"},
		{"empty namespaceSelector", fmt.Sprintf(hook, "namespaceSelector: {}", ""), ""},
		{"matchConditions", fmt.Sprintf(hook, "matchConditions: [{name: a, expression: 'true'}]", ""), "/webhooks/hooks/0/matchConditions: matchConditions of the webhook v.example.com is not in the OLM bundle: a webhookdefinition has no such field"},
		{"certificate elsewhere", fmt.Sprintf(hook, "failurePolicy: Fail", ", mountPath: /certs, flag: ''"), "/webhooks/mountPath: OLM mounts the certificate of webhooks in /tmp/k8s-webhook-server/serving-certs, where nothing tells the program to look"},
		{"certificate elsewhere, and a flag", fmt.Sprintf(hook, "failurePolicy: Fail", ", mountPath: /certs"), ""},
		{"feature that needs cert-manager", "webhooks: {conversion: [boxes.shop.example.com]}\nfeatures: {lock: {enabled: true, requires: [certManager]}, key: {enabled: true, requires: [lock], olm: false}}\n", "/features/lock: the feature lock is left out of the OLM bundle: it requires certManager, which the bundle does not have"},
		{"annotations of the Deployment", "manager: {deployment: {metadata: {annotations: {a: b}}}}\n", "/manager: the annotations of the Deployment shop-controller-manager are not in the OLM bundle: an install strategy has no place for them"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, diags := made(t, c.extra)
			var got string
			for _, d := range diags {
				if got += string(d.Path) + ": " + d.Message; d.Severity == diag.Error || d.Code != diag.NotExpressible {
					t.Error(d)
				}
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestOverlay replaces, adds and removes, and holds that findings then lead to the overlay.
func TestOverlay(t *testing.T) {
	b, _ := made(t, `
provider: {name: Us, url: https://example.com}
categories: [Database]
olm:
  csv:
    metadata: {annotations: {categories: null, vendor: us}, labels: {operatorframework.io/arch.amd64: null, operatorframework.io/arch.arm64: null, operatorframework.io/os.linux: null}}
    spec: {provider: {url: null}, maturity: beta, relatedImages: [{name: a, image: b}], installModes: null, cleanup: {enabled: false}, apiservicedefinitions: {}}
`)
	for pointer, want := range map[string]any{
		"/metadata/annotations/categories": nil, "/metadata/annotations/vendor": "us", "/metadata/labels": nil, "/spec/installModes": nil,
		"/spec/provider": map[string]any{"name": "Us"}, "/spec/maturity": "beta", "/spec/cleanup/enabled": false, "/spec/apiservicedefinitions": map[string]any{},
	} {
		if d := cmp.Diff(want, kube.Get(b.CSV, pointer)); d != "" {
			t.Errorf("%s: %s", pointer, d)
		}
	}
	for pointer, want := range map[string]diag.Path{
		"/spec/relatedImages/0/image": "/olm/csv/spec/relatedImages/0/image", "/spec/maturity": "/olm/csv/spec/maturity", "/spec/provider/name": "/provider",
		"/metadata/annotations/vendor": "/olm/csv/metadata/annotations/vendor", "/spec/displayName": "/displayName", "/kind": "",
	} {
		if got := trace(t, b, pointer); got != want {
			t.Errorf("%s comes from %q, want %q", pointer, got, want)
		}
	}
}

// TestConversionStaysInCRDs holds the stanza that keeps the API server from converting without a webhook.
func TestConversionStaysInCRDs(t *testing.T) {
	b, _ := made(t, "webhooks: {conversion: [boxes.shop.example.com]}\nnamespace: market\n")
	want := map[string]any{"strategy": "Webhook", "webhook": map[string]any{
		"clientConfig":             map[string]any{"service": map[string]any{"name": "shop-webhook-service", "namespace": "market", "path": "/convert", "port": int64(443)}},
		"conversionReviewVersions": []any{"v1"},
	}}
	if d := cmp.Diff(want, kube.Get(b.CRDs[0].Tree, "/spec/conversion")); d != "" {
		t.Error(d)
	}
	for _, certificates := range []string{"cert-manager", "openshift-service-ca"} {
		b, _ = made(t, "webhooks: {conversion: [boxes.shop.example.com], certificates: "+certificates+"}\n")
		if a := kube.Get(b.CRDs[0].Tree, "/metadata/annotations"); a != nil {
			t.Errorf("%s: %v would fight with OLM over the CA", certificates, a)
		}
	}
}
