// Package render prints findings: for people, for programs, and for GitHub. The findings must have been placed and put
// in order before (see diag.List.Place). It imports only the standard library and diag.
package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/opc-project/opc/schema/diag"
)

// Sources returns the text of a file by the name that findings use, or nil when it can't be had.
type Sources func(name string) []byte

// Format prints findings.
type Format func(io.Writer, diag.List, Sources) error

// Formats are the formats by the names that --error-format takes.
func Formats() map[string]Format {
	return map[string]Format{"text": Text, "json": JSON, "github": GitHub, "sarif": SARIF}
}

// line returns one line of a file, without its end; ok is false when there is no such line.
func (s Sources) line(pos diag.Pos) (string, bool) {
	if s == nil || !pos.IsValid() {
		return "", false
	}
	n := 0
	for l := range strings.Lines(string(s(pos.File))) {
		if n++; n == pos.Line {
			return strings.TrimRight(l, "\r\n"), true
		}
	}
	return "", false
}

// Summary counts the findings in words, such as "3 errors, 1 warning"; "" when there are none.
func Summary(list diag.List) string {
	var parts []string
	for _, s := range []diag.Severity{diag.Error, diag.Warning, diag.Note} {
		switch n := list.Count(s); n {
		case 0:
		case 1:
			parts = append(parts, "1 "+s.String())
		default:
			parts = append(parts, fmt.Sprintf("%d %ss", n, s))
		}
	}
	return strings.Join(parts, ", ")
}
