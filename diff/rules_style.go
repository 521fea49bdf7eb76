package diff

import (
	"maps"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
)

// added are the forms of changes that bring new fields.
var addedFields = []string{"added crds/{crd}", "added crds/{crd}/versions/{version}", "added " + field}

// schemaStyleRules are about new fields that the API conventions of Kubernetes advise against, as OpenShift's
// crd-schema-checker finds them. What an API has already stays unsaid: it can't be changed any more.
var schemaStyleRules = []*Rule{
	{
		ID: "CRD201", Title: "new boolean", Category: CRD, Verdict: Patch, Notice: true, By: []string{"crd"},
		Why: "A boolean can't be extended with a third value. The API conventions recommend an enum of two names, which can be extended.",
		On:  addedFields, If: inspect(func(s model.Tree) bool { return s["type"] == "boolean" }),
		Say:     "new fields of {crd} are booleans, which can't grow: {fields}",
		Example: Example{In: "properties", Before: "size: {type: integer}", After: "{size: {type: integer}, fast: {type: boolean}}"},
	},
	{
		ID: "CRD202", Title: "new floating-point number", Category: CRD, Verdict: Patch, Notice: true, By: []string{"crd"},
		Why: "Floating-point numbers do not round-trip reliably, and differ between languages. The API conventions recommend integers or quantities.",
		On:  addedFields, If: inspect(func(s model.Tree) bool { return s["type"] == "number" }),
		Say:     "new fields of {crd} are floating-point numbers: {fields}",
		Example: Example{In: "properties", Before: "size: {type: integer}", After: "{size: {type: integer}, ratio: {type: number}}"},
	},
	{
		ID: "CRD203", Title: "new unsigned integer", Category: CRD, Verdict: Patch, Notice: true, By: []string{"crd"},
		Why: "Some languages have no unsigned integers. The API conventions recommend int32 or int64 with a minimum.",
		On:  addedFields, If: inspect(func(s model.Tree) bool { return strings.HasPrefix(text(s["format"], ""), "uint") }),
		Say:     "new fields of {crd} are unsigned integers: {fields}",
		Example: Example{In: "properties", Before: "size: {type: integer}", After: "{size: {type: integer}, count: {type: integer, format: uint32}}"},
	},
	{
		ID: "CRD204", Title: "new map", Category: CRD, Verdict: Patch, Notice: true, By: []string{"crd"},
		Why: "Patches and defaults can't address the values of a map. The API conventions recommend a list of elements with a name.",
		On:  addedFields, If: inspect(func(s model.Tree) bool { return s["additionalProperties"] != nil }),
		Say:     "new fields of {crd} are maps: {fields}",
		Example: Example{In: "properties", Before: "size: {type: integer}", After: "{size: {type: integer}, tags: {type: object, additionalProperties: {type: string}}}"},
	},
	{
		ID: "CRD205", Title: "new list without element keys", Category: CRD, Verdict: Patch, Notice: true, By: []string{"crd"},
		Why: "Without x-kubernetes-list-type, server-side apply treats the list as one value, so that two owners overwrite each other. The type can't be changed later without breaking users.",
		On:  addedFields, If: inspect(func(s model.Tree) bool { return s["type"] == "array" && s["x-kubernetes-list-type"] == nil }),
		Say:     "new fields of {crd} are lists without x-kubernetes-list-type: {fields}",
		Example: Example{In: "properties", Before: "size: {type: integer}", After: "{size: {type: integer}, tags: {type: array, items: {type: string}}}"},
	},
	{
		ID: "CRD206", Title: "new conditions without a key", Category: CRD, Verdict: Patch, Notice: true, By: []string{"crd"},
		Why: "Several writers own elements of the conditions, so the list needs x-kubernetes-list-type: map with the key type.",
		On:  addedFields, If: inspectNamed(func(name string, s model.Tree) bool {
			return name == "conditions" && s["type"] == "array" && (s["x-kubernetes-list-type"] != "map" || !slices.Contains(words(s["x-kubernetes-list-map-keys"]), "type"))
		}),
		Say:     "new conditions of {crd} have no key: {fields}",
		Example: Example{In: "properties", Before: "size: {type: integer}", After: "{size: {type: integer}, conditions: {type: array, x-kubernetes-list-type: atomic, items: {type: object}}}"},
	},
	{
		ID: "CRD207", Title: "new version without a status subresource", Category: CRD, Verdict: Patch, Notice: true, By: []string{"crd", "version"},
		Why: "Without it, users with permission to write the spec can write the status, and every status update increases the generation.",
		On:  []string{"added crds/{crd}/versions/{version}", "added crds/{crd}"}, If: func(c *Case) bool { return !hasStatus(c) },
		Say:     "a new version of {crd} has no status subresource",
		Example: Example{In: "crd", Before: "null", After: "{}"},
	},
}

// foreignRule is what crdify holds against a change that no finding of ours is about.
var foreignRule = &Rule{
	ID: "CRD301", Title: "crdify reports a problem", Category: CRD, Verdict: Major,
	Why: "The library with which OLM v1 validates upgrades reports a breaking change where opc finds none.",
	By:  []string{"crd", "version", "field", "check"},
	Say: "crdify reports {check} at {field} of {crd} (in {version})",
}

// rewritten is what crdify holds against a schema that says what it said.
var rewritten = &Rule{
	ID: "CRD304", Title: "schema written differently", Category: CRD, Verdict: Patch,
	Why: "The schema is written differently but equivalent, so nothing changes for Kubernetes. OLM v1 compares the text and rejects the upgrade. Restore the previous form.",
	By:  []string{"crd"},
	Say: "the schema of {crd} is written differently and says the same (in {version}): {field}",
}

// Rules of what crdify finds between the versions that a new CRD serves.
var (
	servedBreak = &Rule{
		ID: "CRD302", Title: "served versions disagree", Category: CRD, Verdict: Major,
		Why: "Objects are served in every version without conversion, so fields that exist in only one version are lost or rejected. Add a conversion webhook, or make the schemas equal.",
		By:  []string{"crd", "version"},
		Say: "versions of {crd} that are served, {version}, disagree without a conversion webhook: {field}",
	}
	servedDifference = &Rule{
		ID: "CRD303", Title: "served versions differ", Category: CRD, Verdict: Patch,
		Why: "The versions of the API have different schemas. That alone breaks nothing if a conversion webhook handles it.",
		By:  []string{"crd", "version"},
		Say: "versions of {crd} that are served, {version}, differ: {field}",
	}
)

// inspect is a condition on a new field or anything in it.
func inspect(is func(model.Tree) bool) func(*Case) bool {
	return inspectNamed(func(_ string, s model.Tree) bool { return is(s) })
}

// inspectNamed is inspect with the field's name. What it found is named fields.
func inspectNamed(is func(string, model.Tree) bool) func(*Case) bool {
	return func(c *Case) bool {
		var found []string
		for _, s := range newSchemas(c) {
			_, name := s.field, ""
			if i := strings.LastIndexByte(s.field, '.'); i >= 0 {
				name = s.field[i+1:]
			}
			eachSchema(s.field, name, s.schema, func(field, name string, t model.Tree) {
				if is(name, t) && field != rootField {
					found = append(found, field)
				}
			})
		}
		slices.Sort(found)
		c.Named["fields"] = listed(slices.Compact(found))
		return len(found) > 0
	}
}

type fieldSchema struct {
	field  string
	schema model.Tree
}

// newSchemas are the schemas that a change brings.
func newSchemas(c *Case) []fieldSchema {
	value := fields(c.Change.New)
	if len(c.Path) > 5 {
		return []fieldSchema{{c.Named["field"], value}}
	}
	if len(c.Path) == 4 {
		return []fieldSchema{{rootField, fields(value["schema"])}}
	}
	var out []fieldSchema
	versions := fields(value["versions"])
	for _, name := range slices.Sorted(maps.Keys(versions)) {
		out = append(out, fieldSchema{rootField, fields(fields(versions[name])["schema"])})
	}
	return out
}

// eachSchema calls f for a schema and all in it.
func eachSchema(field, name string, s model.Tree, f func(field, name string, s model.Tree)) {
	if s == nil {
		return
	}
	f(field, name, s)
	properties := fields(s["properties"])
	for _, k := range slices.Sorted(maps.Keys(properties)) {
		eachSchema(strings.TrimSuffix(field, rootField)+"."+k, k, fields(properties[k]), f)
	}
	eachSchema(field+"[]", "", fields(s["items"]), f)
	eachSchema(field+"{}", "", fields(s["additionalProperties"]), f)
}

// hasStatus reports whether every version that a change brings has a status subresource.
func hasStatus(c *Case) bool {
	value := fields(c.Change.New)
	if len(c.Path) == 4 {
		return value["status"] == true
	}
	for _, v := range fields(value["versions"]) {
		if fields(v)["status"] != true {
			return false
		}
	}
	return true
}
