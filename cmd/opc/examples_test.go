package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/cmd/opc/internal/cli"
)

// opc runs a command in the repository's root and returns what it printed.
func opc(t *testing.T, args ...string) (code int, output string) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	code = cli.Run(t.Context(), cli.Env{Stdin: &b, Stdout: &b, Stderr: &b, Getenv: func(string) string { return "" }, Now: time.Now, Dir: root}, args)
	return code, b.String()
}

// TestExamplesAreCompiled holds the committed trees of the examples to their descriptions, as a user's pre-commit hook
// would.
func TestExamplesAreCompiled(t *testing.T) {
	for _, example := range []string{"examples/database-operator", "examples/minimal"} {
		args := []string{"compile", "--check", "--diff", example}
		if os.Getenv("OPC_UPDATE") != "" {
			args = []string{"compile", "--force", example}
		}
		if code, output := opc(t, args...); code != 0 {
			t.Errorf("%v: exit code %d\n%s", args, code, output)
		}
	}
}

// TestExampleTargets checks the description with targets of its own, and what they write.
func TestExampleTargets(t *testing.T) {
	args := []string{"targets", "test", "examples/targets"}
	if os.Getenv("OPC_UPDATE") != "" {
		args = append(args, "--update")
	}
	for _, args := range [][]string{args, {"check", "examples/targets", "--strict"}} {
		if code, output := opc(t, args...); code != 0 {
			t.Errorf("%v: exit code %d\n%s", args, code, output)
		}
	}
}

// TestTheSameAsYAML compiles the example's description in YAML, in place of the one in CUE: every byte is the same.
func TestTheSameAsYAML(t *testing.T) {
	const dir = "../../examples/database-operator"
	copied := t.TempDir()
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(copied, "operator.cue")); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(copied, "operator.example.yaml"), filepath.Join(copied, "operator.yaml")); err != nil {
		t.Fatal(err)
	}
	if code, output := opc(t, "compile", copied); code != 0 {
		t.Fatalf("exit code %d\n%s", code, output)
	}
	want, got := tree(t, filepath.Join(dir, "dist")), tree(t, filepath.Join(copied, "dist"))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("CUE and YAML differ (-CUE +YAML):\n%s", diff)
	}
}

func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, pattern := range []string{"*", "*/*", "*/*/*", "*/*/*/*", "*/*/*/*/*"} {
		names, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if info, err := os.Stat(name); err != nil || info.IsDir() || filepath.Base(name) == "opc.lock" {
				continue // the lock holds the input's digest
			}
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			rel, _ := filepath.Rel(dir, name)
			out[rel] = string(data)
		}
	}
	if len(out) < 50 {
		t.Fatalf("%s holds only %d files", dir, len(out))
	}
	return out
}
