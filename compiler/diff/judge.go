package diff

import (
	"reflect"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
)

// judge lets rules claim changes.
type judge struct {
	old, new *model.Operator
	changes  []Change
	claimed  []bool
	findings []*Finding
	owner    map[int]*Finding // of a change, by its index: the finding that claimed it
}

// rules lets each rule claim what it is about. Those that speak for smaller changes come first.
func (j *judge) rules() {
	j.owner = map[int]*Finding{}
	for _, larger := range []bool{true, false} {
		for _, r := range allRules {
			if !r.Notice && (r.Claims != nil || r.Silent) == larger {
				j.rule(r)
			}
		}
	}
}

func (j *judge) rule(r *Rule) {
	for i := range j.changes {
		if j.claimed[i] {
			continue
		}
		c, ok := j.fits(r, &j.changes[i])
		if !ok {
			continue
		}
		f := newFinding(r, &j.changes[i], c.Named)
		j.claimed[i], j.owner[i] = true, f
		if r.Claims != nil {
			j.cause(f, r.Claims(c))
		}
		if !r.Silent {
			j.findings = append(j.findings, f)
		}
	}
}

// fits reports whether a rule is about a change.
func (j *judge) fits(r *Rule, change *Change) (*Case, bool) {
	for _, p := range r.patterns {
		named, ok := p.match(change)
		if !ok {
			continue
		}
		c := &Case{Change: change, Named: named, Old: j.old, New: j.new}
		if r.If == nil || r.If(c) {
			return c, true
		}
	}
	return nil, false
}

// cause claims the smaller changes that follow from a finding's.
func (j *judge) cause(f *Finding, smaller []pattern) {
	for i := range j.changes {
		if j.claimed[i] {
			continue
		}
		if slices.ContainsFunc(smaller, func(p pattern) bool { _, ok := p.match(&j.changes[i]); return ok }) {
			j.claimed[i], j.owner[i] = true, f
			f.Caused = append(f.Caused, j.changes[i])
		}
	}
}

// notices lets rules look at what others claimed.
func (j *judge) notices() {
	for _, r := range allRules {
		if !r.Notice {
			continue
		}
		for i := range j.changes {
			if c, ok := j.fits(r, &j.changes[i]); ok {
				j.findings = append(j.findings, newFinding(r, &j.changes[i], c.Named))
			}
		}
	}
}

// Unclassified is the rule of what no other rule claims.
var Unclassified = &Rule{
	ID: "OPC4000", Title: "change that no rule knows", Category: Meta, Verdict: Major,
	Why: "opc found a difference that it has no opinion of. Until it has, the difference counts as breaking: look at it, waive it, and tell the makers of opc.",
	Say: "{path} was {kind}",
}

func (j *judge) unclassified() {
	for i := range j.changes {
		if c := &j.changes[i]; !j.claimed[i] {
			j.findings = append(j.findings, newFinding(Unclassified, c, map[string]string{"path": c.Path.String(), "kind": string(c.Kind)}))
		}
	}
}

// finish tells as one what belongs together, and sorts.
func (j *judge) finish() []Finding {
	byKey := map[string]*Finding{}
	var list []*Finding
	for _, f := range j.findings {
		key := f.key()
		if first := byKey[key]; first != nil {
			first.join(f)
			continue
		}
		byKey[key] = f
		list = append(list, f)
	}
	out := make([]Finding, 0, len(list))
	for _, f := range list {
		f.settle()
		out = append(out, *f)
	}
	slices.SortFunc(out, compareFindings)
	return out
}

// preflight asks the foreign judge about each CRD that changed, and adds what it says to the finding of the same
// change.
func (j *judge) preflight(ask Preflight) {
	if ask == nil {
		return
	}
	for _, c := range j.old.CRDs {
		i := slices.IndexFunc(j.new.CRDs, func(n model.CRD) bool { return n.Name == c.Name })
		if i < 0 || reflect.DeepEqual(c.Tree, j.new.CRDs[i].Tree) {
			continue
		}
		old, new := withConversion(c, j.old), withConversion(j.new.CRDs[i], j.new)
		issues, err := ask(old, new)
		if err != nil {
			issues = append(issues, Issue{Check: "crdify", Message: err.Error()})
		}
		for _, issue := range issues {
			j.issue(c, j.new.CRDs[i], issue)
		}
	}
}

// withConversion is a CRD's tree with a conversion that is plain.
func withConversion(c model.CRD, o *model.Operator) model.Tree {
	scope := o.Scope(o.DefaultOverlay())
	out, spec := model.Tree{}, model.Tree{}
	for k, v := range c.Tree {
		out[k] = v
	}
	for k, v := range fields(c.Tree["spec"]) {
		spec[k] = v
	}
	delete(spec, "conversion")
	if conv := scope.Resolve(fields(c.Tree["spec"])["conversion"]); conv != nil {
		spec["conversion"] = conv
	}
	out["spec"], out["metadata"] = spec, model.Tree{"name": c.Name}
	return out
}

// issue finds the finding that an issue of the foreign judge belongs to, or makes one.
func (j *judge) issue(old, new model.CRD, issue Issue) {
	message := "crdify: " + issue.Check + ": " + issue.Message
	best := -1
	for i := range j.changes {
		c := &j.changes[i]
		if j.owner[i] == nil || len(c.Path) < 3 || c.Path[0] != "crds" || c.Path[1] != old.Name || !answers(c, issue) {
			continue
		}
		if best < 0 || c.Path[len(c.Path)-1] == issue.Check || len(c.Path) > 6 && c.Path[6] == issue.Check {
			best = i
		}
	}
	if best >= 0 {
		f, c := j.owner[best], &j.changes[best]
		f.Blocks = f.Blocks || issue.Blocks
		gone := len(c.Path) == 6 && (c.Kind == Removed || c.Kind == Renamed) // of which crdify says all that it was, too
		if !gone || issue.Check == "existingFieldRemoval" && issue.Property == c.property {
			f.Judges = append(f.Judges, message)
		}
		return
	}
	rule, where := foreignRule, new.From
	named := map[string]string{"crd": old.Name, "version": issue.Version, "field": strings.TrimPrefix(issue.Property, "^"), "check": issue.Check, "message": issue.Message}
	path := Path{"crds", old.Name, "versions", issue.Version, "schema", named["field"], issue.Check}
	if strings.Contains(issue.Version, "->") {
		rule = servedRule(issue, new)
	}
	f := newFinding(rule, &Change{Kind: Changed, Path: path, OldFrom: old.From, NewFrom: where}, named)
	f.Judges, f.Blocks = []string{message}, issue.Blocks
	j.findings = append(j.findings, f)
}

// answers reports whether an issue is about a change.
func answers(c *Change, issue Issue) bool {
	if issue.Version == "" {
		return c.Path[2] == issue.Check
	}
	if c.Path[2] != "versions" || len(c.Path) < 6 || c.Path[3] != issue.Version || c.Path[4] != "schema" {
		return false
	}
	if c.property == issue.Property {
		return true
	}
	below := c.property // a field that is gone took its fields along; so did a keyword with schemas in it
	if len(c.Path) > 6 {
		below += "." + c.Path[6]
	}
	return strings.HasPrefix(issue.Property, below+".") || strings.HasPrefix(issue.Property, below+"[") || issue.Property == below
}
