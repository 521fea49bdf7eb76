package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// TestAction runs the steps of the GitHub Action, with this test program as opc, in a scratch repository.
func TestAction(t *testing.T) {
	for _, program := range []string{"bash", "git"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(err)
		}
	}
	data, err := os.ReadFile("../../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	var action struct {
		Inputs map[string]struct{ Default string }
		Runs   struct {
			Steps []struct {
				Name, Run string
				Env       map[string]string
			}
		}
	}
	if err := yaml.Unmarshal(data, &action); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(dir, "opc")); err != nil {
		t.Skip(err)
	}
	repo := filepath.Join(dir, "repo")
	env := append(os.Environ(), "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"), "HOME="+dir,
		"RUNNER_TEMP="+dir, "GITHUB_STEP_SUMMARY="+filepath.Join(dir, "summary"), "GITHUB_OUTPUT="+filepath.Join(dir, "output"))
	run := func(fails bool, script string, more ...string) string {
		t.Helper()
		cmd := exec.Command("bash", "-e", "-o", "pipefail", "-c", script)
		cmd.Dir, cmd.Env = repo, append(env, more...)
		out, err := cmd.CombinedOutput()
		if (err != nil) != fails {
			t.Fatalf("%s: %v\n%s", script, err, out)
		}
		return string(out)
	}
	step := func(name string, fails bool) string {
		t.Helper()
		for _, s := range action.Runs.Steps {
			if s.Name != name {
				continue
			}
			var more []string
			for k, v := range s.Env {
				input := strings.TrimSuffix(strings.TrimPrefix(v, "${{ inputs."), " }}")
				if _, ok := action.Inputs[input]; !ok {
					t.Fatalf("the step %s reads the unknown input %s", name, input)
				}
				more = append(more, k+"="+action.Inputs[input].Default)
			}
			return run(fails, s.Run, more...)
		}
		t.Fatalf("there is no step %s", name)
		return ""
	}
	describe := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(repo, "operator.yaml"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(repo, 0o755); err != nil {
		t.Fatal(err)
	}
	describe("name: demo\nversion: 1.0.0\nimage: ghcr.io/example/demo\nparameters: {level: {default: info}}\n")
	run(false, "git init -q -b main; git config user.email jo@example.com; git config user.name Jo; opc compile; git add -A; git commit -qm one; git tag v1.0.0")
	step("Install opc", false)
	step("Check", false)
	step("Compile", false)
	step("Diff", false)
	describe("name: demo\nversion: 1.0.1\nimage: ghcr.io/example/demo\n")
	step("Compile", true)
	if out := step("Diff", true); !strings.Contains(out, "::error file=operator.yaml,line=1,col=1,title=VAL001::") {
		t.Error(out)
	}
	for file, want := range map[string]string{"summary": "## demo 1.0.0 → 1.0.1", "output": "report=" + filepath.Join(dir, "opc-diff.md"), "opc-diff.md": "the parameter level is gone"} {
		data, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil || !strings.Contains(string(data), want) {
			t.Errorf("%s: %v\n%s", file, err, data)
		}
	}
}
