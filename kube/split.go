package kube

import (
	"bytes"
	"fmt"
)

// part is the text between two separators of documents.
type part struct {
	line int // lines of the file before it
	text []byte
}

// split cuts a stream at lines that begin with ---, as Kubernetes' clients do.
func (s *stream) split(data []byte) []part {
	var out []part
	begin, start, line := 0, 0, 0
	flush := func(end int) {
		if len(bytes.TrimSpace(data[begin:end])) > 0 {
			out = append(out, part{start, data[begin:end:end]})
		}
	}
	at := 0
	for text := range bytes.Lines(data) {
		line++
		from := at
		at += len(text)
		rest, ok := bytes.CutPrefix(text, []byte("---"))
		if !ok || isDirective(data[begin:from]) {
			continue
		}
		if rest = bytes.TrimSpace(rest); len(rest) > 0 && rest[0] != '#' {
			s.fault(Fault{Line: line, Col: 1, Message: fmt.Sprintf("%q does not separate documents: only a comment may follow ---", bytes.TrimSpace(text)), Broken: true})
			return nil // where the documents begin is not known
		}
		flush(from)
		begin, start = at, line
	}
	flush(len(data))
	return out
}

// isDirective reports whether a text is a YAML directive, which belongs to the document after the next separator.
func isDirective(text []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(text), []byte("%")) }
