package schema

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

const referencePage = "../docs/reference.md"

// TestReferenceIsCurrent fails when docs/reference.md is not what the language says. OPC_UPDATE=1 writes it.
func TestReferenceIsCurrent(t *testing.T) {
	if os.Getenv("OPC_UPDATE") != "" {
		if err := os.WriteFile(referencePage, Reference(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	page, err := os.ReadFile(referencePage)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(page), string(Reference())); diff != "" {
		t.Errorf("docs/reference.md is stale; run OPC_UPDATE=1 go test ./schema: %s", diff)
	}
}

// TestReferenceIsWhole holds that every field stands in the page, every link leads somewhere, and every group has a
// heading.
func TestReferenceIsWhole(t *testing.T) {
	page := string(Reference())
	everyField("", operator(), map[*typ]bool{}, func(path string, f *field) {
		if !strings.Contains(page, "\n| `"+f.name+"` | ") {
			t.Errorf("%s is not in the reference", path)
		}
	})
	for _, m := range regexp.MustCompile(`\]\(#([^)]*)\)`).FindAllStringSubmatch(page, -1) {
		heading := regexp.MustCompile(`(?mi)^## ` + strings.ReplaceAll(regexp.QuoteMeta(m[1]), "-", " ") + `$`)
		if !heading.MatchString(page) {
			t.Errorf("the link to #%s leads nowhere", m[1])
		}
	}
	n := 0
	for i, f := range operator().fields {
		if i == 0 || f.group {
			n++
			if groups[f.name] == "" {
				t.Errorf("the group that begins with %s has no heading", f.name)
			}
		}
	}
	if n != len(groups) {
		t.Errorf("%d groups, %d headings", n, len(groups))
	}
	if regexp.MustCompile(`(?m)^### $|^\| ` + "`[^`]*`" + ` \|  \|`).MatchString(page) {
		t.Error("an empty heading or type")
	}
}

// TestReferenceExamples loads the examples, and holds that each is shown.
func TestReferenceExamples(t *testing.T) {
	names, err := filepath.Glob("reference/*.yaml")
	if err != nil || len(names) < 15 {
		t.Fatal(names, err)
	}
	page := string(Reference())
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(page, "```yaml\n"+string(text)+"```") {
			t.Errorf("%s is shown nowhere", name)
		}
		doc, diags := Load(fstest.MapFS{"operator.yaml": {Data: append([]byte(minimal), text...)}}, "operator.yaml", Options{})
		if diags != nil {
			t.Errorf("%s: %q", name, lines(diags.Place(doc.Index)))
		}
	}
}
