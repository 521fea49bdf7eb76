package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/opc-project/opc/schema/diag"
)

// GitHub prints findings as workflow commands of GitHub Actions, which shows them at their lines in a pull request.
// See https://docs.github.com/actions/reference/workflow-commands-for-github-actions.
func GitHub(w io.Writer, list diag.List, _ Sources) error {
	var b strings.Builder
	for _, d := range list {
		command := "notice"
		if d.Severity != diag.Note {
			command = d.Severity.String()
		}
		var properties []string
		if d.Pos.IsValid() {
			properties = append(properties, "file="+property(d.Pos.File), fmt.Sprintf("line=%d,col=%d", d.Pos.Line, d.Pos.Col))
		}
		properties = append(properties, "title="+property(string(d.Code)))
		message := []string{d.Message}
		for _, r := range d.Related {
			if r.Pos.IsValid() {
				r.Message = r.Pos.String() + ": " + r.Message
			}
			message = append(message, r.Message)
		}
		if d.Hint != "" {
			message = append(message, "hint: "+d.Hint)
		}
		fmt.Fprintf(&b, "::%s %s::%s\n", command, strings.Join(properties, ","), data(strings.Join(message, "\n")))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// data escapes the text of a workflow command, property that of its properties.
var (
	dataEscapes     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	propertyEscapes = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func data(s string) string     { return dataEscapes.Replace(printable(s)) }
func property(s string) string { return propertyEscapes.Replace(printable(s)) }
