package schema

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/schema/diag/render"
)

// block is an example of docs/language.md: what stands behind the language of a fenced block is a file's name, "open"
// (it needs a tag) or "wrong" (the next block shows what is told).
type block struct{ lang, info, text string }

var fence = regexp.MustCompile("(?ms)^```(\\w+) ?([^\n]*)\n(.*?)^```$")

// TestGuide loads the examples of docs/language.md. Those that name no operator are parts of a description; files that
// follow each other are one description.
func TestGuide(t *testing.T) {
	page, err := os.ReadFile("../docs/language.md")
	if err != nil {
		t.Fatal(err)
	}
	var blocks []block
	for _, m := range fence.FindAllSubmatch(page, -1) {
		blocks = append(blocks, block{string(m[1]), string(m[2]), string(m[3])})
	}
	n := 0
	for i, b := range blocks {
		switch {
		case b.lang != "yaml" && b.lang != "cue", strings.Contains(b.info, ".cue") && b.info != "operator.cue":
			continue
		case b.info == "wrong":
			b.tells(t, blocks[i+1].text)
		case b.info == "operator.cue":
			b.loads(t, blocks[i+1:])
		default:
			b.loads(t, nil)
		}
		n++
	}
	if n < 20 {
		t.Errorf("only %d examples", n)
	}
}

// TestParts loads the parts of descriptions on the pages for single environments.
func TestParts(t *testing.T) {
	for _, page := range []string{"air-gapped", "migrate", "openshift"} {
		text, err := os.ReadFile("../docs/" + page + ".md")
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, m := range fence.FindAllSubmatch(text, -1) {
			if string(m[1]) == "cue" {
				block{"cue", "", string(m[3])}.loads(t, nil)
				n++
			}
		}
		if n == 0 {
			t.Errorf("%s.md has no example", page)
		}
	}
}

func (b block) loads(t *testing.T, rest []block) {
	t.Helper()
	text := b.text
	if !regexp.MustCompile(`(?m)^name:`).MatchString(text) {
		head := minimal
		if b.lang == "cue" {
			head = "name: \"a\"\nversion: \"1.0.0\"\n"
		}
		text = head + text
	}
	name := "operator." + b.lang
	fsys := fstest.MapFS{name: {Data: []byte(text)}}
	for _, other := range rest {
		if !strings.HasSuffix(other.info, ".cue") || other.info == "operator.cue" {
			break
		}
		fsys[other.info] = &fstest.MapFile{Data: []byte(other.text)}
	}
	var opts Options
	if b.info == "open" {
		opts.Tags = []string{"version=1.2.4"}
	}
	doc, diags := Load(fsys, name, opts)
	if diags != nil {
		t.Errorf("%q\n%s", lines(diags.Place(doc.Index)), b.text)
	}
	if b.lang == "cue" {
		if formatted, err := Format([]byte(b.text)); err != nil || string(formatted) != b.text {
			t.Errorf("not as cue fmt prints it: %v %s", err, cmp.Diff(string(formatted), b.text))
		}
	}
}

func (b block) tells(t *testing.T, want string) {
	t.Helper()
	doc, diags := Load(fstest.MapFS{"operator.yaml": {Data: []byte(b.text)}}, "operator.yaml", Options{})
	var told bytes.Buffer
	if err := render.Text(&told, diags.Place(doc.Index), nil); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, told.String()); diff != "" {
		t.Error(diff)
	}
}
