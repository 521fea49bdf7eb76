package diff

import (
	"regexp"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/opc-project/opc/compiler/model"
)

// graphRules are about how installed versions reach this one through OLM's catalog.
var graphRules = []*Rule{
	{
		ID: "GRAPH001", Title: "upgrade edge missing", Category: Graph, Verdict: Major, Blocking: true,
		Why: "OLM never offers the new version to users of the old one, because it neither replaces nor skips it. Set release.replaces to the old version, or include it in release.skipRange.",
		On:  []string{"removed graph/{csv}"}, Claims: func(*Case) []pattern {
			return []pattern{parse("* release/replaces"), parse("removed release/skipRange")}
		},
		Say:     "no upgrade leads from {csv} to this version",
		Example: Example{Before: "{version: 1.1.0, release: {replaces: 1.0.0}}", After: "{version: 1.2.0, release: {replaces: 1.0.0}}"},
	},
	{
		ID: "GRAPH013", Title: "no upgrade edges", Category: Graph, Verdict: Patch,
		Why:     "Neither version declares an upgrade edge, so OLM offers no upgrade to users of the catalog. Set release.replaces to the old version, or include it in release.skipRange, unless the operator is not distributed with OLM.",
		On:      []string{"changed graph/{csv}"},
		Say:     "neither version declares an upgrade edge: OLM offers no upgrade from {csv}",
		Example: Example{Before: "version: 1.1.0", After: "version: 1.2.0"},
	},
	{
		ID: "GRAPH015", Title: "upgrade edge missing in a channel", Category: Graph, Verdict: Major, Blocking: true,
		Why: "Users of the old version who subscribed to the channel are never offered the new one, because it neither replaces nor skips the old version there. Add an edge to release.edges of this channel.",
		On:  []string{"removed graph/{csv}/{channel}"}, Claims: func(c *Case) []pattern { return []pattern{parse("* release/edges/" + c.Named["channel"])} },
		Say:     "no upgrade leads from {csv} to this version in the channel {channel}",
		Example: Example{Before: "{version: 1.1.0, release: {channels: [stable, fast], replaces: 1.0.0}}", After: "{version: 1.2.0, release: {channels: [stable, fast], replaces: 1.1.0, edges: {fast: {replaces: 1.0.0}}}}"},
	},
	{
		ID: "GRAPH014", Title: "released to different channels", Category: Graph, Verdict: Patch,
		Why: "A prerelease, the version after it, or a version whose channel name contains its number does not change other channels: existing subscriptions are not affected.",
		On:  []string{"removed release/channels/{channel}", "* release/defaultChannel"}, If: ownChannels, By: []string{},
		Say:     "this version is released to different channels than the previous one",
		Example: Example{Before: "{version: 1.1.0, release: {channels: [stable-v1.1]}}", After: "{version: 1.2.0, release: {channels: [stable-v1.2]}}"},
	},
	{
		ID: "GRAPH002", Title: "channel left", Category: Graph, Verdict: Major,
		Why:     "Users who subscribed to the channel get no new versions until they select another channel.",
		On:      []string{"removed release/channels/{channel}"},
		Say:     "this version is not in the channel {channel}",
		Example: Example{Before: "release: {channels: [stable, fast]}", After: "release: {channels: [stable]}"},
	},
	{
		ID: "GRAPH003", Title: "channel added", Category: Graph, Verdict: Patch,
		Why:     "The version is available in an additional channel. Existing subscriptions keep their channel.",
		On:      []string{"added release/channels/{channel}"},
		Say:     "this version is also in the channel {channel}",
		Example: Example{Before: "release: {channels: [stable]}", After: "release: {channels: [stable, fast]}"},
	},
	{
		ID: "GRAPH004", Title: "default channel changed", Category: Graph, Verdict: Minor,
		Why:     "New subscriptions without a channel use another one. Existing subscriptions do not change.",
		On:      []string{"* release/defaultChannel"},
		Say:     "the default channel {turn}",
		Example: Example{Before: "release: {channels: [stable, fast]}", After: "release: {channels: [stable, fast], defaultChannel: fast}"},
	},
	{
		ID: "GRAPH005", Title: "range of skipped versions prunes the graph", Category: Graph, Verdict: Major,
		Why: "With skipRange and without replaces, earlier versions are removed from the channel, and can no longer be installed. Set release.replaces, too.",
		On:  []string{"added release/skipRange", "removed release/replaces"}, If: func(c *Case) bool { return c.New.Release.SkipRange != "" && c.New.Release.Replaces == "" },
		By:      []string{},
		Say:     "the range of skipped versions takes older versions out of the channel",
		Example: Example{Before: "{version: 1.1.0, release: {replaces: 1.0.0}}", After: "{version: 1.2.0, release: {skipRange: '>=1.0.0 <1.2.0'}}"},
	},
	{
		ID: "GRAPH006", Title: "other versions are skipped", Category: Graph, Verdict: Patch,
		Why: "The set of versions with a direct upgrade changed. It still includes the previous version.",
		On:  []string{"* release/skips/{csv}", "* release/skipRange", "* release/replaces", "* release/edges/{channel}"}, If: func(c *Case) bool { return !follows(c) }, By: []string{},
		Say:     "other versions lead to this one than led to the last",
		Example: Example{Before: "{version: 1.1.0, release: {replaces: 1.0.0}}", After: "{version: 1.2.0, release: {replaces: 1.1.0, skips: [1.1.5]}}"},
	},
	{
		ID: "GRAPH007", Title: "edge to the version before", Category: Graph, Verdict: None, Silent: true,
		Why: "Each version refers to the previous one.",
		On:  []string{"changed|added release/replaces", "changed|added release/skipRange", "changed|added release/edges/*"}, If: follows,
		Example: Example{Before: "{version: 1.1.0, release: {replaces: 1.0.0}}", After: "{version: 1.2.0, release: {replaces: 1.1.0}}"},
	},
	{
		ID: "GRAPH008", Title: "something is marked as deprecated", Category: Graph, Verdict: Minor,
		Why:     "Users who installed it or subscribed to it see the deprecation, and should plan to migrate.",
		On:      []string{"* release/deprecations/{thing}"},
		Say:     "the catalog says something else of the {thing} being deprecated: it {turn}",
		Example: Example{Before: "", After: "release: {deprecations: [{channel: old, message: Use stable.}]}"},
	},
	{
		ID: "GRAPH009", Title: "package renamed", Category: Graph, Verdict: Major,
		Why: "For OLM, another package is another operator: existing installations are not upgraded, and both can be installed.",
		On:  []string{"* olm/package"},
		Claims: func(*Case) []pattern {
			return []pattern{parse("* olm/csvName"), parse("* release/replaces"), parse("* graph/*")}
		},
		Say:     "the OLM package was called {old} and is called {new}",
		Example: Example{Before: "olm: {package: demo}", After: "olm: {package: demo-operator}"},
	},
	{
		ID: "GRAPH010", Title: "bundle name has another form", Category: Graph, Verdict: Patch,
		Why:     "The name of the ClusterServiceVersion has another form. Upgrade edges must use the exact name.",
		On:      []string{"changed olm/csvName"},
		Say:     "the ClusterServiceVersion is called {new}, the last one {old}",
		Example: Example{Before: "version: 1.1.0", After: "{version: 1.2.0, olm: {csvName: demo-1.2.0}}"},
	},
	{
		ID: "GRAPH011", Title: "version decreased", Category: Graph, Verdict: Major, Blocking: true,
		Why: "Neither Helm nor OLM upgrades to a version that is lower than the installed one.",
		On:  []string{"changed version"}, If: func(c *Case) bool { return lower(c.New.Version, c.Old.Version) },
		Claims:  func(*Case) []pattern { return nil },
		Say:     "the version was {old} and is {new}",
		Example: Example{Before: "version: 1.1.0", After: "version: 1.0.9"},
	},
}

// ownChannels reports whether a channel is left for a reason that is normal life: one of the versions is a prerelease,
// which has channels of its own, or the channel's name follows the version.
func ownChannels(c *Case) bool {
	if prerelease(c.Old.Version) != prerelease(c.New.Version) {
		return true
	}
	name := text(c.Change.Old, "")
	return name != "" && slices.ContainsFunc(c.New.Release.Channels, func(other string) bool {
		return other != name && wordless(other) == wordless(name) && (c.Path[1] != "defaultChannel" || other == c.Change.New)
	})
}

var numbers = regexp.MustCompile(`[0-9]+(\.[0-9]+)*`)

// wordless is a channel's name with a sign in place of each number: stable-v1.2 is the same as stable-v1.3, and not as
// stable.
func wordless(channel string) string { return numbers.ReplaceAllString(channel, "#") }

func prerelease(version string) bool {
	v, err := semver.NewVersion(version)
	return err == nil && v.Prerelease() != "" && model.Rebuild(v) == 0
}

// follows reports whether the new version replaces the old one, or skips it, where the old one did the same before.
func follows(c *Case) bool {
	usual := common(c.New.Release)
	switch c.Path[1] {
	case "replaces":
		return usual.Replaces == c.Old.OLM.CSVName
	case "edges":
		e := c.New.Release.In(c.Path[2])
		return e.Replaces == c.Old.OLM.CSVName && len(e.Skips) == 0 && e.SkipRange == ""
	case "skipRange":
		return usual.SkipRange != "" && inRange(usual.SkipRange, c.Old.Version) && usual.Replaces != ""
	}
	return false
}

// followsVersion reports whether a text differs by the version in it alone.
func followsVersion(c *Case) bool {
	old, ok := c.Change.Old.(string)
	new, ok2 := c.Change.New.(string)
	if !ok || !ok2 || c.Old.Version == c.New.Version {
		return false
	}
	if c.Path[0] == "version" {
		return !lower(new, old)
	}
	return sameBut(old, new, c.Old.Version, c.New.Version) || sameBut(old, new, c.Old.Image.Ref(), c.New.Image.Ref())
}

// namedAfterVersion reports whether two names differ by the versions in them alone, in any of the ways in which names
// hold versions.
func namedAfterVersion(old, new, was, is string) bool {
	for _, form := range []func(string) string{
		func(v string) string { return v },
		func(v string) string { return strings.ReplaceAll(v, ".", "-") },
		func(v string) string { return strings.ReplaceAll(v, ".", "") },
		func(v string) string { return strings.ReplaceAll(strings.ReplaceAll(v, "+", "-"), ".", "-") },
	} {
		if sameBut(old, new, form(was), form(is)) {
			return true
		}
	}
	return false
}

// sameBut reports whether two texts are the same but for a word that changed.
func sameBut(old, new, was, is string) bool {
	return was != "" && strings.Contains(old, was) && strings.ReplaceAll(old, was, is) == new
}
