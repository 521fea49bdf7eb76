package kube

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Versions is a set of Kubernetes versions: intervals in ascending order that neither touch nor overlap.
type Versions []interval

// interval is a range of versions: from is in it, to is not. A zero to means no upper bound.
type interval struct{ from, to version }

// version is major, minor and patch.
type version [3]int

var everything = interval{}

func (v version) compare(other version) int { return slices.Compare(v[:], other[:]) }

// String returns the version as x.y.z.
func (v version) String() string { return fmt.Sprintf("%d.%d.%d", v[0], v[1], v[2]) }

var (
	hyphenRange = regexp.MustCompile(`(\S+)\s+-\s+(\S+)`)
	comparison  = regexp.MustCompile(`^[\s,]*(<=|=<|>=|=>|!=|<|>|=|~>|~|\^)?\s*v?(\d+|[xX*])(?:\.(\d+|[xX*]))?(?:\.(\d+|[xX*]))?(-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?(?:[\s,]+|$)`)
)

// ParseVersions reads a range of versions in the grammar of Helm's kubeVersion
// (https://github.com/Masterminds/semver#checking-version-constraints). ok is false for one that names a single
// prerelease, which is no range of releases.
func ParseVersions(text string) (out Versions, ok bool) {
	for _, alternative := range strings.Split(text, "||") {
		all, ok := parseAll(alternative)
		if !ok {
			return nil, false
		}
		out = append(out, all...)
	}
	return out.merged(), true
}

// parseAll reads comparisons that must all hold.
func parseAll(text string) (Versions, bool) {
	out := Versions{everything}
	rest := hyphenRange.ReplaceAllString(text, ">=$1 <=$2")
	for strings.TrimSpace(rest) != "" {
		p := comparison.FindStringSubmatch(rest)
		if p == nil {
			return nil, false
		}
		rest = rest[len(p[0]):]
		k := parsePartial(p[2:5])
		op, ok := ofPrerelease(p[1], p[5])
		if !ok {
			return nil, false
		}
		if op == "!=" {
			out = out.without(k.interval())
		} else {
			out = out.intersect(k.compared(op))
		}
	}
	return out, true
}

// ofPrerelease is the comparison with a release that means the same as one with its prerelease: >1.28.0-0 holds for
// 1.28.0, and <=1.28.0-0 does not.
func ofPrerelease(op, prerelease string) (string, bool) {
	switch {
	case prerelease == "":
	case op == ">":
		return ">=", true
	case op == "<=" || op == "=<":
		return "<", true
	case op == "" || op == "=" || op == "!=":
		return "", false
	}
	return op, true
}

// partial is a version whose last parts may be missing.
type partial struct {
	version
	parts int
}

func parsePartial(text []string) partial {
	var k partial
	for i, t := range text {
		n, err := strconv.Atoi(t)
		if err != nil {
			break
		}
		k.version[i], k.parts = n, i+1
	}
	return k
}

// after is the least version behind those that share the first parts with k; zero when every version does.
func (k partial) after(parts int) version {
	if parts == 0 {
		return version{}
	}
	v := k.version
	v[parts-1]++
	clear(v[parts:])
	return v
}

// interval holds the versions that k names: 1.30 is all of 1.30.x.
func (k partial) interval() interval { return interval{k.version, k.after(k.parts)} }

func (k partial) compared(op string) interval {
	all := k.interval()
	switch op {
	case ">=", "=>":
		return interval{from: all.from}
	case ">":
		if k.parts == 0 {
			return interval{version{1}, version{1}}
		}
		return interval{from: all.to}
	case "<":
		if all.from == (version{}) {
			return interval{version{1}, version{1}}
		}
		return interval{to: all.from}
	case "<=", "=<":
		return interval{to: all.to}
	case "^":
		if k.version[0] == 0 {
			return interval{all.from, k.after(min(k.parts, 2))}
		}
		return interval{all.from, k.after(min(k.parts, 1))}
	case "~", "~>":
		return interval{all.from, k.after(min(k.parts, 2))}
	}
	return all
}

// open reports whether an interval has no upper bound.
func (i interval) open() bool { return i.to == version{} }

func (i interval) empty() bool { return !i.open() && i.from.compare(i.to) >= 0 }

// intersect keeps what lies in an interval.
func (s Versions) intersect(with interval) Versions {
	var out Versions
	for _, i := range s {
		if with.from.compare(i.from) > 0 {
			i.from = with.from
		}
		if i.open() || !with.open() && with.to.compare(i.to) < 0 {
			i.to = with.to
		}
		if !i.empty() {
			out = append(out, i)
		}
	}
	return out
}

// Includes reports whether each version of another set is in this one.
func (s Versions) Includes(other Versions) bool {
	for _, o := range other {
		if !slices.ContainsFunc(s, func(i interval) bool {
			return i.from.compare(o.from) <= 0 && (i.open() || !o.open() && o.to.compare(i.to) <= 0)
		}) {
			return false
		}
	}
	return true
}

// without removes an interval.
func (s Versions) without(hole interval) Versions {
	var out Versions
	if hole.from != (version{}) {
		out = append(out, s.intersect(interval{to: hole.from})...)
	}
	if !hole.open() {
		out = append(out, s.intersect(interval{from: hole.to})...)
	}
	return out.merged()
}

// merged sorts intervals, and joins those that touch or overlap.
func (s Versions) merged() Versions {
	slices.SortFunc(s, func(a, b interval) int { return cmp.Or(a.from.compare(b.from), a.to.compare(b.to)) })
	var out Versions
	for _, i := range s {
		last := len(out) - 1
		switch {
		case last < 0 || !out[last].open() && out[last].to.compare(i.from) < 0:
			out = append(out, i)
		case i.open():
			out[last].to = version{}
		case !out[last].open() && out[last].to.compare(i.to) < 0:
			out[last].to = i.to
		}
	}
	return out
}

// Least is the lowest version in the set as x.y.z, or "" where there is no lower bound.
func (s Versions) Least() string {
	if len(s) == 0 || s[0].from == (version{}) {
		return ""
	}
	return s[0].from.String()
}

// OnlyFrom reports whether the set holds every version from one on, or all where it is "". Versions from 2.0 on don't count:
// there are none, and ^1.28 leaves them out.
func (s Versions) OnlyFrom(least string) bool {
	from := Versions{everything}
	if least != "" {
		from, _ = ParseVersions(">=" + least)
	}
	return s.Includes(from.intersect(interval{to: version{2}}))
}

// Constraint writes the set as a range that also holds for the versions of vendors, such as v1.31.2-gke.100: to semver
// these are prereleases, and only a bound with -0 lets prereleases in.
func (s Versions) Constraint() string {
	var any []string
	for _, i := range s {
		var all []string
		if i.from != (version{}) || i.open() {
			all = append(all, ">="+i.from.String()+"-0")
		}
		if !i.open() {
			all = append(all, "<"+i.to.String()+"-0")
		}
		any = append(any, strings.Join(all, " "))
	}
	return strings.Join(any, " || ")
}
