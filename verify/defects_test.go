package verify

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

var (
	wantComment = regexp.MustCompile("# want((?: `[^`]*`)+)")
	wanted      = regexp.MustCompile("`([^`]*)`")
)

// wants reads what an archive wants: by the line in comments, and for lines that can have none in the file "want".
func wants(files fstest.MapFS) map[string][]string {
	out := map[string][]string{}
	for name, f := range files {
		for i, line := range strings.Split(string(f.Data), "\n") {
			at := fmt.Sprintf("%s:%d", name, i+1)
			if name == "want" {
				var text string
				at, text, _ = strings.Cut(line, " ")
				if text != "" {
					out[at] = append(out[at], text)
				}
				continue
			}
			if m := wantComment.FindStringSubmatch(line); m != nil {
				for _, w := range wanted.FindAllStringSubmatch(m[1], -1) {
					out[at] = append(out[at], w[1])
				}
			}
		}
	}
	delete(files, "want")
	return out
}

// profilesIn takes the profiles out of an archive that asks for some.
func profilesIn(files fstest.MapFS) []Profile {
	f := files["profiles"]
	if f == nil {
		return nil
	}
	delete(files, "profiles")
	var out []Profile
	for name := range strings.FieldsSeq(string(f.Data)) {
		out = append(out, Profile(name))
	}
	return out
}

// TestDefects holds the judges to the archives of faulty artifacts, most of which the tools that made them take without a
// word: every finding is wanted on its line, and everything wanted is found.
func TestDefects(t *testing.T) {
	archives, _ := filepath.Glob("testdata/defects/*.txtar")
	if len(archives) < 10 {
		t.Fatalf("only %d archives", len(archives))
	}
	for _, file := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			files := archive(t, file)
			want := wants(files)
			opts := Options{Scratch: scratch(t), Profiles: profilesIn(files)}
			found, diags, err := Tree(t.Context(), files, opts)
			if err != nil || found.Len() == 0 {
				t.Fatalf("found %v, %v", found, err)
			}
			for _, d := range diags {
				at := fmt.Sprintf("%s:%d", d.Pos.File, d.Pos.Line)
				text := fmt.Sprintf("%s %s", d.Code, d.Message)
				if !take(want, at, text) {
					t.Errorf("%s: %s: %s", at, d.Severity, text)
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

// take removes the first want of a line that a text matches. A want can be found more than once: for each Deployment
// that a toggle changes, for instance.
func take(want map[string][]string, at, text string) bool {
	for i, w := range want[at] {
		if regexp.MustCompile(w).MatchString(text) {
			want[at] = append(want[at][:i:i], want[at][i+1:]...)
			return true
		}
	}
	return false
}
