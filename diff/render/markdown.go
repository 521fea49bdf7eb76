package render

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/opc-project/opc/diff"
	"github.com/opc-project/opc/internal/escape"
)

// Markdown prints a comment for a pull request: the judgement, a table of what matters, and the rest folded away.
func Markdown(w io.Writer, v *View) error {
	m := &markdown{View: v}
	fmt.Fprintf(&m.b, "## %s\n\n", escape.Markdown(v.title()))
	mark := "✅"
	if len(v.against()) > 0 {
		mark = "❌"
	}
	fmt.Fprintf(&m.b, "%s %s\n\n%s\n", mark, escape.Markdown(upper(v.Version())), escape.Markdown(v.counts()))
	if p := v.preflight(); p != "" {
		fmt.Fprintf(&m.b, "\n%s\n", escape.Markdown(upper(p)))
	}
	m.table("Breaking", diff.Major)
	m.table("Noteworthy", diff.Minor)
	m.folded("Patch level", diff.Patch)
	m.waived()
	m.values()
	if list := v.against(); len(list) > 0 {
		language := "cue"
		if v.YAML {
			language = "yaml"
		}
		fmt.Fprintf(&m.b, "\n<details><summary>Accept these findings</summary>\n\n%s\n</details>\n", escape.Fence(language, v.accept(list)))
	}
	for _, d := range v.waivers() {
		fmt.Fprintf(&m.b, "\n⚠️ %s: %s\n", escape.Markdown(d.Message), escape.Markdown(d.Hint))
	}
	_, err := w.Write(m.b.Bytes())
	return err
}

type markdown struct {
	*View
	b bytes.Buffer
}

func (m *markdown) table(title string, verdict diff.Verdict) {
	if m.Count(verdict) == 0 {
		return
	}
	fmt.Fprintf(&m.b, "\n### %s\n\n| | what | where | rule |\n|---|---|---|---|\n", title)
	m.rows(verdict)
}

func (m *markdown) rows(verdict diff.Verdict) {
	for i := range m.Findings {
		f := &m.Findings[i]
		if f.Verdict != verdict || f.Waived != nil {
			continue
		}
		blocks := ""
		if f.Blocks && m.Profile == diff.OLMv1 {
			blocks = " (OLM v1 refuses it)"
		}
		fmt.Fprintf(&m.b, "| %s | %s%s | %s | %s |\n", f.Category, escape.Markdown(f.Message), blocks, places(f), f.ID)
	}
}

func (m *markdown) folded(title string, verdict diff.Verdict) {
	n := m.Count(verdict)
	if n == 0 {
		return
	}
	fmt.Fprintf(&m.b, "\n<details><summary>%s (%d)</summary>\n\n| | what | where | rule |\n|---|---|---|---|\n", title, n)
	m.rows(verdict)
	m.b.WriteString("\n</details>\n")
}

func (m *markdown) waived() {
	var lines []string
	for i := range m.Findings {
		if f := &m.Findings[i]; f.Waived != nil {
			lines = append(lines, fmt.Sprintf("- %s (%s): %s", escape.Markdown(f.Message), f.ID, escape.Markdown(f.Waived.Reason)))
		}
	}
	if len(lines) > 0 {
		fmt.Fprintf(&m.b, "\n<details><summary>Accepted (%d)</summary>\n\n%s\n\n</details>\n", len(lines), strings.Join(lines, "\n"))
	}
}

// values prints before and after of what breaks, where it says more than the message.
func (m *markdown) values() {
	const most = 20
	var parts []string
	for i := range m.Findings {
		f := &m.Findings[i]
		c := f.Changes[0]
		if f.Verdict != diff.Major || f.Waived != nil || len(parts) == most || !structured(c.Old) && !structured(c.New) {
			continue
		}
		parts = append(parts, fmt.Sprintf("**%s**\n\n%s", escape.Markdown(f.Message), escape.Fence("diff", prefixed("- ", value(c.Old))+prefixed("+ ", value(c.New)))))
	}
	if len(parts) > 0 {
		fmt.Fprintf(&m.b, "\n<details><summary>Before and after</summary>\n\n%s\n</details>\n", strings.Join(parts, "\n"))
	}
}

func structured(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return true
	}
	return false
}

func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + strings.ReplaceAll(text, "\n", "\n"+prefix) + "\n"
}

func places(f *diff.Finding) string {
	var out []string
	if f.Old.Pos.IsValid() && f.Old.Pos != f.New.Pos && f.Changes[0].Kind != diff.Added {
		out = append(out, escape.Code(f.Old.Pos.String()))
	}
	if f.New.Pos.IsValid() {
		out = append(out, escape.Code(f.New.Pos.String()))
	}
	return strings.Join(out, " → ")
}

// upper begins a sentence with a capital, but for names.
func upper(s string) string {
	first, _, _ := strings.Cut(s, " ")
	if s == "" || strings.ContainsAny(strings.TrimRight(first, ",.:"), "-./_:") {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
