package compiler

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/Masterminds/semver/v3"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// release fills in the version's place in the upgrade graph, and the names of its bundle.
func (s *state) release() {
	sp, olm := s.spec.Release, s.spec.OLM
	if sp == nil {
		sp = &schema.Release{}
	}
	if olm == nil {
		olm = &schema.OLM{}
	}
	s.m.OLM.Package = olm.Package
	if s.m.OLM.Package == "" {
		s.m.OLM.Package = s.m.Name
	}
	s.m.OLM.CSVName = olm.CSVName
	if s.m.OLM.CSVName == "" {
		s.m.OLM.CSVName = s.csvName(s.m.Version)
	}
	r := model.Release{Node: model.Node{From: "/release"}, Channels: sp.Channels, DefaultChannel: sp.DefaultChannel, SkipRange: sp.SkipRange}
	if len(r.Channels) == 0 {
		r.Channels = []string{s.standardChannel(sp.Replaces)}
	}
	if r.DefaultChannel == "" {
		r.DefaultChannel = r.Channels[0]
	}
	if sp.Replaces != "" {
		r.Replaces = s.csvName(sp.Replaces)
	}
	for _, v := range sp.Skips {
		r.Skips = append(r.Skips, s.csvName(v))
	}
	for _, name := range slices.Sorted(maps.Keys(sp.Edges)) {
		r.Edges = append(r.Edges, s.edgesIn(name, sp.Edges[name]))
	}
	r.Date = s.date(sp.Date)
	for i, d := range sp.Deprecations {
		r.Deprecations = append(r.Deprecations, model.Deprecation{Node: model.Node{From: diag.Path("/release/deprecations").Index(i)}, Channel: d.Channel, Version: d.Version, Message: d.Message})
	}
	s.m.Release = r
	s.checkRelease(sp)
}

// standardChannel is the channel of a version that names none. A rebuild goes where the version went that it replaces.
func (s *state) standardChannel(replaces string) string {
	v, err := semver.NewVersion(s.m.Version)
	if err != nil || v.Prerelease() == "" {
		return "stable"
	}
	before, err := semver.NewVersion(replaces)
	if err == nil && model.Rebuild(v) > 0 && model.Core(v).Equal(model.Core(before)) && (before.Prerelease() == "" || model.Rebuild(before) > 0) {
		return "stable"
	}
	return "candidate"
}

// csvName turns a version into the name of its ClusterServiceVersion; what is no version is a name already. Names of
// objects can't hold the plus of build metadata, nor capitals.
func (s *state) csvName(v string) string {
	if _, err := semver.StrictNewVersion(v); err != nil {
		return v
	}
	return s.m.OLM.Package + ".v" + strings.ToLower(strings.ReplaceAll(v, "+", "-"))
}

// date reads the release's day or time; createdAt has the form that OperatorHub asks for.
func (s *state) date(text string) string {
	if text == "" {
		return ""
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC().Format("2006-01-02T15:04:05Z")
		}
	}
	s.add(diag.Errorf(diag.BadValue, "/release/date", "%q is not a date", text).WithHint("write 2026-11-22, or 2026-11-22T10:00:00Z"))
	return ""
}

// checkRelease finds edges of the upgrade graph that can't be right whatever else the catalog holds.
func (s *state) checkRelease(sp *schema.Release) {
	r := s.m.Release
	if r.DefaultChannel != "" && sp.DefaultChannel != "" && sp.Channels != nil && !slices.Contains(r.Channels, r.DefaultChannel) && s.spec.Catalog == nil {
		s.add(diag.Warnf(diag.ReleaseGraph, "/release/defaultChannel", "the default channel %s is not one of this version's channels", r.DefaultChannel))
	}
	seen := map[string]bool{}
	for i, c := range r.Channels {
		if strings.TrimSpace(c) == "" || strings.ContainsAny(c, ", ") {
			s.errorf(diag.ReleaseGraph, diag.Path("/release/channels").Index(i), "%q is not the name of a channel", c)
		}
		if seen[c] {
			s.errorf(diag.ReleaseGraph, diag.Path("/release/channels").Index(i), "the channel %s is listed twice", c)
		}
		seen[c] = true
	}
	s.checkEdges(schema.Edges{Replaces: sp.Replaces, Skips: sp.Skips, SkipRange: sp.SkipRange}, "/release")
	s.checkChannelEdges(sp)
	s.checkDeprecations(sp.Deprecations)
}
