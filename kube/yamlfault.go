package kube

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// yamlFaults holds the parser's own words for what is wrong, and plain ones. What stands at the fault is looked for in
// its line: one of the characters of "at", or else the line's first.
var yamlFaults = []struct{ problem, message, hint, at string }{
	{"mapping values are not allowed", "a field can't stand here",
		`put a text that holds ": " in quotes, and begin fields of one level in the same column`, ""},
	{"did not find expected key", "this fits nothing above it",
		"fields of one level begin in the same column, and nothing follows a text in quotes", ""},
	{"did not find expected '-' indicator", "this is no item of the list above it",
		`items of one list begin with "- " in the same column`, ""},
	{"did not find expected ',' or ']'", "the list that begins with [ has no end, or lacks a comma", "", "["},
	{"did not find expected ',' or '}'", "the fields that begin with { have no end, or lack a comma", "", "{"},
	{"did not find expected node content", "something is missing between two commas or brackets", "", "[{"},
	{"found unexpected end of stream", "the text in quotes has no end", "", `"'`},
	{"could not find expected ':'", "a field has no colon", "write fields as name: value", ""},
	{"block sequence entries are not allowed", "a list can't begin here",
		`begin each item on a line of its own with "- "`, "-"},
	{"found unknown escape character", `there is a \ with an unknown letter after it in double quotes`,
		`write \\ for a backslash, or put the text in single quotes`, `\`},
	{"did not find expected <document start>", "unexpected content after the end of the document", "", ""},
	{"exceeded max depth", "the file is nested too deep", "", ""},
	{"control characters are not allowed", "the text holds a control character", "", "\x00\x01\x02\x03\x04\x05\x06\x07" +
		"\x08\x0b\x0c\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\x7f"},
}

var (
	parserPrefix  = regexp.MustCompile(`^yaml: (line \d+: )?`)
	unknownAnchor = regexp.MustCompile(`unknown anchor '(.*)' referenced`)
)

// yamlFault says in plain words what the parser found, and where.
func yamlFault(data []byte, err error) Fault {
	problem := parserPrefix.ReplaceAllString(err.Error(), "")
	start := faultLine(data)
	line, _, _ := bytes.Cut(data[start:], []byte("\n"))
	indent := len(line) - len(bytes.TrimLeft(line, " \t"))
	if i := bytes.IndexByte(line[:indent], '\t'); i >= 0 {
		return faultAt(data, start+i, "a tab is used for indentation", "indent with spaces")
	}
	if m := unknownAnchor.FindStringSubmatch(problem); m != nil {
		at := start + max(bytes.Index(line, []byte("*"+m[1])), 0)
		return faultAt(data, at, fmt.Sprintf("*%s refers to &%s, which is not defined above", m[1], m[1]), "put a text that begins with * in quotes")
	}
	if strings.HasPrefix(problem, "found character that cannot start") {
		i := max(bytes.IndexAny(line[indent:], "@`%\t"), 0)
		return faultAt(data, start+indent+i, fmt.Sprintf("a text can't begin with %q", line[indent+i:indent+i+1]), "put the text in quotes")
	}
	at := start + indent
	for _, known := range yamlFaults {
		if !strings.HasPrefix(problem, known.problem) {
			continue
		}
		if i := bytes.IndexAny(line, known.at); i >= 0 {
			at = start + i
		}
		if first, rest, _ := bytes.Cut(line, []byte(": ")); known.at == "" && bytes.Contains(rest, []byte(": ")) {
			at = start + len(first) + 2 + bytes.Index(rest, []byte(": "))
		}
		return faultAt(data, at, known.message, known.hint)
	}
	return faultAt(data, at, "this is not valid YAML: "+problem, "")
}

// maxReread is how many bytes are read again to find the line of a fault; what was found by then is near enough.
const maxReread = 4 << 20

// faultLine returns the offset of the line that breaks a text: that before which the text could be read and from which
// on it never can. The parser names the line where the broken part began, sometimes the one before, sometimes none.
func faultLine(data []byte) int {
	lines := lineStarts(data)
	bad := bytes.Count(data[:lastRead(data)], []byte("\n")) + 1
	bad = min(bad, len(lines))
	spent := 0
	breaks := func(n int) bool { // whether the first n lines can't be read
		end := len(data)
		if n < len(lines) {
			end = lines[n]
		}
		spent += end
		_, err := parse(bytes.NewReader(data[:end]))
		return err != nil
	}
	good := 0
	for step := 1; bad > 1; step++ {
		if spent > maxReread {
			return lines[bad-1]
		}
		n := max(bad-max(1, step-100), 0) // line by line at first: a list of several lines breaks within, too
		if !breaks(n) {
			good = n
			break
		}
		bad = n
	}
	for bad-good > 1 {
		if n := (good + bad) / 2; breaks(n) {
			bad = n
		} else {
			good = n
		}
	}
	return lines[max(bad-1, 0)]
}

// lastRead returns how far the parser came before it found a fault.
func lastRead(data []byte) int {
	r := &slowReader{data: data}
	_, _ = parse(r)
	return r.at
}

// slowReader gives one byte at a time, so that the parser reads no further than it must.
type slowReader struct {
	data []byte
	at   int
}

func (r *slowReader) Read(into []byte) (int, error) {
	if r.at == len(r.data) {
		return 0, io.EOF
	}
	into[0] = r.data[r.at]
	r.at++
	return 1, nil
}

func lineStarts(data []byte) []int {
	starts := []int{0}
	for i, b := range data {
		if b == '\n' && i+1 < len(data) {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// faultAt is a fault at an offset of a text.
func faultAt(data []byte, at int, message, hint string) Fault {
	f := Fault{Message: message, Hint: hint}
	f.Line, f.Col = lineCol(data, at)
	return f
}

// lineCol returns the position of an offset in a text.
func lineCol(data []byte, offset int) (line, col int) {
	before := data[:min(offset, len(data))]
	return 1 + bytes.Count(before, []byte("\n")), len(before) - bytes.LastIndexByte(before, '\n')
}
