package render

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/opc-project/opc/diff"
	"github.com/opc-project/opc/internal/escape"
	"github.com/opc-project/opc/schema/diag"
)

// The colours, as SGR parameters.
const (
	bold   = "1"
	red    = "1;31"
	yellow = "1;33"
	blue   = "1;34"
	green  = "1;32"
	dim    = "2"
)

func number(n int) string { return strconv.Itoa(n) }

// Text prints a finding a paragraph: its place in the new version, its verdict, what changed, and its place in the old
// one; at the end the judgement, and the waivers that would accept what fails the run.
func Text(w io.Writer, v *View) error {
	t := &text{View: v}
	for i := range v.Findings {
		t.finding(&v.Findings[i])
	}
	for _, d := range v.waivers() {
		t.warning(d)
	}
	t.end()
	_, err := w.Write(t.b.Bytes())
	return err
}

type text struct {
	*View
	b bytes.Buffer
}

// warning prints a finding about a waiver.
func (t *text) warning(d diag.Diagnostic) {
	if d.Pos.IsValid() {
		t.b.WriteString(t.paint(bold, escape.Line(d.Pos.String())+":") + " ")
	}
	fmt.Fprintf(&t.b, "%s %s %s\n", t.paint(yellow, "warning:"), escape.Line(d.Message), t.paint(dim, "["+string(d.Code)+"]"))
	t.excerpt(d.Pos)
	t.line("hint", d.Hint)
}

func (t *text) finding(f *diff.Finding) {
	if f.New.Pos.IsValid() {
		t.b.WriteString(t.paint(bold, escape.Line(f.New.Pos.String())+":") + " ")
	}
	fmt.Fprintf(&t.b, "%s %s %s\n", t.paint(colour(f), f.Verdict.String()+":"), escape.Line(f.Message), t.paint(dim, "["+f.ID+"]"))
	t.excerpt(f.New.Pos)
	if f.Blocking && f.Waived == nil {
		t.line("blocks", "a higher version number does not fix this")
	}
	if f.Old.Pos.IsValid() && f.Changes[0].Kind != diff.Added {
		t.line("before", f.Old.Pos.String())
	}
	t.judges(f)
	if n := len(f.Caused); n > 0 {
		t.line("also changed", caused(f))
	}
	if f.Waived != nil {
		t.line("accepted", f.Waived.Reason)
	}
}

// judges prints what foreign judges say where it matters, the first few of them.
func (t *text) judges(f *diff.Finding) {
	const most = 3
	for i, j := range f.Judges {
		switch {
		case f.Verdict < diff.Major && !f.Blocks:
			return
		case i == most:
			t.line("reported by", fmt.Sprintf("and %d more", len(f.Judges)-most))
			return
		}
		t.line("reported by", diff.Short(j))
	}
}

func (t *text) line(word, s string) {
	fmt.Fprintf(&t.b, "    %s %s\n", t.paint(green, word+":"), escape.Line(s))
}

// caused names the smaller changes that follow from a finding.
func caused(f *diff.Finding) string {
	const most = 3
	var names []string
	for i, c := range f.Caused {
		if i == most {
			names = append(names, fmt.Sprintf("%d more", len(f.Caused)-most))
			break
		}
		names = append(names, c.Path.String()+" "+string(c.Kind))
	}
	return strings.Join(names, ", ")
}

// excerpt prints the line of a place.
func (t *text) excerpt(pos diag.Pos) {
	if !t.Lines || t.Sources == nil || !pos.IsValid() {
		return
	}
	n := 0
	for l := range strings.Lines(string(t.Sources(pos.File))) {
		if n++; n == pos.Line {
			if l = strings.TrimRight(l, "\r\n"); strings.TrimSpace(l) != "" {
				t.b.WriteString(t.paint(dim, fmt.Sprintf("%5d | ", pos.Line)) + escape.Line(l) + "\n")
			}
			return
		}
	}
}

func (t *text) end() {
	fmt.Fprintf(&t.b, "%s: %s\n", t.paint(bold, escape.Line(t.title())), t.counts())
	against := t.against()
	judgement := t.paint(green, escape.Line(t.Version()))
	if !t.Fits && t.Gate == diff.GateVersion || t.Blocking() > 0 {
		judgement = t.paint(red, escape.Line(t.Version()))
	}
	t.b.WriteString(judgement + "\n")
	if p := t.preflight(); p != "" {
		t.b.WriteString(p + "\n")
	}
	if len(against) > 0 {
		t.b.WriteString("to accept these findings, add them to the description with a reason:\n" + t.accept(against) + "\n")
	}
}

func (t *text) paint(colour, s string) string {
	if !t.Colour {
		return s
	}
	return "\x1b[" + colour + "m" + s + "\x1b[0m"
}

func colour(f *diff.Finding) string {
	switch {
	case f.Waived != nil:
		return dim
	case f.Verdict == diff.Major:
		return red
	case f.Verdict == diff.Minor:
		return yellow
	}
	return blue
}
