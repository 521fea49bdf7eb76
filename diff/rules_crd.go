package diff

import (
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
)

// crdRules are about CustomResourceDefinitions, but for their schemas.
var crdRules = []*Rule{
	{
		ID: "CRD001", Title: "API removed", Category: CRD, Verdict: Major,
		Why: "Custom resources are deleted with the API, or no longer managed, and clients that use it fail. Keep the API as deprecated for a major version, and document how to migrate.",
		On:  []string{"removed crds/{crd}"}, Claims: ofCRD,
		Say: "the API {crd} is gone",
		Example: Example{
			In:     "crd",
			Before: "{}",
			After:  "null",
		},
	},
	{
		ID: "CRD002", Title: "API renamed", Category: CRD, Verdict: Major,
		Why: "For Kubernetes, an API with another group or plural is a different API, and objects are not migrated to it. Serve both until users have migrated.",
		On:  []string{"renamed crds/{crd}"}, Claims: ofCRD,
		Say: "the API {was} is now called {crd}",
		Example: Example{
			In:     "crd",
			Before: "{versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: integer}, color: {type: string}}}}}}}]}",
			After:  "{group: acme.com, versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: integer}, color: {type: string}}}}}}}]}",
		},
	},
	{
		ID: "CRD003", Title: "API added", Category: CRD, Verdict: Minor,
		Why: "The API is new. Existing objects do not change.",
		On:  []string{"added crds/{crd}"}, Claims: ofCRD,
		Say: "there is a new API, {crd}",
		Example: Example{
			In:     "crd",
			Before: "null",
			After:  "{}",
		},
	},
	{
		ID: "CRD004", Title: "scope changed", Category: CRD, Verdict: Major,
		Why: "Kubernetes rejects a change of the scope, so the upgrade fails. Define a new API.",
		On:  []string{"* crds/{crd}/scope"},
		Say: "{crd} was {old} and is {new} now",
		Example: Example{
			In: "crd", Before: "scope: Namespaced", After: "scope: Cluster",
		},
	},
	{
		ID: "CRD005", Title: "kind or name of an API changed", Category: CRD, Verdict: Major,
		Why: "Manifests, clients and kubectl refer to an API by its kind, list kind and singular name. Objects of the old kind are rejected.",
		On:  []string{"* crds/{crd}/{name:kind|listKind|singular}"},
		By:  []string{"crd"},
		Say: "the {name} of {crd} changed from {old} to {new}",
		Example: Example{
			In: "crd", Before: "names: {singular: widget}", After: "names: {singular: gadget}",
		},
	},
	{
		ID: "CRD006", Title: "short name or category removed", Category: CRD, Verdict: Minor,
		Why: "Users and scripts may use the short name or category, which kubectl no longer accepts.",
		On:  []string{"removed crds/{crd}/shortNames|categories/{name}"},
		Say: "{crd} lost {old} among its short names and categories",
		Example: Example{
			In: "crd", Before: "names: {shortNames: [wd, w]}", After: "names: {shortNames: [wd]}",
		},
	},
	{
		ID: "CRD007", Title: "short name or category added", Category: CRD, Verdict: Minor,
		Why: "kubectl accepts a new name. It can hide the same name of another API in the cluster.",
		On:  []string{"added crds/{crd}/shortNames|categories/{name}"},
		Say: "{crd} can also be called {new}",
		Example: Example{
			In: "crd", Before: "names: {shortNames: [wd]}", After: "names: {shortNames: [wd, w]}",
		},
	},
	{
		ID: "CRD008", Title: "version of an API removed", Category: CRD, Verdict: Major,
		Why: "Clients and manifests that use the version are rejected. If objects were ever stored in it, Kubernetes rejects the whole upgrade until they are migrated and the version is removed from status.storedVersions.",
		On:  []string{"removed crds/{crd}/versions/{version}"}, Claims: ofVersion,
		Say: "{crd} has no version {version} any more",
		Example: Example{
			In:     "crd",
			Before: "versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}, {name: v1beta1, served: true, storage: false, schema: {openAPIV3Schema: {type: object}}}]",
			After:  "versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]",
		},
	},
	{
		ID: "CRD009", Title: "version of an API added", Category: CRD, Verdict: Minor,
		Why: "The version is new. Existing versions do not change.",
		On:  []string{"added crds/{crd}/versions/{version}"}, Claims: ofVersion,
		Say: "{crd} has a new version, {version}",
		Example: Example{
			In:     "crd",
			Before: "versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]",
			After:  "versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}, {name: v2, served: true, storage: false, schema: {openAPIV3Schema: {type: object}}}]",
		},
	},
	{
		ID: "CRD010", Title: "version no longer served", Category: CRD, Verdict: Major,
		Why: "Clients and manifests that use the version are rejected. Deprecate a version for one release before you stop serving it.",
		On:  []string{"changed crds/{crd}/versions/{version}/served"}, If: turnedOff, Claims: ofVersion,
		Say: "{crd} no longer serves {version}",
		Example: Example{
			In:     "crd",
			Before: "versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}, {name: v1beta1, served: true, storage: false, schema: {openAPIV3Schema: {type: object}}}]",
			After:  "versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}, {name: v1beta1, served: false, storage: false, schema: {openAPIV3Schema: {type: object}}}]",
		},
	},
	{
		ID: "CRD011", Title: "version served", Category: CRD, Verdict: Minor,
		Why: "A version that was defined can now be used.",
		On:  []string{"changed crds/{crd}/versions/{version}/served"}, If: turnedOn, Claims: ofVersion,
		Say: "{crd} now serves {version}",
		Example: Example{
			In:     "crd",
			Before: "versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}, {name: v2, served: false, storage: false, schema: {openAPIV3Schema: {type: object}}}]",
			After:  "versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}, {name: v2, served: true, storage: false, schema: {openAPIV3Schema: {type: object}}}]",
		},
	},
	{
		ID: "CRD012", Title: "storage version moved", Category: CRD, Verdict: Minor,
		Why: "New objects are stored in another version. Existing objects keep the old one until they are written again. Remove the old version only after all objects are migrated, and keep its schema: after a downgrade, the old operator reads objects that this version stored.",
		On:  []string{"changed crds/{crd}/versions/{version}/storage"}, By: []string{"crd"},
		Say: "{crd} is stored in another version: {version}",
		Example: Example{
			In:     "crd",
			Before: "versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}, {name: v2, served: true, storage: false, schema: {openAPIV3Schema: {type: object}}}]",
			After:  "versions: [{name: v1, served: true, storage: false, schema: {openAPIV3Schema: {type: object}}}, {name: v2, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]",
		},
	},
	{
		ID: "CRD013", Title: "version deprecated", Category: CRD, Verdict: Minor,
		Why: "Clients see a warning when they use the version: users should plan to move.",
		On:  []string{"changed crds/{crd}/versions/{version}/deprecated"}, If: turnedOn,
		Claims: func(c *Case) []pattern {
			return []pattern{form("* crds/?/versions/?/deprecationWarning", c.Named["crd"], c.Named["version"])}
		},
		Say:     "{version} of {crd} is deprecated",
		Example: Example{In: "version", Before: "deprecated: false", After: "deprecated: true"},
	},
	{
		ID: "CRD014", Title: "version no longer deprecated, or another warning", Category: CRD, Verdict: Patch,
		Why:     "Clients see another warning, or none.",
		On:      []string{"changed crds/{crd}/versions/{version}/deprecated", "* crds/{crd}/versions/{version}/deprecationWarning"},
		By:      []string{"crd", "version"},
		Say:     "clients of {version} of {crd} are warned differently",
		Example: Example{In: "version", Before: "{deprecated: true, deprecationWarning: use v2}", After: "{deprecated: true, deprecationWarning: use v3}"},
	},
	{
		ID: "CRD015", Title: "status or scale subresource removed", Category: CRD, Verdict: Major,
		Why:     "Writes to the subresource fail: those of controllers that set the status, and those of kubectl scale and autoscalers.",
		On:      []string{"removed crds/{crd}/versions/{version}/status|scale"},
		By:      []string{"crd"},
		Say:     "{crd} lost a subresource (in {version})",
		Example: Example{In: "version", Before: "subresources: {status: {}}", After: ""},
	},
	{
		ID: "CRD016", Title: "status or scale subresource added", Category: CRD, Verdict: Minor,
		Why:     "With a status subresource, a normal write no longer changes the status, and a status write changes nothing else. Clients that write both in one request must be changed.",
		On:      []string{"added crds/{crd}/versions/{version}/status|scale"},
		By:      []string{"crd"},
		Say:     "{crd} has a new subresource (in {version})",
		Example: Example{In: "version", Before: "", After: "subresources: {status: {}}"},
	},
	{
		ID: "CRD017", Title: "scale subresource reads other fields", Category: CRD, Verdict: Major,
		Why:     "Autoscalers and kubectl scale read and write other fields than before.",
		On:      []string{"* crds/{crd}/versions/{version}/scale/{path}"},
		By:      []string{"crd", "path"},
		Say:     "{path} of the scale subresource of {crd} {turn}",
		Example: Example{In: "version", Before: "subresources: {scale: {specReplicasPath: .spec.size, statusReplicasPath: .status.size}}", After: "subresources: {scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.size}}"},
	},
	{
		ID: "CRD018", Title: "printer column removed", Category: CRD, Verdict: Minor,
		Why:     "kubectl get prints fewer columns. Scripts that select columns by position read another one.",
		On:      []string{"removed crds/{crd}/versions/{version}/columns/{column}"},
		By:      []string{"crd"},
		Say:     "kubectl get no longer prints some columns of {crd}: {column}",
		Example: Example{In: "version", Before: "additionalPrinterColumns: [{name: Size, type: integer, jsonPath: .spec.size}, {name: Age, type: date, jsonPath: .metadata.creationTimestamp}]", After: "additionalPrinterColumns: [{name: Age, type: date, jsonPath: .metadata.creationTimestamp}]"},
	},
	{
		ID: "CRD019", Title: "printer column added or changed", Category: CRD, Verdict: Patch,
		Why:     "The output of kubectl get changes. Objects do not change.",
		On:      []string{"added|changed crds/{crd}/versions/{version}/columns/{column}"},
		By:      []string{"crd"},
		Say:     "kubectl get prints other columns of {crd}: {column}",
		Example: Example{In: "version", Before: "additionalPrinterColumns: [{name: Age, type: date, jsonPath: .metadata.creationTimestamp}]", After: "additionalPrinterColumns: [{name: Size, type: integer, jsonPath: .spec.size}, {name: Age, type: date, jsonPath: .metadata.creationTimestamp}]"},
	},
	{
		ID: "CRD020", Title: "conversion webhook removed", Category: CRD, Verdict: Major,
		Why: "Objects are served in other versions than they are stored in without conversion: fields are lost or change their meaning.",
		On:  []string{"changed crds/{crd}/conversion/strategy"}, If: func(c *Case) bool { return c.Change.New == "None" }, Claims: conversionParts,
		Say:     "{crd} is no longer converted by a webhook",
		Example: Example{In: "crd", Before: "conversion: {strategy: Webhook, webhook: {conversionReviewVersions: [v1], clientConfig: {url: https://example.com/convert}}}", After: ""},
	},
	{
		ID: "CRD021", Title: "conversion webhook added", Category: CRD, Verdict: Minor,
		Why: "Objects can be read in another version than they are stored in only while the operator runs.",
		On:  []string{"changed crds/{crd}/conversion/strategy"}, Claims: conversionParts,
		Say:     "{crd} is now converted by a webhook",
		Example: Example{In: "crd", Before: "", After: "conversion: {strategy: Webhook, webhook: {conversionReviewVersions: [v1], clientConfig: {url: https://example.com/convert}}}"},
	},
	{
		ID: "CRD022", Title: "conversion review versions changed", Category: CRD, Verdict: Major,
		Why:     "An API server that supports none of the review versions can't convert objects: reads and writes fail.",
		On:      []string{"removed crds/{crd}/conversion/reviewVersions/{review}"},
		By:      []string{"crd"},
		Say:     "the conversion webhook of {crd} no longer takes some review versions: {review}",
		Example: Example{In: "crd", Before: "conversion: {strategy: Webhook, webhook: {conversionReviewVersions: [v1, v1beta1], clientConfig: {url: https://example.com/convert}}}", After: "conversion: {strategy: Webhook, webhook: {conversionReviewVersions: [v1], clientConfig: {url: https://example.com/convert}}}"},
	},
	{
		ID: "CRD023", Title: "conversion webhook at another address", Category: CRD, Verdict: Patch,
		Why:     "The API server calls another address, or the webhook accepts an additional review version. Users are not affected.",
		On:      []string{"* crds/{crd}/conversion/client", "* crds/{crd}/conversion/client/**", "added crds/{crd}/conversion/reviewVersions/**"},
		By:      []string{"crd"},
		Say:     "the conversion webhook of {crd} is called differently",
		Example: Example{In: "crd", Before: "conversion: {strategy: Webhook, webhook: {conversionReviewVersions: [v1], clientConfig: {url: https://example.com/convert}}}", After: "conversion: {strategy: Webhook, webhook: {conversionReviewVersions: [v1], clientConfig: {url: https://example.com/v2}}}"},
	},
	{
		ID: "CRD024", Title: "selectable field removed", Category: CRD, Verdict: Major,
		Why:     "Requests with a field selector for the field are rejected.",
		On:      []string{"removed crds/{crd}/versions/{version}/selectableFields/{field}"},
		By:      []string{"crd"},
		Say:     "objects of {crd} can't be selected any more by some fields: {field}",
		Example: Example{In: "version", Before: "selectableFields: [{jsonPath: .spec.color}, {jsonPath: .spec.size}]", After: "selectableFields: [{jsonPath: .spec.color}]"},
	},
	{
		ID: "CRD025", Title: "selectable field added", Category: CRD, Verdict: Minor,
		Why:     "Objects can be selected by an additional field.",
		On:      []string{"added crds/{crd}/versions/{version}/selectableFields/{field}"},
		By:      []string{"crd"},
		Say:     "objects of {crd} can be selected by more fields: {field}",
		Example: Example{In: "version", Before: "selectableFields: [{jsonPath: .spec.color}]", After: "selectableFields: [{jsonPath: .spec.color}, {jsonPath: .spec.size}]"},
	},
	{
		ID: "CRD026", Title: "unknown fields no longer kept", Category: CRD, Verdict: Major,
		Why: "Kubernetes removes fields that are not in the schema when an object is written: data is lost.",
		On:  []string{"changed crds/{crd}/preserveUnknownFields"}, If: turnedOff,
		Say:     "{crd} no longer keeps fields that its schema does not know",
		Example: Example{In: "crd", Before: "preserveUnknownFields: true", After: "preserveUnknownFields: false"},
	},
	{
		ID: "CRD027", Title: "unknown fields kept", Category: CRD, Verdict: Minor,
		Why:     "Misspelled fields are stored without an error.",
		On:      []string{"changed crds/{crd}/preserveUnknownFields"},
		Say:     "{crd} now keeps fields that its schema does not know",
		Example: Example{In: "crd", Before: "preserveUnknownFields: false", After: "preserveUnknownFields: true"},
	},
	{
		ID: "CRD028", Title: "labels or annotations of a CRD changed", Category: CRD, Verdict: Patch,
		Why:     "Tools that read them may behave differently. The API does not change.",
		On:      []string{"* crds/{crd}/labels|annotations/**"},
		By:      []string{},
		Say:     "labels or annotations of {crd} changed",
		Example: Example{In: "metadata", Before: "annotations: {team: a}", After: "annotations: {team: b}"},
	},
}

func turnedOff(c *Case) bool { return c.Change.New == false }
func turnedOn(c *Case) bool  { return c.Change.New == true }

// ofCRD is what goes, comes or is renamed with an API: what users are told of it, and what concerns its objects.
func ofCRD(c *Case) []pattern {
	out := []pattern{}
	for _, name := range []string{c.Named["crd"], c.From} {
		plural, group, _ := strings.Cut(name, ".")
		if name == "" {
			continue
		}
		out = append(out, form("* apis/?", name), form("* apis/?/**", name), form("* crds/?/**", name), form("* webhooks/conversion/*/crds/?", name))
		for _, resource := range []string{plural, plural + "/status", plural + "/finalizers", plural + "/scale"} {
			out = append(out, form("* grants/*/*/?/?/**", group, resource), form("* roles/*/rules/*/?/?/**", group, resource))
		}
		for _, o := range []*model.Operator{c.Old, c.New} {
			out = append(out, rolesOnlyFor(o, group, plural)...)
			out = append(out, examplesOf(o, name)...)
		}
	}
	return out
}

// rolesOnlyFor are the roles for people, such as kubebuilder's viewer role, of nothing but one API.
func rolesOnlyFor(o *model.Operator, group, plural string) []pattern {
	var out []pattern
	for _, obj := range o.Objects {
		rules := kube.List(obj.Tree["rules"])
		only := obj.Kind() == "ClusterRole" && len(rules) > 0
		for _, e := range rules {
			for _, g := range words(fields(e)["apiGroups"]) {
				for _, r := range words(fields(e)["resources"]) {
					base, _, _ := strings.Cut(r, "/")
					only = only && g == group && base == plural
				}
			}
		}
		if only {
			scope := o.Scope(o.DefaultOverlay())
			out = append(out, form("* roles/?", scope.String(obj.Name())))
		}
	}
	return out
}

func examplesOf(o *model.Operator, crd string) []pattern {
	var out []pattern
	for _, c := range o.CRDs {
		if c.Name != crd {
			continue
		}
		for _, e := range o.Examples {
			version, kind := text(e.Tree["apiVersion"], ""), text(e.Tree["kind"], "")
			if strings.HasPrefix(version, c.Group+"/") && kind == c.Kind {
				out = append(out, form("* examples/?", version+" "+kind+" "+model.MetaString(e.Tree, "name")))
			}
		}
	}
	return out
}

// ofVersion is what goes and comes with a version of an API.
func ofVersion(c *Case) []pattern {
	crd, version := c.Named["crd"], c.Named["version"]
	out := []pattern{form("* apis/?/?", crd, version), form("* apis/?/?/**", crd, version)}
	_, group, _ := strings.Cut(crd, ".")
	for i := range c.Old.Examples {
		out = append(out, exampleAt(c.Old.Examples[i], group+"/"+version)...)
	}
	for i := range c.New.Examples {
		out = append(out, exampleAt(c.New.Examples[i], group+"/"+version)...)
	}
	return out
}

func exampleAt(e model.Example, version string) []pattern {
	if text(e.Tree["apiVersion"], "") != version {
		return nil
	}
	return []pattern{form("* examples/?", version+" "+text(e.Tree["kind"], "")+" "+model.MetaString(e.Tree, "name"))}
}

// conversionParts are what a conversion webhook consists of.
func conversionParts(c *Case) []pattern {
	crd := c.Named["crd"]
	out := []pattern{form("* crds/?/conversion/**", crd), form("* crds/?/annotations/?", crd, "cert-manager.io/inject-ca-from")}
	for _, o := range []*model.Operator{c.Old, c.New} {
		for _, h := range o.Webhooks.Hooks {
			if h.Type == kube.Conversion && len(h.CRDs) == 1 && h.CRDs[0] == crd {
				out = append(out, form("* webhooks/conversion/?", h.Name))
			}
		}
	}
	return append(out, form("* webhooks/conversion/*/crds/?", crd))
}
