package diff

import (
	"cmp"
	"slices"

	"github.com/opc-project/opc/compiler/model"
)

// Verdict is how much a version number must rise for a finding.
type Verdict int

// The verdicts, from nothing to say to what breaks users.
const (
	None Verdict = iota
	Patch
	Minor
	Major
)

// String returns the word for the part of a version number.
func (v Verdict) String() string { return [...]string{"none", "patch", "minor", "major"}[v] }

// Category is the part of an operator that a rule is about.
type Category string

// The categories, in the order in which they are told.
const (
	CRD      Category = "CRD"
	Values   Category = "VALUES"
	RBAC     Category = "RBAC"
	Workload Category = "WORKLOAD"
	Webhook  Category = "WEBHOOK"
	Scope    Category = "SCOPE"
	Graph    Category = "GRAPH"
	Images   Category = "IMAGES"
	Meta     Category = "META"
)

// Categories are all categories, in order, with what they are about.
func Categories() []Category {
	return []Category{CRD, Values, RBAC, Workload, Webhook, Scope, Graph, Images, Meta}
}

// About says in a few words what a category is about.
func (c Category) About() string {
	return map[Category]string{
		CRD: "APIs and their schemas", Values: "settings of the chart, overlays and Subscriptions", RBAC: "permissions in the cluster",
		Workload: "workloads and other installed objects", Webhook: "admission webhooks",
		Scope: "watched namespaces and the namespace of the installation", Graph: "upgrades from installed versions",
		Images: "container images", Meta: "metadata and texts",
	}[c]
}

// Rule claims changes of some forms and says what they mean. Rules are data: documentation, `opc rules` and
// `opc explain` are made from them, and a test runs the example of each.
type Rule struct {
	ID       string
	Title    string
	Category Category
	Verdict  Verdict
	Why      string // why it matters to those who run the operator, and what to do
	On       []string
	If       func(*Case) bool      // nil: always
	Say      string                // the message; {words} are the named elements of the pattern, {old} and {new} the values
	By       []string              // named elements of which each combination is one finding; nil: all of them
	Claims   func(*Case) []pattern // the smaller changes that this one causes
	Silent   bool                  // what it claims needs no words
	Notice   bool                  // it looks at changes that other rules claim, and claims none
	Repeats  bool                  // what it claims says the same once more in another place, and has no verdict of its own
	Blocking bool                  // no version number makes up for it
	Example  Example

	patterns []pattern
}

// Example is the smallest pair of descriptions that shows a rule. Before and After are laid over a description of an
// operator called demo, or over a part of it.
type Example struct {
	In            string // "" for the description itself; crd, version, spec, properties or metadata for that part of its CRD, chart for the schema of a chart's values
	Before, After string // YAML
}

// Case is a change that a rule looks at.
type Case struct {
	*Change
	Named    map[string]string // the named elements of the pattern
	Old, New *model.Operator

	all []Change // of the comparison
}

// Level is how loud a finding of the rule is: an error, a warning or a note.
func (r *Rule) Level() string { return r.Verdict.level() }

func (v Verdict) level() string {
	switch v {
	case Major:
		return "error"
	case Minor:
		return "warning"
	}
	return "note"
}

// Rules lists every rule, in the order in which they are tried.
func Rules() []*Rule { return allRules }

// Documented lists every rule that a finding can have, for people: by category and ID.
func Documented() []*Rule {
	list := slices.Concat(allRules, []*Rule{foreignRule, rewritten, servedBreak, servedDifference, Unclassified})
	list = slices.DeleteFunc(list, func(r *Rule) bool { return r.Silent })
	order := Categories()
	slices.SortFunc(list, func(a, b *Rule) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Category), slices.Index(order, b.Category)), cmp.Compare(a.ID, b.ID))
	})
	return list
}

// Explain returns a rule by its ID.
func Explain(id string) (*Rule, bool) {
	list := Documented()
	i := slices.IndexFunc(list, func(r *Rule) bool { return r.ID == id })
	if i < 0 {
		return nil, false
	}
	return list[i], true
}

// allRules are tried in this order: what speaks for much comes before what it speaks for.
var allRules = prepare(
	identityRules, crdRules, schemaRules, schemaStyleRules, webhookRules, imageRules, valueRules, rbacRules, workloadRules, containerRules, objectRules, scopeRules, graphRules, metaRules,
)

// prepare puts the families into one list and reads their patterns.
func prepare(families ...[]*Rule) []*Rule {
	all := slices.Concat(families...)
	for _, r := range all {
		for _, on := range r.On {
			r.patterns = append(r.patterns, parse(on))
		}
	}
	return all
}
