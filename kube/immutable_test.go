package kube_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/opc-project/opc/kube"
)

func object(t *testing.T, text string) map[string]any {
	t.Helper()
	out := map[string]any{}
	if err := yaml.Unmarshal([]byte(text), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestImmutable(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"label", "{apiVersion: v1, kind: ConfigMap, metadata: {labels: {a: b}}, immutable: true, data: {a: b}}", "{apiVersion: v1, kind: ConfigMap, immutable: true, data: {a: b}}", ""},
		{"frozen data", "{apiVersion: v1, kind: ConfigMap, immutable: true, data: {a: b}}", "{apiVersion: v1, kind: ConfigMap, immutable: true, data: {a: c}}", "/data/a"},
		{"thawed", "{apiVersion: v1, kind: Secret, immutable: true}", "{apiVersion: v1, kind: Secret}", "/immutable"},
		{"freezing", "{apiVersion: v1, kind: ConfigMap, data: {a: b}}", "{apiVersion: v1, kind: ConfigMap, immutable: true, data: {a: c}}", ""},
		{"secret type", "{apiVersion: v1, kind: Secret}", "{apiVersion: v1, kind: Secret, type: kubernetes.io/tls}", "/type"},
		{"secret default", "{apiVersion: v1, kind: Secret}", "{apiVersion: v1, kind: Secret, type: Opaque}", ""},
		{"role", "{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, roleRef: {kind: Role, name: a}}", "{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, roleRef: {kind: Role, name: b}}", "/roleRef/name"},
		{"claim grows", claim("1Gi", "a"), claim("2Gi", "a"), ""},
		{"claim shrinks", claim("2Gi", "a"), claim("1Gi", "a"), "/spec/resources/requests/storage"},
		{"claim of another class", claim("1Gi", "a"), claim("1Gi", "b"), "/spec/storageClassName"},
		{"job", "{apiVersion: batch/v1, kind: Job, spec: {backoffLimit: 1, template: {spec: {nodeName: a}}}}", "{apiVersion: batch/v1, kind: Job, spec: {backoffLimit: 2, template: {spec: {nodeName: b}}}}", "/spec/template"},
		{"hook", "{apiVersion: batch/v1, kind: Job, spec: {template: {spec: {nodeName: a}}}}", "{apiVersion: batch/v1, kind: Job, metadata: {annotations: {helm.sh/hook: pre-upgrade}}, spec: {template: {}}}", ""},
		{"store", "{apiVersion: apps/v1, kind: StatefulSet, spec: {replicas: 1}}", "{apiVersion: apps/v1, kind: StatefulSet, spec: {replicas: 2, serviceName: a, podManagementPolicy: OrderedReady}}", "/spec/serviceName"},
		{"store in parallel", "{apiVersion: apps/v1, kind: StatefulSet, spec: {}}", "{apiVersion: apps/v1, kind: StatefulSet, spec: {podManagementPolicy: Parallel}}", "/spec/podManagementPolicy"},
		{"class", "{apiVersion: storage.k8s.io/v1, kind: StorageClass, provisioner: a, allowVolumeExpansion: false}", "{apiVersion: storage.k8s.io/v1, kind: StorageClass, provisioner: b, allowVolumeExpansion: true, reclaimPolicy: Delete}", "/provisioner"},
		{"priority", "{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, value: 1}", "{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, value: 2}", "/value"},
		{"headless", "{apiVersion: v1, kind: Service, spec: {type: ClusterIP}}", "{apiVersion: v1, kind: Service, spec: {clusterIP: None}}", "/spec/clusterIP"},
		{"service type", "{apiVersion: v1, kind: Service, spec: {type: ClusterIP}}", "{apiVersion: v1, kind: Service, spec: {type: LoadBalancer, loadBalancerClass: a}}", ""},
		{"pod image", "{apiVersion: v1, kind: Pod, spec: {containers: [{name: a, image: b}]}}", "{apiVersion: v1, kind: Pod, spec: {containers: [{name: a, image: c}]}}", ""},
		{"pod command", "{apiVersion: v1, kind: Pod, spec: {containers: [{name: a}]}}", "{apiVersion: v1, kind: Pod, spec: {containers: [{name: a, command: [b]}]}}", "/spec/containers"},
		{"custom", "{apiVersion: example.com/v1, kind: Job, spec: {a: 1}}", "{apiVersion: example.com/v1, kind: Job, spec: {a: 2}}", ""},
	} {
		if d := cmp.Diff(c.want, strings.Join(kube.Immutable(object(t, c.old), object(t, c.new)), " ")); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
}

func claim(size, class string) string {
	return "{apiVersion: v1, kind: PersistentVolumeClaim, spec: {storageClassName: " + class + ", resources: {requests: {storage: " + size + "}}}}"
}

func TestEscalation(t *testing.T) {
	for _, c := range []struct {
		grant string
		want  bool
	}{
		{"core serviceaccounts/token * create", true},
		{"core serviceaccounts/token * get", false},
		{"core serviceaccounts * create", false},
		{"core nodes/proxy * get", true},
		{"core */proxy * get", true},
		{"core nodes * get", false},
		{"core pods/exec * create", true},
		{"core pods * create", false},
		{"core namespaces * patch", true},
		{"core namespaces * create", false},
		{"certificates.k8s.io signers kubernetes.io/kubelet-serving approve", true},
		{"certificates.k8s.io certificatesigningrequests * create", false},
		{"admissionregistration.k8s.io mutatingwebhookconfigurations * patch", true},
		{"admissionregistration.k8s.io mutatingwebhookconfigurations * list", false},
		{"security.openshift.io securitycontextconstraints privileged use", true},
		{"security.openshift.io securitycontextconstraints restricted-v2 use", false},
		{"example.com anything * impersonate", true},
		{"rbac.authorization.k8s.io ClusterRole edit bound to", true},
		{"rbac.authorization.k8s.io ClusterRole view bound to", false},
	} {
		p := strings.SplitN(c.grant, " ", 4)
		if got := kube.Escalation(p[0], p[1], p[2], p[3]); (got != "") != c.want {
			t.Errorf("%s: %q", c.grant, got)
		}
	}
}

func TestPodLevel(t *testing.T) {
	const safe = "securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}, containers: [{name: a, securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}]"
	for spec, want := range map[string]string{
		safe: "restricted",
		safe + ", volumes: [{name: h, hostPath: {path: /}}]":                                       "privileged",
		safe + ", hostPID: true":                                                                   "privileged",
		"containers: [{name: a}]":                                                                  "baseline",
		"containers: [{name: a, ports: [{containerPort: 80, hostPort: 80}]}]":                      "privileged",
		"containers: [{name: a, securityContext: {capabilities: {add: [CHOWN]}}}]":                 "baseline",
		"containers: [{name: a, securityContext: {capabilities: {add: [SYS_ADMIN]}}}]":             "privileged",
		"securityContext: {sysctls: [{name: kernel.msgmax, value: '1'}]}, containers: [{name: a}]": "privileged",
	} {
		got, ok := kube.PodLevel(map[string]any{"spec": object(t, "{"+spec+"}")})
		if got != want || !ok {
			t.Errorf("%s: %s, want %s", spec, got, want)
		}
	}
}
