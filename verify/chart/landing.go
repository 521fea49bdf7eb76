package chart

import (
	"slices"
	"strings"
)

// Landing is a place in what a chart renders at which a mark is found, as a part of a list or a map: the field that
// holds it, and the fields beside it.
type Landing struct {
	Mark   Mark
	File   string
	Field  string
	Beside []string
}

// landings finds where a mark that is a list or a map lands in a text. Rendered templates are YAML in blocks, so lines
// tell it; reading them as YAML takes far longer.
func (m Mark) landings(file, text string) []Landing {
	lines := strings.Split(text, "\n")
	var out []Landing
	for i, line := range lines {
		indent, key, item := parts(line)
		l := Landing{Mark: m, File: file}
		switch list, isList := m.value.([]any); {
		case !strings.Contains(line, m.Sign):
			continue
		case isList && item && (len(list) == 1):
			l.Field = above(lines[:i], indent-1)
		case !isList && key == m.Sign+"k":
			l.Field, l.Beside = above(lines[:i], indent), beside(lines, i, indent)
		default:
			continue
		}
		out = append(out, l)
	}
	return out
}

// parts are how far a line's key is indented, the key, and whether the line begins an item of a list.
func parts(line string) (indent int, key string, item bool) {
	rest := strings.TrimLeft(line, " ")
	for strings.HasPrefix(rest, "- ") {
		rest, item = strings.TrimLeft(rest[2:], " "), true
	}
	indent = len(line) - len(rest)
	key, _, _ = strings.Cut(rest, ": ")
	return indent, strings.Trim(strings.TrimSuffix(key, ":"), `"`), item
}

// above is the key of the nearest line above that is indented less.
func above(lines []string, indent int) string {
	for _, line := range slices.Backward(lines) {
		if at, key, _ := parts(line); key != "" && at < indent {
			return key
		}
	}
	return ""
}

// beside are the keys of the map that a line stands in, without those of marks.
func beside(lines []string, i, indent int) []string {
	var out []string
	add := func(line string) bool {
		at, key, item := parts(line)
		if at == indent && key != "" && !strings.HasPrefix(key, "opc-mark-") {
			out = append(out, key)
		}
		return key == "" || at > indent || at == indent && !item
	}
	for j := i - 1; j >= 0 && add(lines[j]); j-- {
	}
	for j := i + 1; j < len(lines) && add(lines[j]); j++ {
	}
	return out
}
