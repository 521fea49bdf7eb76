package render

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/opc-project/opc/schema"
)

// hostile is a name that somebody chose who wants the CI system, the terminal or the reader to take it for more.
const hostile = "value x\r\n::warning::hired\n##[error]out\n# Praise by @somebody\n```\n</pre><script>alert(1)</script>]]>\x1b[2J\u202e [sign in](https://evil.example) | of spec.size is gone"

// TestHostileNames prints a hostile name in every format, everywhere where a description's names and texts are printed.
func TestHostileNames(t *testing.T) {
	for name, format := range Formats() {
		v := view(t)
		f := &v.Findings[0]
		f.Message, f.Judges, f.Waived = hostile, []string{hostile}, nil
		f.Changes[0].Old, f.Changes[0].New = map[string]any{hostile: hostile}, hostile
		f.New.Pos.File, f.Old.Pos.File = hostile, hostile
		v.Findings[1].Waived = &schema.Waiver{Rule: v.Findings[1].ID, Reason: hostile}
		v.New.Version, v.OldName, v.NewName = hostile, hostile, hostile
		var b bytes.Buffer
		if err := format(&b, v); err != nil {
			t.Fatal(err)
		}
		text := b.String()
		if !strings.Contains(text, "spec.size is gone") {
			t.Errorf("%s does not print the finding:\n%s", name, text)
		}
		if name == "json" { // which keeps what a name is, in escapes where JSON has them
			text = strings.ReplaceAll(text, "\u202e", "")
		}
		if strings.ContainsAny(text, "\r\x1b\u202e") {
			t.Errorf("%s prints control characters: %q", name, text)
		}
		harmless(t, name, text)
	}
}

// harmless checks what a reader of the format would make of a text with hostile names.
func harmless(t *testing.T, name, text string) {
	t.Helper()
	switch name {
	case "json", "sarif", "gitlab":
		if !json.Valid([]byte(text)) {
			t.Errorf("%s is not JSON: %s", name, text)
		}
	case "junit", "checkstyle":
		for d := xml.NewDecoder(strings.NewReader(text)); ; {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Errorf("%s: %v in %s", name, err, text)
				break
			}
		}
	case "html":
		if strings.Contains(text, "<script") {
			t.Errorf("the page runs a script: %s", text)
		}
	case "github":
		for line := range strings.Lines(text) {
			if !commandLine.MatchString(line) {
				t.Errorf("github prints a line that is no finding: %q", line)
			}
		}
	case "text":
		for line := range strings.Lines(text) {
			if strings.HasPrefix(strings.TrimSpace(line), "::") || strings.Contains(line, "##[") {
				t.Errorf("text prints a command: %q", line)
			}
		}
	default:
		harmlessMarkdown(t, name, text)
	}
}

var commandLine = regexp.MustCompile(`^::(error|warning|notice) [^:]*::.`)

// escaped is a character that Markdown prints as it is.
var escaped = regexp.MustCompile(`\\[[:punct:]]`)

// codeSpan is one with the delimiter that a name with three backquotes needs, or with one.
var codeSpan = regexp.MustCompile("````.*?````|`[^`]*`")

// harmlessMarkdown checks that the only headings, code blocks, links and tags are those of opc.
func harmlessMarkdown(t *testing.T, name, text string) {
	t.Helper()
	fence := ""
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		trimmed := strings.TrimSpace(line)
		if mark := regexp.MustCompile("^`{3,}").FindString(line); mark != "" {
			switch {
			case fence == "":
				fence = mark
			case line == fence:
				fence = ""
			}
			continue
		}
		if fence != "" {
			continue
		}
		line = codeSpan.ReplaceAllString(escaped.ReplaceAllString(line, ""), "")
		for _, bad := range []string{"@somebody", "<script", "[sign in]("} {
			if strings.Contains(line, bad) {
				t.Errorf("%s: %s in %q", name, bad, line)
			}
		}
		if strings.HasPrefix(trimmed, "# ") || strings.HasPrefix(trimmed, "::") {
			t.Errorf("%s: a name begins a line: %q", name, line)
		}
	}
	if fence != "" {
		t.Errorf("%s leaves a code block open:\n%s", name, text)
	}
}
