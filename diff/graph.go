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
	if len(old.Release.Catalog) > 0 && len(new.Release.Catalog) > 0 {
		return stuck(old, new)
	}
	from, to := old.OLM.CSVName, new.OLM.CSVName
	var cut []string
	shared, declared := 0, false
	for _, c := range new.Release.Channels {
		if from == to || !slices.Contains(old.Release.Channels, c) {
			continue
		}
		shared++
		if e := new.Release.In(c); !reaches(old, e) {
			cut = append(cut, c)
			declared = declared || says(e) || says(old.Release.In(c))
		}
	}
	kind := Removed
	switch {
	case len(cut) == 0:
		return nil
	case len(cut) < shared:
		return inChannels(old, new, cut)
	case !declared && olm: // a bundle of a catalog whose edges are written elsewhere
		return nil
	case !declared:
		kind = Changed
	}
	return []Change{{
		Kind: kind, Path: Path{"graph", from}, Old: from, New: new.Release.In(cut[0]).Replaces, OldFrom: releasePlace(old), NewFrom: edgePlace(new, cut[0]),
	}}
}

// inChannels are upgrades that only some of the channels leave out.
func inChannels(old, new *model.Operator, channels []string) []Change {
	var out []Change
	for _, c := range channels {
		out = append(out, Change{
			Kind: Removed, Path: Path{"graph", old.OLM.CSVName, c}, Old: old.OLM.CSVName, New: new.Release.In(c).Replaces,
			OldFrom: releasePlace(old), NewFrom: edgePlace(new, c),
		})
	}
	return out
}

// edgePlace is where a version says what it replaces in a channel, or would.
func edgePlace(o *model.Operator, channel string) diag.Path {
	switch e := o.Release.In(channel); {
	case e.Replaces != "":
		return e.From.Child("replaces")
	case e.From != o.Release.From:
		return e.From
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
func (r *Report) Upgrades() bool {
	return slices.ContainsFunc(r.New.Release.Channels, func(c string) bool { return reaches(r.Old, r.New.Release.In(c)) })
}

func saysEdges(o *model.Operator) bool {
	r := o.Release
	return len(r.Edges) > 0 || says(model.Edges{Replaces: r.Replaces, Skips: r.Skips, SkipRange: r.SkipRange})
}

func says(e model.Edges) bool { return e.Replaces != "" || e.SkipRange != "" || len(e.Skips) > 0 }

// reaches reports whether OLM upgrades from the old version directly by these edges.
func reaches(old *model.Operator, e model.Edges) bool {
	return e.Replaces == old.OLM.CSVName || slices.Contains(e.Skips, old.OLM.CSVName) || e.SkipRange != "" && inRange(e.SkipRange, old.Version)
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
