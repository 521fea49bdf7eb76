package render

import (
	"bytes"
	"strings"
	"testing"
)

// TestHostileNames lets a name of a description begin lines of its own: in no text for people it does.
func TestHostileNames(t *testing.T) {
	const hostile = "value x\n::warning::hired\n# Praise by @somebody\n```\nof spec.size is gone"
	v := view(t)
	v.Findings[0].Message = hostile
	for name, format := range map[string]Format{"text": Text, "changelog": Changelog} {
		var b bytes.Buffer
		if err := format(&b, v); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), "spec.size is gone") {
			t.Errorf("%s does not print the finding:\n%s", name, b.String())
		}
		for line := range strings.Lines(b.String()) {
			line = strings.TrimSpace(line)
			if strings.HasPrefix(line, "::") || strings.HasPrefix(line, "# ") || strings.Contains(line, "by @somebody") && name == "changelog" && strings.HasPrefix(line, "- ") {
				t.Errorf("%s: a name becomes a command, a heading or a mention: %s", name, line)
			}
		}
	}
}
