package source

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"sigs.k8s.io/yaml"

	"github.com/opc-project/opc/compiler"
	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/diff"
	"github.com/opc-project/opc/emit/olm"
	"github.com/opc-project/opc/schema"
)

// TestNeverMilder holds a law over the examples of all rules: what two descriptions are judged is never milder than what
// the charts and the bundles that they compile to are judged, since those are what people install.
func TestNeverMilder(t *testing.T) {
	charts, bundles := 0, 0
	for _, r := range diff.Rules() {
		if r.Example.In != "" {
			continue // changes of a schema are the same in all
		}
		t.Run(r.ID, func(t *testing.T) {
			old, new := sideOf(t, r.Example.Before), sideOf(t, r.Example.After)
			said := diff.Judge(old.Operator, new.Operator, diff.Options{})
			a, b := asChart(t.Context(), old, new, Options{}), asChart(t.Context(), new, old, Options{})
			if a.Operator != nil && b.Operator != nil {
				charts++
				milder(t, "charts", said, diff.Judge(a.Operator, b.Operator, diff.Options{}))
			}
			if a, b := bundleOf(t, old), bundleOf(t, new); a != nil && b != nil {
				bundles++
				milder(t, "bundles", said, diff.Judge(a, b, diff.Options{OLM: true}))
			}
		})
	}
	if charts < 100 || bundles < 100 {
		t.Errorf("%d charts and %d bundles were compared", charts, bundles)
	}
}

// TestNeverMilderOnTheCorpus holds the same law over pairs of versions of real operators, which are not part of the
// project. What the chart says of versions alone, such as values, is not compared.
func TestNeverMilderOnTheCorpus(t *testing.T) {
	shared := os.Getenv("OPC_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	index, err := os.ReadFile(filepath.Join(shared, "corpus", "INDEX.tsv"))
	if err != nil {
		t.Skipf("the corpus of real operators is not here (set OPC_SHARED to the folder that contains corpus): %v", err)
	}
	for line := range strings.Lines(string(index)) {
		f := strings.Split(line, "\t")
		if strings.HasPrefix(line, "#") || len(f) < 4 || f[3] == "-" {
			continue
		}
		t.Run(f[1], func(t *testing.T) {
			dir := filepath.Join(shared, "corpus", f[1])
			old := imported(t.Context(), f[3], os.DirFS(filepath.Join(dir, f[3])), "")
			new := imported(t.Context(), f[2], os.DirFS(filepath.Join(dir, f[2])), "")
			if old.Operator == nil || new.Operator == nil {
				t.Fatal(old.Findings, new.Findings)
			}
			said := diff.Judge(old.Operator, new.Operator, diff.Options{})
			a, b := asChart(t.Context(), old, new, Options{}), asChart(t.Context(), new, old, Options{})
			if a.Operator != nil && b.Operator != nil {
				milder(t, "charts", said, diff.Judge(a.Operator, b.Operator, diff.Options{}))
			}
			if a, b := bundleOf(t, old), bundleOf(t, new); a != nil && b != nil {
				milder(t, "bundles", said, diff.Judge(a, b, diff.Options{OLM: true}))
			}
		})
	}
}

func milder(t *testing.T, what string, said, shipped *diff.Report) {
	t.Helper()
	if said.Verdict >= shipped.Verdict {
		return
	}
	list := func(r *diff.Report) string {
		var out []string
		for _, f := range r.Findings {
			out = append(out, fmt.Sprintf("  %s %s: %s", f.Verdict, f.ID, f.Message))
		}
		return strings.Join(out, "\n")
	}
	t.Errorf("the descriptions are judged %s, and the %s %s\n%s\n%s:\n%s", said.Verdict, what, shipped.Verdict, list(said), what, list(shipped))
}

// sideOf is the description of an example.
func sideOf(t *testing.T, text string) *Side {
	t.Helper()
	tree := map[string]any{"name": "demo", "version": "1.0.0", "image": "ghcr.io/example/demo"}
	said := map[string]any{}
	if err := yaml.Unmarshal([]byte(text), &said); err != nil {
		t.Fatal(err)
	}
	maps.Copy(tree, said)
	data, err := yaml.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{"operator.yaml": {Data: data}}
	doc, list := schema.Load(files, "operator.yaml", schema.Options{})
	op, more := compiler.Lower(t.Context(), doc, files, compiler.Options{})
	if list = slices.Concat(list, more); list.HasErrors() {
		t.Fatal(list)
	}
	return &Side{Operator: op, Index: doc.Index}
}

func bundleOf(t *testing.T, s *Side) *model.Operator {
	t.Helper()
	set, list := olm.Target.Emit(s.Operator)
	if list.HasErrors() {
		return nil
	}
	files, err := fs.Sub(set.FS(), "bundle")
	if err != nil {
		t.Fatal(err)
	}
	return imported(t.Context(), "bundle", files, "").Operator
}
