package compiler

import (
	"cmp"
	"encoding/base64"
	"io/fs"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// identity fills in who and what the operator is.
func (s *state) identity() {
	sp, m := s.spec, s.m
	m.Name, m.Version = sp.Name, sp.Version
	m.DisplayName = sp.DisplayName
	if m.DisplayName == "" {
		m.DisplayName = inWords(sp.Name)
	}
	m.Summary, m.License, m.Source, m.Homepage = sp.Summary, sp.License, sp.Source, sp.Homepage
	m.Keywords, m.Categories, m.Capability, m.Maturity = sp.Keywords, sp.Categories, sp.Capability, sp.Maturity
	if sp.Provider != nil {
		m.Provider = model.Provider{Name: sp.Provider.Name, URL: sp.Provider.URL}
	}
	for _, x := range sp.Maintainers {
		m.Maintainers = append(m.Maintainers, model.Maintainer(x))
	}
	for _, x := range sp.Links {
		m.Links = append(m.Links, model.Link(x))
	}
	if sp.Description != nil {
		m.Description = sp.Description.Inline
		if sp.Description.File != "" {
			m.Description = string(s.read(sp.Description.File, "/description/file"))
		}
	}
	s.icon()
	s.kubernetes()
	s.namespace()
	prefix := deref(sp.NamePrefix, sp.Name+"-")
	s.base = strings.TrimSuffix(prefix, "-")
	m.NamePrefix = s.base
}

// inWords makes a name for people: database-operator is Database Operator.
func inWords(name string) string {
	parts := strings.Split(name, "-")
	for i, p := range parts {
		if p != "" {
			parts[i] = strings.ToUpper(p[:1]) + p[1:]
		}
	}
	return strings.Join(parts, " ")
}

func (s *state) icon() {
	ic := s.spec.Icon
	if ic == nil {
		return
	}
	if (ic.File == "") == (ic.Data == "") {
		s.add(diag.Errorf(diag.MissingField, "/icon", "icon has both a file and data, or neither").WithHint("name a file"))
		return
	}
	out := &model.Icon{Node: model.Node{From: "/icon"}, Base64: ic.Data, MediaType: ic.MediaType, LineLength: ic.LineLength}
	if ic.File != "" {
		data := s.read(ic.File, "/icon")
		if data == nil {
			return
		}
		out.Base64 = base64.StdEncoding.EncodeToString(data)
	}
	if out.MediaType == "" {
		data, _ := base64.StdEncoding.DecodeString(out.Base64) // what is no base64 is no picture either
		if out.MediaType = sniff(data); out.MediaType == "" {
			s.add(diag.Errorf(diag.FileContent, "/icon", "%s is not a picture that OperatorHub takes", cmp.Or(ic.File, "the data")).
				WithHint("use SVG, PNG, JPEG or GIF, or set its mediaType"))
		}
	}
	s.m.Icon = out
}

// sniff tells the media type of a picture by its first bytes, as OperatorHub allows them.
func sniff(data []byte) string {
	head := string(data[:min(len(data), 1024)])
	switch {
	case strings.HasPrefix(head, "\x89PNG\r\n"):
		return "image/png"
	case strings.HasPrefix(head, "\xff\xd8\xff"):
		return "image/jpeg"
	case strings.HasPrefix(head, "GIF8"):
		return "image/gif"
	case strings.Contains(head, "<svg"):
		return "image/svg+xml"
	}
	return ""
}

// kubernetes reads the range of Kubernetes versions and the least version in it, which is all that OLM takes.
func (s *state) kubernetes() {
	c := s.spec.Kubernetes
	if c == "" {
		return
	}
	if _, err := semver.NewConstraint(c); err != nil {
		s.add(diag.Errorf(diag.BadValue, "/kubernetes", "%q is not a range of versions: %v", c, err).WithHint("write >=1.28, or >=1.28 <1.34"))
		return
	}
	versions, ok := kube.ParseVersions(c)
	switch {
	case !ok:
		s.add(diag.Errorf(diag.BadValue, "/kubernetes", "%q asks for a single prerelease: expected a range of releases", c).
			WithHint("write >=1.28, or >=1.28 <1.34; versions of vendors such as 1.31.2-gke.100 are always in the range of their release"))
	case len(versions) == 0:
		s.add(diag.Errorf(diag.BadValue, "/kubernetes", "no version satisfies %q", c).WithHint("write >=1.28, or >=1.28 <1.34"))
	case futureMajor(versions.Least()):
		d := diag.Errorf(diag.BadValue, "/kubernetes", "no version of Kubernetes satisfies %q: they begin with 1", c)
		if instead := kube.KubernetesOf(versions.Least()); instead != "" {
			s.add(d.WithHint("versions that begin with 4 are those of OpenShift: write >=%s, which is the Kubernetes of that OpenShift", instead))
		} else {
			s.add(d.WithHint("write >=1.28, or >=1.28 <1.34"))
		}
	default:
		s.m.Kubernetes, s.m.MinKube = c, versions.Least()
	}
}

// futureMajor reports whether a version is of a major version of Kubernetes that there is not.
func futureMajor(version string) bool {
	v, err := semver.NewVersion(version)
	return err == nil && v.Major() > 1
}

// read returns the content of a file that the description names at a path, or nil after reporting why not.
func (s *state) read(name string, at diag.Path) []byte {
	clean, ok := s.inside(name, at)
	if !ok {
		return nil
	}
	data, err := fs.ReadFile(s.files, clean)
	if err != nil {
		s.unreadable(name, at, err)
		return nil
	}
	return data
}
