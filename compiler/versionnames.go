package compiler

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"

	"github.com/Masterminds/semver/v3"
	blang "github.com/blang/semver/v4"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

var (
	objectName  = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`)
	beginsAsOne = regexp.MustCompile(`^v?[0-9]`)
	partly      = regexp.MustCompile(`^[vV]?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?((?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?)$`)
)

// checkVersionName finds what names no other version of the package: OLM compares names as texts, so that a name which no
// ClusterServiceVersion can have leads nowhere without a word.
func (s *state) checkVersionName(text string, at diag.Path) {
	if text == "" {
		return
	}
	if _, err := semver.StrictNewVersion(text); err == nil {
		return
	}
	if s.foreign(text) {
		s.warnForeign(text, at)
		return
	}
	d := diag.Errorf(diag.BadValue, at, "%q is not a version of %s: expected a semantic version such as 1.2.3, or the name of a ClusterServiceVersion such as %s.v1.2.3", text, s.m.Name, s.m.OLM.Package)
	switch {
	case strings.ContainsAny(text, "<>=~^*| "):
		s.add(d.WithHint("use release.skipRange for a range"))
	case beginsAsOne.MatchString(text):
		s.add(d.WithHint("%s", meant(text)))
	case !objectName.MatchString(text) || len(text) > 253:
		s.add(d.WithHint("write only the version, or metadata.name of the ClusterServiceVersion"))
	case !strings.ContainsAny(text, "0123456789"):
		s.add(d.WithHint("write the version that the name has"))
	case text == s.m.Name || text == s.m.OLM.Package:
		s.add(d.WithHint("this is the operator's name: write the version"))
	}
}

// meant is the version that a text was probably meant as.
func meant(text string) string {
	m := partly.FindStringSubmatch(text)
	if m == nil {
		return "write all three numbers, without a leading v"
	}
	for i := 1; i <= 3; i++ {
		m[i] = cmp.Or(strings.TrimLeft(m[i], "0"), "0")
	}
	return fmt.Sprintf("did you mean %q?", strings.Join(m[1:4], ".")+m[4])
}

// checkSkips finds skipped versions that are named twice, or that are newer.
func (s *state) checkSkips(names []string, all diag.Path) {
	current, err := semver.StrictNewVersion(s.m.Version)
	seen := map[string]diag.Path{}
	for i, name := range names {
		at := all.Index(i)
		s.checkVersionName(name, at)
		if s.csvName(name) == s.m.OLM.CSVName {
			s.errorf(diag.ReleaseGraph, at, "version %s skips itself", s.m.Version)
		}
		if first, twice := seen[s.csvName(name)]; twice {
			s.add(diag.Warnf(diag.ReleaseGraph, at, "the version %s is skipped twice", name).WithRelated(first, "first here").WithHint("keep one entry"))
			continue
		}
		seen[s.csvName(name)] = at
		if v, e := semver.StrictNewVersion(s.versionIn(name)); err == nil && e == nil && model.Before(current, v) {
			s.add(diag.Warnf(diag.ReleaseGraph, at, "version %s skips %s, which is newer: OLM v0 would downgrade it, and OLM v1 ignores the entry", s.m.Version, name).WithHint("skip only older versions"))
		}
	}
}

// versionIn is the version that a name of another ClusterServiceVersion of the package has, or the text itself.
func (s *state) versionIn(name string) string {
	prefix, version := splitName(name)
	if own, _ := splitName(s.m.OLM.CSVName); version != "" && (prefix == own || prefix == s.m.OLM.Package) {
		return version
	}
	return name
}

var named = regexp.MustCompile(`^(.+?)[.-]v?([0-9]+\.[0-9]+\.[0-9]+(?:[-+][0-9A-Za-z.+-]*)?)$`)

// splitName splits the name of a ClusterServiceVersion before its version, where it ends in one.
func splitName(name string) (prefix, version string) {
	if m := named.FindStringSubmatch(name); m != nil {
		return m[1], m[2]
	}
	return name, ""
}

// foreign reports whether a name looks like that of a ClusterServiceVersion of another package.
func (s *state) foreign(name string) bool {
	prefix, version := splitName(name)
	own, _ := splitName(s.m.OLM.CSVName)
	return version != "" && objectName.MatchString(name) && prefix != own && prefix != s.m.OLM.Package && prefix != s.m.Name
}

// warnForeign warns of a name that looks like another package's: those of a package can change, and seldom do.
func (s *state) warnForeign(name string, at diag.Path) {
	_, version := splitName(name)
	own, _ := splitName(s.m.OLM.CSVName)
	s.add(diag.Warnf(diag.ReleaseGraph, at, "%s is called like a version of another package: this version is called %s", name, s.m.OLM.CSVName).
		WithHint("if the version was called %s.v%s, write %q", own, version, version))
}

// checkDeprecations finds deprecations that exclude each other: one entry is about one thing, and each thing has one.
func (s *state) checkDeprecations(said []schema.Deprecation) {
	for i, d := range said {
		at := diag.Path("/release/deprecations").Index(i)
		s.checkVersionName(d.Version, at.Child("version"))
		if strings.TrimSpace(d.Message) == "" {
			s.add(diag.Errorf(diag.BadValue, at.Child("message"), "the deprecation has no message: expected one that users read").WithHint("write what to use instead"))
		}
	}
	seen := map[string]diag.Path{}
	for _, d := range s.m.Release.Deprecations {
		if d.Channel != "" && d.Version != "" {
			s.add(diag.Errorf(diag.Conflict, d.From.Child("version"), "a deprecation is for a channel or for a version, not for both").WithRelated(d.From.Child("channel"), "the channel").
				WithHint("write a separate entry for each: OLM can't deprecate a version in only one channel"))
			continue
		}
		what := deprecated(s, d)
		if first, twice := seen[what]; twice {
			s.add(diag.Errorf(diag.DuplicateName, d.From, "the %s is deprecated twice", what).WithRelated(first, "first here").WithHint("keep one entry"))
			continue
		}
		seen[what] = d.From
	}
}

// deprecated names what a deprecation is of; a version goes by its number or by its name.
func deprecated(s *state, d model.Deprecation) string {
	switch {
	case d.Channel != "":
		return "channel " + d.Channel
	case d.Version != "":
		return "version " + s.csvName(d.Version)
	}
	return "package"
}

// checkSkipRange reads a range as OLM does.
func (s *state) checkSkipRange(text string, at diag.Path) {
	version := s.m.Version
	in, err := blang.ParseRange(text)
	if err != nil {
		s.add(diag.Errorf(diag.ReleaseGraph, at, "%q is not a version range for OLM, which does not support ^, ~ or commas", text).WithHint("write >=1.0.0 <%s", version))
		return
	}
	if !nonEmpty(text, in) {
		s.add(diag.Errorf(diag.ReleaseGraph, at, "no version is in the range %q", text).WithHint("write >=1.0.0 <%s", version))
		return
	}
	current, err := blang.Parse(version)
	if err == nil && len(current.Pre) == 0 && in(current) {
		s.add(diag.Warnf(diag.ReleaseGraph, at, "the range %s includes version %s itself", text, version).WithHint("end it with <%s", version))
	}
}

var versionText = regexp.MustCompile(`[0-9]+(\.[0-9]+)?(\.[0-9]+)?(-[0-9A-Za-z.-]+)?`)

// nonEmpty reports whether a range includes a version: one of those that it names, or one beside or beyond them.
func nonEmpty(text string, in blang.Range) bool {
	if in(blang.Version{}) || in(blang.Version{Major: 1 << 31}) {
		return true
	}
	for _, t := range versionText.FindAllString(text, -1) {
		v, err := blang.ParseTolerant(t)
		if err != nil {
			return true // not for us to say
		}
		after, before := v, v
		after.Pre, before.Pre = nil, []blang.PRVersion{{IsNum: true}}
		after.Patch++
		core := v
		core.Pre = nil
		if in(v) || in(after) || in(before) || in(core) {
			return true
		}
	}
	return false
}
