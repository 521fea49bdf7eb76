package diff

import (
	"fmt"
	"slices"
	"strings"

	"github.com/opc-project/opc/kube"
)

// workloadRules are about the Deployments of the operator and their pods.
var workloadRules = []*Rule{
	{
		ID: "WORK001", Title: "workload removed", Category: Workload, Verdict: Major,
		Why: "The workload no longer does its work. Helm and OLM delete it; users of plain manifests must delete it themselves, or it keeps running.",
		On:  []string{"removed workloads/{workload}"}, Claims: ofWorkload,
		Say:     "the workload {workload} is gone",
		Example: Example{Before: "workloads: {gateway: {}}", After: ""},
	},
	{
		ID: "WORK002", Title: "workload added", Category: Workload, Verdict: Minor,
		Why: "An additional workload needs resources in the cluster, and its image may have to be mirrored.",
		On:  []string{"added workloads/{workload}"}, Claims: ofWorkload,
		Say:     "there is a new workload, {workload}",
		Example: Example{Before: "", After: "workloads: {gateway: {}}"},
	},
	{
		ID: "WORK020", Title: "workload named after the version", Category: Workload, Verdict: Patch, Repeats: true,
		Why: "The name contains the version and changes with it. Helm and OLM delete the old workload; users of plain manifests must delete it themselves. Remove the version from the name, so that the workload is updated in place.",
		On:  []string{"renamed workloads/{workload}"}, Claims: ofWorkload, If: func(c *Case) bool {
			return namedAfterVersion(c.From, c.Named["workload"], c.Old.Version, c.New.Version)
		},
		Say:     "the workload {was} was renamed to {workload}, after its version",
		Example: Example{Before: "{version: 1.1.0, manager: {name: demo-v1.1.0, serviceAccount: demo}, release: {replaces: 1.0.0}}", After: "{version: 1.2.0, manager: {name: demo-v1.2.0, serviceAccount: demo}, release: {replaces: 1.1.0}}"},
	},
	{
		ID: "WORK003", Title: "workload renamed", Category: Workload, Verdict: Major,
		Why: "Helm and OLM create the new workload and delete the old one. With plain manifests, both run and interfere with each other until users delete the old one. Patches and alerts that refer to it fail.",
		On:  []string{"renamed workloads/{workload}"}, Claims: ofWorkload,
		Say:     "the workload {was} is now called {workload}",
		Example: Example{Before: "manager: {name: demo-manager, serviceAccount: demo}", After: "manager: {name: demo-operator, serviceAccount: demo}"},
	},
	{
		ID: "WORK004", Title: "selector changed", Category: Workload, Verdict: Major,
		Why: "The selector of a workload is immutable: Kubernetes rejects the upgrade until the workload is deleted.",
		On:  []string{"* workloads/{workload}/selector", "* workloads/{workload}/selector/**"}, By: []string{"workload"}, Claims: func(c *Case) []pattern {
			label := c.Path[len(c.Path)-1]
			return []pattern{
				form("* workloads/?/podLabels/?", c.Named["workload"], label), form("* workloads/?/labels/?", c.Named["workload"], label),
				form("* objects/*/*/labels/?", label), form("* objects/Service/*/spec/selector/?", label),
				form("* objects/*/*/spec/selector|podSelector/matchLabels/?", label),
			}
		},
		Say:     "the selector of {workload} changed, which Kubernetes refuses",
		Example: Example{Before: "manager: {selector: {app: demo}}", After: "manager: {selector: {app: demo-operator}}"},
	},
	{
		ID: "WORK005", Title: "workload of another kind", Category: Workload, Verdict: Major,
		Why:     "The old object and the new one exist side by side until the old one is deleted.",
		On:      []string{"changed workloads/{workload}/kind", "* workloads/{workload}/apiVersion"},
		Claims:  func(c *Case) []pattern { return []pattern{form("* workloads/?/replicas", c.Named["workload"])} },
		Say:     "{workload} was a {old} and is a {new}",
		Example: Example{Before: "manager: {name: demo}", After: "manager: {name: demo, kind: StatefulSet}"},
	},
	{
		ID: "WORK021", Title: "workload or Service no longer installed by default", Category: Workload, Verdict: Major,
		Why:     "Users who left the feature at its default lose the workload or Service on upgrade, and clients that connect to it by name fail.",
		On:      []string{"changed workloads/{object}/when", "changed objects/Service/{object}/when"},
		If:      func(c *Case) bool { return c.lost },
		Say:     "{object} is no longer installed by default: {turn}",
		Example: Example{Before: "objects: [" + agent + "]", After: "features: {agent: {objects: [" + agent + "]}}"},
	},
	{
		ID: "WORK006", Title: "workload installed under other conditions", Category: Workload, Verdict: Minor,
		Why:     "Users who kept the feature's default get the workload, or lose it, with the upgrade.",
		On:      []string{"changed workloads/{workload}/when", "changed workloads/{workload}/containers|initContainers/{container}/when"},
		By:      []string{"workload"},
		Say:     "{workload} is installed under other conditions: {turn}",
		Example: Example{Before: "features: {agent: {objects: [" + agent + "]}}", After: "objects: [" + agent + "]"},
	},
	{
		ID: "WORK007", Title: "number of pods changed", Category: Workload, Verdict: Minor,
		Why: "Users who kept the default get another number of pods. More than one requires leader election and more resources.",
		On:  []string{"* workloads/{workload}/replicas"}, Claims: nil,
		Say:     "{workload} runs {new} pods by default, it was {old}",
		Example: Example{Before: "manager: {replicas: 1}", After: "manager: {replicas: 2}"},
	},
	{
		ID: "WORK008", Title: "rollout changed", Category: Workload, Verdict: Patch,
		Why: "How pods are replaced during an upgrade changes.",
		On:  []string{"* workloads/{workload}/{what}", "* workloads/{workload}/{what}/**"},
		If: func(c *Case) bool {
			return oneOf(c.Named["what"], "strategy", "updateStrategy", "minReadySeconds", "progressDeadlineSeconds", "revisionHistoryLimit", "paused", "ordinals", "persistentVolumeClaimRetentionPolicy")
		},
		By:      []string{"workload"},
		Say:     "the pods of {workload} are replaced differently: {what}",
		Example: Example{Before: "", After: "manager: {deployment: {spec: {strategy: {type: Recreate}}}}"},
	},
	{
		ID: "WORK009", Title: "labels or annotations of a workload or its pods changed", Category: Workload, Verdict: Patch,
		Why:     "Selectors and tools of users that rely on them may no longer work. The pods are replaced.",
		On:      []string{"* workloads/{workload}/labels|annotations|podLabels|podAnnotations/{name}"},
		By:      []string{"workload"},
		Say:     "labels or annotations of {workload} or its pods changed: {name}",
		Example: Example{Before: "manager: {podLabels: {team: a}}", After: "manager: {podLabels: {team: b}}"},
	},
	{
		ID: "WORK010", Title: "security weakened", Category: Workload, Verdict: Major,
		Why: "The pod gets more privileges on its node. Namespaces that enforce the Pod Security Standard restricted reject it, and no pod runs after the upgrade.",
		On:  securityPaths, If: weakened, By: []string{"workload"},
		Say:     "the pods of {workload} run with less security: {what}",
		Example: Example{Before: "", After: "manager: {security: none}"},
	},
	{
		ID: "WORK011", Title: "security strengthened", Category: Workload, Verdict: Minor,
		Why: "The pod gets fewer privileges on its node. A program that needs them fails.",
		On:  securityPaths, If: securityField, By: []string{"workload"},
		Say:     "the pods of {workload} run with other security: {what}",
		Example: Example{Before: "manager: {security: none}", After: ""},
	},
	{
		ID: "WORK012", Title: "pods placed differently", Category: Workload, Verdict: Minor,
		Why: "The pods run on other nodes, or with another priority. In a cluster without matching nodes they do not run.",
		On:  []string{"* workloads/{workload}/pod/{what}", "* workloads/{workload}/pod/{what}/**"},
		If: func(c *Case) bool {
			return oneOf(c.Named["what"], "nodeSelector", "affinity", "tolerations", "topologySpreadConstraints", "priorityClassName", "schedulerName", "runtimeClassName", "nodeName", "priority", "preemptionPolicy")
		},
		By:      []string{"workload"},
		Say:     "the pods of {workload} are placed differently: {what}",
		Example: Example{Before: "", After: "manager: {pod: {priorityClassName: system-cluster-critical}}"},
	},
	{
		ID: "WORK013", Title: "pods run as another account", Category: Workload, Verdict: Minor,
		Why:     "Cloud identities and pull secrets that users assigned to the old account no longer apply to the operator.",
		On:      []string{"* workloads/{workload}/pod/serviceAccountName|serviceAccount"},
		By:      []string{"workload"},
		Say:     "the pods of {workload} run as {new}, it was {old}",
		Example: Example{Before: "{manager: {pod: {serviceAccountName: a}}, serviceAccounts: {a: {}, b: {}}}", After: "{manager: {pod: {serviceAccountName: b}}, serviceAccounts: {a: {}, b: {}}}"},
	},
	{
		ID: "WORK018", Title: "required object is not installed", Category: Workload, Verdict: Major,
		Why:     "The pod does not start until someone creates the Secret, ConfigMap, service account, volume claim or class. Install it with the operator, mark the reference as optional, or document in the release notes what to create before the upgrade.",
		On:      []string{"added needs/{kind}/{object}"},
		Say:     "the pods do not start without the {kind} {object}, which is not installed",
		Example: Example{Before: "", After: "manager: {env: {TOKEN: {valueFrom: {secretKeyRef: {name: demo-token, key: token}}}}}"},
	},
	{
		ID: "WORK019", Title: "required object no longer needed", Category: Workload, Verdict: Patch,
		Why:     "The operator no longer reads the object, or installs it now.",
		On:      []string{"removed needs/{kind}/{object}"},
		Say:     "the {kind} {object} no longer needs to exist before the install",
		Example: Example{Before: "manager: {env: {TOKEN: {valueFrom: {secretKeyRef: {name: demo-token, key: token}}}}}", After: ""},
	},
	{
		ID: "WORK022", Title: "volume added that needs nothing", Category: Workload, Verdict: Patch,
		Why: "The volume is empty, created by the kubelet, or optional: the pod needs nothing new in the cluster.",
		On:  []string{"added workloads/{workload}/pod/volumes/{volume}"}, If: needsNothing, By: []string{"workload"},
		Say:     "the pods of {workload} have a new volume that needs nothing in the cluster: {volume}",
		Example: Example{Before: "", After: "manager: {pod: {volumes: [{name: config, configMap: {name: demo-config, optional: true}}]}}"},
	},
	{
		ID: "WORK014", Title: "volume added or changed", Category: Workload, Verdict: Minor,
		Why:     "The pod reads or stores data in another place. It does not start if a claim does not exist.",
		On:      []string{"added|changed|renamed workloads/{workload}/pod/volumes/{volume}", "added|changed|renamed workloads/{workload}/pod/volumes/{volume}/**"},
		By:      []string{"workload"},
		Say:     "the pods of {workload} have a new or other volume: {volume}",
		Example: Example{Before: "", After: "manager: {pod: {volumes: [{name: shared, nfs: {server: files.example.com, path: /}}]}}"},
	},
	{
		ID: "WORK015", Title: "volume removed", Category: Workload, Verdict: Patch,
		Why:     "Data that users put there is no longer read.",
		On:      []string{"removed workloads/{workload}/pod/volumes/{volume}", "removed workloads/{workload}/pod/volumes/{volume}/**"},
		By:      []string{"workload"},
		Say:     "the pods of {workload} lost a volume: {volume}",
		Example: Example{Before: "manager: {pod: {volumes: [{name: config, configMap: {name: demo-config}}]}}", After: ""},
	},
	{
		ID: "WORK016", Title: "other pod settings changed", Category: Workload, Verdict: Minor,
		Why:     "The pod runs with different settings. Review the change.",
		On:      []string{"* workloads/{workload}/pod/{what}", "* workloads/{workload}/pod/{what}/**"},
		By:      []string{"workload"},
		Say:     "the pods of {workload} run with other settings: {what}",
		Example: Example{Before: "", After: "manager: {pod: {dnsPolicy: Default}}"},
	},
	{
		ID: "WORK017", Title: "other workload settings changed", Category: Workload, Verdict: Minor,
		Why:     "The workload runs with different settings. Review the change.",
		On:      []string{"* workloads/{workload}/{what}", "* workloads/{workload}/{what}/**"},
		If:      func(c *Case) bool { return !oneOf(c.Named["what"], "containers", "initContainers") },
		By:      []string{"workload"},
		Say:     "{workload} runs with other settings: {what}",
		Example: Example{Before: "objects: [" + agent + "]", After: "objects: [{apiVersion: apps/v1, kind: Deployment, metadata: {name: agent, finalizers: [example.com/guard]}, spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: agent, image: example.com/agent:1}]}}}}]"},
	},
}

const agent = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: agent}, spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: agent, image: example.com/agent:1}]}}}}"

func oneOf(s string, list ...string) bool {
	for _, e := range list {
		if s == e {
			return true
		}
	}
	return false
}

// ofWorkload is what goes and comes with a workload: its service account, and under a new name what is named after it.
func ofWorkload(c *Case) []pattern {
	value := c.Change.New
	if c.Kind == Removed {
		value = c.Change.Old
	}
	account := text(fields(fields(value)["pod"])["serviceAccountName"], c.Named["workload"])
	out := []pattern{form("added|removed objects/ServiceAccount/?", account)}
	for _, suffix := range []string{"", "-metrics-service", "-metrics-monitor"} {
		out = append(out, form("renamed objects/*/?", c.Named["workload"]+suffix), form("* objects/*/?/**", c.Named["workload"]+suffix))
	}
	if c.Kind != Renamed {
		out = out[:1]
	}
	return out
}

// securityPaths are the settings of pods and containers that matter for security.
var securityPaths = []string{
	"* workloads/{workload}/containers|initContainers/*/securityContext/{setting...}",
	"* workloads/{workload}/pod/securityContext/{setting...}",
	"* workloads/{workload}/pod/{setting}",
	"* workloads/{workload}/pod/volumes/*/{setting}", "* workloads/{workload}/pod/volumes/*/{setting}/**", "* workloads/{workload}/pod/volumes/{setting}",
	"changed workloads/{workload}/{setting:podSecurity}",
	"* workloads/{workload}/containers|initContainers/*/ports/*/{setting}",
}

// securityField reports whether a change is about security, and names the setting.
func securityField(c *Case) bool {
	setting := c.Named["setting"]
	c.Named["what"] = setting
	in := c.Path.String()
	switch {
	case strings.Contains(in, "/securityContext/"):
		return true
	case strings.Contains(in, "/ports/"):
		return setting == "hostPort"
	case len(c.Path) == 5 && c.Path[3] == "volumes": // the volume as a whole
		c.Named["setting"], c.Named["what"] = "hostPath", "hostPath"
		return fields(c.Change.Old)["hostPath"] != nil || fields(c.Change.New)["hostPath"] != nil
	case strings.Contains(in, "/volumes/"):
		return setting == "hostPath"
	case setting == "podSecurity":
		c.Named["what"] = fmt.Sprintf("Pod Security level %v instead of %v", c.Change.New, c.Change.Old)
		return true
	}
	return oneOf(setting, "hostNetwork", "hostPID", "hostIPC", "hostUsers", "automountServiceAccountToken", "shareProcessNamespace")
}

// weakened reports whether a security setting lets the pod do more. A value that is not known to be harmless does.
func weakened(c *Case) bool {
	if !securityField(c) {
		return false
	}
	setting, value := c.Named["setting"], c.Change.New
	switch setting {
	case "runAsNonRoot", "readOnlyRootFilesystem":
		return value != true
	case "allowPrivilegeEscalation", "hostUsers":
		return value != false
	case "privileged", "hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "automountServiceAccountToken":
		return value == true || setting == "automountServiceAccountToken" && value == nil
	case "runAsUser", "runAsGroup", "fsGroup":
		return canonical(value) == "0" || value == nil
	case "hostPath", "hostPort":
		return c.Kind != Removed
	case "podSecurity":
		return slices.Index(levels, text(value, "")) > slices.Index(levels, text(c.Change.Old, ""))
	}
	switch {
	case strings.HasPrefix(setting, "capabilities/drop"):
		return c.Kind == Removed
	case strings.HasPrefix(setting, "capabilities/add"):
		return c.Kind == Added
	case strings.HasPrefix(setting, "seccompProfile"), strings.HasPrefix(setting, "appArmorProfile"), strings.HasPrefix(setting, "seLinuxOptions"):
		return c.Kind == Removed || value == "Unconfined" || fields(value)["type"] == "Unconfined"
	case strings.HasPrefix(setting, "procMount"):
		return value == "Unmasked"
	case strings.HasPrefix(setting, "sysctls"):
		return c.Kind == Added
	}
	return false
}

// needsNothing reports whether a pod can start with a new volume in every cluster.
func needsNothing(c *Case) bool {
	volume := fields(c.Change.New)
	for source, v := range volume {
		switch {
		case source == "name" || source == "emptyDir" || source == "downwardAPI":
		case source == "projected":
			list := kube.List(fields(v)["sources"])
			for _, e := range list {
				for kind, s := range fields(e) {
					if kind != "serviceAccountToken" && kind != "downwardAPI" && fields(s)["optional"] != true {
						return false
					}
				}
			}
		case fields(v)["optional"] != true:
			return false
		}
	}
	return len(volume) > 0
}
