package chart

import (
	"regexp"
	"strings"
	"unicode"
)

// separator is what Helm splits a rendered template at (helm.sh/helm/v3/pkg/releaseutil.SplitManifests).
var separator = regexp.MustCompile(`(?:^|\s*\n)---\s*`)

// Stored is a rendered template as Helm stores it in a release and applies it: each document is trimmed and ends with
// one line break, so a block text at its end gains the line break that it lacks, and loses those that |+ keeps. The
// documents stay on their lines as far as the trimmed text allows.
func Stored(text string) string {
	var out strings.Builder
	line := 0
	add := func(from, to int) {
		doc := strings.TrimSpace(text[from:to])
		if doc == "" {
			return
		}
		if out.Len() > 0 {
			out.WriteString("---\n")
			line++
		}
		begin := from + strings.Index(text[from:to], doc)
		if missing := strings.Count(text[:begin], "\n") - line; missing > 0 {
			out.WriteString(strings.Repeat("\n", missing))
			line += missing
		}
		out.WriteString(doc + "\n")
		line += strings.Count(doc, "\n") + 1
	}
	first := len(text) - len(strings.TrimLeftFunc(text, unicode.IsSpace))
	at := first
	for _, m := range separator.FindAllStringIndex(text[first:], -1) {
		add(at, first+m[0])
		at = first + m[1]
	}
	add(at, len(text))
	return out.String()
}

// InCRDs reports whether a file, by its name in the chart's folder, is one of Helm's own folder crds, which Helm applies
// as it stands.
func InCRDs(name string) bool { return strings.HasPrefix(name, "crds/") }
