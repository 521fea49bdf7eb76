// Package render prints the judgement of a new version: for people at a terminal, for programs, for a pull request, for
// GitHub, for code scanning, as a page that a release manager can mail, and as the changelog of a release. Every format
// is a pure function of a View.
package render

import (
	"io"
	"strings"

	"github.com/opc-project/opc/diff"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
	findings "github.com/opc-project/opc/schema/diag/render"
)

// View is a report and how it is to be shown.
type View struct {
	*diff.Report
	OldName, NewName string // what the user called the sides, such as git:v0.1.0
	Gate             diff.Gate
	Profile          diff.Profile
	YAML             bool // waivers are written in YAML, not CUE
	Sources          findings.Sources
	Lines, Colour    bool // for a terminal: the lines of places, and colours
}

// Format prints a view.
type Format func(io.Writer, *View) error

// Formats are the formats by name.
func Formats() map[string]Format {
	return map[string]Format{
		"text": Text, "json": JSON, "markdown": Markdown, "html": HTML, "changelog": Changelog,
		"github": listed(findings.GitHub), "gitlab": listed(findings.GitLab), "junit": listed(findings.JUnit), "checkstyle": listed(findings.Checkstyle),
		"sarif": SARIF,
	}
}

// against are the findings that fail the run.
func (v *View) against() []diff.Finding { return v.Against(v.Gate, v.Profile) }

// title names the two versions.
func (v *View) title() string { return v.New.Name + " " + v.Old.Version + " → " + v.New.Version }

// counts says how many findings of each verdict there are.
func (v *View) counts() string {
	var parts []string
	for _, verdict := range []diff.Verdict{diff.Major, diff.Minor, diff.Patch} {
		if n := v.Count(verdict); n > 0 {
			parts = append(parts, number(n)+" "+verdict.String())
		}
	}
	if waived := len(v.Findings) - v.Count(diff.Major) - v.Count(diff.Minor) - v.Count(diff.Patch); waived > 0 {
		parts = append(parts, number(waived)+" waived")
	}
	if len(parts) == 0 {
		return "no findings"
	}
	return strings.Join(parts, ", ")
}

// preflight says what OLM v1 will do, in its profile.
func (v *View) preflight() string {
	if v.Profile != diff.OLMv1 {
		return ""
	}
	switch n := v.Blocked(); n {
	case 0:
		return "OLM v1 lets the upgrade pass: its check of CRDs finds nothing"
	case 1:
		return "OLM v1 refuses the upgrade for 1 change of a CRD"
	default:
		return "OLM v1 refuses the upgrade for " + number(n) + " changes of CRDs"
	}
}

// list turns the report into findings as all commands print them. What fails the run is an error.
func (v *View) list() diag.List {
	failing := map[string]bool{}
	for _, f := range v.against() {
		failing[f.Fingerprint()] = true
	}
	var out diag.List
	for i := range v.Findings {
		f := &v.Findings[i]
		d := diag.Diagnostic{Code: diag.Code(f.ID), Severity: diag.Note, Message: f.Message + " (" + f.Verdict.String() + ")", Path: f.New.Path, Pos: f.New.Pos}
		switch {
		case f.Waived != nil:
			d.Message += ", accepted: " + f.Waived.Reason
		case failing[f.Fingerprint()]:
			d.Severity = diag.Error
		case f.Verdict >= diff.Minor:
			d.Severity = diag.Warning
		}
		if f.Old.Pos.IsValid() && f.Changes[0].Kind != diff.Added {
			d.Related = []diag.Related{{Path: f.Old.Path, Pos: f.Old.Pos, Message: "before"}}
		}
		out = append(out, d)
	}
	return append(out, v.waivers()...)
}

// waivers are the findings about waivers.
func (v *View) waivers() diag.List {
	var out diag.List
	for _, w := range v.Waivers {
		d := diag.Diagnostic{Code: diag.WaiverUnused, Severity: diag.Warning, Path: w.Place.Path, Pos: w.Place.Pos, Hint: "remove it",
			Message: "the waiver of " + w.Waiver.Rule + " accepts nothing"}
		if w.Expired {
			d.Code, d.Message, d.Hint = diag.WaiverExpired, "the waiver of "+w.Waiver.Rule+" ended on "+w.Waiver.Until, "remove it, or say a later day"
		}
		out = append(out, d)
	}
	return out
}

// accept writes the waivers that would accept findings as they stand in a description.
func (v *View) accept(list []diff.Finding) string {
	var waivers []schema.Waiver
	for i := range list {
		waivers = append(waivers, list[i].Accept())
	}
	return schema.AcceptText(waivers, v.YAML)
}

// value is a value as YAML, in at most some lines.
func value(v any) string {
	const most = 24
	if v == nil {
		return ""
	}
	data, err := kube.Encode(v)
	if err != nil {
		return diff.Short(v)
	}
	lines := strings.Split(strings.TrimRight(string(data), "\n"), "\n")
	if len(lines) > most {
		lines = append(lines[:most-1], "… "+number(len(lines)-most+1)+" more lines")
	}
	for i, l := range lines {
		if r := []rune(l); len(r) > 400 {
			lines[i] = string(r[:399]) + "…"
		}
	}
	return strings.Join(lines, "\n")
}
