package diff

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

// scoped grants something in the whole cluster, and deployments in a scope.
func scoped(scope, group string) string {
	return "permissions: [{rules: [{apiGroups: [\"\"], resources: [nodes], verbs: [get]}]}, {scope: " + scope + ", rules: [{apiGroups: [" + group + "], resources: [deployments], verbs: [get]}]}]"
}

// people is a role that is added to a built-in one.
func people(builtIn, resources string) string {
	return "objects: [{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: widget-access, labels: {rbac.authorization.k8s.io/aggregate-to-" + builtIn + ": 'true'}}, rules: [{apiGroups: [''], resources: [" + resources + "], verbs: [get, create]}]}]"
}

// offered is a bundle for versions of OpenShift.
func offered(versions string) string {
	return "olm: {bundleAnnotations: {com.redhat.openshift.versions: '" + versions + "'}}"
}

// settings is a ConfigMap that the operator installs.
func settings(text string) string {
	return "objects: [{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {file: " + strconv.Quote(text) + "}}]"
}

// job is a Job that the operator installs as an object of its own.
func job(arg string) string {
	return "objects: [{apiVersion: batch/v1, kind: Job, metadata: {name: migrate}, spec: {template: {spec: {restartPolicy: Never, containers: [{name: migrate, image: 'example.com/a:1', args: [" + arg + "]}]}}}}]"
}

// upgraded is a version in two channels that replaces the one before, with edges of single channels.
func upgraded(version, edges string) string {
	before := map[string]string{"1.1.0": "1.0.0", "1.2.0": "1.1.0"}[version]
	return "{version: " + version + ", release: {channels: [stable, fast], replaces: " + before + ", edges: " + edges + "}}"
}

// TestVerdicts holds kinds of changes that have more than one spelling, or that must not be told as what they are not.
func TestVerdicts(t *testing.T) {
	const secret = "{secretKeyRef: {name: login, key: k}}"
	const agents = "objects: [{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: NAME}, rules: [{apiGroups: [\"\"], resources: [pods], verbs: [VERBS]}]}]"
	// With the labels that opc gives a Namespace of its own accord.
	const ownNamespace = "namespace: {name: demo-system, labels: {app.kubernetes.io/name: demo, app.kubernetes.io/managed-by: opc, control-plane: controller-manager, "
	role := func(name, verbs string) string {
		return strings.NewReplacer("NAME", name, "VERBS", verbs).Replace(agents)
	}
	for _, c := range []struct {
		name, before, after string
		want                Verdict
		rules               string // that must be among the findings; after ! that must not
	}{
		{"channel with edges of its own", upgraded("1.1.0", "{fast: {replaces: 1.0.0}}"), upgraded("1.2.0", "{fast: {skipRange: '>=1.0.0 <1.2.0'}}"), Patch, "GRAPH006 !GRAPH001 !GRAPH015"},
		{"channel whose own edge leads past the version before", upgraded("1.1.0", "{fast: {replaces: 1.0.0}}"), upgraded("1.2.0", "{fast: {replaces: 1.0.0}}"), Major, "GRAPH015 !GRAPH001"},
		{"channel that begins anew", upgraded("1.1.0", "{}"), upgraded("1.2.0", "{fast: {}}"), Major, "GRAPH015 !GRAPH006"},
		{"no channel has an edge", upgraded("1.1.0", "{}"), "{version: 1.2.0, release: {channels: [stable, fast], edges: {stable: {replaces: 1.0.0}, fast: {}}}}", Major, "GRAPH001 !GRAPH015"},
		{"the same edges, for each channel", upgraded("1.1.0", "{}"), "{version: 1.2.0, release: {channels: [stable, fast], edges: {stable: {replaces: 1.1.0}, fast: {replaces: 1.1.0}}}}", None, "!GRAPH001 !GRAPH015"},
		{"account of the whole cluster that reaches farther", scoped("namespace", "apps"), scoped("cluster", "apps"), Minor, "RBAC017 !RBAC005"},
		{"account of one namespace that reaches farther", "permissions: [{scope: namespace, rules: [{apiGroups: [apps], resources: [deployments], verbs: [get]}]}]", "permissions: [{scope: cluster, rules: [{apiGroups: [apps], resources: [deployments], verbs: [get]}]}]", Major, "RBAC005 !RBAC017"},
		{"secrets for all who view", people("view", "pods"), people("view", "secrets"), Major, "RBAC016"},
		{"secrets for all who edit, who have them", people("edit", "pods"), people("edit", "secrets"), Major, "!RBAC016"}, // for RBAC011: pods are gone
		{"nodes for all who edit", people("edit", "pods"), people("edit", "pods, nodes/proxy"), Major, "RBAC016"},
		{"commands for all who are admins", people("admin", "pods"), people("admin", "pods, pods/exec"), Minor, "!RBAC016"},
		{"commands for all who view", "", people("view", "pods, pods/exec"), Major, "RBAC016"},
		{"secrets for the operator's own built-in role", people("widgets", "pods"), people("widgets", "pods, secrets"), Minor, "!RBAC016"},
		{"role with secrets that all who view get", people("widgets", "secrets"), people("view", "secrets"), Major, "RBAC016"},
		{"more versions of OpenShift", offered("v4.14-v4.16"), offered("v4.13-v4.17"), Patch, "META017 !META011"},
		{"fewer versions of OpenShift", offered("v4.14-v4.16"), offered("v4.15-v4.17"), Minor, "META011 !META017"},
		{"any later version of OpenShift", offered("v4.14-v4.16"), offered("v4.14"), Patch, "META017 !META011"},
		{"one version of OpenShift", offered("v4.14"), offered("=v4.14"), Minor, "META011 !META017"},
		{"tags in settings", settings("x: example.com/a:v1.2.3-rc.1"), settings("x: example.com/a:v1.3.0"), Patch, "WORK212 !WORK208"},
		{"digest in settings", settings("x: a@sha256:" + strings.Repeat("a", 64)), settings("x: a@sha256:" + strings.Repeat("b", 64)), Patch, "WORK212 !WORK208"},
		{"tags and comments in settings", settings("# fast\nlinen: {tag: v1.2.3, size: 2}\ncolour: red"), settings("# pinned\ncolour: \"red\"\nlinen: {size: 2, tag: v1.2.4}"), Patch, "WORK212 !WORK208"},
		{"tag that is pinned", settings("x: a:v1.2.3"), settings("x: a:v1.2.4@sha256:" + strings.Repeat("b", 64)), Patch, "WORK212 !WORK208"},
		{"tag and another setting", settings("tag: v1.2.3\nsize: 2"), settings("tag: v1.2.4\nsize: 3"), Minor, "WORK208 !WORK212"},
		{"tag and one more entry", settings("- {tag: v1.2.3}"), settings("- {tag: v1.2.4}\n- {tag: v2.0.0}"), Minor, "WORK208 !WORK212"},
		{"only comments in settings", settings("# v1.2.3\nsize: 2"), settings("# v1.2.4\nsize: 2"), Patch, "WORK214 !WORK208"},
		{"Job of a workload", "workloads: {migrate: {kind: Job, args: [a]}}", "workloads: {migrate: {kind: Job, args: [b]}}", Minor, "WORK213 !WORK210"},
		{"Job that is an object", job("a"), job("b"), Major, "WORK210 !WORK213"},
		{"address in settings", settings("x: 10.0.0.1"), settings("x: 10.0.1.1"), Minor, "WORK208 !WORK212"},
		{"number in settings", settings("x: 0.5"), settings("x: 0.7"), Minor, "WORK208 !WORK212"},
		{"API in settings", settings("apiVersion: example.com/v1"), settings("apiVersion: example.com/v2"), Minor, "WORK208 !WORK212"},
		{"secret by env", "", "manager: {env: {A: {valueFrom: " + secret + "}}}", Major, "WORK018"},
		{"optional secret by env", "", "manager: {env: {A: {valueFrom: {secretKeyRef: {name: login, key: k, optional: true}}}}}", Patch, "WORK107 !WORK018"},
		{"secret by envFrom", "", "manager: {container: {envFrom: [{secretRef: {name: login}}]}}", Major, "WORK018"},
		{"optional settings by envFrom", "", "manager: {container: {envFrom: [{configMapRef: {name: login, optional: true}}]}}", Patch, "!WORK018"},
		{"secret by volume", "", "manager: {pod: {volumes: [{name: a, secret: {secretName: login}}]}}", Major, "WORK018"},
		{"secret by projected volume", "", "manager: {pod: {volumes: [{name: a, projected: {sources: [{secret: {name: login}}]}}]}}", Major, "WORK018"},
		{"secret that is no longer optional", "manager: {env: {A: {valueFrom: {secretKeyRef: {name: login, key: k, optional: true}}}}}", "manager: {env: {A: {valueFrom: " + secret + "}}}", Major, "WORK018"},
		{"one more use of a secret", "manager: {env: {A: {valueFrom: " + secret + "}}}", "manager: {env: {A: {valueFrom: " + secret + "}, B: {valueFrom: " + secret + "}}}", Patch, "WORK107 !WORK018"},
		{"settings that are installed too", "", "{manager: {container: {envFrom: [{configMapRef: {name: own}}]}}, objects: [{apiVersion: v1, kind: ConfigMap, metadata: {name: own}, data: {a: b}}]}", Minor, "!WORK018"},
		{"claim of others", "", "manager: {pod: {volumes: [{name: a, persistentVolumeClaim: {claimName: archive}}]}}", Major, "WORK018"},
		{"claim of its own", "", "{manager: {pod: {volumes: [{name: a, persistentVolumeClaim: {claimName: archive}}]}}, objects: [{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: archive}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]}", Minor, "!WORK018"},
		{"priority of others", "", "manager: {pod: {priorityClassName: urgent}}", Major, "WORK018"},
		{"priority of its own", "", "{manager: {pod: {priorityClassName: urgent}}, objects: [{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: urgent}, value: 7}]}", Minor, "!WORK018"},
		{"priority that every cluster has", "", "manager: {pod: {priorityClassName: system-node-critical}}", Minor, "!WORK018"},
		{"runtime of others", "", "manager: {pod: {runtimeClassName: sandboxed}}", Major, "WORK018"},
		{"account left to others", "serviceAccounts: {worker: {}}\nmanager: {serviceAccount: worker}", "serviceAccounts: {worker: null}\nmanager: {serviceAccount: worker}", Major, "WORK018"},
		{"account made again", "serviceAccounts: {worker: null}\nmanager: {serviceAccount: worker}", "serviceAccounts: {worker: {}}\nmanager: {serviceAccount: worker}", Minor, "WORK019 !WORK018"},
		{"account left to others that nothing runs as", "", "serviceAccounts: {worker: null}", None, "!WORK018"},
		{"first level of the Namespace", "", ownNamespace + "pod-security.kubernetes.io/enforce: restricted}}", Major, "SCOPE006 !SCOPE007 !SCOPE008"},
		{"laxer level of the Namespace", ownNamespace + "pod-security.kubernetes.io/enforce: restricted}}", ownNamespace + "pod-security.kubernetes.io/enforce: baseline}}", Minor, "SCOPE008 !SCOPE006"},
		{"no level of the Namespace any more", ownNamespace + "pod-security.kubernetes.io/enforce: baseline}}", "", Minor, "SCOPE008 !SCOPE006"},
		{"level of the Namespace that refuses nothing", "", ownNamespace + "pod-security.kubernetes.io/enforce: privileged}}", Minor, "SCOPE008 !SCOPE006"},
		{"level of the Namespace that only warns", "", ownNamespace + "pod-security.kubernetes.io/warn: restricted}}", Minor, "SCOPE008 !SCOPE006"},
		{"value and the variable that it sets", "{helm: {values: {colour: red}}, manager: {env: {COLOUR: red}}}", "{helm: {values: {colour: blue}}, manager: {env: {COLOUR: blue}}}", Minor, "VAL019 WORK106 !VAL027"},
		{"value and the label that it sets", "{helm: {values: {colour: red}}, manager: {podLabels: {colour: red}}}", "{helm: {values: {colour: blue}}, manager: {podLabels: {colour: blue}}}", Patch, "VAL027 !VAL019"},
		{"path of the node", "", "manager: {pod: {volumes: [{name: a, hostPath: {path: /run}}]}}", Major, "WORK010"},
		{"another path of the node", "manager: {pod: {volumes: [{name: a, hostPath: {path: /run}}]}}", "manager: {pod: {volumes: [{name: a, hostPath: {path: /}}]}}", Major, "WORK010"},
		{"privileged sidecar", "", "manager: {pod: {containers: [{name: a, image: 'example.com/a:1', securityContext: {privileged: true}}]}}", Major, "WORK010"},
		{"processes of the node", "", "manager: {pod: {hostPID: true}}", Major, "WORK010"},
		{"unsafe sysctl", "", "manager: {pod: {securityContext: {sysctls: [{name: kernel.msgmax, value: '1'}]}}}", Major, "WORK010"},
		{"unmasked proc", "", "manager: {container: {securityContext: {procMount: Unmasked}}}", Major, "WORK010"},
		{"new workload in the network of the node", "", "workloads: {net: {pod: {hostNetwork: true}}}", Major, "WORK010"},
		{"binding to another role", binding("viewer"), binding("looker"), Major, "WORK210"},
		{"class of storage", class("a"), class("b"), Major, "WORK210"},
		{"package needed", "", "requires: {dependencies: [{type: olm.package, value: {packageName: other, version: '>=1.0.0'}}]}", Major, "META005"},
		{"package of another version needed", "requires: {dependencies: [{type: olm.package, value: {packageName: other, version: '>=1.0.0'}}]}", "requires: {dependencies: [{type: olm.package, value: {packageName: other, version: '>=2.0.0'}}]}", Major, "META005"},
		{"package no longer needed", "requires: {dependencies: [{type: olm.package, value: {packageName: other, version: '>=1.0.0'}}]}", "", Minor, "META006"},
		{"objects of an API of others", "", "objects: [{apiVersion: example.org/v1, kind: Thing, metadata: {name: a}}]", Major, "META005"},
		{"webhook that may fail", "", hookWith("failurePolicy: Fail"), Major, "HOOK012"},
		{"metrics off", "", "manager: {metrics: false}", Major, "META010"},
		{"feature with secrets", "", "features: {sync: {enabled: true, permissions: [{rules: [{apiGroups: [\"\"], resources: [secrets], verbs: [get]}]}]}}", Major, "VAL011"},
		{"prerelease", "version: 1.1.0", "version: 1.2.0-rc.1", Patch, "GRAPH014 !GRAPH002"},
		{"after the prerelease", "version: 1.2.0-rc.1", "version: 1.2.0", Patch, "GRAPH014 !GRAPH002"},
		{"channel of the minor version", "{version: 1.1.0, release: {channels: [v1.1, all]}}", "{version: 1.2.0, release: {channels: [v1.2, all], replaces: 1.1.0}}", Patch, "GRAPH014 !GRAPH002"},
		{"channel left", "{version: 1.1.0, release: {channels: [fast, stable]}}", "{version: 1.2.0, release: {channels: [stable], replaces: 1.1.0}}", Major, "GRAPH002"},
		{"workload named after the version", "{version: 1.1.0, manager: {name: demo-v1.1.0, serviceAccount: demo}}", "{version: 1.2.0, manager: {name: demo-v1.2.0, serviceAccount: demo}, release: {replaces: 1.1.0}}", Patch, "WORK020 !WORK003"},
		{"role for operands", role("node-agent", "get, list"), role("node-agent", "get"), Patch, "RBAC014"},
		{"role for people", role("node-viewer", "get, list"), role("node-viewer", "get"), Major, "RBAC011"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := judgeExample(t, Example{Before: c.before, After: c.after})
			expect(t, r, c.want, c.rules)
		})
	}
}

// expect holds a report to a verdict, and to rules that must be among its findings, or after ! must not.
func expect(t *testing.T, r *Report, want Verdict, rules string) {
	t.Helper()
	var got []string
	ids := map[string]bool{}
	for _, f := range r.Findings {
		got = append(got, f.Verdict.String()+" "+f.ID+": "+f.Message)
		ids[f.ID] = true
	}
	if r.Verdict != want {
		t.Errorf("%s, want %s:\n%s", r.Verdict, want, strings.Join(got, "\n"))
	}
	for _, id := range strings.Fields(rules) {
		if rest, not := strings.CutPrefix(id, "!"); ids[rest] == not {
			t.Errorf("%s: %s", id, strings.Join(got, "\n"))
		}
	}
}

func binding(role string) string {
	return "objects: [{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: team}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: " + role + "}, subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: team}]}]"
}

func class(provisioner string) string {
	return "objects: [{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: fast}, provisioner: example.com/" + provisioner + "}]"
}

// TestEscalations holds every way to other permissions that Kubernetes lists.
func TestEscalations(t *testing.T) {
	for _, grant := range []string{
		`apiGroups: [""], resources: [nodes/proxy], verbs: [get]`,
		`apiGroups: [""], resources: [pods/exec], verbs: [create]`,
		`apiGroups: [""], resources: [serviceaccounts/token], verbs: [create]`,
		`apiGroups: [""], resources: [users], verbs: [impersonate]`,
		`apiGroups: [""], resources: [persistentvolumes], verbs: [create]`,
		`apiGroups: [certificates.k8s.io], resources: [certificatesigningrequests/approval], verbs: [update]`,
		`apiGroups: [certificates.k8s.io], resources: [signers], resourceNames: [example.com/all], verbs: [sign]`,
		`apiGroups: [admissionregistration.k8s.io], resources: [validatingwebhookconfigurations], verbs: [patch]`,
		`apiGroups: [security.openshift.io], resources: [securitycontextconstraints], resourceNames: [anyuid], verbs: [use]`,
		`apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [escalate]`,
	} {
		r := judgeExample(t, Example{After: "permissions: [{rules: [{" + grant + "}]}]"})
		if !slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.ID == "RBAC003" && f.Verdict == Major }) {
			t.Errorf("%s: %v", grant, r.Findings)
		}
	}
}

// TestNoNumberMakesUp holds that a broken graph fails a release whatever its number is, and any gate, until it is
// accepted.
func TestNoNumberMakesUp(t *testing.T) {
	_, old := lowered(t, describe(t, Example{}, "{version: 1.1.0, release: {replaces: 1.0.0}}"))
	_, new := lowered(t, describe(t, Example{}, "{version: 2.0.0, release: {replaces: 1.0.0}}"))
	for _, gate := range []Gate{GateVersion, GateMajor, GateMinor} {
		r := Judge(old, new, Options{})
		if !r.Fits || len(r.Against(gate, "")) != 1 || !strings.HasPrefix(r.Version(), "findings block the release whatever its version number") {
			t.Errorf("%s: fits %v, %v", gate, r.Fits, r.Against(gate, ""))
		}
	}
}
