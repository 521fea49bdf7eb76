package importer

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDocumentation holds that docs/import.md shows what the scripts really see.
func TestDocumentation(t *testing.T) {
	page := read(t, filepath.Join("..", "docs", "import.md"))
	for script, parts := range map[string][]string{"init.txtar": {"want-stdout", "want.cue"}, "import.txtar": {"want-stdout", "want.cue", "want-lossy"}} {
		text := read(t, filepath.Join("..", "testdata", "script", script))
		for _, part := range parts {
			_, rest, found := strings.Cut(text, "\n-- "+part+" --\n")
			if !found {
				t.Fatalf("%s has no %s", script, part)
			}
			want, _, _ := strings.Cut(rest, "\n-- ")
			if !strings.Contains(page, "```\n"+want+"\n```") && !strings.Contains(page, "```cue\n"+want+"\n```") {
				t.Errorf("docs/import.md does not show %s of %s:\n%s", part, script, want)
			}
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
