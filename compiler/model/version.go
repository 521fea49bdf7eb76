package model

import (
	"strconv"

	"github.com/Masterminds/semver/v3"
)

// Rebuild is the number of a rebuild: vendors publish 1.2.3-1 after 1.2.3, though to semantic versioning that is a
// prerelease. 0 is none.
func Rebuild(v *semver.Version) uint64 {
	n, err := strconv.ParseUint(v.Prerelease(), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// Core is a version without what stands behind its three numbers.
func Core(v *semver.Version) *semver.Version {
	return semver.New(v.Major(), v.Minor(), v.Patch(), "", "")
}

// Before orders versions, with rebuilds after what they were built from.
func Before(a, b *semver.Version) bool {
	x, y := *a, *b
	m, n := Rebuild(a), Rebuild(b)
	if m > 0 {
		x = *Core(a)
	}
	if n > 0 {
		y = *Core(b)
	}
	if x.Equal(&y) {
		return m < n
	}
	return x.LessThan(&y)
}
