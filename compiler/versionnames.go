package compiler

import (
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
	d := diag.Errorf(diag.BadValue, at, "%q is not a version of %s: expected a semantic version such as 1.2.3, or the name of a ClusterServiceVersion such as %s.v1.2.3", text, s.m.Name, s.m.OLM.Package)
	switch {
	case strings.ContainsAny(text, "<>=~^*| "):
		s.add(d.WithHint("use release.skipRange for a range"))
	case beginsAsOne.MatchString(text):
		s.add(d.WithHint("%s", meant(text)))
	case !objectName.MatchString(text) || len(text) > 253:
		s.add(d.WithHint("write only the version, or metadata.name of the ClusterServiceVersion"))
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
	for i := 2; i <= 3; i++ {
		if m[i] == "" {
			m[i] = "0"
		}
	}
	return fmt.Sprintf("did you mean %q?", strings.Join(m[1:4], ".")+m[4])
}

// checkVersionNames checks each place of the description that names another version.
func (s *state) checkVersionNames(sp *schema.Release) {
	s.checkVersionName(sp.Replaces, "/release/replaces")
	for i, v := range sp.Skips {
		s.checkVersionName(v, diag.Path("/release/skips").Index(i))
	}
	for i, d := range sp.Deprecations {
		s.checkVersionName(d.Version, diag.Path("/release/deprecations").Index(i).Child("version"))
	}
}

// checkDeprecations finds deprecations that exclude each other: one entry is about one thing, and each thing has one.
func (s *state) checkDeprecations() {
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
func (s *state) checkSkipRange(text, version string) {
	in, err := blang.ParseRange(text)
	if err != nil {
		s.add(diag.Errorf(diag.ReleaseGraph, "/release/skipRange", "%q is not a version range for OLM, which does not support ^, ~ or commas", text).WithHint("write >=1.0.0 <%s", version))
		return
	}
	current, err := blang.Parse(version)
	if err == nil && len(current.Pre) == 0 && in(current) {
		s.add(diag.Warnf(diag.ReleaseGraph, "/release/skipRange", "the range %s includes version %s itself", text, version).WithHint("end it with <%s", version))
	}
}
