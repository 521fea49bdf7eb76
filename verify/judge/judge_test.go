package judge

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/finding"
)

// TestCodes holds that each judge speaks by the rules that it is documented with, and needs each of them.
func TestCodes(t *testing.T) {
	said := map[string]map[diag.Code]bool{}
	speak := func(e Entry) Report {
		return func(f finding.Finding) {
			if !slices.Contains(e.Codes, f.Code) {
				t.Errorf("the judge of %s says %s, which it is not documented with: %s", e.Name, f.Code, f.Text())
			}
			if said[e.Name] == nil {
				said[e.Name] = map[diag.Code]bool{}
			}
			said[e.Name][f.Code] = true
		}
	}
	for _, objects := range faulty(t) {
		ctx := Context{Restricted: true, definitions: &remembered{}}
		joined := newSet(kube.Set{Objects: objects}, func(o *kube.Object) *Subject {
			sub := &Subject{Object: o, Typed: decode(o, speak(shapes))}
			for _, j := range ofObjects {
				j.run(sub, &ctx, speak(j.Entry))
			}
			return sub
		})
		for _, j := range ofSets {
			j.run(joined, &ctx, speak(j.Entry))
		}
	}
	for _, e := range Doc() {
		for _, code := range e.Codes {
			if e.Name != "examples" && !said[e.Name][code] {
				t.Errorf("the judge of %s is documented with %s, which it says of nothing in testdata/defects", e.Name, code)
			}
		}
	}
}

// faulty are the objects of each folder of the archives of defects, but for templates.
func faulty(t *testing.T) map[string][]*kube.Object {
	archives, _ := filepath.Glob("../testdata/defects/*.txtar")
	out := map[string][]*kube.Object{}
	for _, file := range archives {
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range a.Files {
			if strings.HasSuffix(f.Name, ".yaml") && !strings.Contains(f.Name, "templates/") {
				objects, _ := kube.Objects(f.Name, f.Data)
				key := file + filepath.Dir(f.Name)
				out[key] = append(out[key], objects...)
			}
		}
	}
	// Texts without apiVersion are told by those who read them; what kustomize builds comes without having been read.
	out["built"] = []*kube.Object{{Tree: model.Tree{"kind": "Shop", "metadata": map[string]any{"name": "a"}}}}
	if len(out) < 10 {
		t.Fatalf("only %d folders", len(out))
	}
	return out
}
