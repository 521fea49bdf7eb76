package diff

import (
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
)

// valueRules are about what an installer sets: parameters, features and raw values of the chart.
var valueRules = []*Rule{
	{
		ID: "VAL001", Title: "parameter removed", Category: Values, Verdict: Major,
		Why: "Settings in values.yaml cause an error from the chart's schema. Settings in an overlay or a Subscription have no effect.",
		On:  []string{"removed parameters/{parameter}"}, Claims: ofParameter,
		Say:     "the parameter {parameter} is gone",
		Example: Example{Before: "parameters: {logLevel: {default: info}}", After: ""},
	},
	{
		ID: "VAL002", Title: "parameter added", Category: Values, Verdict: Minor,
		Why: "The parameter is new. Its default keeps the previous behavior.",
		On:  []string{"added parameters/{parameter}"}, Claims: ofParameter,
		Say:     "there is a new parameter, {parameter}",
		Example: Example{Before: "", After: "parameters: {logLevel: {default: info}}"},
	},
	{
		ID: "VAL003", Title: "parameter renamed", Category: Values, Verdict: Major,
		Why: "Settings with the old name have no effect. Support both names for a major version.",
		On:  []string{"renamed parameters/{parameter}"}, Claims: ofParameter,
		Say:     "the parameter {was} is now called {parameter}",
		Example: Example{Before: "parameters: {logLevel: {default: info, enum: [info, debug]}}", After: "parameters: {verbosity: {default: info, enum: [info, debug]}}"},
	},
	{
		ID: "VAL004", Title: "parameter of another type", Category: Values, Verdict: Major,
		Why: "The chart's schema rejects values that were valid before.",
		On:  []string{"changed parameters/{parameter}/type"}, Claims: func(c *Case) []pattern {
			return append(ofParameter(c), form("* parameters/?/default", c.Named["parameter"]), form("* parameters/?/enum/**", c.Named["parameter"]))
		},
		Say:     "the parameter {parameter} was of type {old} and is of type {new}",
		Example: Example{Before: "parameters: {retries: {default: 3}}", After: "parameters: {retries: {default: many}}"},
	},
	{
		ID: "VAL005", Title: "default of a parameter changed", Category: Values, Verdict: Minor, Repeats: true,
		Why: "Users who kept the default get another value with the upgrade.",
		On:  []string{"changed parameters/{parameter}/default"}, Claims: carried,
		Say:     "the default of the parameter {parameter} was {old} and is {new}",
		Example: Example{Before: "parameters: {retries: {default: 3}}", After: "parameters: {retries: {default: 5}}"},
	},
	{
		ID: "VAL006", Title: "parameter accepts fewer values", Category: Values, Verdict: Major,
		Why: "The chart's schema rejects values that were valid before.",
		On:  []string{"removed parameters/{parameter}/enum/{value}", "added|changed parameters/{parameter}/pattern|schema", "* parameters/{parameter}/minimum|maximum", "added parameters/{parameter}/enum/{value}"},
		If:  fewerValues, By: []string{"parameter"},
		Say:     "the parameter {parameter} takes fewer values than before",
		Example: Example{Before: "parameters: {logLevel: {default: info, enum: [info, debug]}}", After: "parameters: {logLevel: {default: info, enum: [info]}}"},
	},
	{
		ID: "VAL007", Title: "parameter accepts more values", Category: Values, Verdict: Minor,
		Why:     "Additional values are accepted.",
		On:      []string{"* parameters/{parameter}/enum/**", "* parameters/{parameter}/pattern|minimum|maximum|schema"},
		By:      []string{"parameter"},
		Say:     "the parameter {parameter} takes more values than before",
		Example: Example{Before: "parameters: {logLevel: {default: info, enum: [info]}}", After: "parameters: {logLevel: {default: info, enum: [info, debug]}}"},
	},
	{
		ID: "VAL008", Title: "parameter carried by another environment variable", Category: Values, Verdict: Major,
		Why: "With OLM, a Subscription sets a parameter with its environment variable. Settings with the old name have no effect.",
		On:  []string{"changed|removed parameters/{parameter}/env"}, Claims: ofParameter,
		Say:     "the parameter {parameter} no longer sets {old}",
		Example: Example{Before: "parameters: {retries: {default: 3}}", After: "parameters: {retries: {default: 3, env: MAX_RETRIES}}"},
	},
	{
		ID: "VAL009", Title: "parameter read or described differently", Category: Values, Verdict: Patch, Repeats: true,
		Why: "The program reads the parameter from another flag, or its description changed. Existing settings stay valid.",
		On:  []string{"* parameters/{parameter}/arg|description|sets", "added parameters/{parameter}/env"}, Claims: ofParameter, By: []string{"parameter"},
		Say:     "the parameter {parameter} is read or described differently",
		Example: Example{Before: "parameters: {retries: {default: 3}}", After: "parameters: {retries: {default: 3, arg: --retries}}"},
	},
	{
		ID: "VAL010", Title: "feature removed", Category: Values, Verdict: Major,
		Why: "Settings in values.yaml and references to its kustomize component cause errors. Its objects are removed.",
		On:  []string{"removed features/{feature}"}, Claims: ofFeature,
		Say:     "the feature {feature} is gone",
		Example: Example{Before: "features: {tracing: {enabled: true, args: [--trace]}}", After: ""},
	},
	{
		ID: "VAL011", Title: "feature added", Category: Values, Verdict: Minor,
		Why: "Users can switch an additional feature.",
		On:  []string{"added features/{feature}"}, Claims: ofFeature,
		Say:     "there is a new feature, {feature}",
		Example: Example{Before: "", After: "features: {tracing: {args: [--trace]}}"},
	},
	{
		ID: "VAL012", Title: "feature renamed", Category: Values, Verdict: Major,
		Why: "Settings with the old name cause an error or have no effect.",
		On:  []string{"renamed features/{feature}"}, Claims: ofFeature,
		Say:     "the feature {was} is now called {feature}",
		Example: Example{Before: "features: {tracing: {description: Trace requests., args: [--trace]}}", After: "features: {traces: {description: Trace requests., args: [--trace]}}"},
	},
	{
		ID: "VAL013", Title: "feature off by default", Category: Values, Verdict: Major,
		Why: "Users who kept the default lose the feature with the upgrade.",
		On:  []string{"changed features/{feature}/enabled"}, If: turnedOff, Claims: switched,
		Say:     "the feature {feature} is now off by default",
		Example: Example{Before: "features: {tracing: {enabled: true, args: [--trace]}}", After: "features: {tracing: {enabled: false, args: [--trace]}}"},
	},
	{
		ID: "VAL014", Title: "feature on by default", Category: Values, Verdict: Minor,
		Why: "Users who kept the default get the feature with the upgrade. The cluster must meet its requirements.",
		On:  []string{"changed features/{feature}/enabled"}, Claims: switched,
		Say:     "the feature {feature} is now on by default",
		Example: Example{Before: "features: {tracing: {enabled: false, args: [--trace]}}", After: "features: {tracing: {enabled: true, args: [--trace]}}"},
	},
	{
		ID: "VAL015", Title: "requirements of a feature changed", Category: Values, Verdict: Minor,
		Why:     "Users of the feature must enable the other one, too, or no longer need to.",
		On:      []string{"* features/{feature}/requires/{other}"},
		By:      []string{"feature"},
		Say:     "the feature {feature} needs other features than before: {other}",
		Example: Example{Before: "features: {a: {args: [--a]}, b: {args: [--b]}}", After: "features: {a: {args: [--a]}, b: {args: [--b], requires: [a]}}"},
	},
	{
		ID: "VAL016", Title: "feature added to or removed from the bundle", Category: Values, Verdict: Minor,
		Why: "Users of OLM get the feature, or lose it, with the upgrade.",
		On:  []string{"changed features/{feature}/olm"}, By: []string{"feature"},
		Say:     "whether the bundle has the feature {feature} was {old} and is {new}",
		Example: Example{Before: "features: {tracing: {args: [--trace]}}", After: "features: {tracing: {args: [--trace], olm: false}}"},
	},
	{
		ID: "VAL017", Title: "feature described differently", Category: Values, Verdict: Patch,
		Why: "Only the description changed.",
		On:  []string{"* features/{feature}/description"}, By: []string{},
		Say:     "descriptions of features changed: {feature}",
		Example: Example{Before: "features: {tracing: {args: [--trace]}}", After: "features: {tracing: {args: [--trace], description: Trace requests.}}"},
	},
	{
		ID: "VAL027", Title: "default of a chart value and the field that it sets changed", Category: Values, Verdict: Patch,
		Why: "The new default changes a field of an object; see the finding for that field. Users who set the value keep their setting.",
		On:  []string{"added|changed|removed helm/values/{key...}"}, If: setsChange, By: []string{},
		Say:     "defaults of chart values, and the fields that they set, changed: {key}",
		Example: Example{Before: "{helm: {values: {team: red}}, manager: {podLabels: {team: red}}}", After: "{helm: {values: {team: blue}}, manager: {podLabels: {team: blue}}}"},
	},
	{
		ID: "VAL018", Title: "value of the chart removed or of another type", Category: Values, Verdict: Major,
		Why: "Setting the value has no effect, or causes an error in a template.",
		On:  []string{"removed|renamed|changed helm/values/{key...}"}, If: otherValue,
		Say:     "the value {key} of the chart {turn}",
		Example: Example{Before: "helm: {values: {team: a}}", After: "helm: {values: {team: {name: a}}}"},
	},
	{
		ID: "VAL019", Title: "value of the chart added or with another default", Category: Values, Verdict: Minor,
		Why:     "Users who did not set the value get the new default.",
		On:      []string{"* helm/values/{key...}"},
		Say:     "the default of the value {key} of the chart {turn}",
		Example: Example{Before: "helm: {values: {team: a}}", After: "helm: {values: {team: b}}"},
	},
	{
		ID: "VAL025", Title: "value of the chart newly required", Category: Values, Verdict: Major,
		Why:     "Upgrades without the value are rejected. Set a default.",
		On:      []string{"added helm/required/{key}"},
		Say:     "the value {key} of the chart must be set now: it is required and has no default",
		Example: Example{In: "chart", Before: "required: []", After: "required: [auth.token]"},
	},
	{
		ID: "VAL026", Title: "value of the chart no longer required", Category: Values, Verdict: Minor,
		Why:     "Users no longer have to set the value.",
		On:      []string{"removed helm/required/{key}"},
		Say:     "the value {key} of the chart need not be set any more",
		Example: Example{In: "chart", Before: "required: [auth.token]", After: "required: []"},
	},
	{
		ID: "VAL020", Title: "CRDs moved within the chart", Category: Values, Verdict: Major,
		Why:     "Helm never upgrades or deletes CRDs in crds/, but manages those in templates/. Moving them requires manual work: either they are no longer upgraded, or Helm refuses to adopt them.",
		On:      []string{"changed helm/crds"},
		Say:     "the chart's CRDs move from {old}/ to {new}/",
		Example: Example{Before: "helm: {crds: templates}", After: "helm: {crds: crds}"},
	},
	{
		ID: "VAL021", Title: "overlay removed or renamed", Category: Values, Verdict: Major,
		Why:     "Kustomizations that use the overlay by its path or URL fail.",
		On:      []string{"removed|renamed overlays/{overlay}"},
		Claims:  func(c *Case) []pattern { return []pattern{form("* overlays/?/**", c.Named["overlay"])} },
		Say:     "the kustomize overlay {overlay} {fate}",
		Example: Example{Before: "overlays: {dev: {}, prod: {}}", After: "overlays: {prod: {}}"},
	},
	{
		ID: "VAL028", Title: "container and its chart values removed", Category: Values, Verdict: Major,
		Why: "The chart refuses the values of the container, such as its image and resources: users who set them must remove them before the upgrade.",
		On:  []string{"removed helm/containers/{container}"}, Claims: func(c *Case) []pattern {
			return []pattern{form("removed|renamed workloads/*/containers|initContainers/?", c.Named["container"])}
		},
		Say:     "the container {container} and its chart values were removed",
		Example: Example{Before: "manager: {pod: {containers: [{name: proxy, image: 'example.com/proxy:1'}]}}", After: ""},
	},
	{
		ID: "VAL029", Title: "values of a container", Category: Values, Verdict: None, Silent: true,
		Why:     "A new container has values of its own; the rule for the container reports it.",
		On:      []string{"added helm/containers/{container}"},
		Example: Example{Before: "", After: "manager: {pod: {containers: [{name: proxy, image: 'example.com/proxy:1'}]}}"},
	},
	{
		ID: "VAL022", Title: "overlay added", Category: Values, Verdict: Minor,
		Why:     "Users can install with an additional overlay.",
		On:      []string{"added overlays/{overlay}"},
		Say:     "there is a new kustomize overlay, {overlay}",
		Example: Example{Before: "overlays: {prod: {}}", After: "overlays: {dev: {}, prod: {}}"},
	},
	{
		ID: "VAL023", Title: "overlay installs into another namespace", Category: Values, Verdict: Major,
		Why:     "Applying it creates a second installation. The first one keeps running.",
		On:      []string{"changed overlays/{overlay}/namespace"},
		Say:     "the overlay {overlay} installs into the namespace {new}, it was {old}",
		Example: Example{Before: "overlays: {prod: {namespace: a}}", After: "overlays: {prod: {namespace: b}}"},
	},
	{
		ID: "VAL024", Title: "overlay changed", Category: Values, Verdict: Minor,
		Why:     "Users of the overlay get different objects.",
		On:      []string{"* overlays/{overlay}/{what}", "* overlays/{overlay}/{what}/**"},
		By:      []string{"overlay"},
		Say:     "the overlay {overlay} says something else of {what}",
		Example: Example{Before: "overlays: {prod: {replicas: 1}}", After: "overlays: {prod: {replicas: 2}}"},
	},
}

// otherValue reports whether a value of a chart is gone or has another type. One that was null could be anything.
func otherValue(c *Case) bool {
	if slices.ContainsFunc(c.Path[2:len(c.Path)-1], func(e string) bool { return slices.Contains(openMaps, e) }) {
		return false
	}
	return c.Kind != Changed || c.Change.Old != nil && c.Change.New != nil && kindOf(c.Change.Old) != kindOf(c.Change.New)
}

// openMaps are values in Kubernetes' own words, which take any of its fields whether a default has them or not.
var openMaps = []string{
	"resources", "limits", "requests", "nodeSelector", "affinity", "strategy", "labels", "annotations", "podLabels", "podAnnotations", "securityContext", "podSecurityContext",
	"containerSecurityContext", "livenessProbe", "readinessProbe", "startupProbe", "dnsConfig", "lifecycle", "updateStrategy",
}

// setsChange reports whether a field of an object changed to what the value's default changed to. A parameter is a
// setting of its own, and what the program reads from its environment or arguments is one of the program: their
// defaults are what installers know them by.
func setsChange(c *Case) bool {
	if c.Path[2] == "parameters" {
		return false
	}
	in := slices.IndexFunc(c.Path[2:len(c.Path)-1], func(e string) bool { return slices.Contains(openMaps, e) })
	if c.Kind == Removed { // a default that is left out of a map in Kubernetes' words can still be set
		return in >= 0 && slices.ContainsFunc(c.all, func(other Change) bool {
			return other.Path[0] == "workloads" && slices.Contains(other.Path, c.Path[2+in])
		})
	}
	if c.Kind == Added && in < 0 {
		return false
	}
	return !blank(c.Change.New) && slices.ContainsFunc(c.all, func(other Change) bool {
		return other.Path[0] != "helm" && !ofProgram(other.Path) && equal(other.New, c.Change.New) && kindOf(other.New) != "bool" && kindOf(other.New) != "number"
	})
}

// ofProgram reports whether a path is that of what a container's program is told.
func ofProgram(p Path) bool {
	return len(p) > 4 && p[0] == "workloads" && oneOf(p[2], "containers", "initContainers") && oneOf(p[4], "env", "envFrom", "args", "command")
}

// kindOf is the kind of a JSON value.
func kindOf(v any) string {
	switch v.(type) {
	case map[string]any:
		return "map"
	case []any:
		return "list"
	case string:
		return "text"
	case bool:
		return "bool"
	case nil:
		return "null"
	}
	return "number"
}

// carried is what in a container follows a parameter: its environment variable, and the flag that reads it.
func carried(c *Case) []pattern {
	var out []pattern
	for _, list := range [][]model.Parameter{c.Old.Parameters, c.New.Parameters} {
		for _, p := range list {
			if p.Name != c.Named["parameter"] && p.Name != c.From {
				continue
			}
			out = append(out, form("* overlays/*/parameters/?", p.Name))
			if p.Env != "" {
				out = append(out, form("* workloads/*/containers|initContainers/*/env/?", p.Env))
			}
			if p.Arg != "" {
				out = append(out, form("* workloads/*/containers|initContainers/*/args/?", p.Arg))
			}
		}
	}
	return out
}

// ofParameter is all that follows a parameter which came, went, or goes by another name.
func ofParameter(c *Case) []pattern {
	out := carried(c)
	for _, name := range []string{c.Named["parameter"], c.From} {
		if name != "" {
			out = append(out, form("* parameters/?/env", name), form("* parameters/?/arg", name), form("* parameters/?/description", name))
		}
	}
	return out
}

// fewerValues reports whether a changed rule of a parameter leaves fewer values. A list of choices that was not there
// before does; one more choice does not.
func fewerValues(c *Case) bool {
	switch last := c.Path[2]; {
	case last == "enum" && c.Kind == Added:
		for _, p := range c.Old.Parameters {
			if p.Name == c.Named["parameter"] {
				return len(p.Enum) == 0
			}
		}
		return false
	case last == "enum":
		for _, p := range c.New.Parameters {
			if p.Name == c.Named["parameter"] {
				return len(p.Enum) > 0
			}
		}
		return false
	case last == "minimum" || last == "maximum":
		return c.Kind == Added || c.Kind == Changed && !farther(c.Change.Old, c.Change.New, last == "maximum")
	}
	return true
}

// ofFeature is all that is installed, or said of a container, under a feature that came, went or was renamed. A change
// whose condition names the feature follows from it.
func ofFeature(c *Case) []pattern {
	name := c.Named["feature"]
	out := []pattern{whenNamed(name), form("* overlays/*/features/?", name)}
	if c.From != "" {
		out = append(out, whenNamed(c.From), form("* overlays/*/features/?", c.From))
	}
	if name == "webhook" {
		out = append(out, parse("* webhooks/certificates|secret|mountPath|servicePort|port"), parse("* features/certManager"), whenNamed("certManager"))
	}
	return append(out, form("* features/?/requires/**", name))
}

// switched is what follows from another default of a feature.
func switched(c *Case) []pattern {
	return []pattern{form("* overlays/*/features/?", c.Named["feature"])}
}

// whenNamed is the form of changes to what is installed only with a feature.
func whenNamed(feature string) pattern {
	return pattern{elems: []element{{rest: true}}, feature: strings.TrimPrefix(feature, "!")}
}
