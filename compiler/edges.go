package compiler

import (
	"slices"

	"github.com/Masterminds/semver/v3"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// edgesIn reads the upgrade edges of one channel.
func (s *state) edgesIn(channel string, sp schema.Edges) model.Edges {
	out := model.Edges{Node: model.Node{From: edgesPath(channel)}, Channel: channel, SkipRange: sp.SkipRange}
	if sp.Replaces != "" {
		out.Replaces = s.csvName(sp.Replaces)
	}
	for _, v := range sp.Skips {
		out.Skips = append(out.Skips, s.csvName(v))
	}
	return out
}

func edgesPath(channel string) diag.Path { return diag.Path("/release/edges").Child(channel) }

// checkChannelEdges checks the edges of single channels: the channel must be one of this version's, and the edges of the
// version must hold in some channel, since the bundle has them.
func (s *state) checkChannelEdges(sp *schema.Release) {
	r := s.m.Release
	for _, e := range r.Edges {
		if !slices.Contains(r.Channels, e.Channel) {
			d := diag.Errorf(diag.UnknownName, e.From, "the channel %s has edges, but this version is not in it", e.Channel)
			if near := diag.Nearest(e.Channel, r.Channels); near != "" {
				s.add(d.WithHint("did you mean %q?", near))
			} else {
				s.add(d.WithHint("add it to release.channels, or remove its edges"))
			}
			continue
		}
		s.checkEdges(sp.Edges[e.Channel], e.From)
	}
	everywhere := !slices.ContainsFunc(r.Channels, func(c string) bool { _, own := sp.Edges[c]; return !own })
	for _, f := range []struct {
		name string
		set  bool
	}{{"replaces", sp.Replaces != ""}, {"skips", len(sp.Skips) > 0}, {"skipRange", sp.SkipRange != ""}} {
		if everywhere && f.set {
			s.add(diag.Errorf(diag.Conflict, diag.Path("/release").Child(f.name), "release.%s has no effect: each channel has edges of its own", f.name).
				WithRelated("/release/edges", "the edges of all channels").WithHint("remove it, or the edges of the channels that it is for"))
		}
	}
}

// checkEdges finds edges that can't be right whatever else the catalog holds. at is where they are.
func (s *state) checkEdges(sp schema.Edges, at diag.Path) {
	s.checkReplaces(sp.Replaces, at.Child("replaces"))
	s.checkSkips(sp.Skips, at.Child("skips"))
	if sp.SkipRange != "" {
		s.checkSkipRange(sp.SkipRange, at.Child("skipRange"))
	}
}

// checkReplaces compares the version with the one that it replaces. Vendors replace 1.2.3 by its rebuild 1.2.3-1: OLM v0,
// which follows names, takes it.
func (s *state) checkReplaces(name string, at diag.Path) {
	if name != "" && s.csvName(name) == s.m.OLM.CSVName {
		s.add(diag.Errorf(diag.ReleaseGraph, at, "version %s replaces itself", s.m.Version).WithHint("name the version before this one"))
	}
	s.checkVersionName(name, at)
	current, err := semver.StrictNewVersion(s.m.Version)
	before, e := semver.StrictNewVersion(s.versionIn(name))
	switch {
	case e != nil || err != nil:
	case model.Before(current, before):
		s.add(diag.Errorf(diag.ReleaseGraph, at, "version %s replaces %s, which is newer", s.m.Version, name).WithHint("name the version before this one"))
	case before.GreaterThan(current):
		s.add(diag.Warnf(diag.ReleaseGraph, at, "version %s is a prerelease of %s for Helm and OLM v1, which do not offer it as an upgrade", s.m.Version, name).
			WithHint("publish a rebuild as the next patch version"))
	}
}
