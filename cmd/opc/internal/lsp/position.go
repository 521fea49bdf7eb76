package lsp

import (
	"bytes"
	"net/url"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/opc-project/opc/schema/diag"
)

// offsetOf turns a position of the editor into an offset in bytes, within the text.
func offsetOf(text []byte, p position) int {
	at := diag.Pos{Line: p.Line + 1, Col: 1}.Offset(text)
	for units := 0; units < p.Character && at < len(text) && text[at] != '\n'; {
		r, n := utf8.DecodeRune(text[at:])
		units += utf16Len(r)
		at += n
	}
	return at
}

// positionOf turns an offset into a position of the editor.
func positionOf(text []byte, offset int) position {
	offset = min(max(offset, 0), len(text))
	start := bytes.LastIndexByte(text[:offset], '\n') + 1
	p := position{Line: bytes.Count(text[:start], []byte("\n"))}
	for _, r := range string(text[start:offset]) {
		p.Character += utf16Len(r)
	}
	return p
}

func utf16Len(r rune) int {
	if r >= 0x10000 {
		return 2
	}
	return 1
}

// rangeAt is the word at a place of a finding, or what is left of its line.
func rangeAt(text []byte, pos diag.Pos) span {
	start := pos.Offset(text)
	end := start
	for end < len(text) && text[end] != '\n' && text[end] != '\r' {
		end++
	}
	if word := wordLength(text[start:end]); word > 0 {
		end = start + word
	}
	return span{positionOf(text, start), positionOf(text, end)}
}

// wordLength is the length of a word that begins a text: a text in quotes, or all up to a blank or a sign of the syntax.
func wordLength(text []byte) int {
	if len(text) > 0 && (text[0] == '"' || text[0] == '\'') {
		if i := bytes.IndexByte(text[1:], text[0]); i >= 0 {
			return i + 2
		}
	}
	n := bytes.IndexAny(text, " \t:,{}[]")
	if n < 0 {
		return len(text)
	}
	return n
}

// pathOf is the file of a URI; "" for what is no file.
func pathOf(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "file" {
		return ""
	}
	path := u.Path
	if len(path) > 2 && path[0] == '/' && path[2] == ':' { // file:///c:/x
		path = path[1:]
	}
	return filepath.FromSlash(path)
}

// uriOf is the URI of a file.
func uriOf(path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return (&url.URL{Scheme: "file", Path: path}).String()
}
