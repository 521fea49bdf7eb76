package schema

import (
	"strings"

	"github.com/opc-project/opc/internal/escape"
)

// noReason stands where a person has to write why a finding is accepted.
const noReason = "…"

// Proposed is the waiver that would accept a finding, once somebody writes the reason.
func Proposed(rule, path string) Waiver { return Waiver{Rule: rule, Path: path, Reason: noReason} }

// Explained reports whether somebody wrote a reason.
func (w Waiver) Explained() bool {
	reason := strings.TrimSpace(w.Reason)
	return reason != "" && reason != noReason
}

// AcceptText writes waivers as they stand in a description, each once, so that people can paste them.
func AcceptText(list []Waiver, inYAML bool) string {
	var b strings.Builder
	b.WriteString("accept:")
	if !inYAML {
		b.WriteString(" [")
	}
	seen := map[string]bool{}
	for _, w := range list {
		line := w.text(inYAML)
		if !seen[line] {
			b.WriteString("\n" + line)
		}
		seen[line] = true
	}
	if !inYAML {
		b.WriteString("\n]")
	}
	return b.String()
}

func (w Waiver) text(inYAML bool) string {
	path := ""
	if w.Path != "" {
		path = "path: " + escape.Quoted(w.Path) + ", "
	}
	if inYAML {
		return "- {rule: " + w.Rule + ", " + path + "reason: " + escape.Quoted(w.Reason) + "}"
	}
	return "\t{rule: " + escape.Quoted(w.Rule) + ", " + path + "reason: " + escape.Quoted(w.Reason) + "},"
}
