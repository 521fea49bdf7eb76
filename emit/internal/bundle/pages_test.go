package bundle_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/opc-project/opc/compiler"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/emit/catalog"
	"github.com/opc-project/opc/emit/olm"
	"github.com/opc-project/opc/schema"
)

var yamlBlock = regexp.MustCompile("(?s)```yaml\n# (\\S+)\n(.*?)```")

// TestPagesShowWhatComesOut holds the YAML of the two pages against the output of the example. A line with just … stands
// for lines that are left out.
func TestPagesShowWhatComesOut(t *testing.T) {
	files := example(t)
	for _, page := range []string{"olm", "catalog"} {
		text, err := os.ReadFile("../../../docs/targets/" + page + ".md")
		if err != nil {
			t.Fatal(err)
		}
		blocks := yamlBlock.FindAllStringSubmatch(string(text), -1)
		if len(blocks) == 0 || len(blocks) != strings.Count(string(text), "```yaml") {
			t.Errorf("%s.md: %d blocks of YAML name their file", page, len(blocks))
		}
		for _, b := range blocks {
			f, ok := files.File(b[1])
			if !ok {
				t.Errorf("%s.md shows %s, which is not emitted", page, b[1])
			}
			rest := string(f.Data)
			for part := range strings.SplitSeq(b[2], "…\n") {
				_, after, found := strings.Cut(rest, part)
				if !found {
					t.Errorf("%s.md does not show %s as it is:\n%s", page, b[1], part)
				}
				rest = after
			}
		}
	}
}

func example(t *testing.T) *emit.FileSet {
	t.Helper()
	fsys := os.DirFS("../../../examples/database-operator")
	doc, diags := schema.Load(fsys, "operator.cue", schema.Options{})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	m, more := compiler.Lower(t.Context(), doc, fsys, compiler.Options{})
	if more.HasErrors() {
		t.Fatal(more)
	}
	out := &emit.FileSet{}
	for _, target := range []*emit.Target{olm.Target, catalog.Target} {
		files, diags := target.Emit(m)
		if len(diags) > 0 {
			t.Error(diags)
		}
		if err := out.Merge(files); err != nil {
			t.Fatal(err)
		}
	}
	return out
}
