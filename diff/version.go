package diff

import (
	"strconv"

	"github.com/Masterminds/semver/v3"
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
	if n.Prerelease() != "" && rebuild(n) == 0 && !n.LessThan(o) && !n.Equal(o) {
		core, err := n.SetPrerelease("")
		if err == nil {
			n = &core
		}
	}
	if rebuild(n) > 0 && v == Patch && before(o, n) { // a rebuild is as small as a patch
		return n.String(), true
	}
	return want.String(), !before(n, want)
}

// rebuild is the number of a rebuild: vendors publish 1.2.3-1 after 1.2.3, though to semantic versioning that is a
// prerelease. 0 is none.
func rebuild(v *semver.Version) uint64 {
	n, err := strconv.ParseUint(v.Prerelease(), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// core is a version without what stands behind its three numbers.
func core(v *semver.Version) *semver.Version {
	return semver.New(v.Major(), v.Minor(), v.Patch(), "", "")
}

// before orders versions, with rebuilds after what they were built from.
func before(a, b *semver.Version) bool {
	x, y := *a, *b
	m, n := rebuild(a), rebuild(b)
	if m > 0 {
		x = *core(a)
	}
	if n > 0 {
		y = *core(b)
	}
	if x.Equal(&y) {
		return m < n
	}
	return x.LessThan(&y)
}

// next is the least version after one that fits a verdict. A prerelease promises nothing beyond what its own number
// does: 2.0.0-rc.1 may break until 2.0.0.
func next(o *semver.Version, v Verdict) *semver.Version {
	if o.Major() == 0 && v > Patch {
		v--
	}
	if rebuild(o) > 0 {
		o = core(o)
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
