package gomarkers

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/opc-project/opc/schema"
)

// example is the operator of the repository's own, whose config folder controller-gen wrote.
func example(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../../examples/database-operator")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func objects(t *testing.T, stream []byte) map[string]any {
	t.Helper()
	out := map[string]any{}
	for doc := range bytes.SplitSeq(append([]byte("\n"), stream...), []byte("\n---\n")) {
		var tree map[string]any
		if err := yaml.Unmarshal(doc, &tree); err != nil {
			t.Fatal(err)
		}
		if tree == nil {
			continue
		}
		out[tree["kind"].(string)+"/"+tree["metadata"].(map[string]any)["name"].(string)] = tree
	}
	return out
}

func files(t *testing.T, pattern string) map[string]any {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(example(t), pattern))
	if err != nil || len(names) == 0 {
		t.Fatalf("no files like %s: %v", pattern, err)
	}
	var stream bytes.Buffer
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		stream.WriteString("---\n")
		stream.Write(data)
	}
	return objects(t, stream.Bytes())
}

func TestSameAsControllerGen(t *testing.T) {
	g := Generator{Dir: example(t)}
	from := &schema.FromGo{From: "go", Packages: []string{"./api/...", "./internal/..."}}
	crds, err := g.CRDs(t.Context(), from)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(files(t, "config/crd/bases/*.yaml"), objects(t, crds)); diff != "" {
		t.Errorf("CRDs differ from config/crd/bases:\n%s", diff)
	}
	roles, err := g.Roles(t.Context(), from)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(files(t, "config/rbac/role.yaml"), objects(t, roles)); diff != "" {
		t.Errorf("roles differ from config/rbac/role.yaml:\n%s", diff)
	}
}

func TestFaults(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":       "module example.com/broken\n\ngo 1.26\n",
		"api/types.go": "package api\n\n// +kubebuilder:validation:Maximum=many\ntype Size int\n\n// +kubebuilder:object:root=true\ntype Thing struct {\n\tSize Size `json:\"size\"`\n}\n",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	g := Generator{Dir: dir}
	cases := []struct {
		name string
		from schema.FromGo
		want string
	}{
		{"a marker that can't be read", schema.FromGo{}, "api/types.go:3:1"},
		{"a package outside", schema.FromGo{Packages: []string{"../other"}}, "not below"},
		{"an absolute package", schema.FromGo{Packages: []string{"/etc"}}, "not below"},
		{"no such package", schema.FromGo{Packages: []string{"./nothing"}}, "nothing"},
		{"no such option", schema.FromGo{Options: []string{"colour=red"}}, "colour"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			_, err := g.CRDs(t.Context(), &tc.from)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v does not hold %q", err, tc.want)
			}
			if err != nil && strings.Contains(err.Error(), dir) {
				t.Errorf("error %v holds the absolute folder", err)
			}
		})
	}
}

func TestVersionIsThatOfGoMod(t *testing.T) {
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if want := "sigs.k8s.io/controller-tools " + Version; !strings.Contains(string(mod), want) {
		t.Errorf("go.mod does not require %q: change Version with it", want)
	}
}
