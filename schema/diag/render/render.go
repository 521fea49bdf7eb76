// Package render prints findings: for people, for programs, and for CI systems. The findings must have been placed and
// put in order before (see diag.List.Place). What text of other people must not do in a format is known to the package
// escape.
package render

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/opc-project/opc/schema/diag"
)

// Sources returns the text of a file by the name that findings use, or nil when it can't be had.
type Sources func(name string) []byte

// Format prints findings.
type Format func(io.Writer, diag.List, Sources) error

// Formats are the formats by the names that --error-format takes.
func Formats() map[string]Format {
	return map[string]Format{
		"text": Text, "json": JSON, "github": GitHub, "gitlab": GitLab, "sarif": SARIF, "junit": JUnit, "checkstyle": Checkstyle,
	}
}

// tool is the name of opc in reports.
const tool = "opc"

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

// column counts characters from 1, where ours counts bytes.
func column(pos diag.Pos, sources Sources) int {
	n := max(pos.Col, 1)
	if line, ok := sources.line(pos); ok {
		n = 1 + utf8.RuneCountInString(line[:min(n-1, len(line))])
	}
	return n
}

// fileGroup are the findings of one file.
type fileGroup struct {
	file string
	list diag.List
}

// byFile groups findings by file, in order.
func byFile(list diag.List) []fileGroup {
	var out []fileGroup
	at := map[string]int{}
	for _, d := range list {
		file := fileOf(d)
		i, ok := at[file]
		if !ok {
			i, at[file] = len(out), len(out)
			out = append(out, fileGroup{file: file})
		}
		out[i].list = append(out[i].list, d)
	}
	return out
}

// fileOf is the file of a finding, for formats that require one.
func fileOf(d diag.Diagnostic) string { return cmp.Or(d.Pos.File, ".") }

// paragraph is a finding with its related places and its hint, for formats that have one text for all.
func paragraph(d diag.Diagnostic) string {
	lines := []string{d.Message}
	for _, r := range d.Related {
		if r.Pos.IsValid() {
			r.Message = r.Pos.String() + ": " + r.Message
		}
		lines = append(lines, r.Message)
	}
	if d.Hint != "" {
		lines = append(lines, "hint: "+d.Hint)
	}
	return strings.Join(lines, "\n")
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
