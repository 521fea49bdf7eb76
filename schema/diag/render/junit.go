package render

import (
	"encoding/xml"
	"io"

	"github.com/jstemmer/go-junit-report/v2/junit"

	"github.com/opc-project/opc/internal/escape"
	"github.com/opc-project/opc/schema/diag"
)

// JUnit prints findings as a test report, which most CI systems show: a suite for each file and a test case for each
// finding. An error is a failed test, a warning or note one that was skipped. Without findings there is one test that
// passed, since Jenkins and GitLab take a report without tests for a run that went wrong.
func JUnit(w io.Writer, list diag.List, _ Sources) error {
	report := junit.Testsuites{Name: tool}
	for _, group := range byFile(list) {
		suite := junit.Testsuite{Name: escape.Line(group.file), Time: noTime}
		for _, d := range group.list {
			suite.AddTestcase(testcase(d))
		}
		report.AddSuite(suite)
	}
	if len(list) == 0 {
		suite := junit.Testsuite{Name: tool, Time: noTime}
		suite.AddTestcase(junit.Testcase{Classname: tool, Name: "no findings", Time: noTime})
		report.AddSuite(suite)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	return report.WriteXML(w)
}

// noTime is the duration of each test: the same findings give the same report.
const noTime = "0"

func testcase(d diag.Diagnostic) junit.Testcase {
	name := string(d.Code) + ": " + escape.Line(d.Message)
	if d.Pos.IsValid() {
		name += " (" + escape.Line(d.Pos.String()) + ")" // GitLab shows tests of one name as one
	}
	c := junit.Testcase{Classname: escape.Line(fileOf(d)), Name: name, Time: noTime}
	result := &junit.Result{Message: escape.Line(d.Message), Type: d.Severity.String(), Data: escape.Text(paragraph(d))}
	if d.Severity == diag.Error {
		c.Failure = result
	} else {
		c.Skipped = result
	}
	return c
}
