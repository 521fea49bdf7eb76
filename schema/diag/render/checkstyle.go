package render

import (
	"encoding/xml"
	"io"

	"github.com/opc-project/opc/internal/escape"
	"github.com/opc-project/opc/schema/diag"
)

// The part of Checkstyle's report that findings need, as its XMLLogger writes it.
// See https://github.com/checkstyle/checkstyle/blob/master/src/main/java/com/puppycrawl/tools/checkstyle/XMLLogger.java.
type (
	checkstyleReport struct {
		XMLName xml.Name         `xml:"checkstyle"`
		Version string           `xml:"version,attr"` // of the format
		Files   []checkstyleFile `xml:"file"`
	}
	checkstyleFile struct {
		Name   string            `xml:"name,attr"`
		Errors []checkstyleError `xml:"error"`
	}
	checkstyleError struct {
		Line     int    `xml:"line,attr"`
		Column   int    `xml:"column,attr,omitempty"`
		Severity string `xml:"severity,attr"`
		Message  string `xml:"message,attr"`
		Source   string `xml:"source,attr"`
	}
)

// Checkstyle prints findings as Checkstyle does, for reviewdog, Jenkins and others that read its reports.
func Checkstyle(w io.Writer, list diag.List, sources Sources) error {
	report := checkstyleReport{Version: "8.0"}
	for _, group := range byFile(list) {
		file := checkstyleFile{Name: escape.Line(group.file)}
		for _, d := range group.list {
			e := checkstyleError{Severity: d.Severity.String(), Message: escape.Text(paragraph(d)), Source: tool + "." + string(d.Code)}
			if d.Severity == diag.Note {
				e.Severity = "info"
			}
			if d.Pos.IsValid() {
				e.Line, e.Column = d.Pos.Line, column(d.Pos, sources)
			}
			file.Errors = append(file.Errors, e)
		}
		report.Files = append(report.Files, file)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(report); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
