package publish

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// floating are the tags that follow an artifact's version, from the narrowest to the widest. A prerelease gets none:
// nobody who asks for the latest means it. Its catalog, though, holds the releases too, and those who subscribe to it
// choose by channel. Charts have none, since Helm reads every tag as a version.
func (it item) floating() []string {
	v, err := semver.NewVersion(it.version)
	if err != nil || v.Prerelease() != "" && it.kind != KindCatalog || it.kind == KindChart || len(it.tags) == 0 {
		return nil
	}
	out := []string{fmt.Sprintf("v%d.%d", v.Major(), v.Minor()), fmt.Sprintf("v%d", v.Major()), "latest", "stable"}
	if v.Prerelease() != "" {
		out = out[2:]
	}
	for _, tag := range slices.Concat(it.channels, it.moving) {
		if !slices.Contains(out, tag) && !slices.Contains(it.tags, tag) {
			out = append(out, tag)
		}
	}
	return out
}

// version reads a tag such as v1.2.3; nil is another tag. A plus sign stands as _ in tags.
func versionOf(tag string) *semver.Version {
	text, ok := strings.CutPrefix(tag, "v")
	if !ok {
		return nil
	}
	v, err := semver.StrictNewVersion(strings.ReplaceAll(text, "_", "+"))
	if err != nil {
		return nil
	}
	return v
}

// prerelease reports whether an artifact is of a prerelease.
func (it item) prerelease() bool {
	v, err := semver.NewVersion(it.version)
	return err == nil && v.Prerelease() != ""
}

// newer lists the published releases that are newer than an artifact and that a floating tag may stand for, the newest
// first, by their tags.
func (it item) newer(tag string, published []string) []string {
	own, err := semver.NewVersion(it.version)
	if err != nil {
		return nil
	}
	var out []string
	for _, p := range published {
		v := versionOf(p)
		switch {
		case v == nil || v.Prerelease() != "" || compareVersions(v, own) <= 0:
		case tag == fmt.Sprintf("v%d", own.Major()) && v.Major() != own.Major():
		case tag == fmt.Sprintf("v%d.%d", own.Major(), own.Minor()) && (v.Major() != own.Major() || v.Minor() != own.Minor()):
		default:
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Or(compareVersions(versionOf(b), versionOf(a)), cmp.Compare(a, b)) })
	return out
}

// compareVersions orders versions, with their build metadata, which has no precedence in semver: the vendors that use it
// count builds of one version, so that b10 comes after b9, and both after none.
func compareVersions(a, b *semver.Version) int {
	return cmp.Or(a.Compare(b), compareNumbers(a.Metadata(), b.Metadata()), cmp.Compare(a.Metadata(), b.Metadata()))
}

// compareNumbers compares texts, and the numbers in them by their values.
func compareNumbers(a, b string) int {
	for a != "" && b != "" {
		x, y := digits(a), digits(b)
		if x == "" || y == "" {
			if a[0] != b[0] {
				return cmp.Compare(a[0], b[0])
			}
			a, b = a[1:], b[1:]
			continue
		}
		a, b = a[len(x):], b[len(y):]
		x, y = strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
		if c := cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(x, y)); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

// digits are those that a text begins with.
func digits(s string) string { return s[:len(s)-len(strings.TrimLeft(s, "0123456789"))] }

// holdsAll reports whether a catalog has every bundle of another one, by what their manifests say. Nothing is known of one
// that opc did not publish, or an earlier opc did.
func holdsAll(one, other map[string]string) bool {
	all, of := list(one[holdsKey]), list(other[holdsKey])
	return len(of) > 0 && !slices.ContainsFunc(of, func(b string) bool { _, ok := slices.BinarySearch(all, b); return !ok })
}

// inChannel reports whether a published artifact, by its manifest's annotations, is in a channel. One that says nothing
// counts: moving a tag back is worse than leaving it.
func inChannel(annotations map[string]string, channel string) bool {
	said, ok := annotations[channelsKey]
	return !ok || slices.Contains(list(said), channel)
}
