package render

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/opc-project/opc/internal/escape"
	"github.com/opc-project/opc/schema/diag"
)

// Text prints one line a finding, as compilers do: file:line:col: severity: message [CODE]. Related places and the hint
// stand below, indented; the last line counts the findings. Nothing is printed when there are none.
func Text(w io.Writer, list diag.List, _ Sources) error {
	return (&text{}).print(w, list, nil)
}

// Terminal returns Text with the line of the file below each finding and a marker under the place, in colour or not.
func Terminal(colour bool) Format {
	return func(w io.Writer, list diag.List, sources Sources) error {
		return (&text{lines: true, colour: colour}).print(w, list, sources)
	}
}

type text struct {
	lines, colour bool
	b             bytes.Buffer
}

// The colours, as SGR parameters.
const (
	bold   = "1"
	red    = "1;31"
	yellow = "1;33"
	blue   = "1;34"
	green  = "1;32"
	dim    = "2"
)

func (t *text) print(w io.Writer, list diag.List, sources Sources) error {
	for _, d := range list {
		t.finding(d, sources)
	}
	if s := Summary(list); s != "" {
		t.b.WriteString(t.paint(bold, s) + "\n")
	}
	_, err := w.Write(t.b.Bytes())
	return err
}

func (t *text) finding(d diag.Diagnostic, sources Sources) {
	if d.Pos.File != "" {
		t.b.WriteString(t.paint(bold, escape.Line(d.Pos.String())+":") + " ")
	}
	fmt.Fprintf(&t.b, "%s %s %s\n", t.paint(severityColour(d.Severity), d.Severity.String()+":"),
		indented(d.Message), t.paint(dim, "["+string(d.Code)+"]"))
	t.excerpt(d.Pos, sources)
	for _, r := range d.Related {
		t.b.WriteString("    ")
		if r.Pos.File != "" {
			t.b.WriteString(escape.Line(r.Pos.String()) + ": ")
		}
		t.b.WriteString(indented(r.Message) + "\n")
	}
	if d.Hint != "" {
		t.b.WriteString("    " + t.paint(green, "hint:") + " " + indented(d.Hint) + "\n")
	}
}

// excerpt prints the line of a place and a marker under it.
func (t *text) excerpt(pos diag.Pos, sources Sources) {
	line, ok := sources.line(pos)
	if !t.lines || !ok || strings.TrimSpace(line) == "" {
		return
	}
	number := fmt.Sprintf("%5d | ", pos.Line)
	before := line[:min(max(pos.Col-1, 0), len(line))]
	margin := strings.Map(func(r rune) rune {
		if r == '\t' {
			return r // a tab is as wide in the marker's line as above it
		}
		return ' '
	}, escape.Line(before))
	t.b.WriteString(t.paint(dim, number) + escape.Line(line) + "\n")
	t.b.WriteString(t.paint(dim, strings.Repeat(" ", len(number)-2)+"| ") + margin + t.paint(green, "^") + "\n")
}

func (t *text) paint(colour, s string) string {
	if !t.colour {
		return s
	}
	return "\x1b[" + colour + "m" + s + "\x1b[0m"
}

func severityColour(s diag.Severity) string {
	switch s {
	case diag.Error:
		return red
	case diag.Warning:
		return yellow
	}
	return blue
}

// indented keeps the later lines of a text under its finding.
func indented(s string) string { return escape.Lines(s, "    ") }
