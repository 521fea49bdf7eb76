package render

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/opc-project/opc/diff"
	"github.com/opc-project/opc/internal/escape"
)

// The sections of a changelog, in the order and with the names of https://keepachangelog.com, and the kinds of Artifact
// Hub (https://artifacthub.io/docs/topics/annotations/helm/).
var sections = []struct{ title, kind string }{
	{"Breaking changes", ""}, {"Added", "added"}, {"Changed", "changed"}, {"Deprecated", "deprecated"}, {"Removed", "removed"},
}

// Changelog prints the changes for the people who run the operator: as the section of a changelog, and as the
// annotation of a chart that Artifact Hub reads.
func Changelog(w io.Writer, v *View) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "## %s\n", escape.Markdown(v.New.Version))
	for _, s := range sections {
		first := true
		for i := range v.Findings {
			f := &v.Findings[i]
			if !tells(f) || s.kind == "" && f.Verdict != diff.Major || s.kind != "" && (f.Verdict == diff.Major || kind(f) != s.kind) {
				continue
			}
			if first {
				fmt.Fprintf(&b, "\n### %s\n\n", s.title)
				first = false
			}
			fmt.Fprintf(&b, "- %s\n", escape.Markdown(upper(f.Message))+".")
		}
	}
	if notes := annotation(v); notes != "" {
		b.WriteString("\n" + escape.Fence("yaml", notes))
	}
	_, err := w.Write(b.Bytes())
	return err
}

// annotation is artifacthub.io/changes.
func annotation(v *View) string {
	var b strings.Builder
	for i := range v.Findings {
		if f := &v.Findings[i]; tells(f) {
			fmt.Fprintf(&b, "  - kind: %s\n    description: %s\n", kind(f), escape.Quoted(upper(f.Message)))
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return "artifacthub.io/changes: |\n" + b.String()
}

// tells reports whether people who run the operator want to read of a finding.
func tells(f *diff.Finding) bool {
	fault := f.ID == "GRAPH001" || f.ID == "GRAPH005" || f.ID == "GRAPH011" // for those who release, before they do
	return f.Verdict >= diff.Minor && !f.Notice && !fault
}

// kind is Artifact Hub's kind of a finding.
func kind(f *diff.Finding) string {
	if f.ID == "CRD013" || f.ID == "GRAPH008" {
		return "deprecated"
	}
	c := f.Changes[0]
	keyword := c.Path[0] == "crds" && len(c.Path) > 6 // of a field that stays
	switch {
	case c.Kind == diff.Added && !keyword:
		return "added"
	case c.Kind == diff.Removed && !keyword:
		return "removed"
	}
	return "changed"
}
