package render

import (
	"encoding/json"
	"io"

	"github.com/opc-project/opc/schema/diag"
)

type jsonFinding struct {
	Code     diag.Code `json:"code"`
	Severity string    `json:"severity"`
	Message  string    `json:"message"`
	Hint     string    `json:"hint,omitempty"`
	Path     diag.Path `json:"path,omitempty"`
	jsonPlace
	Related     []jsonRelated `json:"related,omitempty"`
	Fingerprint string        `json:"fingerprint"`
	URL         string        `json:"url"` // of the code's documentation
}

type jsonRelated struct {
	Message string    `json:"message"`
	Path    diag.Path `json:"path,omitempty"`
	jsonPlace
}

type jsonPlace struct {
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"` // in bytes, from 1
}

// JSON prints one document with all findings, also when there are none, so that a program always has one to read.
func JSON(w io.Writer, list diag.List, _ Sources) error {
	out := struct {
		Findings []jsonFinding `json:"findings"`
		Errors   int           `json:"errors"`
		Warnings int           `json:"warnings"`
	}{Findings: []jsonFinding{}, Errors: list.Count(diag.Error), Warnings: list.Count(diag.Warning)}
	for _, d := range list {
		f := jsonFinding{
			Code: d.Code, Severity: d.Severity.String(), Message: d.Message, Hint: d.Hint, Path: d.Path, jsonPlace: place(d.Pos),
			Fingerprint: d.Fingerprint(), URL: d.Code.URL(),
		}
		for _, r := range d.Related {
			f.Related = append(f.Related, jsonRelated{Message: r.Message, Path: r.Path, jsonPlace: place(r.Pos)})
		}
		out.Findings = append(out.Findings, f)
	}
	return encode(w, out)
}

func place(p diag.Pos) jsonPlace { return jsonPlace{File: p.File, Line: p.Line, Column: p.Col} }

func encode(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
