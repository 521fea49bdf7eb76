package model

import (
	"maps"
	"strings"
	"unicode"
)

// ProfileRedHat is the profile of images that keep the rules of Red Hat's certification.
const ProfileRedHat = "redhat"

// Stamp is what an image's labels say of one build of it.
type Stamp struct {
	Version, Revision, Created string
	Release                    string // counts the builds of one version, for Red Hat
}

// ImageLabels are the labels of the operator's image: the annotations that OCI defines
// (https://github.com/opencontainers/image-spec/blob/main/annotations.md), those of the profile, and the description's
// own, which win. One of opc's that is empty is left out.
func (o *Operator) ImageLabels(stamp Stamp) map[string]string {
	const prefix = "org.opencontainers.image."
	out := map[string]string{
		prefix + "title":       OneLine(o.DisplayName),
		prefix + "description": o.oneSentence(),
		prefix + "authors":     o.authors(),
		prefix + "vendor":      OneLine(o.Provider.Name),
		prefix + "licenses":    OneLine(o.License),
		prefix + "source":      o.Source,
		prefix + "url":         o.Homepage,
		prefix + "version":     stamp.Version,
		prefix + "revision":    stamp.Revision,
		prefix + "created":     stamp.Created,
	}
	if o.Dockerfile.Base != "scratch" {
		out[prefix+"base.name"], out[prefix+"base.digest"], _ = strings.Cut(o.Dockerfile.Base, "@")
	}
	if o.Dockerfile.Profile == ProfileRedHat {
		maps.Copy(out, o.redHatLabels(stamp))
	}
	maps.DeleteFunc(out, func(_, value string) bool { return value == "" })
	maps.Copy(out, o.Dockerfile.Labels)
	return out
}

// redHatLabels are what Red Hat's certification demands, and the two labels that the UBI image would otherwise hand
// down with its own name in them.
func (o *Operator) redHatLabels(stamp Stamp) map[string]string {
	description := FirstParagraph(o.Description)
	if description == "" {
		description = o.oneSentence()
	}
	return map[string]string{
		"name":                o.Name,
		"vendor":              OneLine(o.Provider.Name),
		"maintainer":          o.authors(),
		"summary":             o.oneSentence(),
		"description":         description,
		"version":             stamp.Version,
		"release":             stamp.Release,
		"io.k8s.display-name": OneLine(o.DisplayName),
		"io.k8s.description":  o.oneSentence(),
	}
}

// oneSentence is about the operator.
func (o *Operator) oneSentence() string {
	if s := OneLine(o.Summary); s != "" {
		return s
	}
	return FirstParagraph(o.Description)
}

func (o *Operator) authors() string {
	var out []string
	for _, p := range o.Maintainers {
		who := p.Name
		if p.Email != "" {
			who += " <" + p.Email + ">"
		}
		out = append(out, OneLine(who))
	}
	return strings.Join(out, ", ")
}

// OneLine joins a text's lines. Other control characters, which neither a Dockerfile nor a label can have, become blanks too.
func OneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

// FirstParagraph is the first text of a Markdown document that is not a heading, picture or markup, on one line.
func FirstParagraph(markdown string) string {
	var lines []string
	for line := range strings.Lines(markdown) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" && len(lines) > 0:
			return OneLine(strings.Join(lines, " "))
		case line == "", len(lines) == 0 && strings.ContainsAny(line[:1], "#!<") || strings.HasPrefix(line, "[!"):
		default:
			lines = append(lines, line)
		}
	}
	return OneLine(strings.Join(lines, " "))
}
