package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// onePlace are texts that stand in one file each, since a second place would have to know the same thing again.
var onePlace = []struct {
	texts []string
	file  string
	why   string
}{
	{[]string{"~0", "~1"}, "schema/diag/path.go", "diag.Path reads and writes pointers"},
	{[]string{"AllNamespaces", "MultiNamespace", "OwnNamespace", "SingleNamespace"}, "kube/installmodes.go", "kube names the install modes"},
	{[]string{"ConversionWebhook", "MutatingAdmissionWebhook", "ValidatingAdmissionWebhook", "WebhookConfiguration"}, "kube/webhooks.go", "kube.Webhook knows the types of webhooks"},
}

// sources calls f for each file of Go that goes into opc: tests, and the modules and examples beside it, are left out.
func sources(t *testing.T, f func(name string, set *token.FileSet, file *ast.File)) {
	t.Helper()
	files := 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains([]string{".git", "testdata", "e2e", "examples", "tools"}, d.Name()):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files++
		f(strings.TrimPrefix(filepath.ToSlash(path), "../../"), set, parsed)
		return nil
	})
	if err != nil || files < 100 {
		t.Fatalf("read %d files: %v", files, err)
	}
}

// TestOnePlace holds that a text of onePlace is a literal in its own file alone.
func TestOnePlace(t *testing.T) {
	sources(t, func(name string, set *token.FileSet, file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			text, err := strconv.Unquote(lit.Value)
			for _, place := range onePlace {
				if err == nil && slices.Contains(place.texts, text) && name != place.file {
					t.Errorf("%s:%d: %q stands in %s alone: %s", name, set.Position(lit.Pos()).Line, text, place.file, place.why)
				}
			}
			return true
		})
	})
}

// TestOneReader holds that nothing but kube reads YAML, so that every text is read by the same rules.
func TestOneReader(t *testing.T) {
	sources(t, func(name string, set *token.FileSet, file *ast.File) {
		if strings.HasPrefix(name, "kube/") {
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			pkg, _ := sel.X.(*ast.Ident)
			if pkg != nil && pkg.Name == "yaml" && slices.Contains([]string{"Unmarshal", "UnmarshalStrict", "NewDecoder", "YAMLToJSON"}, sel.Sel.Name) {
				t.Errorf("%s:%d: yaml.%s: read it with kube.Read or kube.Decode", name, set.Position(n.Pos()).Line, sel.Sel.Name)
			}
			return true
		})
	})
}

// TestEveryCodeIsReported holds that each code of a finding is used, so that the documentation lists none that opc never
// reports.
func TestEveryCodeIsReported(t *testing.T) {
	codes, used := map[string]bool{}, map[string]bool{}
	sources(t, func(name string, _ *token.FileSet, file *ast.File) {
		if name == "schema/diag/code.go" {
			for _, d := range file.Decls {
				if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.CONST {
					for _, s := range g.Specs {
						codes[s.(*ast.ValueSpec).Names[0].Name] = true
					}
				}
			}
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.SelectorExpr:
				used[x.Sel.Name] = true
			case *ast.Ident:
				used[x.Name] = used[x.Name] || file.Name.Name == "diag"
			}
			return true
		})
	})
	if len(codes) < 50 {
		t.Fatalf("found %d codes", len(codes))
	}
	for code := range codes {
		if !used[code] {
			t.Errorf("the code %s is never reported", code)
		}
	}
}

// TestPartsOfTrees holds that parts of trees are read with kube.Map, List and Text.
func TestPartsOfTrees(t *testing.T) {
	with := map[string]string{"map[string]any": "Map", "[]any": "List", "string": "Text"}
	sources(t, func(name string, set *token.FileSet, file *ast.File) {
		for _, below := range []string{"kube/tree.go", "schema/diag/", "internal/"} {
			if strings.HasPrefix(name, below) {
				return
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			a, ok := n.(*ast.AssignStmt)
			if !ok || len(a.Lhs) != 2 || len(a.Rhs) != 1 {
				return true
			}
			blank, _ := a.Lhs[1].(*ast.Ident)
			assertion, _ := a.Rhs[0].(*ast.TypeAssertExpr)
			if blank == nil || blank.Name != "_" || assertion == nil || assertion.Type == nil {
				return true
			}
			if f := with[types.ExprString(assertion.Type)]; f != "" {
				t.Errorf("%s:%d: read the value with kube.%s", name, set.Position(a.Pos()).Line, f)
			}
			return true
		})
	})
}
