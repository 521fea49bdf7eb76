package escape

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
)

// markup is what Markdown would take for its own, wherever it is. Backslashes and entities are both resolved before
// GitHub looks for mentions, so an @ is followed by a space of no width.
var markup = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "~", `\~`, "#", `\#`, "[", `\[`, "]", `\]`, "|", `\|`,
	"&", "&amp;", "<", "&lt;", ">", "&gt;", "\n", " ", "@", "@&#8203;",
)

// leading is what begins a list or a rule at the start of a line.
var leading = regexp.MustCompile(`^\s*([-+=]+|\d+[.)])(?:\s|$)`)

// Markdown prints a text as text, on one line of a paragraph, a list or a table.
func Markdown(s string) string {
	s = markup.Replace(Text(s))
	if m := leading.FindStringSubmatchIndex(s); m != nil {
		s = s[:m[3]-1] + `\` + s[m[3]-1:]
	}
	return s
}

// Link prints an address as a link, and what is none as text.
func Link(address string) string {
	if u, err := url.Parse(address); err != nil || u.Scheme == "" || strings.ContainsFunc(address, unlinkable) {
		return Markdown(address)
	}
	return "<" + address + ">"
}

// unlinkable reports whether a character ends a link in a table.
func unlinkable(r rune) bool {
	return strings.ContainsRune("<>|`\\", r) || unicode.IsSpace(r) || Text(string(r)) != string(r)
}

// Code is a code span in a table. Inside of it only the column's separator can be escaped.
func Code(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(Text(s), "\n", " "), "|", `\|`)
	mark := strings.Repeat("`", longest(s)+1)
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	return mark + s + mark
}

// Fence is a code block that nothing in the text can close.
func Fence(language, text string) string {
	mark := strings.Repeat("`", max(3, longest(text)+1))
	return mark + language + "\n" + strings.TrimRight(Text(text), "\n") + "\n" + mark + "\n"
}

// longest is the length of the longest run of backquotes.
func longest(s string) int {
	most, run := 0, 0
	for _, r := range s {
		if r != '`' {
			run = 0
			continue
		}
		run++
		most = max(most, run)
	}
	return most
}

// span is a code span, or what begins a tag, an entity or a new column outside of one.
var span = regexp.MustCompile("`[^`]*`|[<|]")

// Cell puts Markdown of the description's author into a table: on one line, without tags and columns of its own.
func Cell(markdown string) string {
	return span.ReplaceAllStringFunc(strings.Join(strings.Fields(Text(markdown)), " "), func(s string) string {
		switch s {
		case "<":
			return "&lt;"
		case "|":
			return `\|`
		}
		return strings.ReplaceAll(s, "|", `\|`)
	})
}

// fence begins or ends a code block.
var fence = regexp.MustCompile("^ {0,3}(`{3,}|~{3,})(.*)$")

// Block ends what a Markdown document of somebody else leaves open, a code block or a comment: it would take in the text
// that follows.
func Block(markdown string) string {
	markdown = strings.TrimRight(Text(markdown), "\n")
	open, outside := "", ""
	for line := range strings.Lines(markdown) {
		m := fence.FindStringSubmatch(strings.TrimRight(line, "\n"))
		switch {
		case m == nil && open == "":
			outside += line
		case m == nil:
		case open == "":
			open = m[1]
		case m[1][0] == open[0] && len(m[1]) >= len(open) && strings.TrimSpace(m[2]) == "":
			open = ""
		}
	}
	if open != "" {
		markdown += "\n" + open
	}
	if i := strings.LastIndex(outside, "<!--"); i >= 0 && !strings.Contains(outside[i:], "-->") {
		markdown += "\n-->"
	}
	return markdown
}
