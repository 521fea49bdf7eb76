package diff

import (
	"github.com/Masterminds/semver/v3"

	"github.com/opc-project/opc/compiler/model"
)

// demand tells the least version that a verdict asks for after an old one, and whether the new one is that. Before
// 1.0.0 the minor number plays the major's part, and the patch number the others'.
func demand(old, new string, v Verdict) (string, bool) {
	o, err := semver.StrictNewVersion(old)
	if err != nil || v == None {
		return "", true
	}
	n, err := semver.StrictNewVersion(new)
	if err != nil {
		return "", true
	}
	want := next(o, v)
	if n.Prerelease() != "" && model.Rebuild(n) == 0 && !n.LessThan(o) && !n.Equal(o) {
		core, err := n.SetPrerelease("")
		if err == nil {
			n = &core
		}
	}
	if model.Rebuild(n) > 0 && v == Patch && model.Before(o, n) { // a rebuild is as small as a patch
		return n.String(), true
	}
	return want.String(), !model.Before(n, want)
}

// next is the least version after one that fits a verdict. A prerelease promises nothing beyond what its own number
// does: 2.0.0-rc.1 may break until 2.0.0.
func next(o *semver.Version, v Verdict) *semver.Version {
	if o.Major() == 0 && v > Patch {
		v--
	}
	if model.Rebuild(o) > 0 {
		o = model.Core(o)
	}
	out := *o
	switch {
	case o.Prerelease() != "" && promised(o) >= v:
		out = *semver.New(o.Major(), o.Minor(), o.Patch(), "", "")
	case v == Major:
		out = o.IncMajor()
	case v == Minor:
		out = o.IncMinor()
	default:
		out = o.IncPatch()
	}
	return &out
}

// promised is the verdict that a prerelease's number makes room for.
func promised(o *semver.Version) Verdict {
	switch {
	case o.Patch() != 0:
		return Patch
	case o.Minor() != 0 || o.Major() == 0:
		return Minor
	}
	return Major
}
