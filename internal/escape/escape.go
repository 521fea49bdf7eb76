// Package escape knows, for each format that opc writes, what text of other people must not do: begin a line, steer a
// terminal, run a command of a CI system, mention somebody, close a code block. Names in CustomResourceDefinitions,
// charts and file names reach findings, reports and documents, and anyone who opens a pull request chooses them.
// JSON, YAML, XML and HTML are written by libraries that escape their own syntax: for them, Text is what is left to do.
package escape

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text replaces what could steer a terminal or reorder the text around it. Tabs and line breaks stay.
func Text(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n':
			return r
		case unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Bidi_Control):
			return utf8.RuneError
		}
		return r
	}, s)
}

// Line puts a text on one line of a log: a line of its own could be taken for a finding, a heading or a command.
func Line(s string) string { return noCommand(strings.ReplaceAll(Text(s), "\n", `\n`)) }

// Lines prints the later lines of a text below the first one, indented.
func Lines(s, indent string) string {
	lines := strings.Split(noCommand(Text(strings.TrimSpace(s))), "\n")
	for i, l := range lines {
		if i == 0 {
			continue
		}
		if strings.HasPrefix(strings.TrimLeft(l, "\t "), "::") {
			l = strings.Replace(l, "::", `\::`, 1) // GitHub runs it as a command, also behind spaces
		}
		lines[i] = indent + l
	}
	return strings.Join(lines, "\n")
}

// noCommand breaks up commands that GitHub ("##["), Azure Pipelines ("##vso[") and TeamCity ("##teamcity[") run wherever
// they are in a line of a log.
func noCommand(s string) string { return inlineCommand.ReplaceAllString(s, `#\#$1`) }

var inlineCommand = regexp.MustCompile(`##(\w*\[)`)

var (
	commandData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	commandProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// CommandData escapes the message of a workflow command of GitHub Actions.
// See https://docs.github.com/actions/reference/workflow-commands-for-github-actions.
func CommandData(s string) string { return commandData.Replace(Text(s)) }

// CommandProperty escapes a property of a workflow command.
func CommandProperty(s string) string { return commandProperty.Replace(Text(s)) }

// Quoted writes a text so that both CUE and YAML read it.
func Quoted(s string) string { return `"` + quoted.Replace(Text(s)) + `"` }

var quoted = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`)

// Message escapes a message of SARIF, in which [text](target) is a link (section 3.11.6 of the specification).
func Message(s string) string {
	return link.ReplaceAllStringFunc(Text(s), func(l string) string { return `\` + l })
}

var link = regexp.MustCompile(`\[[^\[\]]*\]\(`)
