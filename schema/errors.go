package schema

import (
	"fmt"
	"strings"

	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/token"

	"github.com/opc-project/opc/schema/diag"
)

// fromCUE turns CUE's errors into findings: one for each path, at the first position in the user's text.
func fromCUE(err error, code diag.Code) diag.List {
	var out diag.List
	byPath := map[string]int{}
	for _, e := range errors.Errors(err) {
		path := diag.Path("")
		for _, elem := range e.Path() {
			path = path.Child(strings.Trim(elem, `"`))
		}
		format, args := e.Msg()
		d := diag.Diagnostic{Code: code, Severity: diag.Error, Path: path, Message: words(fmt.Sprintf(format, args...))}
		for _, p := range errors.Positions(e) {
			if !isUser(p) {
				continue
			}
			if !d.Pos.IsValid() {
				d.Pos = toPos(p)
			} else if q := toPos(p); q != d.Pos {
				d.Related = append(d.Related, diag.Related{Pos: q, Message: "and here"})
			}
		}
		key := string(path)
		if key == "" {
			key = d.Pos.String() + d.Message
		}
		if i, ok := byPath[key]; ok {
			if !out[i].Pos.IsValid() {
				out[i].Pos, out[i].Message = d.Pos, d.Message
			}
			continue
		}
		byPath[key] = len(out)
		out = append(out, d)
	}
	return out
}

// words makes the commonest of CUE's messages plain.
func words(message string) string {
	message = strings.TrimSpace(strings.ReplaceAll(message, "\n", " "))
	switch {
	case strings.Contains(message, "incomplete value"):
		_, what, _ := strings.Cut(message, "incomplete value ")
		return "the value is not said: it is still " + what
	case strings.HasPrefix(message, "conflicting values"):
		return message + ": the same field is said twice, differently"
	}
	return message
}

// isUser reports whether a position is in the user's text and not in the schema.
func isUser(p token.Pos) bool { return p.IsValid() && p.Filename() != languageFile }

func toPos(p token.Pos) diag.Pos {
	q := p.Position()
	return diag.Pos{File: q.Filename, Line: q.Line, Col: q.Column}
}
