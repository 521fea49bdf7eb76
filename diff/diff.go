// Package diff judges the next version of an operator: what changed for the people who run it, how bad it is, why, and
// which version number that demands. It works on models, never on text. Compare finds every difference, matched by
// identity; rules, which are data, claim differences and turn them into findings; what no rule claims is unclassified
// and counts as breaking. Read Judge first, then Rule.
//
// The package is pure: what day it is and what a foreign judge says of CRDs is handed in.
package diff

import (
	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// Options are what a judgement needs besides the two versions.
type Options struct {
	Preflight Preflight       // may be nil: then no foreign judge is asked
	Accept    []schema.Waiver // waivers of the new description
	Today     string          // such as 2026-11-22, by which waivers end; "" ends none
	// OLM compares what OLM installs, and nothing that a bundle can't say, such as parameters: for when a side was
	// read from a bundle.
	OLM bool
	// Published tells that one side was published and the other is a description. The first then names the operator's
	// image by the digest that was pushed, and the other by its tag, which is no change.
	Published bool
}

// Preflight asks a foreign judge about one CRD that both versions have, as plain trees. Its issues are sorted.
type Preflight func(old, new model.Tree) ([]Issue, error)

// Issue is what a foreign judge holds against a CRD.
type Issue struct {
	Version  string // of the API, such as v1, or a pair "v1alpha1 -> v1"; "" for the whole CRD
	Property string // in the judge's words, such as ^.spec.size; "" for the whole CRD or version
	Check    string // name of the judge's check
	Message  string
	Blocks   bool // OLM v1's upgrade check refuses it too
}

// Report is the judgement of a new version against an old one.
type Report struct {
	Old, New *model.Operator
	Findings []Finding // sorted: the worst first
	Verdict  Verdict   // the worst of the findings that are not waived
	Demands  string    // the least version that fits the verdict; "" when nothing demands one
	Fits     bool      // whether the new version is at least that
	Waivers  []WaiverFault
}

// Compare returns every difference between two versions, in the order of their paths.
func Compare(old, new *model.Operator) []Change { return compare(old, new, Options{}) }

func compare(old, new *model.Operator, opts Options) []Change {
	ov, nv := views(old, new, opts.OLM)
	a, b := facts(old, ov), facts(new, nv)
	if opts.OLM {
		a.leaveOut(unsaid)
		b.leaveOut(unsaid)
	}
	if opts.Published && (old.Image.Digest == "") != (new.Image.Digest == "") {
		a.leaveOut(pinned)
		b.leaveOut(pinned)
	}
	d := &differ{on: ov.on}
	d.walk(nil, side{node: a}, side{node: b})
	d.changes = append(d.changes, derived(old, new, ov, nv)...)
	sortChanges(d.changes)
	return d.changes
}

// Judge compares two versions and judges every difference.
func Judge(old, new *model.Operator, opts Options) *Report {
	j := &judge{old: old, new: new, changes: compare(old, new, opts)}
	j.claimed = make([]bool, len(j.changes))
	j.rules()
	j.notices()
	j.preflight(opts.Preflight)
	j.unclassified()
	r := &Report{Old: old, New: new, Findings: j.finish()}
	r.waive(opts)
	for _, f := range r.Findings {
		if f.Waived == nil {
			r.Verdict = max(r.Verdict, f.Verdict)
		}
	}
	r.Demands, r.Fits = demand(old.Version, new.Version, r.Verdict)
	return r
}

// Place fills in the positions of the findings' places from the two descriptions.
func (r *Report) Place(old, new diag.Locator) {
	locate := func(loc diag.Locator, p *Place) {
		if loc != nil {
			p.Pos, _ = loc.Locate(p.Path)
		}
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		locate(old, &f.Old)
		locate(new, &f.New)
	}
	for i := range r.Waivers {
		locate(new, &r.Waivers[i].Place)
	}
}
