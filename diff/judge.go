package diff

import (
	"cmp"
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
		c := &Case{Change: change, Named: named, Old: j.old, New: j.new, all: j.changes}
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
			if !f.Repeats && !f.Silent {
				f.Verdict = max(f.Verdict, j.alone(f.Rule, &j.changes[i]))
			}
		}
	}
}

// alone is the verdict of a change if no other had claimed it.
func (j *judge) alone(but *Rule, change *Change) Verdict {
	for _, larger := range []bool{true, false} {
		for _, r := range allRules {
			if r == but || r.Notice || (r.Claims != nil || r.Silent) != larger {
				continue
			}
			if _, ok := j.fits(r, change); ok {
				return r.Verdict
			}
		}
	}
	return Unclassified.Verdict
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
	ID: "OPC4000", Title: "change that no rule covers", Category: Meta, Verdict: Major,
	Why: "opc found a difference that no rule covers. It counts as breaking until there is a rule. Review it, accept it, and please report it.",
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
	if i := j.answering(old.Name, issue); i >= 0 {
		j.owner[i].judged(&j.changes[i], issue)
		return
	}
	named := map[string]string{"crd": old.Name, "version": issue.Version, "field": strings.TrimPrefix(issue.Property, "^"), "check": issue.Check, "message": issue.Message}
	path := Path{"crds", old.Name, "versions", issue.Version, "schema", named["field"], issue.Check}
	f := newFinding(j.foreign(old.Name, issue), &Change{Kind: Changed, Path: path, OldFrom: old.From, NewFrom: new.From}, named)
	f.Judges, f.Issues, f.Blocks = []string{issue.String()}, []Issue{issue}, issue.Blocks
	j.findings = append(j.findings, f)
}

// answering finds the change that an issue is about: the one of the keyword that was checked, if there is one.
func (j *judge) answering(crd string, issue Issue) int {
	best := -1
	for i := range j.changes {
		c := &j.changes[i]
		if j.owner[i] == nil || len(c.Path) < 3 || c.Path[0] != "crds" || c.Path[1] != crd || !answers(c, issue) {
			continue
		}
		if best < 0 || c.Path[len(c.Path)-1] == issue.Check || len(c.Path) > 6 && c.Path[6] == issue.Check {
			best = i
		}
	}
	return best
}

// foreign is the rule of an issue that no change answers.
func (j *judge) foreign(crd string, issue Issue) *Rule {
	switch {
	case strings.Contains(issue.Version, "->") && issue.Blocks:
		return servedBreak
	case strings.Contains(issue.Version, "->"):
		return servedDifference
	case issue.Property != "" && !slices.ContainsFunc(j.changes, func(c Change) bool { return concerns(&c, crd, issue) }):
		return rewritten
	}
	return foreignRule
}

// judged folds in what a foreign judge says of a change. Of what is gone it says all that it was, too.
func (f *Finding) judged(c *Change, issue Issue) {
	f.Blocks, f.Issues = f.Blocks || issue.Blocks, append(f.Issues, issue)
	gone := len(c.Path) == 6 && (c.Kind == Removed || c.Kind == Renamed)
	if !gone || issue.Check == "existingFieldRemoval" && issue.Property == c.property {
		f.Judges = append(f.Judges, issue.String())
	}
}

// String is what the judge says, in one line.
func (i Issue) String() string { return "crdify: " + i.Check + ": " + i.Message }

func compareIssues(a, b Issue) int {
	return cmp.Or(cmp.Compare(a.Version, b.Version), cmp.Compare(a.Property, b.Property), cmp.Compare(a.Check, b.Check), cmp.Compare(a.Message, b.Message))
}

// answers reports whether an issue is about a change.
func answers(c *Change, issue Issue) bool {
	if issue.Version == "" {
		return c.Path[2] == issue.Check
	}
	if !inSchema(c, issue.Version) {
		return false
	}
	below := c.property // a field that is gone took its fields along; so did a keyword with schemas in it
	if len(c.Path) > 6 {
		below += "." + c.Path[6]
	}
	// What changed in the values of a map is told of the map, too.
	return c.property == issue.Property || within(issue.Property, below) || issue.Check == "unhandled" && within(c.property, issue.Property+".additionalProperties")
}

// concerns reports whether a change stands anywhere near what an issue is about.
func concerns(c *Change, crd string, issue Issue) bool {
	return len(c.Path) > 2 && c.Path[0] == "crds" && c.Path[1] == crd && inSchema(c, issue.Version) &&
		(within(issue.Property, c.property) || within(c.property, issue.Property))
}

func inSchema(c *Change, version string) bool {
	return c.Path[2] == "versions" && len(c.Path) >= 6 && c.Path[3] == version && c.Path[4] == "schema"
}

// within reports whether a property is another or stands in it, in crdify's words.
func within(property, other string) bool {
	rest, ok := strings.CutPrefix(property, other)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}
