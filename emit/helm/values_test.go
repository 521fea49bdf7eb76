package helm

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/yaml"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema/diag"
)

const full = `
name: shop
version: 1.2.3
image: example.com/shop
related: {postgres: "docker.io/library/postgres:17"}
crds: [crd.yaml]
watch: {modes: [AllNamespaces, OwnNamespace]}
permissions: [{rules: [{apiGroups: [shop.example.com], resources: [boxes], verbs: [get]}]}]
webhooks: {hooks: [{type: validating, name: v.shop.example.com, path: /v}]}
manager: {metrics: {serviceMonitor: true, certificates: cert-manager}, networkPolicy: true, podDisruptionBudget: true}
parameters: {logLevel: {default: info, enum: [debug, info]}, workers: {default: 4, minimum: 1, maximum: 64}, domain: {default: "", pattern: "^[a-z.]*$"}}
features: {extras: {args: [--extras]}}
`

func values(t *testing.T, text string) map[string]any {
	t.Helper()
	var out map[string]any
	if err := yaml.Unmarshal([]byte(text), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestValuesThatTheChartRefuses(t *testing.T) {
	ch := loaded(t, emitted(t, lowered(t, full, "crd.yaml", definition)))
	for _, c := range []struct{ values, want string }{
		{"replcaCount: 3", "'replcaCount' not allowed"},
		{"manager: {replicas: 3}", "'manager' not allowed"},
		{"image: {tga: x}", "'tga' not allowed"},
		{"image: {tag: latest:1}", "does not match pattern"},
		{"image: {tag: 1.2}", "want string"},
		{"image: {digest: sha256:abc}", "does not match pattern"},
		{"image: {pullPolicy: Sometimes}", "value must be one of"},
		{"image: {repository: null}", "missing property 'repository'"},
		{"metrics: null", "missing property 'metrics'"},
		{"metrics: {enabled: 1}", "want boolean"},
		{"replicaCount: -1", "minimum: got -1, want 0"},
		{"replicaCount: two", "want integer"},
		{"parameters: {logLevel: loud}", "value must be one of"},
		{"parameters: {workers: 65}", "maximum: got 65, want 64"},
		{"parameters: {domain: A}", "does not match pattern"},
		{"parameters: {other: 1}", "'other' not allowed"},
		{"watchNamespaces: [a, b]", "maxItems"},
		{"watchNamespaces: [A]", "does not match pattern"},
		{"podLabels: {control-plane: x}", "at '/podLabels/control-plane': false schema"},
		{"podLabels: {app.kubernetes.io/instance: x}", "at '/podLabels/app.kubernetes.io~1instance': false schema"},
		{"commonLabels: {app.kubernetes.io/name: x}", "at '/commonLabels/app.kubernetes.io~1name': false schema"},
		{"commonLabels: {team: 1}", "want string"},
		{"serviceMonitor: {interval: soon}", "does not match pattern"},
		{"fullnameOverride: Shop", "does not match pattern"},
		{"crds: {annotations: {helm.sh/resource-policy: delete}}", "false schema"},
		{"podDisruptionBudget: {minAvailable: half}", "does not match pattern"},
		{"extraEnv: [{value: x}]", "missing property 'name'"},
		{"extraEnv: [{name: A, value: 5}]", "at '/extraEnv/0/value': got number, want string"},
		{"extraEnv: [{name: A, value: b, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]", "at '/extraEnv/0': 'not' failed"},
		{"extraEnv: [{name: A, value: b}, {name: B}, {name: A}]", "extraEnv: two elements have the name A"},
		{"extraEnvFrom: [{secretRef: tokens}]", "at '/extraEnvFrom/0/secretRef': got string, want object"},
		{"extraVolumes: [{name: a}, {name: a}]", "extraVolumes: two elements have the name a"},
		{"extraVolumes: [{emptyDir: {}}]", "missing property 'name'"},
		{"extraVolumeMounts: [{name: a, mountPath: /a}, {name: b, mountPath: /a}]", "extraVolumeMounts: two elements have the mountPath /a"},
		{"tolerations: [{key: a, value: true}]", "at '/tolerations/0/value': got boolean, want string"},
		{"tolerations: [{effect: Never}]", "at '/tolerations/0/effect': value must be one of"},
		{"tolerations: [{tolerationSeconds: 5m}]", "got string, want integer"},
		{"topologySpreadConstraints: [{topologyKey: zone}]", "missing properties 'maxSkew', 'whenUnsatisfiable'"},
		{"affinity: {nodeAffinity: []}", "got array, want object"},
		{"resources: {limits: {cpu: true}}", "at '/resources/limits/cpu': got boolean, want"},
		{"securityContext: {runAsUser: root}", "got string, want integer"},
		{"podSecurityContext: {sysctls: [{name: a}]}", "missing property 'value'"},
		{"imagePullSecrets: [registry]", "got string, want object"},
		{"strategy: {type: Sometimes}", "at '/strategy/type': value must be one of"},
		{"extraEnv: [{name: LOG_LEVEL, value: x}]", "extraEnv: the chart sets LOG_LEVEL itself; set parameters.logLevel instead"},
		{"extraEnv: [{name: WATCH_NAMESPACE, value: x}]", "set watchNamespaces instead"},
		{"extraEnv: [{name: ENABLE_WEBHOOKS, value: x}]", "set webhook.enabled instead"},
		{"extraContainers: [{name: manager}]", "extraContainers: the chart sets manager itself"},
		{"extraInitContainers: [{name: manager}]", "extraInitContainers: the chart sets manager itself"},
	} {
		_, err := render(t, ch, release{"shop", "shop-system", values(t, c.values)})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v\nwant %s", c.values, err, c.want)
		}
	}
}

// TestEachKeyOnce finds that _helpers.tpl lists a variable once that has one value with a feature and another without it.
func TestEachKeyOnce(t *testing.T) {
	m := lowered(t, `
name: loom
version: 1.0.0
image: example.com/loom
manager: {env: {ENABLE_WEBHOOKS: "true"}}
webhooks: {hooks: [{type: validating, name: cloth.loom.example.com, path: /v, rules: []}]}
`)
	f, _ := emitted(t, m).File("templates/_helpers.tpl")
	if got := strings.Count(string(f.Data), "  \"ENABLE_WEBHOOKS\" \"set webhook.enabled instead\""); got != 1 || strings.Count(string(f.Data), `"ENABLE_WEBHOOKS"`) != 1 {
		t.Errorf("ENABLE_WEBHOOKS is listed %d times as set by webhook.enabled:\n%s", got, f.Data)
	}
}

// TestReleaseNames holds that a release whose name no Service can begin with is refused where the chart has a Service, and only
// there.
func TestReleaseNames(t *testing.T) {
	served := loaded(t, emitted(t, lowered(t, full, "crd.yaml", definition)))
	alone := loaded(t, emitted(t, lowered(t, "name: shop\nversion: 1.0.0\nimage: example.com/shop\nmanager: {metrics: false}\n")))
	for _, c := range []struct {
		release, values string
		refused         bool
	}{
		{"4shop", "", true}, {"my.shop", "", true}, {"shop-4", "", false}, {"4shop", "fullnameOverride: four-shop", false},
		{"till", "fullnameOverride: 4shop", true},
	} {
		_, err := render(t, served, release{c.release, "there", values(t, c.values)})
		if (err != nil) != c.refused || err != nil && !strings.Contains(err.Error(), "set fullnameOverride") {
			t.Errorf("%s with %q: %v", c.release, c.values, err)
		}
		if _, err := render(t, alone, release{c.release, "there", values(t, c.values)}); err != nil {
			t.Errorf("%s with %q: a chart without a Service: %v", c.release, c.values, err)
		}
	}
}

// TestChartAsDependency holds that the schema takes what Helm passes to a subchart.
func TestChartAsDependency(t *testing.T) {
	sub := loaded(t, emitted(t, lowered(t, full, "crd.yaml", definition)))
	parent := loaded(t, emitted(t, lowered(t, "name: parent\nversion: 1.0.0\nimage: example.com/parent\n")))
	parent.AddDependency(sub)
	parent.Schema = nil // it is the least chart that has a dependency
	rendered, err := render(t, parent, release{"parent", "there", values(t, "global: {region: x}\nshop: {enabled: true, replicaCount: 2}")})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range objectsOf(t, rendered) {
		if o["kind"] == "Deployment" {
			got = append(got, fmt.Sprint(model.MetaString(o, "name"), " ", model.At(o, "spec", "replicas")))
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff([]string{"parent-controller-manager 1", "parent-shop-controller-manager 2"}, got); diff != "" {
		t.Error(diff)
	}
}

const everything = `
nameOverride: store
namespaceOverride: elsewhere
commonLabels: {team: shops, release: common}
image: {repository: mirror.example.com/shop, tag: "9", pullPolicy: Always}
global: {imagePullSecrets: [{name: all}]}
imagePullSecrets: [{name: pull}]
relatedImages: {postgres: mirror.example.com/postgres:1}
replicaCount: 0
extraArgs: [--v=1, "--x={{ y }}"]
extraEnv: [{name: A, value: "1"}, {name: B, valueFrom: {secretKeyRef: {name: s, key: k}}}]
extraEnvFrom: [{configMapRef: {name: more}}]
serviceMonitor: {labels: {release: prometheus}, interval: 30s, scrapeTimeout: 1m30s, relabelings: [{action: drop}], metricRelabelings: [{action: keep}]}
networkPolicy: {metricsFrom: [{podSelector: {}}], webhookFrom: []}
podDisruptionBudget: {minAvailable: 50%}
serviceAccount: {name: keeper, annotations: {eks.amazonaws.com/role-arn: "arn:1"}}
crds: {annotations: {argocd.argoproj.io/sync-options: ServerSideApply=true}}
resources: {limits: {cpu: null, memory: 1Gi}}
podAnnotations: {a: b}
podLabels: {tier: "1"}
podSecurityContext: {fsGroup: 1}
securityContext: null
nodeSelector: {kubernetes.io/os: linux}
tolerations: [{operator: Exists}]
affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: k, operator: Exists}]}]}}}
topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway}]
priorityClassName: high
hostNetwork: true
dnsPolicy: ClusterFirstWithHostNet
terminationGracePeriodSeconds: 0
strategy: {type: Recreate}
extraVolumes: [{name: v, emptyDir: {}}]
extraVolumeMounts: [{name: v, mountPath: /v}]
revisionHistoryLimit: 3
deploymentAnnotations: {c: d}
lifecycle: {preStop: {exec: {command: [sleep, "5"]}}}
extraContainers: [{name: side, image: example.com/side:1}]
extraInitContainers: [{name: before, image: example.com/before:1}]
livenessProbe: {periodSeconds: 7}
readinessProbe: null
startupProbe: {tcpSocket: {port: 8081}}
dnsConfig: {nameservers: [192.0.2.1]}
hostAliases: [{ip: 192.0.2.2, hostnames: [db]}]
runtimeClassName: gvisor
commonAnnotations: {owner: shops, c: common}
extraObjects: [{apiVersion: v1, kind: Secret, metadata: {name: "{{ .Release.Name }}-more"}, stringData: {a: "{{ 1 }}"}}]
test: {args: [version]}
`

// TestEveryValueLands sets all values that do not switch something, and reads the objects as Kubernetes does: a field it
// does not know is a fault.
func TestEveryValueLands(t *testing.T) {
	m := lowered(t, full, "crd.yaml", definition)
	files := emitted(t, m)
	given := values(t, everything)
	unset := map[string]any{ // the other tests set these
		"fullnameOverride": nil, "parameters": nil, "watchNamespaces": nil, "rbac": nil, "webhook": nil, "certManager": nil, "metrics": nil, "extras": nil,
	}
	f, _ := files.File("values.yaml")
	for _, name := range slices.Sorted(mapKeys(values(t, string(f.Data)))) {
		if _, ok := given[name]; !ok {
			if _, ok := unset[name]; !ok {
				t.Errorf("no test sets the value %s", name)
			}
		}
	}
	rendered, err := render(t, loaded(t, files), release{"one", "ns", given})
	if err != nil {
		t.Fatal(err)
	}
	o := strict(t, rendered)
	pod := o.deployment.Spec.Template.Spec
	c := pod.Containers[0]
	got := map[string]any{
		"names": []string{o.deployment.Name, o.deployment.Namespace, o.deployment.Labels["app.kubernetes.io/name"], o.deployment.Labels["team"]},
		"image": []any{c.Image, c.ImagePullPolicy, pod.ImagePullSecrets[0].Name, pod.ImagePullSecrets[1].Name}, "replicas": *o.deployment.Spec.Replicas, "args": c.Args[len(c.Args)-2:],
		"env": c.Env[len(c.Env)-2].Name + c.Env[len(c.Env)-1].ValueFrom.SecretKeyRef.Key, "envFrom": c.EnvFrom[0].ConfigMapRef.Name,
		"related":  c.Env[slices.IndexFunc(c.Env, func(e corev1.EnvVar) bool { return e.Name == "RELATED_IMAGE_POSTGRES" })].Value,
		"accounts": []string{pod.ServiceAccountName, o.account.Name, o.binding.Subjects[0].Name, o.binding.Subjects[0].Namespace, o.account.Annotations["eks.amazonaws.com/role-arn"]},
		"limits":   []any{len(c.Resources.Limits), c.Resources.Limits.Memory().String(), c.Resources.Requests.Cpu().String()},
		"meta":     []string{o.deployment.Spec.Template.Annotations["a"], o.deployment.Spec.Template.Annotations["kubectl.kubernetes.io/default-container"], o.deployment.Spec.Template.Labels["tier"]},
		"security": []any{*pod.SecurityContext.FSGroup, *pod.SecurityContext.RunAsNonRoot, c.SecurityContext == nil},
		"place":    []any{pod.NodeSelector["kubernetes.io/os"], pod.Tolerations[0].Operator, pod.Affinity.NodeAffinity != nil, pod.TopologySpreadConstraints[0].TopologyKey, pod.PriorityClassName},
		"network":  []any{pod.HostNetwork, pod.DNSPolicy}, "grace": *pod.TerminationGracePeriodSeconds, "strategy": o.deployment.Spec.Strategy.Type,
		"volumes": pod.Volumes[len(pod.Volumes)-1].Name + c.VolumeMounts[len(c.VolumeMounts)-1].MountPath,
		"rollout": []any{*o.deployment.Spec.RevisionHistoryLimit, o.deployment.Annotations["c"], c.Lifecycle.PreStop.Exec.Command},
		"beside":  []any{pod.Containers[len(pod.Containers)-1].Name, pod.InitContainers[len(pod.InitContainers)-1].Name},
		"probes":  []any{c.LivenessProbe.PeriodSeconds, c.LivenessProbe.HTTPGet.Path, c.ReadinessProbe == nil, c.StartupProbe.TCPSocket.Port.IntValue()},
		"dns":     []any{pod.DNSConfig.Nameservers, pod.HostAliases[0].Hostnames, *pod.RuntimeClassName},
		"common":  []string{o.deployment.Annotations["owner"], o.account.Annotations["owner"], o.binding.Annotations["owner"], o.test.Annotations["owner"]},
		"more":    []any{model.MetaString(o.others["Secret"], "name"), model.At(o.others["Secret"], "stringData", "a")},
		"budget":  []any{o.budget.Spec.MinAvailable.String(), o.budget.Spec.MaxUnavailable == nil},
		"test":    []any{o.test.Spec.Containers[0].Image, o.test.Spec.Containers[0].Command, o.test.Spec.Containers[0].Args, o.test.Spec.NodeSelector["kubernetes.io/os"]},
	}
	want := map[string]any{
		"names": []string{"one-store-controller-manager", "elsewhere", "store", "shops"},
		"image": []any{"mirror.example.com/shop:9", corev1.PullAlways, "pull", "all"}, "replicas": int32(0), "args": []string{"--v=1", "--x={{ y }}"},
		"env": "Ak", "envFrom": "more", "related": "mirror.example.com/postgres:1",
		"accounts": []string{"keeper", "keeper", "keeper", "elsewhere", "arn:1"},
		"limits":   []any{1, "1Gi", "10m"}, "meta": []string{"b", "manager", "1"}, "security": []any{int64(1), true, true},
		"place": []any{"linux", corev1.TolerationOpExists, true, "zone", "high"}, "network": []any{true, corev1.DNSClusterFirstWithHostNet},
		"grace": int64(0), "strategy": appsv1.RecreateDeploymentStrategyType, "volumes": "v/v", "budget": []any{"50%", true},
		"rollout": []any{int32(3), "d", []string{"sleep", "5"}}, "beside": []any{"side", "before"}, "more": []any{"one-more", "1"},
		"probes": []any{int32(7), "/healthz", true, 8081}, "dns": []any{[]string{"192.0.2.1"}, []string{"db"}, "gvisor"},
		"common": []string{"shops", "shops", "shops", "shops"},
		"test":   []any{"mirror.example.com/shop:9", []string{"/manager"}, []string{"version"}, "linux"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	monitor := o.others["ServiceMonitor"]
	labels := model.At(monitor, "metadata", "labels").(map[string]any)
	endpoint := model.At(monitor, "spec", "endpoints").([]any)[0].(map[string]any)
	if labels["release"] != "prometheus" || labels["team"] != "shops" || labels["control-plane"] != "controller-manager" || endpoint["interval"] != "30s" || endpoint["scrapeTimeout"] != "1m30s" ||
		fmt.Sprint(endpoint["relabelings"], endpoint["metricRelabelings"]) != "[map[action:drop]] [map[action:keep]]" {
		t.Errorf("the ServiceMonitor has the labels %v and the endpoint %v", labels, endpoint)
	}
	annotations := model.At(o.others["CustomResourceDefinition"], "metadata", "annotations").(map[string]any)
	if annotations["argocd.argoproj.io/sync-options"] != "ServerSideApply=true" || annotations["helm.sh/resource-policy"] != "keep" || annotations["owner"] != "shops" {
		t.Errorf("the CustomResourceDefinition has the annotations %v", annotations)
	}
	for name, from := range map[string]int{"one-store-allow-metrics-traffic": 1, "one-store-allow-webhook-traffic": 0} {
		if p := o.policies[name]; len(p.Spec.Ingress) != 1 || len(p.Spec.Ingress[0].From) != from {
			t.Errorf("the NetworkPolicy %s is %v", name, p.Spec)
		}
	}
}

// TestWebhookValues sets what all webhooks have in common: where a value is empty, each keeps what is described of it.
func TestWebhookValues(t *testing.T) {
	ch := loaded(t, emitted(t, lowered(t, `
name: loom
version: 1.0.0
image: example.com/loom
webhooks:
  hooks:
  - {type: validating, name: a.loom.example.com, path: /a, rules: []}
  - {type: validating, name: b.loom.example.com, path: /b, rules: [], failurePolicy: Ignore, timeoutSeconds: 7,
    namespaceSelector: {matchLabels: {weaves: "yes"}}, objectSelector: {matchExpressions: [{key: raw, operator: DoesNotExist}]}}
`)))
	fields := []string{"failurePolicy", "timeoutSeconds", "namespaceSelector", "objectSelector"}
	for _, c := range []struct{ values, first, second string }{
		{"", "[<nil> <nil> <nil> <nil>]", "[Ignore 7 map[matchLabels:map[weaves:yes]] map[matchExpressions:[map[key:raw operator:DoesNotExist]]]]"},
		{"webhook: {failurePolicy: Fail, timeoutSeconds: 3}", "[Fail 3 <nil> <nil>]", "[Fail 3 map[matchLabels:map[weaves:yes]] map[matchExpressions:[map[key:raw operator:DoesNotExist]]]]"},
		{"webhook: {namespaceSelector: {matchLabels: {a: b}}, objectSelector: {matchLabels: {c: d}}}",
			"[<nil> <nil> map[matchLabels:map[a:b]] map[matchLabels:map[c:d]]]", "[Ignore 7 map[matchLabels:map[a:b]] map[matchLabels:map[c:d]]]"},
	} {
		rendered, err := render(t, ch, release{"loom", "mill", values(t, c.values)})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, o := range objectsOf(t, rendered) {
			list, _ := o["webhooks"].([]any)
			for _, e := range list {
				var said []any
				for _, f := range fields {
					said = append(said, e.(map[string]any)[f])
				}
				got = append(got, fmt.Sprint(said))
			}
		}
		if diff := cmp.Diff([]string{c.first, c.second}, got); diff != "" {
			t.Errorf("%q: %s", c.values, diff)
		}
	}
}

// TestRegistries moves images to another registry: each by itself, or all of them, also those that no value names.
func TestRegistries(t *testing.T) {
	ch := loaded(t, emitted(t, lowered(t, `
name: loom
version: 1.0.0
image: ghcr.io/example/loom
related: {dye: "localhost/dye:2", yarn: "yarn:3"}
manager: {pod: {containers: [{name: side, image: "registry.example.com:5000/a/side@sha256:`+strings.Repeat("0a", 32)+`"}]}}
`)))
	for _, c := range []struct {
		values string
		want   []string
	}{
		{"", []string{"ghcr.io/example/loom:1.0.0", "registry.example.com:5000/a/side@sha256:" + strings.Repeat("0a", 32), "localhost/dye:2", "yarn:3"}},
		{"image: {registry: mirror.local}", []string{"mirror.local/example/loom:1.0.0", "registry.example.com:5000/a/side@sha256:" + strings.Repeat("0a", 32), "localhost/dye:2", "yarn:3"}},
		{"global: {imageRegistry: mirror.local:5000/hub/}\nimage: {registry: mine.local}",
			[]string{"mine.local/example/loom:1.0.0", "mirror.local:5000/hub/a/side@sha256:" + strings.Repeat("0a", 32), "mirror.local:5000/hub/dye:2", "mirror.local:5000/hub/yarn:3"}},
		{"global: {imageRegistry: null, imagePullSecrets: null}", []string{"ghcr.io/example/loom:1.0.0", "registry.example.com:5000/a/side@sha256:" + strings.Repeat("0a", 32), "localhost/dye:2", "yarn:3"}},
	} {
		rendered, err := render(t, ch, release{"loom", "mill", values(t, c.values)})
		if err != nil {
			t.Fatal(err)
		}
		o := strict(t, rendered)
		got := map[string]bool{}
		for _, container := range o.deployment.Spec.Template.Spec.Containers {
			got[container.Image] = true
			for _, e := range container.Env {
				if strings.HasPrefix(e.Name, "RELATED_IMAGE_") {
					got[e.Value] = true
				}
			}
		}
		want := map[string]bool{}
		for _, ref := range c.want {
			want[ref] = true
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", c.values, diff)
		}
	}
}

// TestContainersBeside changes the values of containers beside the main one, and moves their images.
func TestContainersBeside(t *testing.T) {
	ch := loaded(t, emitted(t, lowered(t, `
name: loom
version: 1.0.0
image: ghcr.io/example/loom
related: {dye: "example.com/dye:2"}
manager:
  containers: [{name: dye-bath, image: {related: dye}}, {name: side, image: "example.com/side:1"}, {name: own}]
  initContainers: [{name: unpack, image: "example.com/unpack:3"}]
workloads: {mill: {kind: StatefulSet, initContainers: [{name: unpack, image: "example.com/unpack:4"}]}}
`)))
	rendered, err := render(t, ch, release{"loom", "mill", values(t, `
image: {digest: "sha256:`+strings.Repeat("0b", 32)+`"}
relatedImages: {dye: "example.com/dye:9"}
global: {imageRegistry: mirror.local}
containers: {side: {image: {tag: "2", pullPolicy: Always}, resources: null}, dye-bath: {resources: {limits: {memory: 1Gi}}}}
initContainers: {unpack: {image: {digest: "sha256:`+strings.Repeat("0a", 32)+`"}, securityContext: {runAsUser: 7}}}
workloads: {mill: {initContainers: {unpack: {image: {registry: own.local}}}}}
`)})
	if err != nil {
		t.Fatal(err)
	}
	pod := strict(t, rendered).deployment.Spec.Template.Spec
	got := map[string]string{}
	for _, c := range append(pod.InitContainers, pod.Containers...) {
		got[c.Name] = c.Image
	}
	if diff := cmp.Diff(map[string]string{
		"unpack": "mirror.local/unpack@sha256:" + strings.Repeat("0a", 32), "dye-bath": "mirror.local/dye:9", "side": "mirror.local/side:2",
		"own": "mirror.local/example/loom@sha256:" + strings.Repeat("0b", 32), "manager": "mirror.local/example/loom@sha256:" + strings.Repeat("0b", 32),
	}, got); diff != "" {
		t.Error(diff)
	}
	bath, side := pod.Containers[1], pod.Containers[2]
	if bath.Resources.Limits.Memory().String() != "1Gi" || side.ImagePullPolicy != "Always" || len(side.Resources.Limits) > 0 || *pod.InitContainers[0].SecurityContext.RunAsUser != 7 {
		t.Errorf("the values of the containers do not reach them: %v", pod)
	}
	if text := strings.Join(slices.Collect(maps.Values(rendered)), ""); !strings.Contains(text, "own.local/unpack:4") {
		t.Error("the init container of the other workload is not moved")
	}
}

// install is a rendered chart in Kubernetes' types.
type install struct {
	deployment appsv1.Deployment
	account    corev1.ServiceAccount
	binding    rbacv1.ClusterRoleBinding
	budget     policyv1.PodDisruptionBudget
	test       corev1.Pod
	policies   map[string]networkingv1.NetworkPolicy
	others     map[string]model.Tree
}

// strict reads the objects without forgiving an unknown field; of several of a kind the last stays.
func strict(t *testing.T, rendered map[string]string) install {
	t.Helper()
	out := install{others: map[string]model.Tree{}, policies: map[string]networkingv1.NetworkPolicy{}}
	for _, o := range objectsOf(t, rendered) {
		data, err := yaml.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		var policy networkingv1.NetworkPolicy
		into := map[string]any{
			"Deployment": &out.deployment, "ServiceAccount": &out.account, "ClusterRoleBinding": &out.binding, "PodDisruptionBudget": &out.budget,
			"Pod": &out.test, "NetworkPolicy": &policy, "Service": &corev1.Service{}, "Role": &rbacv1.Role{}, "ClusterRole": &rbacv1.ClusterRole{}, "RoleBinding": &rbacv1.RoleBinding{},
		}[fmt.Sprint(o["kind"])]
		if into == nil {
			out.others[fmt.Sprint(o["kind"])] = o
			continue
		}
		if err := yaml.UnmarshalStrict(data, into); err != nil {
			t.Errorf("%s: %v\n%s", o["kind"], err, data)
		}
		out.policies[policy.Name] = policy
	}
	return out
}

func mapKeys(m map[string]any) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// TestNoValueIsDead holds that each value is read somewhere.
func TestNoValueIsDead(t *testing.T) {
	for name, m := range operators(t) {
		files := emitted(t, m)
		var templates bytes.Buffer
		for _, n := range files.Names() {
			if f, _ := files.File(n); strings.HasPrefix(n, "templates/") {
				templates.Write(f.Data)
			}
		}
		text := strings.ReplaceAll(templates.String(), "$.", ".")
		for _, v := range leaves(built(m).values) {
			// _helpers.tpl reads the fields of an image inside a with.
			if strings.Contains(text, v.expr().String()) || v.path[len(v.path)-2:][0] == "image" {
				continue
			}
			t.Errorf("%s: no template reads %s", name, v.expr())
		}
	}
}

func leaves(v *value) []*value {
	if v.leaf {
		return []*value{v}
	}
	var out []*value
	for _, f := range v.fields {
		out = append(out, leaves(f)...)
	}
	return out
}

func TestDescribedValues(t *testing.T) {
	m := lowered(t, full+`
helm:
  values:
    replicaCount: 2
    resources: {limits: {cpu: null, memory: 2Gi}}
    tolerations: [{operator: Exists}]
    serviceMonitor: {labels: {release: prometheus}}
    securityContext: null
    global: {region: x}
`, "crd.yaml", definition)
	f, _ := emitted(t, m).File("values.yaml")
	got := values(t, string(f.Data))
	for path, want := range map[string]any{
		"replicaCount": float64(2), "tolerations": []any{map[string]any{"operator": "Exists"}}, "securityContext": map[string]any{}, "global": map[string]any{"region": "x", "imageRegistry": "", "imagePullSecrets": []any{}},
		"resources":      map[string]any{"limits": map[string]any{"memory": "2Gi"}, "requests": map[string]any{"cpu": "10m", "memory": "64Mi"}},
		"serviceMonitor": map[string]any{"enabled": true, "labels": map[string]any{"release": "prometheus"}, "honorLabels": false, "interval": "", "scrapeTimeout": "", "relabelings": []any{}, "metricRelabelings": []any{}},
	} {
		if diff := cmp.Diff(want, got[path]); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
	if _, err := render(t, loaded(t, emitted(t, m)), release{"shop", "x", nil}); err != nil {
		t.Error(err)
	}
}

func TestFaultsOfTheDescription(t *testing.T) {
	for _, c := range []struct {
		text string
		code diag.Code
		at   diag.Path
		say  string
	}{
		{"helm: {values: {replicas: 2}}", diag.UnknownName, "/helm/values/replicas", "no value called replicas"},
		{"helm: {values: {image: {name: x}}}", diag.UnknownName, "/helm/values/image/name", "no value called image.name"},
		{"helm: {values: {image: x}}", diag.WrongType, "/helm/values/image", "is a group of values"},
		{"features: {rbac: {args: [--x]}}", diag.DuplicateName, "/features/rbac", "the chart's own value rbac"},
		{"features: {resources: {args: [--x]}}", diag.DuplicateName, "/features/resources", "the chart's own value resources"},
		{"crds: [crd.yaml]\nwebhooks: {conversion: [boxes.shop.example.com]}\nhelm: {crds: crds}", diag.NotExpressible, "/helm/crds", "boxes.shop.example.com"},
		{"crds: [crd.yaml]\nobjects: [{apiVersion: shop.example.com/v1, kind: Box, metadata: {name: shop-first}}]", diag.NotExpressible, "/objects/0", "Box shop-first"},
	} {
		_, diags := Target.Emit(lowered(t, "name: shop\nversion: 1.0.0\nimage: example.com/shop\n"+c.text+"\n", "crd.yaml", definition))
		if len(diags) != 1 || diags[0].Code != c.code || diags[0].Path != c.at || !strings.Contains(diags[0].Message, c.say) || diags[0].Hint == "" {
			t.Errorf("%s: %v", c.text, diags)
		}
	}
}

// TestCommonLabelsReach holds that the labels for all objects are on an object, too, that the description gives other
// standard labels than the chart has.
func TestCommonLabelsReach(t *testing.T) {
	m := lowered(t, `
name: shop
version: 1.0.0
image: example.com/shop
objects:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: till, labels: {app.kubernetes.io/name: till, app.kubernetes.io/version: main}}}
`)
	rendered, err := render(t, loaded(t, emitted(t, m)), release{"shop", "shop-system", values(t, "commonLabels: {team: sales}")})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range objectsOf(t, rendered) {
		labels, _ := model.At(o, "metadata", "labels").(map[string]any)
		if labels["team"] != "sales" {
			t.Errorf("the %s %s has no label of commonLabels: %v", o["kind"], model.MetaString(o, "name"), labels)
		}
		if o["kind"] == "ConfigMap" && labels["app.kubernetes.io/version"] != "main" {
			t.Errorf("the ConfigMap lost its own label: %v", labels)
		}
	}
}

// TestFieldOfAParameterAndAValue sets a field that a parameter sets too: where both are empty, it is left out.
func TestFieldOfAParameterAndAValue(t *testing.T) {
	ch := loaded(t, emitted(t, lowered(t, `
name: loom
version: 1.0.0
image: example.com/loom
parameters: {class: {default: "", sets: [{object: Deployment/loom-controller-manager, path: spec.template.spec.priorityClassName}]}}
`)))
	for given, want := range map[string]string{
		"": "<nil>", "parameters: {class: low}": "low", "priorityClassName: high": "high", "{parameters: {class: low}, priorityClassName: high}": "high",
	} {
		rendered, err := render(t, ch, release{"loom", "mill", values(t, given)})
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range objectsOf(t, rendered) {
			if o["kind"] == "Deployment" {
				if got := fmt.Sprint(model.At(o, "spec", "template", "spec", "priorityClassName")); got != want {
					t.Errorf("%s: the class is %s, want %s", given, got, want)
				}
			}
		}
	}
}
