package render

import (
	"io"
	"strconv"

	"github.com/opc-project/opc/internal/escape"
	"github.com/opc-project/opc/schema/diag"
)

// gitlabIssue is an issue of GitLab's code quality reports.
// See https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format.
type gitlabIssue struct {
	Description string         `json:"description"`
	CheckName   string         `json:"check_name"`
	Fingerprint string         `json:"fingerprint"`
	Severity    string         `json:"severity"`
	Location    gitlabLocation `json:"location"`
}

type gitlabLocation struct {
	Path  string      `json:"path"`
	Lines gitlabLines `json:"lines"`
}

type gitlabLines struct {
	Begin int `json:"begin"`
}

// GitLab prints findings as a code quality report, which GitLab shows in merge requests.
func GitLab(w io.Writer, list diag.List, _ Sources) error {
	out := []gitlabIssue{}
	seen := map[string]int{}
	for _, d := range list {
		// GitLab shows issues of one fingerprint as one, and the same finding may occur at several lines.
		print := d.Fingerprint()
		if seen[print]++; seen[print] > 1 {
			print += "-" + strconv.Itoa(seen[print])
		}
		out = append(out, gitlabIssue{
			Description: escape.Text(paragraph(d)), CheckName: string(d.Code), Fingerprint: print, Severity: gitlabSeverity(d.Severity),
			Location: gitlabLocation{Path: escape.Line(fileOf(d)), Lines: gitlabLines{Begin: max(d.Pos.Line, 1)}},
		})
	}
	return encode(w, out)
}

// gitlabSeverity is one of info, minor, major, critical and blocker.
func gitlabSeverity(s diag.Severity) string {
	switch s {
	case diag.Error:
		return "major"
	case diag.Warning:
		return "minor"
	}
	return "info"
}
