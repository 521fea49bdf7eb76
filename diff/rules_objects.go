package diff

import (
	"slices"

	"github.com/opc-project/opc/compiler/model"
)

const anObject = "objects/{kind}/{object}"

// objectRules are about what is installed beside workloads, grants and webhooks.
var objectRules = []*Rule{
	{
		ID: "WORK201", Title: "Service removed or renamed", Category: Workload, Verdict: Major,
		Why:     "Clients that connect by the name of the Service, such as monitors and other programs, fail.",
		On:      []string{"removed|renamed objects/Service/{object}"},
		Claims:  func(c *Case) []pattern { return []pattern{form("* objects/Service/?/**", c.Named["object"])} },
		Say:     "the Service {object} {fate}",
		Example: Example{Before: "objects: [{apiVersion: v1, kind: Service, metadata: {name: api}, spec: {ports: [{name: http, port: 80}], selector: {a: b}}}]", After: ""},
	},
	{
		ID: "WORK202", Title: "port of a Service removed, renamed or changed", Category: Workload, Verdict: Major,
		Why:     "Clients that use the number or name of the port fail.",
		On:      []string{"removed|renamed objects/Service/{object}/spec/ports/{port}", "* objects/Service/{object}/spec/ports/{port}/port|name|nodePort|protocol"},
		By:      []string{"object", "port"},
		Say:     "the port {port} of the Service {object} is gone, renamed or another one",
		Example: Example{Before: "objects: [{apiVersion: v1, kind: Service, metadata: {name: api}, spec: {ports: [{name: http, port: 80}], selector: {a: b}}}]", After: "objects: [{apiVersion: v1, kind: Service, metadata: {name: api}, spec: {ports: [{name: http, port: 8080}], selector: {a: b}}}]"},
	},
	{
		ID: "WORK203", Title: "Service of another type", Category: Workload, Verdict: Major,
		Why:     "The Service is reachable from other networks than before.",
		On:      []string{"* objects/Service/{object}/spec/type|clusterIP|externalName"},
		By:      []string{"object"},
		Say:     "the type or address of the Service {object} {turn}",
		Example: Example{Before: "objects: [{apiVersion: v1, kind: Service, metadata: {name: api}, spec: {ports: [{name: http, port: 80}], selector: {a: b}}}]", After: "objects: [{apiVersion: v1, kind: Service, metadata: {name: api}, spec: {type: NodePort, ports: [{name: http, port: 80}], selector: {a: b}}}]"},
	},
	{
		ID: "WORK210", Title: "immutable field changed", Category: Workload, Verdict: Major,
		Why: "Kubernetes rejects changes to this field of an existing object: helm upgrade, kubectl apply and OLM fail until the object is deleted. Rename the changed object, or document in the release notes what to delete.",
		On:  []string{"changed immutable/{kind}/{object}/{what...}"}, By: []string{"kind", "object"}, Claims: func(c *Case) []pattern {
			var in, below pattern
			for _, e := range append(Path{"objects"}, c.Path[1:]...) {
				in.elems = append(in.elems, element{words: []string{e}})
			}
			below.elems = append(slices.Clip(in.elems), element{rest: true})
			last := c.Path[len(c.Path)-1]
			return []pattern{in, below, form("* workloads/?/?", c.Named["object"], last), form("* workloads/?/?/**", c.Named["object"], last)}
		},
		Say:     "{what} of the {kind} {object} is immutable and changed",
		Example: Example{Before: "objects: [{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, immutable: true, data: {mode: fast}}]", After: "objects: [{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, immutable: true, data: {mode: safe}}]"},
	},
	{
		ID: "WORK213", Title: "Job created again", Category: Workload, Verdict: Patch,
		Why:     "The pods of a Job are immutable. The chart deletes the Job and creates it again on each upgrade; users of kustomize or plain manifests must delete it before they apply the new version.",
		On:      []string{"changed recreated/{kind}/{object}/**"},
		By:      []string{"kind", "object"},
		Say:     "the {kind} {object} is deleted and created again on upgrade",
		Example: Example{Before: "workloads: {migrate: {kind: Job, args: [--from=1]}}", After: "workloads: {migrate: {kind: Job, args: [--from=2]}}"},
	},
	{
		ID: "WORK211", Title: "storage or namespace removed or renamed", Category: Workload, Verdict: Major,
		Why: "Helm and OLM delete the object with the upgrade, and with it the data of the claim or volume, or all that is in the namespace. Keep it, with the annotation helm.sh/resource-policy: keep, or document how to save the data.",
		On:  []string{"removed|renamed objects/{kind:PersistentVolumeClaim|PersistentVolume|Namespace}/{object}"}, If: deletedByHelm,
		Claims: func(c *Case) []pattern {
			return []pattern{form("* objects/?/?/**", c.Named["kind"], c.Named["object"])}
		},
		Say:     "the {kind} {object} {fate}, and what is in it is deleted",
		Example: Example{Before: "objects: [{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: archive}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]", After: ""},
	},
	{
		ID: "WORK204", Title: "object removed or renamed", Category: Workload, Verdict: Minor,
		Why: "Anything that depends on the object fails. Helm and OLM delete it; users of plain manifests must delete it themselves.",
		On:  []string{"removed|renamed " + anObject},
		Claims: func(c *Case) []pattern {
			return []pattern{form("* objects/?/?/when", c.Named["kind"], c.Named["object"])}
		},
		Say:     "the {kind} {object} {fate}",
		Example: Example{Before: "objects: [{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {mode: fast}}]", After: ""},
	},
	{
		ID: "WORK205", Title: "object added", Category: Workload, Verdict: Minor,
		Why:     "The installer needs permission to create the object, and the cluster must support its kind.",
		On:      []string{"added " + anObject},
		Say:     "there is a new {kind}, {object}",
		Example: Example{Before: "", After: "objects: [{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {mode: fast}}]"},
	},
	{
		ID: "WORK206", Title: "labels or annotations of an object changed", Category: Workload, Verdict: Patch,
		Why:     "Tools that read them may behave differently. The rest of the object does not change.",
		On:      []string{"* " + anObject + "/labels|annotations/{name}"},
		By:      []string{"kind", "object"},
		Say:     "labels or annotations of the {kind} {object} changed: {name}",
		Example: Example{Before: "serviceAccounts: {runner: {labels: {team: a}}}", After: "serviceAccounts: {runner: {labels: {team: b}}}"},
	},
	{
		ID: "WORK207", Title: "object installed under other conditions", Category: Workload, Verdict: Minor,
		Why:     "Users who kept the feature's default get the object, or lose it, with the upgrade.",
		On:      []string{"changed " + anObject + "/when"},
		Say:     "the {kind} {object} is installed under other conditions: {turn}",
		Example: Example{Before: "objects: [{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {mode: fast}}]", After: "features: {settings: {objects: [{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {mode: fast}}]}}"},
	},
	{
		ID: "WORK214", Title: "settings written differently", Category: Workload, Verdict: Patch,
		Why: "Only comments, quotes or the order of keys changed in a text of the object that is YAML or JSON.",
		On:  []string{"changed " + anObject + "/{what}/**"}, If: sameSettings,
		By:      []string{"kind", "object"},
		Say:     "the {kind} {object} says the same, written differently",
		Example: Example{Before: "objects: [{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {a: '{size: 2, mode: fast}'}}]", After: "objects: [{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {a: '{mode: fast, size: 2}'}}]"},
	},
	{
		ID: "WORK212", Title: "versions in an object changed", Category: Workload, Verdict: Patch,
		Why: "Only version numbers and digests in the content of the object changed, such as the tags of images.",
		On:  []string{"changed " + anObject + "/{what}/**"}, If: onlyVersions,
		By:      []string{"kind", "object"},
		Say:     "the versions in the {kind} {object} changed",
		Example: Example{Before: "objects: [{apiVersion: v1, kind: ConfigMap, metadata: {name: images}, data: {agent: 'example.com/agent:v1.2.3'}}]", After: "objects: [{apiVersion: v1, kind: ConfigMap, metadata: {name: images}, data: {agent: 'example.com/agent:v1.2.4'}}]"},
	},
	{
		ID: "WORK208", Title: "content of an object changed", Category: Workload, Verdict: Minor,
		Why:     "The content of the object changed. Review the change.",
		On:      []string{"* " + anObject + "/{what}", "* " + anObject + "/{what}/**"},
		By:      []string{"kind", "object"},
		Say:     "the {kind} {object} says something else of {what}",
		Example: Example{Before: "objects: [{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {mode: fast}}]", After: "objects: [{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {mode: safe}}]"},
	},
	{
		ID: "WORK209", Title: "manifest of the bundle changed", Category: Workload, Verdict: Minor,
		Why:     "Users of OLM get an additional or a different object, or lose one.",
		On:      []string{"* manifests/{kind}/{object}", "* manifests/{kind}/{object}/**"},
		By:      []string{"kind", "object"},
		Say:     "the {kind} {object} of the bundle came, went or changed",
		Example: Example{Before: "", After: "olm: {manifests: [{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {mode: fast}}]}"},
	},
}

// deletedByHelm reports whether an object of the old version is deleted where the new one lacks it.
func deletedByHelm(c *Case) bool {
	name := c.Named["object"]
	if c.From != "" {
		name = c.From
	}
	scope := c.Old.Scope(c.Old.DefaultOverlay())
	return !slices.ContainsFunc(c.Old.Objects, func(o model.Object) bool {
		return o.Kind() == c.Named["kind"] && scope.String(o.Name()) == name && model.At(o.Tree, "metadata", "annotations", "helm.sh/resource-policy") == "keep"
	})
}
