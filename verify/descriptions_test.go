package verify

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// TestDescriptions holds the proof to descriptions that compile and make faulty artifacts: every finding is wanted on
// the line of the description, or of a file that it names, and however many artifacts and judges find it, it is told once.
func TestDescriptions(t *testing.T) {
	archives, _ := filepath.Glob("testdata/descriptions/*.txtar")
	if len(archives) < 5 {
		t.Fatalf("only %d archives", len(archives))
	}
	for _, file := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			files := archive(t, file)
			want := wants(files)
			opts := Options{Scratch: scratch(t), Profiles: profilesIn(files)}
			c := compile(t, file, files)
			for _, d := range Check(t.Context(), c.model, c.files, opts).Place(c.doc.Index) {
				at := fmt.Sprintf("%s:%d", d.Pos.File, d.Pos.Line)
				text := fmt.Sprintf("%s %s: %s", d.Code, d.Severity, d.Message)
				if !take(want, at, text) {
					t.Errorf("%s: %s", at, text)
				}
			}
			for at, list := range want {
				for _, w := range list {
					t.Errorf("%s: nothing found that matches %s", at, w)
				}
			}
		})
	}
}
