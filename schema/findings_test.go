package schema

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"

	"github.com/opc-project/opc/schema/diag"
)

// TestFindings loads every file in testdata/findings. A line can carry, in a comment at its end,
//
//	want[:column] CODE "regexp" ["regexp"]
//
// for a finding on that line; the second expression is for the hint. "want-at:line[:column]" stands for another line.
// Every finding must be wanted, every want must be found, and findings must stand in the order of the text.
func TestFindings(t *testing.T) {
	names, err := filepath.Glob("testdata/findings/*")
	if err != nil || len(names) < 2 {
		t.Fatalf("%d files: %v", len(names), err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files, opts := archive(t, filepath.Ext(name), text)
			fsys := fstest.MapFS{}
			var wants []*want
			for _, f := range files {
				fsys[f.Name] = &fstest.MapFile{Data: f.Data}
				wants = append(wants, wantsIn(t, f.Name, string(f.Data))...)
			}
			doc, diags := Load(fsys, files[0].Name, opts)
			judge(t, wants, diags.Place(doc.Index))
		})
	}
}

// archive returns the files of a case: of a .txtar all that it holds, else the one file as a description. A line
// "# --set x=y" or "# -t x=y" in the comment of an archive is an option.
func archive(t *testing.T, ext string, text []byte) ([]txtar.File, Options) {
	t.Helper()
	if ext != ".txtar" {
		return []txtar.File{{Name: "operator" + ext, Data: text}}, Options{}
	}
	a := txtar.Parse(text)
	var opts Options
	for line := range strings.Lines(string(a.Comment)) {
		line = strings.TrimSpace(line)
		if s, ok := strings.CutPrefix(line, "# --set "); ok {
			opts.Set = append(opts.Set, s)
		}
		if s, ok := strings.CutPrefix(line, "# -t "); ok {
			opts.Tags = append(opts.Tags, s)
		}
	}
	return append([]txtar.File{}, a.Files...), opts
}

type want struct {
	at            string // file:line, and :col where it is said
	code          diag.Code
	message, hint *regexp.Regexp
	found         bool
}

var wantComment = regexp.MustCompile(`want(-at)?((?::\d+)*) (OPC\d+) ("(?:[^"\\]|\\.)*")(?: ("(?:[^"\\]|\\.)*"))?`)

func wantsIn(t *testing.T, file, text string) []*want {
	t.Helper()
	var out []*want
	n := 0
	for line := range strings.Lines(text) {
		n++
		for _, m := range wantComment.FindAllStringSubmatch(line, -1) {
			w := &want{at: fmt.Sprintf("%s:%d%s", file, n, m[2]), code: diag.Code(m[3]), message: expression(t, m[4])}
			if m[1] != "" {
				w.at = file + m[2]
			}
			w.hint = expression(t, cmp.Or(m[5], `""`))
			out = append(out, w)
		}
	}
	return out
}

func expression(t *testing.T, quoted string) *regexp.Regexp {
	t.Helper()
	text, err := strconv.Unquote(strings.ReplaceAll(strings.ReplaceAll(quoted, `\`, `\\`), `\\"`, `\"`))
	if err != nil {
		t.Fatalf("%s: %v", quoted, err)
	}
	return regexp.MustCompile(text)
}

// judge holds the findings against the wants.
func judge(t *testing.T, wants []*want, diags diag.List) {
	t.Helper()
	for _, d := range diags {
		i := slices.IndexFunc(wants, func(w *want) bool { return !w.found && w.fits(d) })
		if i < 0 {
			t.Errorf("unwanted: %s: %s [%s]\n\thint: %s", d.Pos, d.Message, d.Code, d.Hint)
			continue
		}
		wants[i].found = true
		if d.Message == "" || strings.Contains(d.Message, "\n") || strings.HasSuffix(d.Message, ".") {
			t.Errorf("%s: the message is no single clause: %q", d.Pos, d.Message)
		}
	}
	for _, w := range wants {
		if !w.found {
			t.Errorf("not found: %s: %s %s %s", w.at, w.code, w.message, w.hint)
		}
	}
}

func (w *want) fits(d diag.Diagnostic) bool {
	return strings.HasPrefix(d.Pos.String()+":", w.at+":") && w.code == d.Code && w.message.MatchString(d.Message) && w.hint.MatchString(d.Hint)
}

// cueWords are words of CUE, and of Go, that a person who writes YAML or JSON must never see.
var cueWords = regexp.MustCompile(`(?i)\bcue\b|disjunction|conjunct|unif|incomplete|concrete|bottom|_\|_|#[A-Z]|struct\b|embedded|go:|yaml\.|unmarshal|=~`)

// TestPlainWords holds the messages for YAML and JSON against that.
func TestPlainWords(t *testing.T) {
	names, err := filepath.Glob("testdata/findings/*")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files, opts := archive(t, filepath.Ext(name), text)
		if filepath.Ext(files[0].Name) == ".cue" {
			continue
		}
		doc, diags := Load(fstest.MapFS{files[0].Name: {Data: files[0].Data}}, files[0].Name, opts)
		for _, d := range diags.Place(doc.Index) {
			n++
			if said := cueWords.FindString(d.Message + "\n" + d.Hint); said != "" && opts.Tags == nil {
				t.Errorf("%s: %q in: %s; %s", name, said, d.Message, d.Hint)
			}
		}
	}
	if n < 50 {
		t.Errorf("only %d findings were judged", n)
	}
}
