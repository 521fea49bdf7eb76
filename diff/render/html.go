package render

import (
	_ "embed"
	"html/template"
	"io"
	"strings"

	"github.com/opc-project/opc/diff"
	"github.com/opc-project/opc/internal/escape"
)

//go:embed report.html
var reportText string

//go:embed style.css
var style string

// Style is how opc's pages look: light and dark, on screens of any width and on paper.
func Style() template.CSS { return template.CSS(style) } // a file of this package

var reportTemplate = template.Must(template.New("report").Funcs(template.FuncMap{"style": Style, "upper": upper, "value": value, "short": diff.Short}).Parse(reportText))

// page is what the template of the HTML report shows.
type page struct {
	*View
	Title, Judgement, Preflight string
	Passes                      bool
	Cards                       []card
	Sections                    []section
	Graph                       *graph
	Accept                      string
	WaiverFaults                []string
}

type card struct {
	Name  string
	Class string
	Count int
}

// section is a category with its findings.
type section struct {
	Name, About string
	Findings    []shown
}

// shown is one finding as the page shows it.
type shown struct {
	*diff.Finding
	Class   string
	Rows    []row
	More    int
	Old     string
	New     string
	Against bool
}

// row is one of several changes that are told as one finding.
type row struct{ Path, Old, New string }

// HTML prints one page that needs nothing else, for people who release and people who upgrade: the judgement, the
// upgrade graph, and the findings by category, before and after side by side.
func HTML(w io.Writer, v *View) error {
	p := page{
		View: v, Title: v.title(), Judgement: upper(v.Version()), Preflight: upper(v.preflight()), Passes: len(v.against()) == 0, Graph: graphOf(v),
		Cards: []card{
			{"major", "major", v.Count(diff.Major)}, {"minor", "minor", v.Count(diff.Minor)}, {"patch", "patch", v.Count(diff.Patch)},
		},
	}
	if list := v.against(); len(list) > 0 {
		p.Accept = v.accept(list)
	}
	against := map[string]bool{}
	for _, f := range v.against() {
		against[f.Fingerprint()] = true
	}
	for _, c := range diff.Categories() {
		s := section{Name: string(c), About: c.About()}
		for i := range v.Findings {
			if f := &v.Findings[i]; f.Category == c {
				s.Findings = append(s.Findings, show(f, against[f.Fingerprint()]))
			}
		}
		if len(s.Findings) > 0 {
			p.Sections = append(p.Sections, s)
		}
	}
	for _, d := range v.waivers() {
		p.WaiverFaults = append(p.WaiverFaults, upper(d.Message)+": "+d.Hint+".")
	}
	var b strings.Builder
	if err := reportTemplate.Execute(&b, p); err != nil {
		return err
	}
	_, err := io.WriteString(w, escape.Text(b.String()))
	return err
}

func show(f *diff.Finding, against bool) shown {
	const most = 20
	s := shown{Finding: f, Class: f.Verdict.String(), Against: against}
	if f.Waived != nil {
		s.Class = "waived"
	}
	if len(f.Changes) == 1 {
		s.Old, s.New = value(f.Changes[0].Old), value(f.Changes[0].New)
		return s
	}
	for i, c := range f.Changes {
		if i == most {
			s.More = len(f.Changes) - most
			break
		}
		s.Rows = append(s.Rows, row{c.Path.String(), shortValue(c.Old), shortValue(c.New)})
	}
	return s
}

func shortValue(v any) string {
	if v == nil {
		return ""
	}
	return diff.Short(v)
}
