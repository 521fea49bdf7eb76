// Package diag is the ground floor of opc: paths, positions, findings and their order. Every stage speaks it, so it
// imports only the standard library. Read List.Place first: it is where a stage's paths become positions.
package diag

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// Pos is a place in an input file; lines and columns count from 1, columns in bytes. The zero Pos means "unknown". A
// Pos with a File only is something that has no lines, such as a flag of the command line.
type Pos struct {
	File      string
	Line, Col int
}

// IsValid reports whether the position is known.
func (p Pos) IsValid() bool { return p.Line > 0 }

// String returns file:line:col, the file alone when there is no line, or "-" when unknown.
func (p Pos) String() string {
	switch {
	case p.File == "":
		return "-"
	case !p.IsValid():
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// Offset is where the position is in the text of its file, in bytes; its end where the text is shorter.
func (p Pos) Offset(text []byte) int {
	at := 0
	for range p.Line - 1 {
		i := bytes.IndexByte(text[at:], '\n')
		if i < 0 {
			return len(text)
		}
		at += i + 1
	}
	end := bytes.IndexByte(text[at:], '\n')
	if end < 0 {
		end = len(text) - at
	}
	return at + min(max(p.Col-1, 0), end)
}

// Compare orders positions by file, line and column.
func (p Pos) Compare(q Pos) int {
	return cmp.Or(strings.Compare(p.File, q.File), cmp.Compare(p.Line, q.Line), cmp.Compare(p.Col, q.Col))
}

// Severity tells whether a finding stops the run.
type Severity int

// Error stops the run; Warning does not; Note is told on request only.
const (
	Error Severity = iota + 1
	Warning
	Note
)

// String returns the word that stands in a finding's line.
func (s Severity) String() string {
	switch s {
	case Error:
		return "error"
	case Warning:
		return "warning"
	case Note:
		return "note"
	}
	return "unknown"
}

// Diagnostic is one finding. A producer that knows no position sets Path only; Place fills in Pos.
type Diagnostic struct {
	Code     Code
	Severity Severity
	Message  string // what is wrong, then what was expected: one sentence, lower case, no full stop
	Hint     string // what to do
	Instead  string // what to write instead of the word at Pos, where that is known
	Path     Path
	Pos      Pos
	Related  []Related
	Set      []Path // features and parameters that are not at their default where it was found
}

// Related is a second place that belongs to a finding.
type Related struct {
	Path    Path
	Pos     Pos
	Message string
}

// Errorf makes a finding of error severity at a path.
func Errorf(code Code, path Path, format string, args ...any) Diagnostic {
	return Diagnostic{Code: code, Severity: Error, Path: path, Message: fmt.Sprintf(format, args...)}
}

// Warnf makes a finding of warning severity at a path.
func Warnf(code Code, path Path, format string, args ...any) Diagnostic {
	return Diagnostic{Code: code, Severity: Warning, Path: path, Message: fmt.Sprintf(format, args...)}
}

// WithHint returns d with the hint set.
func (d Diagnostic) WithHint(format string, args ...any) Diagnostic {
	d.Hint = fmt.Sprintf(format, args...)
	return d
}

// WithInstead returns d with a hint that names what was meant instead of the word at the finding's place.
func (d Diagnostic) WithInstead(word string) Diagnostic {
	d.Instead = word
	return d.WithHint("did you mean %q?", word)
}

// WithRelated returns d with one more related place.
func (d Diagnostic) WithRelated(path Path, message string) Diagnostic {
	d.Related = append(slices.Clone(d.Related), Related{Path: path, Message: message})
	return d
}

// Fingerprint identifies a finding over time, also when lines move, for tools that track findings.
func (d Diagnostic) Fingerprint() string {
	sum := sha256.Sum256([]byte(strings.Join([]string{string(d.Code), d.Pos.File, string(d.Path), d.Message}, "\n")))
	return hex.EncodeToString(sum[:6])
}

// Locator turns a path into a position. exact is false if only an ancestor of the path is known.
type Locator interface {
	Locate(Path) (pos Pos, exact bool)
}

// List is what every stage returns beside its result.
type List []Diagnostic

// HasErrors reports whether a finding stops the run.
func (l List) HasErrors() bool {
	return slices.ContainsFunc(l, func(d Diagnostic) bool { return d.Severity == Error })
}

// Count returns the number of findings of a severity.
func (l List) Count(s Severity) int {
	n := 0
	for _, d := range l {
		if d.Severity == s {
			n++
		}
	}
	return n
}

// Place fills in missing positions from loc, sorts by position, code, path and message, and removes duplicates: the
// same finding told by two stages is told once.
func (l List) Place(loc Locator) List {
	out := slices.Clone(l)
	for i := range out {
		d := &out[i]
		if d.Pos == (Pos{}) && loc != nil {
			d.Pos, _ = loc.Locate(d.Path)
		}
		d.Related = slices.Clone(d.Related)
		for j := range d.Related {
			if r := &d.Related[j]; r.Pos == (Pos{}) && loc != nil {
				r.Pos, _ = loc.Locate(r.Path)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Diagnostic) int {
		return cmp.Or(a.Pos.Compare(b.Pos), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Message, b.Message))
	})
	return slices.CompactFunc(out, func(a, b Diagnostic) bool {
		return a.Pos == b.Pos && a.Code == b.Code && a.Message == b.Message
	})
}
