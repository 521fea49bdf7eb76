package diff

import (
	"slices"
	"strconv"
	"strings"

	"github.com/opc-project/opc/compiler/model"
)

// field is the form of changes to a keyword of a field's schema.
const field = "crds/{crd}/versions/{version}/schema/{field}"

var (
	byField = []string{"crd", "field", "old", "new"}
	byName  = []string{"crd", "field", "name"}
)

// schemaRules are about the schemas of APIs: what users may write, and what they read.
var schemaRules = []*Rule{
	{
		ID: "CRD101", Title: "field removed", Category: CRD, Verdict: Major,
		Why: "Kubernetes drops the field from every object that is written again: what users said is lost without a word. Keep the field, say in its description that it is not read any more, and remove it in a new version of the API.",
		On:  []string{"removed " + field}, By: []string{"crd", "field"}, Claims: fieldNames,
		Say:     "the field {field} of {crd} is gone (in {version})",
		Example: Example{In: "properties", Before: "{size: {type: integer}, color: {type: string}}", After: "{size: {type: integer}}"},
	},
	{
		ID: "CRD102", Title: "field renamed", Category: CRD, Verdict: Major,
		Why: "What users said under the old name is lost without a word. Read both names, and remove the old one in a new version of the API.",
		On:  []string{"renamed " + field}, By: []string{"crd", "field"}, Claims: fieldNames,
		Say:     "the field {was} of {crd} is now called {field} (in {version})",
		Example: Example{In: "properties", Before: "replica: {type: integer}", After: "replicas: {type: integer}"},
	},
	{
		ID: "CRD103", Title: "optional field added", Category: CRD, Verdict: Minor,
		Why: "Users get something new. An older version of the operator, after a downgrade, drops what was written into it.",
		On:  []string{"added " + field}, If: func(c *Case) bool { return !requiredField(c) }, By: []string{"crd"}, Claims: fieldNames,
		Say:     "{crd} has new fields (in {version}): {field}",
		Example: Example{In: "properties", Before: "size: {type: integer}", After: "{size: {type: integer}, color: {type: string}}"},
	},
	{
		ID: "CRD104", Title: "required field added", Category: CRD, Verdict: Major,
		Why: "Manifests without the field are refused, and so is every update of an object that was stored without it. Make the field optional, or give it a default.",
		On:  []string{"added " + field}, By: []string{"crd", "field"}, Claims: fieldNames,
		Say:     "{crd} has a new field that must be said: {field} (in {version})",
		Example: Example{In: "spec", Before: "properties: {size: {type: integer}}", After: "{properties: {size: {type: integer}, color: {type: string}}, required: [color]}"},
	},
	{
		ID: "CRD136", Title: "field with a default became required", Category: CRD, Verdict: Minor,
		Why: "Kubernetes fills in the default before it validates manifests and stored objects, so none is rejected, except manifests that set the field to null.",
		On:  []string{"added " + field + "/required/{name}"}, If: hasDefault, By: byName,
		Say:     "the field {field}.{name} of {crd} is now required, and has a default (in {version})",
		Example: Example{In: "spec", Before: "properties: {size: {type: integer, default: 1}}", After: "{properties: {size: {type: integer, default: 1}}, required: [size]}"},
	},
	{
		ID: "CRD105", Title: "field became required", Category: CRD, Verdict: Major,
		Why: "Manifests without the field are refused, and so is every update of an object that was stored without it.",
		On:  []string{"added " + field + "/required/{name}"}, By: byName,
		Say:     "the field {field}.{name} of {crd} must now be said (in {version})",
		Example: Example{In: "spec", Before: "properties: {size: {type: integer}}", After: "{properties: {size: {type: integer}}, required: [size]}"},
	},
	{
		ID: "CRD106", Title: "field no longer required", Category: CRD, Verdict: Minor,
		Why: "Users may leave the field out. Programs that read objects may not expect that.",
		On:  []string{"removed " + field + "/required/{name}"}, By: []string{"crd"},
		Say:     "fields of {crd} may now be left out (in {version}): {name} in {field}",
		Example: Example{In: "spec", Before: "{properties: {size: {type: integer}}, required: [size]}", After: "{properties: {size: {type: integer}}, required: []}"},
	},
	{
		ID: "CRD107", Title: "type changed", Category: CRD, Verdict: Major,
		Why: "Manifests that were right are refused, and objects that were stored can't be read or updated. Add a field of another name.",
		On:  []string{"* " + field + "/type"}, By: byField, Claims: sameField,
		Say:     "the field {field} of {crd} was of type {old} and is of type {new} (in {version})",
		Example: Example{In: "properties", Before: "size: {type: integer}", After: "size: {type: string}"},
	},
	{
		ID: "CRD108", Title: "values taken away", Category: CRD, Verdict: Major,
		Why: "Manifests with these values are refused, and so is every update of an object that was stored with one.",
		On:  []string{"removed " + field + "/enum/{name}"}, By: []string{"crd", "field"},
		Say:     "the field {field} of {crd} no longer takes {name} (in {version})",
		Example: Example{In: "properties", Before: "color: {type: string, enum: [red, green]}", After: "color: {type: string, enum: [red]}"},
	},
	{
		ID: "CRD109", Title: "values limited to a list", Category: CRD, Verdict: Major,
		Why: "Manifests with any other value are refused, and so is every update of an object that was stored with one.",
		On:  []string{"added " + field + "/enum"}, By: []string{"crd", "field"},
		Say:     "the field {field} of {crd} now takes nothing but {new} (in {version})",
		Example: Example{In: "properties", Before: "color: {type: string}", After: "color: {type: string, enum: [red, green]}"},
	},
	{
		ID: "CRD110", Title: "values added", Category: CRD, Verdict: Minor,
		Why: "Users may say something new. Programs that read objects can meet a value they do not know.",
		On:  []string{"added " + field + "/enum/{name}", "removed " + field + "/enum"}, By: []string{"crd"},
		Say:     "fields of {crd} take more values (in {version}): {field}",
		Example: Example{In: "properties", Before: "color: {type: string, enum: [red]}", After: "color: {type: string, enum: [red, green]}"},
	},
	{
		ID: "CRD111", Title: "default changed", Category: CRD, Verdict: Major,
		Why: "Everyone who left the field out gets something else, also for objects that exist: defaults are filled in when they are read. OLM v1 refuses such an upgrade.",
		On:  []string{"* " + field + "/default"}, By: byField,
		Say:     "the default of the field {field} of {crd} {turn} (in {version})",
		Example: Example{In: "properties", Before: "size: {type: integer, default: 1}", After: "size: {type: integer, default: 3}"},
	},
	{
		ID: "CRD112", Title: "limit tightened", Category: CRD, Verdict: Major,
		Why: "Manifests with values beyond the limit are refused, and so is every update of an object that was stored with one.",
		On:  []string{"* " + field + "/{limit}"}, If: func(c *Case) bool { return tighter(c.Named["limit"], c.Change) }, By: []string{"crd", "field", "limit", "old", "new"},
		Say:     "{limit} of the field {field} of {crd} {turn} (in {version})",
		Example: Example{In: "properties", Before: "size: {type: integer, maximum: 10}", After: "size: {type: integer, maximum: 5}"},
	},
	{
		ID: "CRD113", Title: "limit loosened", Category: CRD, Verdict: Minor,
		Why: "Users may say more. Programs that read objects can meet values they did not expect.",
		On:  []string{"* " + field + "/{limit}"}, If: func(c *Case) bool { _, ok := limits[c.Named["limit"]]; return ok }, By: []string{"crd", "field", "limit", "old", "new"},
		Say:     "{limit} of the field {field} of {crd} {turn} (in {version})",
		Example: Example{In: "properties", Before: "size: {type: integer, maximum: 5}", After: "size: {type: integer, maximum: 10}"},
	},
	{
		ID: "CRD114", Title: "pattern added or changed", Category: CRD, Verdict: Major,
		Why: "Manifests with values that do not match are refused, and so is every update of an object that was stored with one.",
		On:  []string{"added|changed " + field + "/pattern"}, By: byField,
		Say:     "the field {field} of {crd} must now match {new} (in {version})",
		Example: Example{In: "properties", Before: "color: {type: string}", After: "color: {type: string, pattern: '^[a-z]+$'}"},
	},
	{
		ID: "CRD115", Title: "pattern removed", Category: CRD, Verdict: Minor,
		Why: "Users may say more. Programs that read objects can meet values they did not expect.",
		On:  []string{"removed " + field + "/pattern"}, By: byField,
		Say:     "the field {field} of {crd} need not match {old} any more (in {version})",
		Example: Example{In: "properties", Before: "color: {type: string, pattern: '^[a-z]+$'}", After: "color: {type: string}"},
	},
	{
		ID: "CRD116", Title: "null no longer taken", Category: CRD, Verdict: Major,
		Why: "A null is removed from objects that are written, and may be refused.",
		On:  []string{"removed|changed " + field + "/nullable"}, By: []string{"crd", "field"},
		Say:     "the field {field} of {crd} can't be null any more (in {version})",
		Example: Example{In: "properties", Before: "color: {type: string, nullable: true}", After: "color: {type: string}"},
	},
	{
		ID: "CRD117", Title: "null taken", Category: CRD, Verdict: Minor,
		Why: "Programs that read objects can meet a null.",
		On:  []string{"added " + field + "/nullable"}, By: []string{"crd"},
		Say:     "fields of {crd} can be null (in {version}): {field}",
		Example: Example{In: "properties", Before: "color: {type: string}", After: "color: {type: string, nullable: true}"},
	},
	{
		ID: "CRD118", Title: "format added or changed", Category: CRD, Verdict: Major,
		Why: "Manifests with values that do not have the format are refused, and so is every update of an object that was stored with one.",
		On:  []string{"added|changed " + field + "/format"}, By: byField,
		Say:     "the field {field} of {crd} must now have the format {new} (in {version})",
		Example: Example{In: "properties", Before: "until: {type: string}", After: "until: {type: string, format: date-time}"},
	},
	{
		ID: "CRD119", Title: "format removed", Category: CRD, Verdict: Minor,
		Why: "Users may say more. Programs that read objects can meet values they did not expect.",
		On:  []string{"removed " + field + "/format"}, By: byField,
		Say:     "the field {field} of {crd} need not have the format {old} any more (in {version})",
		Example: Example{In: "properties", Before: "until: {type: string, format: date-time}", After: "until: {type: string}"},
	},
	{
		ID: "CRD120", Title: "lists or maps are merged differently", Category: CRD, Verdict: Major,
		Why: "Server-side apply tells the owners of a list's elements apart by this. After a change, applying a manifest can drop or double what others own, and objects with elements that are now doubles are refused.",
		On:  []string{"* " + field + "/x-kubernetes-list-type|x-kubernetes-map-type", "* " + field + "/x-kubernetes-list-map-keys/*"}, If: func(c *Case) bool { return !asBefore(c) }, By: []string{"crd", "field"},
		Say:     "the elements of {field} of {crd} are told apart differently (in {version})",
		Example: Example{In: "properties", Before: "tags: {type: array, items: {type: string}}", After: "tags: {type: array, x-kubernetes-list-type: set, items: {type: string}}"},
	},
	{
		ID: "CRD121", Title: "how lists or maps are merged is said", Category: CRD, Verdict: Patch,
		Why: "The schema says what held already by default.",
		On:  []string{"* " + field + "/x-kubernetes-list-type|x-kubernetes-map-type"}, By: []string{"crd"},
		Say:     "the schema of {crd} says how elements are told apart, as they were before (in {version}): {field}",
		Example: Example{In: "properties", Before: "tags: {type: array, items: {type: string}}", After: "tags: {type: array, x-kubernetes-list-type: atomic, items: {type: string}}"},
	},
	{
		ID: "CRD122", Title: "validation rule added or changed", Category: CRD, Verdict: Major,
		Why: "Manifests that break the rule are refused, and so are updates of stored objects that do, as far as they touch what the rule is about.",
		On:  []string{"added|changed " + field + "/x-kubernetes-validations/{rule}"}, By: []string{"crd", "field", "rule"},
		Say:     "objects of {crd} must keep a new rule at {field} (in {version}): {new}",
		Example: Example{In: "properties", Before: "size: {type: integer}", After: "size: {type: integer, x-kubernetes-validations: [{rule: self % 2 == 1, message: must be odd}]}"},
	},
	{
		ID: "CRD123", Title: "validation rule removed", Category: CRD, Verdict: Minor,
		Why: "Users may say more. Programs that read objects can meet values they did not expect.",
		On:  []string{"removed " + field + "/x-kubernetes-validations/{rule}"}, By: []string{"crd", "field", "rule"},
		Say:     "objects of {crd} need not keep a rule at {field} any more (in {version}): {old}",
		Example: Example{In: "properties", Before: "size: {type: integer, x-kubernetes-validations: [{rule: self % 2 == 1}]}", After: "size: {type: integer}"},
	},
	{
		ID: "CRD124", Title: "validation message changed", Category: CRD, Verdict: Patch,
		Why: "Users read another message; what is refused stays.",
		On:  []string{"changed " + field + "/x-kubernetes-validations/*/message"}, By: []string{"crd"},
		Say:     "messages of validation rules of {crd} changed (in {version}): {field}",
		Example: Example{In: "properties", Before: "size: {type: integer, x-kubernetes-validations: [{rule: self % 2 == 1, message: odd}]}", After: "size: {type: integer, x-kubernetes-validations: [{rule: self % 2 == 1, message: must be odd}]}"},
	},
	{
		ID: "CRD125", Title: "unknown fields dropped", Category: CRD, Verdict: Major,
		Why: "Fields below that the schema does not know are removed from every object that is written: data is lost.",
		On:  []string{"removed|changed " + field + "/x-kubernetes-preserve-unknown-fields"}, By: []string{"crd", "field"},
		Say:     "{crd} no longer keeps unknown fields below {field} (in {version})",
		Example: Example{In: "properties", Before: "extra: {type: object, x-kubernetes-preserve-unknown-fields: true}", After: "extra: {type: object}"},
	},
	{
		ID: "CRD126", Title: "unknown fields kept", Category: CRD, Verdict: Minor,
		Why: "Whatever is written below the field is stored, misspelt or not.",
		On:  []string{"added " + field + "/x-kubernetes-preserve-unknown-fields"}, By: []string{"crd"},
		Say:     "{crd} now keeps unknown fields below {field} (in {version})",
		Example: Example{In: "properties", Before: "extra: {type: object}", After: "extra: {type: object, x-kubernetes-preserve-unknown-fields: true}"},
	},
	{
		ID: "CRD127", Title: "keys of a map no longer free", Category: CRD, Verdict: Major,
		Why: "Keys that users chose are dropped or refused.",
		On:  []string{"removed|changed " + field + "/additionalProperties"}, By: []string{"crd", "field"},
		Say:     "the keys of {field} of {crd} are not free any more (in {version})",
		Example: Example{In: "properties", Before: "tags: {type: object, additionalProperties: {type: string}}", After: "tags: {type: object}"},
	},
	{
		ID: "CRD128", Title: "keys of a map free", Category: CRD, Verdict: Minor,
		Why: "Users may choose keys of their own.",
		On:  []string{"added " + field + "/additionalProperties"}, By: []string{"crd"},
		Say:     "keys of maps of {crd} are free (in {version}): {field}",
		Example: Example{In: "properties", Before: "tags: {type: object}", After: "tags: {type: object, additionalProperties: {type: string}}"},
	},
	{
		ID: "CRD129", Title: "numbers or texts no longer both taken", Category: CRD, Verdict: Major,
		Why: "Manifests with the other kind of value, such as 50% or 1, are refused.",
		On:  []string{"removed|changed " + field + "/x-kubernetes-int-or-string|x-kubernetes-embedded-resource", "added " + field + "/x-kubernetes-embedded-resource"}, By: []string{"crd", "field"},
		Say:     "the field {field} of {crd} takes other values (in {version})",
		Example: Example{In: "properties", Before: "limit: {x-kubernetes-int-or-string: true}", After: "limit: {}"},
	},
	{
		ID: "CRD130", Title: "numbers and texts both taken", Category: CRD, Verdict: Minor,
		Why: "Programs that read objects can meet a number where they expect a text, or the other way round.",
		On:  []string{"added " + field + "/x-kubernetes-int-or-string"}, By: []string{"crd"},
		Say:     "fields of {crd} take numbers and texts (in {version}): {field}",
		Example: Example{In: "properties", Before: "limit: {}", After: "limit: {x-kubernetes-int-or-string: true}"},
	},
	{
		ID: "CRD131", Title: "combined schemas added or changed", Category: CRD, Verdict: Major,
		Why: "allOf, anyOf, oneOf and not can refuse manifests that were right, in ways that no tool can weigh for you. Look at the change; waive it if it only loosens.",
		On:  []string{"added|changed " + field + "/allOf|anyOf|oneOf|not"}, By: []string{"crd", "field"},
		Say:     "the field {field} of {crd} must fit other combined schemas (in {version})",
		Example: Example{In: "properties", Before: "size: {type: integer}", After: "size: {type: integer, not: {enum: [13]}}"},
	},
	{
		ID: "CRD132", Title: "combined schemas removed", Category: CRD, Verdict: Minor,
		Why: "Users may say more. Programs that read objects can meet values they did not expect.",
		On:  []string{"removed " + field + "/allOf|anyOf|oneOf|not"}, By: []string{"crd"},
		Say:     "fields of {crd} need not fit combined schemas any more (in {version}): {field}",
		Example: Example{In: "properties", Before: "size: {type: integer, not: {enum: [13]}}", After: "size: {type: integer}"},
	},
	{
		ID: "CRD133", Title: "elements of a list have another form", Category: CRD, Verdict: Major,
		Why: "Lists that users wrote are refused, or lose their elements.",
		On:  []string{"* " + field + "/items"}, By: []string{"crd", "field"},
		Say:     "the elements of {field} of {crd} have another form (in {version})",
		Example: Example{In: "properties", Before: "tags: {type: array, items: {type: string}}", After: "tags: {type: array}"},
	},
	{
		ID: "CRD134", Title: "description changed", Category: CRD, Verdict: Patch,
		Why: "People read something else in kubectl explain and in editors.",
		On:  []string{"* " + field + "/description|title|example|externalDocs"}, By: []string{"crd"},
		Say:     "descriptions in {crd} changed (in {version}): {field}",
		Example: Example{In: "properties", Before: "size: {type: integer}", After: "size: {type: integer, description: Number of pods.}"},
	},
	{
		ID: "CRD135", Title: "keyword that Kubernetes does not know", Category: CRD, Verdict: Patch,
		Why: "Kubernetes ignores the keyword, or refuses the CRD, which opc check would say.",
		On:  []string{"* " + field + "/{keyword}", "* " + field + "/{keyword}/**"}, If: func(c *Case) bool { return !knownKeyword(c.Named["keyword"]) }, By: []string{"crd"},
		Say:     "unknown keywords in the schema of {crd} changed (in {version}): {keyword}",
		Example: Example{In: "properties", Before: "size: {type: integer}", After: "size: {type: integer, unit: pods}"},
	},
}

var limits = map[string]bool{ // whether a greater value is tighter
	"maximum": false, "maxLength": false, "maxItems": false, "maxProperties": false, "exclusiveMaximum": true,
	"minimum": true, "minLength": true, "minItems": true, "minProperties": true, "exclusiveMinimum": true,
	"multipleOf": true, "uniqueItems": true,
}

// tighter reports whether a changed limit leaves fewer values.
func tighter(limit string, c *Change) bool {
	greater, ok := limits[limit]
	if !ok || c.Kind == Removed {
		return false
	}
	if c.Kind == Added || limit == "multipleOf" {
		return true
	}
	x, err := strconv.ParseFloat(canonical(c.Old), 64)
	y, err2 := strconv.ParseFloat(canonical(c.New), 64)
	return err != nil || err2 != nil || (y > x) == greater
}

// asBefore reports whether a change only says the default.
func asBefore(c *Case) bool {
	said := func(v any) bool { return v == nil || v == "atomic" || v == "granular" }
	last := c.Path[len(c.Path)-1]
	list := last == "x-kubernetes-list-type" || last == "x-kubernetes-map-type"
	return list && said(c.Change.Old) && said(c.Change.New) && (c.Change.Old == nil || c.Change.New == nil) &&
		!(last == "x-kubernetes-map-type" && (c.Change.Old == "atomic" || c.Change.New == "atomic"))
}

// requiredField reports whether a new field must be said and has no default: its parent lists it as required.
func requiredField(c *Case) bool {
	value := fields(c.Change.New)
	if value["default"] != nil {
		return false
	}
	parent, name := splitField(c.Named["field"])
	for _, crd := range c.New.CRDs {
		if crd.Name == c.Named["crd"] {
			return slices.Contains(words(schemaAt(crd, c.Named["version"], parent)["required"]), name)
		}
	}
	return false
}

// hasDefault reports whether a field that became required is filled in where it is left out.
func hasDefault(c *Case) bool {
	for _, crd := range c.New.CRDs {
		if crd.Name == c.Named["crd"] {
			parent := schemaAt(crd, c.Named["version"], c.Named["field"])
			return fields(fields(parent["properties"])[c.Named["name"]])["default"] != nil
		}
	}
	return false
}

func splitField(field string) (parent, name string) {
	i := strings.LastIndexByte(field, '.')
	return field[:i], field[i+1:]
}

// schemaAt finds the schema of a field of a version of an API, or nil.
func schemaAt(crd model.CRD, version, field string) model.Tree {
	v := versionSchema(crd, version)
	for _, step := range strings.Split(strings.TrimPrefix(field, "."), ".") {
		for v != nil && step != "" {
			switch name, rest := cutStep(step); {
			case name != "":
				v, step = fields(fields(v["properties"])[name]), rest
			case strings.HasPrefix(step, "[]"):
				v, step = fields(v["items"]), step[2:]
			default:
				v, step = fields(v["additionalProperties"]), strings.TrimPrefix(step, "{}")
			}
		}
	}
	return v
}

// cutStep splits off the name in front of [] and {}.
func cutStep(step string) (name, rest string) {
	i := strings.IndexAny(step, "[{")
	if i < 0 {
		return step, ""
	}
	return step[:i], step[i:]
}

func versionSchema(crd model.CRD, version string) model.Tree {
	spec := fields(crd.Tree["spec"])
	list, _ := spec["versions"].([]any)
	for _, e := range list {
		if v := fields(e); v["name"] == version {
			if s := fields(fields(v["schema"])["openAPIV3Schema"]); s != nil {
				return s
			}
		}
	}
	return fields(fields(spec["validation"])["openAPIV3Schema"])
}

// fieldNames are what the parent of a field says of it.
func fieldNames(c *Case) []pattern {
	var out []pattern
	for _, f := range []string{c.Named["field"], c.From} {
		if f == "" || f == rootField {
			continue
		}
		parent, name := splitField(f)
		if parent == "" {
			parent = rootField
		}
		out = append(out, form("* crds/?/versions/?/schema/?/required/?", c.Named["crd"], c.Named["version"], parent, name))
	}
	return out
}

// sameField are the keywords that follow from a field's new type.
func sameField(c *Case) []pattern {
	crd, version, f := c.Named["crd"], c.Named["version"], c.Named["field"]
	return []pattern{
		form("* crds/?/versions/?/schema/?/format", crd, version, f), form("* crds/?/versions/?/schema/?/items", crd, version, f),
		form("* crds/?/versions/?/schema/?/additionalProperties", crd, version, f),
		form("* crds/?/versions/?/schema/?/x-kubernetes-list-type", crd, version, f),
		form("* crds/?/versions/?/schema/?/x-kubernetes-map-type", crd, version, f),
	}
}

func knownKeyword(k string) bool {
	_, limit := limits[k]
	return limit || slices.Contains([]string{
		"type", "format", "items", "properties", "additionalProperties", "required", "enum", "default", "pattern", "nullable", "description", "title",
		"example", "externalDocs", "allOf", "anyOf", "oneOf", "not", "x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource",
		"x-kubernetes-int-or-string", "x-kubernetes-list-type", "x-kubernetes-list-map-keys", "x-kubernetes-map-type", "x-kubernetes-validations",
	}, k)
}
