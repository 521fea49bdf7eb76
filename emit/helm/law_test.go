package helm

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
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
parameters: {big: {default: 1000000}, text: {default: "a \"b\" {{ c }} \\d 'e'\n"}, number: {default: 0.25}, yes: {default: "yes"}}
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
  podLabels: {tier: front, app.kubernetes.io/part-of: market}
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
  side-car: {security: none, serviceAccount: shop-keeper}
related: {postgres-17: "docker.io/library/postgres:17", unused: {image: "example.com/unused:1", env: ""}}
image: example.com/shop
objects:
- {apiVersion: v1, kind: Secret, metadata: {name: shop-pull}}
- {apiVersion: v1, kind: ServiceAccount, metadata: {name: extra, labels: {app.kubernetes.io/name: something-else, app.kubernetes.io/version: "9"}}}
- {apiVersion: v1, kind: Service, metadata: {name: shop-front, labels: {app.kubernetes.io/name: shop, app.kubernetes.io/managed-by: kustomize}}, spec: {selector: {app: shop}, ports: [{port: 80}]}}
- {apiVersion: v1, kind: Service, metadata: {name: shop-foreign}, spec: {selector: {app: database}, ports: [{port: 80}]}}
`},
}

// differs from the default in what an overlay can say.
func variants(m *model.Operator) map[string]model.Overlay {
	out := map[string]model.Overlay{"default": m.DefaultOverlay()}
	change := func(name string, f func(*model.Overlay)) {
		ov := m.DefaultOverlay()
		f(&ov)
		settleFeatures(m, ov.Features)
		out[name] = ov
	}
	all := func(on bool) func(*model.Overlay) {
		return func(ov *model.Overlay) {
			for name := range ov.Features {
				ov.Features[name] = on
			}
		}
	}
	change("all on", all(true))
	change("all off", all(false))
	for i, f := range m.Features {
		for _, on := range []bool{true, false} {
			change(fmt.Sprintf("%s %v", f.Name, on), func(ov *model.Overlay) { ov.Features[f.Name] = on })
			for _, g := range m.Features[:i] {
				for _, also := range []bool{true, false} {
					change(fmt.Sprintf("%s %v, %s %v", f.Name, on, g.Name, also), func(ov *model.Overlay) { ov.Features[f.Name], ov.Features[g.Name] = on, also })
				}
			}
		}
	}
	for _, p := range m.Parameters {
		change("parameter "+p.Name, func(ov *model.Overlay) { ov.Parameters = map[string]string{p.Name: another(p)} })
	}
	if m.Watch.Env != "" {
		change("watch one", func(ov *model.Overlay) { ov.Watch = []string{"team-a"} })
		if m.Watch.Supports("MultiNamespace") {
			change("watch two", func(ov *model.Overlay) { ov.Watch = []string{"team-a", "team-b"} })
		}
	}
	change("elsewhere", func(ov *model.Overlay) { ov.Namespace = "123" })
	if len(m.Workloads) > 0 && m.Workloads[0].Key == "manager" {
		change("resources", func(ov *model.Overlay) { ov.Resources = model.Tree{"limits": map[string]any{"memory": "1Gi"}} })
	}
	for _, ov := range m.Overlays {
		ov.Labels, ov.Annotations, ov.Patches = nil, nil, nil // kustomize's own
		out["overlay "+ov.Name] = ov
	}
	return out
}

// settleFeatures switches off what requires something that is off, as the chart does.
func settleFeatures(m *model.Operator, on map[string]bool) {
	for range m.Features {
		for _, f := range m.Features {
			for _, need := range f.Requires {
				on[f.Name] = on[f.Name] && on[need]
			}
		}
	}
}

// another is a value of a parameter that is not its default.
func another(p model.Parameter) string {
	switch {
	case len(p.Enum) > 0:
		return p.Enum[len(p.Enum)-1]
	case p.Type == model.TypeBoolean:
		return fmt.Sprint(p.Default != "true")
	case p.Maximum != "":
		return p.Maximum
	case p.Type == model.TypeInteger:
		return "12345678"
	case p.Type == model.TypeNumber:
		return "0.125"
	case p.Pattern != "":
		return p.Default
	}
	return "1e3 # \"x\"\n{{ .Values }}: y"
}

// ownName is the name of a release that gives the names of a plain install.
func ownName(m *model.Operator) string {
	if m.NamePrefix == "" {
		return m.Name
	}
	return m.NamePrefix
}

// TestChartInstallsWhatTheModelSays is the law of the chart: rendered for a release that is called as the operator, it
// gives the objects of model.Install, whatever is switched or set.
func TestChartInstallsWhatTheModelSays(t *testing.T) {
	for name, m := range operators(t) {
		t.Run(name, func(t *testing.T) { holdsToModel(t, m) })
	}
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
	holdsToModel(t, m)
	if errs := lintStrict(t, emitted(t, m)); len(errs) > 0 {
		t.Error(errs)
	}
}

func holdsToModel(t *testing.T, m *model.Operator) {
	ch := loaded(t, emitted(t, m))
	all := variants(m)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		ov := all[name]
		ov.CreateNamespace = false
		values := Values(m, ov)
		if name == "default" {
			values = nil
		}
		rendered, err := render(t, ch, release{ownName(m), ov.Namespace, values})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var want []model.Tree
		for _, o := range m.Install(ov, "Helm") {
			want = append(want, o.Tree)
		}
		a, b := byIdentity(t, want, false), byIdentity(t, objectsOf(t, rendered), true)
		if diff := cmp.Diff(slices.Sorted(maps.Keys(a)), slices.Sorted(maps.Keys(b))); diff != "" {
			t.Errorf("%s (-model +chart):\n%s", name, diff)
		}
		for _, key := range slices.Sorted(maps.Keys(a)) {
			if diff := cmp.Diff(a[key], b[key]); diff != "" {
				t.Errorf("%s: %s (-model +chart):\n%s", name, key, diff)
			}
		}
	}
}

// byIdentity keys objects, as text that can be read in a difference; what only Helm has is taken away.
func byIdentity(t *testing.T, list []model.Tree, helm bool) map[string]any {
	t.Helper()
	out := map[string]any{}
	for _, o := range list {
		if annotations, _ := model.At(o, "metadata", "annotations").(map[string]any); annotations["helm.sh/hook"] != nil {
			continue
		}
		o = likeNumbers(t, o)
		key := fmt.Sprintf("%s %s/%s", o["kind"], model.MetaString(o, "namespace"), model.MetaString(o, "name"))
		if out[key] != nil {
			t.Errorf("%s stands twice", key)
		}
		dropAdditions(t, o, helm)
		out[key] = o
	}
	return out
}

// likeNumbers makes all numbers floating point.
func likeNumbers(t *testing.T, o model.Tree) model.Tree {
	t.Helper()
	data, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	var out model.Tree
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// dropAdditions takes away what the chart adds to objects, and holds that it is there: the recommended labels of every
// object, the instance in selectors of the chart's own pods, and the policy that keeps CustomResourceDefinitions.
func dropAdditions(t *testing.T, o model.Tree, helm bool) {
	t.Helper()
	meta := o["metadata"].(map[string]any)
	labels, _ := meta["labels"].(map[string]any)
	fixed := labels == nil && o["kind"] == "CustomResourceDefinition" // Helm takes the folder crds as it is
	for _, k := range []string{labelChart, model.LabelName, model.LabelInstance, model.LabelVersion, model.LabelManagedBy} {
		if helm && !fixed && labels[k] == nil {
			t.Errorf("%s %s has no label %s", o["kind"], meta["name"], k)
		}
	}
	for _, k := range []string{labelChart, model.LabelInstance, model.LabelManagedBy} {
		delete(labels, k)
	}
	if v := labels[model.LabelVersion]; v != "9" {
		delete(labels, model.LabelVersion)
	}
	if v := labels[model.LabelName]; v != "something-else" {
		delete(labels, model.LabelName)
	}
	prune(meta, "labels")
	if annotations, ok := meta["annotations"].(map[string]any); ok && o["kind"] == "CustomResourceDefinition" {
		delete(annotations, "helm.sh/resource-policy")
		prune(meta, "annotations")
	}
	for _, path := range [][]string{
		{"spec", "selector", "matchLabels"}, {"spec", "selector"}, {"spec", "podSelector", "matchLabels"}, {"spec", "template", "metadata", "labels"},
	} {
		if m, ok := model.At(o, path...).(map[string]any); ok {
			delete(m, model.LabelInstance)
		}
	}
	if p, ok := model.At(o, "spec", "template", "metadata").(map[string]any); ok {
		prune(p, "annotations")
	}
}

func prune(m map[string]any, field string) {
	if l, ok := m[field].(map[string]any); ok && len(l) == 0 {
		delete(m, field)
	}
}

// TestReleasesShareNothing holds that two releases in a namespace have neither an object nor a pod in common.
func TestReleasesShareNothing(t *testing.T) {
	long := "team-a-platform-production-europe-west-cluster-number"
	for name, m := range operators(t) {
		if m.NamePrefix == "" || name == "hand-made" || name == "raw" || name == "workloads" {
			continue // some names are literal, so there can be one release only
		}
		ch := loaded(t, emitted(t, m))
		ov := m.DefaultOverlay()
		for f := range ov.Features {
			ov.Features[f] = true
		}
		settleFeatures(m, ov.Features)
		values := Values(m, ov)
		values["crds"] = map[string]any{"enabled": false}
		if m.Helm.CRDs == "crds" || len(m.CRDs) == 0 {
			delete(values, "crds")
		}
		seen, secrets, pods := map[string]string{}, map[string]string{}, map[string]map[string]any{}
		for _, r := range []string{ownName(m), "other", long + "1"[:1], long[:52] + "x"} {
			rendered, err := render(t, ch, release{r, "shared", values})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for _, o := range objectsOf(t, rendered) {
				if o["kind"] == "CustomResourceDefinition" {
					continue
				}
				key := fmt.Sprintf("%s/%s", o["kind"], model.MetaString(o, "name"))
				if other, dup := seen[key+model.MetaString(o, "namespace")]; dup {
					t.Errorf("%s: %s belongs to the releases %s and %s", name, key, other, r)
				}
				seen[key+model.MetaString(o, "namespace")] = r
				if n := len(model.MetaString(o, "name")); n > maxName {
					t.Errorf("%s: %s has %d characters", name, key, n)
				}
				if s, _ := model.At(o, "spec", "secretName").(string); s != "" {
					if other := secrets[s]; other != "" && other != r {
						t.Errorf("%s: the Secret %s belongs to %s and %s", name, s, other, r)
					}
					secrets[s] = r
				}
				if l, ok := model.At(o, "spec", "template", "metadata", "labels").(map[string]any); ok {
					pods[r+"/"+model.MetaString(o, "name")] = l
				}
			}
			for _, o := range objectsOf(t, rendered) {
				s := selectorOf(o)
				for pod, labels := range pods {
					if len(s) > 0 && !strings.HasPrefix(pod, r+"/") && matches(s, labels) {
						t.Errorf("%s: the %s of %s selects the pod of %s", name, o["kind"], r, pod)
					}
				}
			}
		}
	}
}

func selectorOf(o model.Tree) map[string]any {
	for _, path := range [][]string{{"spec", "selector", "matchLabels"}, {"spec", "podSelector", "matchLabels"}, {"spec", "selector"}} {
		if m, ok := model.At(o, path...).(map[string]any); ok {
			return m
		}
	}
	return nil
}

func matches(selector, labels map[string]any) bool {
	for _, k := range slices.Sorted(maps.Keys(selector)) {
		if labels[k] != selector[k] {
			return false
		}
	}
	return true
}
