package publish

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// floating are the tags that follow an artifact's version, from the narrowest to the widest. A prerelease gets none:
// nobody who asks for the latest means it. Charts have none, since Helm reads every tag as a version.
func (it item) floating() []string {
	v, err := semver.NewVersion(it.version)
	if err != nil || v.Prerelease() != "" || it.kind == KindChart || len(it.tags) == 0 {
		return nil
	}
	out := []string{fmt.Sprintf("v%d.%d", v.Major(), v.Minor()), fmt.Sprintf("v%d", v.Major()), "latest", "stable"}
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
		case v == nil || v.Prerelease() != "" || !v.GreaterThan(own):
		case tag == fmt.Sprintf("v%d", own.Major()) && v.Major() != own.Major():
		case tag == fmt.Sprintf("v%d.%d", own.Major(), own.Minor()) && (v.Major() != own.Major() || v.Minor() != own.Minor()):
		default:
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Or(versionOf(b).Compare(versionOf(a)), cmp.Compare(a, b)) })
	return out
}

// inChannel reports whether a published artifact, by its manifest's annotations, is in a channel. One that says nothing
// counts: moving a tag back is worse than leaving it.
func inChannel(annotations map[string]string, channel string) bool {
	said, ok := annotations[channelsKey]
	return !ok || slices.Contains(list(said), channel)
}
