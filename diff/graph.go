package diff

import (
	"slices"

	"github.com/Masterminds/semver/v3"
	blang "github.com/blang/semver/v4"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema/diag"
)

// edges finds an upgrade that the new version leaves out: whoever runs the old one, from a channel that both are in,
// can't get to it.
func edges(old, new *model.Operator, olm bool) []Change {
	from, to := old.OLM.CSVName, new.OLM.CSVName
	if from == to || reaches(old, new) || !shareChannel(old, new) {
		return nil
	}
	kind := Removed
	if !saysEdges(old) && !saysEdges(new) {
		if olm { // a bundle of a catalog whose edges are written elsewhere
			return nil
		}
		kind = Changed
	}
	return []Change{{
		Kind: kind, Path: Path{"graph", from}, Old: from, New: new.Release.Replaces, OldFrom: releasePlace(old), NewFrom: edgePlace(new),
	}}
}

// edgePlace is where a version says what it replaces, or would.
func edgePlace(o *model.Operator) diag.Path {
	if o.Release.Replaces != "" {
		return o.Release.From.Child("replaces")
	}
	return releasePlace(o)
}

// releasePlace is where a version stands in the graph; one that says nothing of it is known by its number.
func releasePlace(o *model.Operator) diag.Path {
	if saysEdges(o) {
		return o.Release.From
	}
	return "/version"
}

// Broken returns what keeps OLM from upgrading the old version to the new one, unless the new description accepts it.
func Broken(old, new *model.Operator, opts Options) []Finding {
	j := &judge{old: old, new: new, changes: edges(old, new, opts.OLM)}
	j.claimed = make([]bool, len(j.changes))
	j.rules()
	r := &Report{Old: old, New: new, Findings: j.finish()}
	r.waive(opts)
	return slices.DeleteFunc(r.Findings, func(f Finding) bool { return !f.Blocking || f.Waived != nil })
}

// Upgrades reports whether OLM upgrades from the old version to the new one directly, as far as the new one says.
func (r *Report) Upgrades() bool { return reaches(r.Old, r.New) }

func saysEdges(o *model.Operator) bool {
	return o.Release.Replaces != "" || o.Release.SkipRange != "" || len(o.Release.Skips) > 0
}

func shareChannel(old, new *model.Operator) bool {
	return slices.ContainsFunc(old.Release.Channels, func(c string) bool { return slices.Contains(new.Release.Channels, c) })
}

// reaches reports whether OLM upgrades from the old version to the new one directly.
func reaches(old, new *model.Operator) bool {
	r := new.Release
	return r.Replaces == old.OLM.CSVName || slices.Contains(r.Skips, old.OLM.CSVName) || r.SkipRange != "" && inRange(r.SkipRange, old.Version)
}

// inRange reads a range as OLM does.
func inRange(text, version string) bool {
	in, err := blang.ParseRange(text)
	if err != nil {
		return false
	}
	v, err := blang.Parse(version)
	return err == nil && in(v)
}

// lower reports whether a version stands before another. A rebuild, such as 1.2.3-1, stands after what it was built
// from.
func lower(a, b string) bool {
	x, err := semver.NewVersion(a)
	if err != nil {
		return false
	}
	y, err := semver.NewVersion(b)
	return err == nil && model.Before(x, y)
}
