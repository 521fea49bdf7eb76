package compiler_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/compiler"
	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema"
)

const head = "name: ring-operator\nversion: 1.2.3\nimage: registry.example.com/ring-operator\n"

// lower lowers a description without faults; files are name, content, name, content …
func lower(t *testing.T, text string, files ...string) *model.Operator {
	t.Helper()
	fsys := fstest.MapFS{"operator.yaml": {Data: []byte(text)}}
	for i := 0; i+1 < len(files); i += 2 {
		fsys[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	doc, diags := schema.Load(fsys, "operator.yaml", schema.Options{})
	if !diags.HasErrors() {
		var m *model.Operator
		if m, diags = compiler.Lower(t.Context(), doc, fsys, compiler.Options{}); !diags.HasErrors() {
			return m
		}
	}
	for _, d := range diags.Place(doc.Index) {
		t.Errorf("%s: %s", d.Pos, d.Message)
	}
	t.FailNow()
	return nil
}

// install returns the objects of a plain install by kind and name.
func install(m *model.Operator, change func(*model.Overlay)) map[string]model.Tree {
	ov := m.DefaultOverlay()
	if change != nil {
		change(&ov)
	}
	out := map[string]model.Tree{}
	for _, o := range m.Install(ov, "") {
		key := o.Kind() + "/" + o.Name()
		if _, dup := out[key]; dup {
			key += "@" + model.MetaString(o.Tree, "namespace")
		}
		out[key] = o.Tree
	}
	return out
}

func container(t *testing.T, objects map[string]model.Tree) model.Tree {
	t.Helper()
	c := model.Container(objects["Deployment/ring-operator-controller-manager"], 0)
	if c == nil {
		t.Fatal("there is no manager")
	}
	return c
}

func TestArgumentsStandInTheOrderOfComponents(t *testing.T) {
	m := lower(t, head+`
manager: {args: [--own], metrics: {certificates: cert-manager}}
parameters: {logLevel: {default: info, arg: --zap-log-level}}
webhooks: {hooks: [{type: mutating, name: m.kb.io, path: /m}]}
features: {extra: {args: [--extra], enabled: true}}
`)
	want := []any{
		"--metrics-bind-address=:8443", "--leader-elect", "--health-probe-bind-address=:8081", "--own", "--zap-log-level=$(LOG_LEVEL)",
		"--metrics-cert-path=/tmp/k8s-metrics-server/metrics-certs", "--webhook-cert-path=/tmp/k8s-webhook-server/serving-certs", "--extra",
	}
	if diff := cmp.Diff(want, container(t, install(m, nil))["args"]); diff != "" {
		t.Error(diff)
	}
	off := install(m, func(ov *model.Overlay) {
		for name := range ov.Features {
			ov.Features[name] = false
		}
	})
	c := container(t, off)
	if diff := cmp.Diff([]any{"--leader-elect", "--health-probe-bind-address=:8081", "--own", "--zap-log-level=$(LOG_LEVEL)"}, c["args"]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]any{map[string]any{"name": "LOG_LEVEL", "value": "info"}, map[string]any{"name": "ENABLE_WEBHOOKS", "value": "false"}}, c["env"]); diff != "" {
		t.Error(diff)
	}
	if _, mounted := c["volumeMounts"]; mounted {
		t.Error("certificates are mounted although nothing needs them")
	}
}

func TestOLMGetsNoCertificateVolume(t *testing.T) {
	m := lower(t, head+"webhooks: {hooks: [{type: mutating, name: m.kb.io, path: /m}]}\n")
	scope := m.Scope(m.DefaultOverlay())
	for _, olm := range []bool{true, false} {
		scope.On[model.AtomOLM] = olm
		for _, o := range scope.Objects(m.Objects) {
			if o.Kind() == "Deployment" {
				if got := model.At(o.Tree, "spec", "template", "spec", "volumes") != nil; got == olm {
					t.Errorf("on OLM %v: volumes %v", olm, got)
				}
			}
		}
	}
}

func TestEnvironmentKeepsItsOrder(t *testing.T) {
	m := lower(t, head+`
related: {db: "docker.io/library/postgres:17", cache: "docker.io/library/redis:8"}
watch: {modes: [AllNamespaces, OwnNamespace]}
manager: {env: [{name: FIRST, value: "1"}, {name: RELATED_IMAGE_DB}, {name: LAST, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]}
`)
	var names []string
	list, _ := container(t, install(m, nil))["env"].([]any)
	for _, e := range list {
		names = append(names, fmt.Sprint(e.(map[string]any)["name"]))
	}
	if diff := cmp.Diff([]string{"FIRST", "RELATED_IMAGE_DB", "LAST", "WATCH_NAMESPACE", "RELATED_IMAGE_CACHE"}, names); diff != "" {
		t.Error(diff)
	}
}

func TestWatchedPermissions(t *testing.T) {
	m := lower(t, head+`
permissions: [{scope: watched, rules: [{apiGroups: [apps], resources: [deployments], verbs: [get]}]}]
watch: {modes: [AllNamespaces, MultiNamespace]}
`)
	all := install(m, nil)
	if all["ClusterRoleBinding/ring-operator-manager-rolebinding"] == nil || all["RoleBinding/ring-operator-manager-rolebinding"] != nil {
		t.Error("watching all namespaces needs one ClusterRoleBinding")
	}
	some := install(m, func(ov *model.Overlay) { ov.Watch = []string{"a", "b"} })
	if some["ClusterRoleBinding/ring-operator-manager-rolebinding"] != nil {
		t.Error("watching some namespaces still binds in the whole cluster")
	}
	for _, key := range []string{"RoleBinding/ring-operator-manager-rolebinding", "RoleBinding/ring-operator-manager-rolebinding@b"} {
		if some[key] == nil {
			t.Errorf("%s is missing", key)
		}
	}
	if got := model.At(some["RoleBinding/ring-operator-manager-rolebinding"], "subjects").([]any)[0].(map[string]any)["namespace"]; got != "ring-operator-system" {
		t.Errorf("the binding is for a service account in %v", got)
	}
}

func TestRawOverlays(t *testing.T) {
	m := lower(t, head+`
manager:
  resources: null
  labels: {only: mine}
  probes: {liveness: null}
  podAnnotations: {kubectl.kubernetes.io/default-container: null}
  container: {securityContext: {readOnlyRootFilesystem: null}, terminationMessagePolicy: FallbackToLogsOnError}
  pod: {securityContext: null, containers: [{name: sidecar, image: example.com/s:1}]}
  deployment: {spec: {replicas: null, strategy: {type: Recreate}}}
`)
	d := install(m, nil)["Deployment/ring-operator-controller-manager"]
	if diff := cmp.Diff(map[string]any{"only": "mine"}, model.At(d, "metadata", "labels")); diff != "" {
		t.Error(diff)
	}
	for _, gone := range [][]string{{"spec", "replicas"}, {"spec", "template", "spec", "securityContext"}, {"spec", "template", "metadata", "annotations"}} {
		if v := model.At(d, gone...); v != nil {
			t.Errorf("%s is still %v", strings.Join(gone, "."), v)
		}
	}
	list := model.At(d, "spec", "template", "spec", "containers").([]any)
	if len(list) != 2 {
		t.Fatalf("%d containers", len(list))
	}
	var manager model.Tree
	for _, c := range list {
		if c.(map[string]any)["name"] == "manager" {
			manager = c.(map[string]any)
		}
	}
	for _, gone := range []string{"resources", "livenessProbe"} {
		if v := manager[gone]; v != nil {
			t.Errorf("%s is still %v", gone, v)
		}
	}
	if model.At(manager, "securityContext", "readOnlyRootFilesystem") != nil || manager["terminationMessagePolicy"] != "FallbackToLogsOnError" {
		t.Errorf("the container's overlay did not hold: %v", manager)
	}
}

func TestNamesFollowTheOperator(t *testing.T) {
	m := lower(t, head+`
objects:
- {files: [roles.yaml]}
- apiVersion: rbac.authorization.k8s.io/v1
  kind: RoleBinding
  metadata: {name: ring-operator-reads}
  roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: ring-operator-viewer}
  subjects: [{kind: ServiceAccount, name: ring-operator-controller-manager, namespace: ring-operator-system}]
- {apiVersion: v1, kind: ConfigMap, metadata: {name: fixed}, data: {name: ring-operator-viewer}}
`, "roles.yaml", `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: viewer}
rules: []
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: viewers}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: viewer}
subjects: [{kind: Group, name: people, apiGroup: rbac.authorization.k8s.io}]
`)
	scope := m.Scope(m.DefaultOverlay())
	scope.Name, scope.Namespace = "other", "elsewhere"
	got := map[string]model.Tree{}
	for _, o := range scope.Objects(m.Objects) {
		got[o.Kind()+"/"+o.Name()] = o.Tree
	}
	binding := got["RoleBinding/other-reads"]
	if binding == nil {
		t.Fatalf("no RoleBinding called other-reads in %v", got)
	}
	if model.At(binding, "roleRef", "name") != "other-viewer" || binding["subjects"].([]any)[0].(map[string]any)["name"] != "other-controller-manager" ||
		binding["subjects"].([]any)[0].(map[string]any)["namespace"] != "elsewhere" {
		t.Errorf("what the binding refers to did not follow: %v", binding)
	}
	if b := got["ClusterRoleBinding/other-viewers"]; model.At(b, "roleRef", "name") != "other-viewer" {
		t.Errorf("the prefixed binding does not find its role: %v", b)
	}
	if c := got["ConfigMap/fixed"]; model.At(c, "data", "name") != "ring-operator-viewer" {
		t.Errorf("data changed with the name: %v", c)
	}
}

func TestModelWithItselfIsStable(t *testing.T) {
	for _, dir := range []string{"../examples/database-operator", "../testdata/cases/features"} {
		fsys := os.DirFS(dir)
		name, _ := schema.Find(fsys)
		doc, _ := schema.Load(fsys, name, schema.Options{})
		a, _ := compiler.Lower(t.Context(), doc, fsys, compiler.Options{})
		b, _ := compiler.Lower(t.Context(), doc, fsys, compiler.Options{})
		if diff := cmp.Diff(a, b); diff != "" {
			t.Errorf("%s: lowering twice differs:\n%s", dir, diff)
		}
	}
}

func BenchmarkLower(b *testing.B) {
	fsys := os.DirFS("../examples/database-operator")
	doc, diags := schema.Load(fsys, "operator.cue", schema.Options{})
	if diags.HasErrors() {
		b.Fatal(diags)
	}
	for b.Loop() {
		if _, diags := compiler.Lower(b.Context(), doc, fsys, compiler.Options{}); diags.HasErrors() {
			b.Fatal(diags)
		}
	}
}

func TestResourcesOfAnOverlayGoToTheManager(t *testing.T) {
	m := lower(t, head+"manager: {pod: {containers: [{name: proxy, image: example.com/proxy:1}, {name: manager}]}}\n")
	d := install(m, func(ov *model.Overlay) { ov.Resources = model.Tree{"limits": map[string]any{"memory": "1Gi"}} })["Deployment/ring-operator-controller-manager"]
	for _, e := range model.At(d, "spec", "template", "spec", "containers").([]any) {
		c := e.(map[string]any)
		if got := model.At(c, "resources", "limits", "memory") == "1Gi"; got != (c["name"] == "manager") {
			t.Errorf("the container %v has the resources %v", c["name"], c["resources"])
		}
	}
}

func TestBuildMetadataIsNoPartOfATag(t *testing.T) {
	for _, image := range []string{"example.com/ring", "{repository: example.com/ring}"} {
		if m := lower(t, "name: ring-operator\nversion: 1.2.3+build.5\nimage: "+image+"\n"); m.Image.Tag != "1.2.3_build.5" {
			t.Errorf("image: %s has the tag %s", image, m.Image.Tag)
		}
	}
}

// TestNamespace holds what the Namespace of an install has, by each way to say it.
func TestNamespace(t *testing.T) {
	own := map[string]any{"app.kubernetes.io/name": "ring-operator", "control-plane": "controller-manager"}
	for _, c := range []struct {
		name, text, namespace string
		labels, annotations   map[string]any
	}{
		{"nothing said", "", "ring-operator-system", own, nil},
		{"a name", "namespace: rings\n", "rings", own, nil},
		{"labels", "namespace: {labels: {level: restricted}}\n", "ring-operator-system", map[string]any{"level": "restricted"}, nil},
		{"no labels", "namespace: {name: rings, labels: null}\n", "rings", nil, nil},
		{"annotations", "namespace: {annotations: {owner: us}}\n", "ring-operator-system", own, map[string]any{"owner": "us"}},
		{"an object", "objects: [{apiVersion: v1, kind: Namespace, metadata: {name: ring-operator-system, labels: {level: baseline}}}]\n",
			"ring-operator-system", map[string]any{"level": "baseline"}, nil},
		{"kubebuilder's object", "objects: [{apiVersion: v1, kind: Namespace, metadata: {name: system, labels: {level: baseline}}}]\n",
			"ring-operator-system", map[string]any{"level": "baseline"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []model.Tree
			for name, o := range install(lower(t, head+c.text), nil) {
				if strings.HasPrefix(name, "Namespace/") {
					got = append(got, o)
				}
			}
			meta := map[string]any{"name": c.namespace}
			if c.labels != nil {
				meta["labels"] = c.labels
			}
			if c.annotations != nil {
				meta["annotations"] = c.annotations
			}
			if diff := cmp.Diff([]model.Tree{{"apiVersion": "v1", "kind": "Namespace", "metadata": meta}}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestAggregatedRole holds that a role keeps the rule by which a cluster fills it in.
func TestAggregatedRole(t *testing.T) {
	rule := map[string]any{"clusterRoleSelectors": []any{map[string]any{"matchLabels": map[string]any{"ring": "part"}}}}
	m := lower(t, head+"permissions: [role.yaml]\n", "role.yaml",
		"apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: parts-role}\naggregationRule: {clusterRoleSelectors: [{matchLabels: {ring: part}}]}\n")
	if diff := cmp.Diff(any(rule), install(m, nil)["ClusterRole/ring-operator-parts-role"]["aggregationRule"]); diff != "" {
		t.Error(diff)
	}
}

// TestLabelsOfAllObjects holds what labels the objects have that opc makes, and what stays for selectors.
func TestLabelsOfAllObjects(t *testing.T) {
	const app, control = "app.kubernetes.io/name", "control-plane"
	own := map[string]any{app: "ring-operator"}
	for _, c := range []struct {
		name, text       string
		account, service map[string]any
	}{
		{"nothing said", "", own, map[string]any{app: "ring-operator", control: "controller-manager"}},
		{"more", "labels: {team: a}\n", map[string]any{app: "ring-operator", "team": "a"},
			map[string]any{app: "ring-operator", control: "controller-manager", "team": "a"}},
		{"none", "labels: null\n", nil, map[string]any{app: "ring-operator", control: "controller-manager"}},
		{"others", "labels: {team: a, app.kubernetes.io/name: null, app.kubernetes.io/managed-by: null}\n", map[string]any{"team": "a"},
			map[string]any{app: "ring-operator", control: "controller-manager", "team": "a"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			objects := install(lower(t, head+c.text), nil)
			for key, want := range map[string]map[string]any{
				"ServiceAccount/ring-operator-controller-manager": c.account, "Service/ring-operator-controller-manager-metrics-service": c.service,
			} {
				got, _ := model.At(objects[key], "metadata", "labels").(map[string]any)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s: %s", key, diff)
				}
			}
		})
	}
}

// TestNamedPermissions holds that a permission can name its role and binding, and say the binding's labels.
func TestNamedPermissions(t *testing.T) {
	m := lower(t, head+"permissions: [{files: [role.yaml], name: forger, binding: forges, labels: {part: anvil}}]\n", "role.yaml",
		"apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: x}\nrules: [{apiGroups: [\"\"], resources: [pods], verbs: [get]}]\n")
	objects := install(m, nil)
	binding := objects["ClusterRoleBinding/forges"]
	if objects["ClusterRole/forger"] == nil || model.At(binding, "roleRef", "name") != "forger" {
		t.Error(objects)
	}
	if diff := cmp.Diff(any(map[string]any{"part": "anvil"}), model.At(binding, "metadata", "labels")); diff != "" {
		t.Error(diff)
	}
}

// TestListInPlace holds that a List in the description is its items, however deep.
func TestListInPlace(t *testing.T) {
	m := lower(t, `
name: kiln
version: 2.1.0
manager: false
objects:
- apiVersion: v1
  kind: List
  metadata: {name: all}
  items:
  - {apiVersion: v1, kind: ConfigMap, metadata: {name: kiln-a}}
  - {apiVersion: v1, kind: SecretList, metadata: {name: more}, items: [{apiVersion: v1, kind: Secret, metadata: {name: b}}]}
`)
	var got []string
	for _, o := range m.Objects {
		got = append(got, o.Kind()+" "+o.File+" "+string(o.From))
	}
	want := []string{"Secret b-secret /objects/0/items/1/items/0", "ConfigMap kiln-a-configmap /objects/0/items/0"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
