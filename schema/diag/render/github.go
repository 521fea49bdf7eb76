package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/opc-project/opc/internal/escape"
	"github.com/opc-project/opc/schema/diag"
)

// GitHub prints findings as workflow commands of GitHub Actions, which shows them at their lines in a pull request.
func GitHub(w io.Writer, list diag.List, _ Sources) error {
	var b strings.Builder
	for _, d := range list {
		command := "notice"
		if d.Severity != diag.Note {
			command = d.Severity.String()
		}
		var properties []string
		if d.Pos.IsValid() {
			properties = append(properties, "file="+escape.CommandProperty(d.Pos.File), fmt.Sprintf("line=%d,col=%d", d.Pos.Line, d.Pos.Col))
		}
		properties = append(properties, "title="+escape.CommandProperty(string(d.Code)))
		fmt.Fprintf(&b, "::%s %s::%s\n", command, strings.Join(properties, ","), escape.CommandData(paragraph(d)))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
