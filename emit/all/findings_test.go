package all_test

import (
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"

	"github.com/opc-project/opc/schema/diag"
)

// TestFindings reads testdata/findings/*.txtar. Each file of an archive can carry, at the end of a line,
//
//	# want CODE "regexp" ["regexp"]        (// in CUE)
//
// Every finding must be wanted on its line, every want must be found; the second expression is for the hint. The line
// "# want-at FILE:LINE …" stands for a line that can't hold a comment. Faults of one archive are reported in one run.
func TestFindings(t *testing.T) {
	archives, err := filepath.Glob("../../testdata/findings/*.txtar")
	if err != nil || len(archives) < 10 {
		t.Fatalf("%d archives: %v", len(archives), err)
	}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			t.Parallel()
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			fsys := fstest.MapFS{}
			var wants []*want
			for _, f := range a.Files {
				data := f.Data
				if rest, ok := strings.CutSuffix(f.Name, ".empty"); ok {
					f.Name, data = rest, nil
				}
				fsys[f.Name] = &fstest.MapFile{Data: data}
				wants = append(wants, wantsOf(t, f.Name, string(data))...)
			}
			wants = append(wants, wantsOf(t, "", string(a.Comment))...)
			_, files, _, diags := compile(t, fsys)
			check(t, wants, diags)
			if diags.HasErrors() && files != nil {
				for _, n := range files.Names() {
					if !strings.HasPrefix(n, "catalog/") { // the one target whose faults come after it was made
						continue
					}
					t.Errorf("%s was emitted in spite of the errors", n)
				}
			}
		})
	}
}

type want struct {
	file          string
	line          int
	code          diag.Code
	message, hint *regexp.Regexp
	found         bool
}

var wantLine = regexp.MustCompile(`(?:#|//) want(?:-at (\S+):(\d+))? (OPC\d+) ("(?:[^"\\]|\\.)*")(?: ("(?:[^"\\]|\\.)*"))?`)

func wantsOf(t *testing.T, file, text string) []*want {
	t.Helper()
	var out []*want
	n := 0
	for line := range strings.Lines(text) {
		n++
		for _, m := range wantLine.FindAllStringSubmatch(line, -1) {
			w := &want{file: file, line: n, code: diag.Code(m[3]), message: expression(t, m[4])}
			if m[1] != "" {
				w.file = m[1]
				w.line, _ = strconv.Atoi(m[2])
			}
			if m[5] != "" {
				w.hint = expression(t, m[5])
			}
			out = append(out, w)
		}
	}
	return out
}

func expression(t *testing.T, quoted string) *regexp.Regexp {
	t.Helper()
	text, err := strconv.Unquote(quoted)
	if err != nil {
		t.Fatalf("%s: %v", quoted, err)
	}
	return regexp.MustCompile(text)
}

func check(t *testing.T, wants []*want, diags diag.List) {
	t.Helper()
	for _, d := range diags {
		if !claim(wants, d) {
			t.Errorf("unwanted: %s: %s: %s [%s] hint: %s", d.Pos, d.Severity, d.Message, d.Code, d.Hint)
		}
	}
	for _, w := range wants {
		if !w.found {
			t.Errorf("not found: %s:%d: %s %s", w.file, w.line, w.code, w.message)
		}
	}
}

func claim(wants []*want, d diag.Diagnostic) bool {
	for _, w := range wants {
		if !w.found && w.file == d.Pos.File && w.line == d.Pos.Line && w.code == d.Code && w.message.MatchString(d.Message) &&
			(w.hint == nil || w.hint.MatchString(d.Hint)) {
			w.found = true
			return true
		}
	}
	return false
}
