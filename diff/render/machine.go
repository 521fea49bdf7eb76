package render

import (
	"encoding/json"
	"io"

	"github.com/opc-project/opc/diff"
	"github.com/opc-project/opc/schema/diag"
	findings "github.com/opc-project/opc/schema/diag/render"
)

type jsonReport struct {
	Old      jsonSide      `json:"old"`
	New      jsonSide      `json:"new"`
	Verdict  string        `json:"verdict"`
	Demands  string        `json:"demands,omitempty"`
	Fits     bool          `json:"fits"`
	Blocking int           `json:"blocking"` // findings that no version number makes up for
	Passes   bool          `json:"passes"`   // the gate
	Major    int           `json:"major"`
	Minor    int           `json:"minor"`
	Patch    int           `json:"patch"`
	Blocked  int           `json:"blockedByOLMv1"`
	Findings []jsonFinding `json:"findings"`
	Waivers  []jsonWaiver  `json:"waivers,omitempty"`
}

type jsonSide struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Source  string `json:"source"`
}

type jsonFinding struct {
	Rule        string       `json:"rule"`
	Title       string       `json:"title"`
	Category    string       `json:"category"`
	Verdict     string       `json:"verdict"`
	Level       string       `json:"level"`
	Message     string       `json:"message"`
	Path        string       `json:"path"`
	Old         *jsonPlace   `json:"old,omitempty"`
	New         *jsonPlace   `json:"new,omitempty"`
	Changes     []jsonChange `json:"changes"`
	Caused      []jsonChange `json:"caused,omitempty"`
	Judges      []string     `json:"judges,omitempty"`
	Crdify      []jsonIssue  `json:"crdify,omitempty"` // all that it says, also of what is folded into the finding
	Blocks      bool         `json:"blockedByOLMv1,omitempty"`
	Against     bool         `json:"against"` // it fails the run
	Accepted    string       `json:"accepted,omitempty"`
	Fingerprint string       `json:"fingerprint"`
	URL         string       `json:"url"` // of the rule's documentation
}

type jsonChange struct {
	Kind string `json:"kind"`
	Path string `json:"path"`
	From string `json:"from,omitempty"`
	Old  any    `json:"old,omitempty"`
	New  any    `json:"new,omitempty"`
}

type jsonIssue struct {
	Version  string `json:"version,omitempty"`
	Property string `json:"property,omitempty"` // in crdify's words, such as ^.spec.size
	Check    string `json:"check"`
	Message  string `json:"message"`
	Blocks   bool   `json:"blockedByOLMv1,omitempty"`
}

type jsonPlace struct {
	Path   diag.Path `json:"path,omitempty"`
	File   string    `json:"file,omitempty"`
	Line   int       `json:"line,omitempty"`
	Column int       `json:"column,omitempty"` // in bytes, from 1
}

type jsonWaiver struct {
	Rule    string `json:"rule"`
	Path    string `json:"path,omitempty"`
	Reason  string `json:"reason"`
	Until   string `json:"until,omitempty"`
	Expired bool   `json:"expired"` // else it accepts nothing
}

// JSON prints one document with all that is known.
func JSON(w io.Writer, v *View) error {
	out := jsonReport{
		Old: jsonSide{v.Old.Name, v.Old.Version, v.OldName}, New: jsonSide{v.New.Name, v.New.Version, v.NewName},
		Verdict: v.Verdict.String(), Demands: v.Demands, Fits: v.Fits, Blocking: v.Blocking(), Passes: len(v.against()) == 0,
		Major: v.Count(diff.Major), Minor: v.Count(diff.Minor), Patch: v.Count(diff.Patch), Blocked: v.Blocked(), Findings: []jsonFinding{},
	}
	against := map[string]bool{}
	for _, f := range v.against() {
		against[f.Fingerprint()] = true
	}
	for i := range v.Findings {
		f := &v.Findings[i]
		j := jsonFinding{
			Rule: f.ID, Title: f.Title, Category: string(f.Category), Verdict: f.Verdict.String(), Level: f.Level(), Message: f.Message, Path: f.Path,
			Old: place(f.Old), New: place(f.New), Changes: changes(f.Changes), Caused: changes(f.Caused), Judges: f.Judges, Crdify: issues(f.Issues), Blocks: f.Blocks,
			Against: against[f.Fingerprint()], Fingerprint: f.Fingerprint(), URL: diag.Code(f.ID).URL(),
		}
		if f.Waived != nil {
			j.Accepted = f.Waived.Reason
		}
		out.Findings = append(out.Findings, j)
	}
	for _, f := range v.Waivers {
		out.Waivers = append(out.Waivers, jsonWaiver{f.Waiver.Rule, f.Waiver.Path, f.Waiver.Reason, f.Waiver.Until, f.Expired})
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(out)
}

func place(p diff.Place) *jsonPlace {
	if p.Path == "" && !p.Pos.IsValid() {
		return nil
	}
	return &jsonPlace{Path: p.Path, File: p.Pos.File, Line: p.Pos.Line, Column: p.Pos.Col}
}

func changes(list []diff.Change) []jsonChange {
	out := []jsonChange{}
	for _, c := range list {
		out = append(out, jsonChange{string(c.Kind), c.Path.String(), c.From, c.Old, c.New})
	}
	return out
}

func issues(list []diff.Issue) []jsonIssue {
	var out []jsonIssue
	for _, i := range list {
		out = append(out, jsonIssue(i))
	}
	return out
}

// listed prints a view in a format of findings.
func listed(format findings.Format) Format {
	return func(w io.Writer, v *View) error { return format(w, v.list(), v.Sources) }
}

// SARIF prints findings for code scanning services, with the documentation of their rules.
func SARIF(w io.Writer, v *View) error {
	rules := diag.Rules()
	for _, r := range diff.Documented() {
		rules = append(rules, diag.Rule{Code: diag.Code(r.ID), Title: r.Title, Why: r.Why})
	}
	return listed(findings.SARIFOf(rules))(w, v)
}
