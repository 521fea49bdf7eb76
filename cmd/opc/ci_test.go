package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// scratch is a repository of a user's, in which opc is this test program.
type scratch struct {
	t         *testing.T
	dir, repo string
	env       []string
}

func newScratch(t *testing.T, programs ...string) *scratch {
	t.Helper()
	for _, program := range append(programs, "bash", "git") {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("this tries real programs, and one is not here: %v", err)
		}
	}
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// A copy, since opc runs itself again to render charts: the name behind a symbolic link is that of the test program.
	program, err := os.ReadFile(self)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "opc"), program, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	s := &scratch{t: t, dir: dir, repo: filepath.Join(dir, "repo")}
	s.env = append(os.Environ(), "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"), "HOME="+dir)
	if err := os.Mkdir(s.repo, 0o755); err != nil {
		t.Fatal(err)
	}
	s.run(false, "git init -q -b main; git config user.email jo@example.com; git config user.name Jo")
	return s
}

// run runs a script in the repository, which must fail or must not, and returns what it prints.
func (s *scratch) run(fails bool, script string, env ...string) string {
	s.t.Helper()
	cmd := exec.Command("bash", "-e", "-o", "pipefail", "-c", script)
	cmd.Dir, cmd.Env = s.repo, append(s.env, env...)
	out, err := cmd.CombinedOutput()
	if (err != nil) != fails {
		s.t.Fatalf("%s: %v\n%s", script, err, out)
	}
	return string(out)
}

func (s *scratch) write(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.repo, name), []byte(text), 0o644); err != nil {
		s.t.Fatal(err)
	}
}

// The description of the scratch repository, as it was released and as it is.
const (
	released = "name: demo\nversion: 1.0.0\nimage: ghcr.io/example/demo\nparameters: {level: {default: info}}\n"
	lost     = "name: demo\nversion: 1.0.1\nimage: ghcr.io/example/demo\n"
)

// release compiles and commits a description, and tags it.
func (s *scratch) release() {
	s.t.Helper()
	s.write("operator.yaml", released)
	s.run(false, "opc compile; git add -A; git commit -qm one; git tag v1.0.0")
}

// TestAction runs the steps of the GitHub Action in a scratch repository.
func TestAction(t *testing.T) {
	s := newScratch(t)
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
	step := func(name string, fails bool) string {
		t.Helper()
		for _, a := range action.Runs.Steps {
			if a.Name != name {
				continue
			}
			env := []string{"RUNNER_TEMP=" + s.dir, "GITHUB_STEP_SUMMARY=" + filepath.Join(s.dir, "summary"), "GITHUB_OUTPUT=" + filepath.Join(s.dir, "output")}
			for k, v := range a.Env {
				input := strings.TrimSuffix(strings.TrimPrefix(v, "${{ inputs."), " }}")
				if _, ok := action.Inputs[input]; !ok {
					t.Fatalf("the step %s reads the unknown input %s", name, input)
				}
				env = append(env, k+"="+action.Inputs[input].Default)
			}
			return s.run(fails, a.Run, env...)
		}
		t.Fatalf("there is no step %s", name)
		return ""
	}
	s.release()
	step("Install opc", false)
	step("Check", false)
	step("Compile", false)
	step("Diff", false)
	s.write("operator.yaml", lost)
	step("Compile", true)
	if out := step("Diff", true); !strings.Contains(out, "::error file=operator.yaml,line=1,col=1,title=VAL001::") {
		t.Error(out)
	}
	for file, want := range map[string]string{"summary": "## demo 1.0.0 → 1.0.1", "output": "report=" + filepath.Join(s.dir, "opc-diff.md"), "opc-diff.md": "the parameter level is gone"} {
		data, err := os.ReadFile(filepath.Join(s.dir, file))
		if err != nil || !strings.Contains(string(data), want) {
			t.Errorf("%s: %v\n%s", file, err, data)
		}
	}
}

// snippet is the YAML in docs/ci.md that begins with the name of a file.
func snippet(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile("../../docs/ci.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(data), "```yaml\n# "+file+"\n")
	text, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		t.Fatalf("docs/ci.md has no %s", file)
	}
	return text
}

// TestGitLab runs the script of the job that the docs give for GitLab.
func TestGitLab(t *testing.T) {
	s := newScratch(t)
	var pipeline struct{ Operator struct{ Script []string } }
	if err := yaml.Unmarshal([]byte(snippet(t, ".gitlab-ci.yml")), &pipeline); err != nil {
		t.Fatal(err)
	}
	script := strings.Join(pipeline.Operator.Script, "\n")
	s.release()
	s.run(false, script)
	s.write("operator.yaml", lost)
	if out := s.run(true, script); !strings.Contains(out, "error: ") {
		t.Error(out)
	}
	s.run(false, "opc compile")
	if out := s.run(true, script); !strings.Contains(out, "version 1.0.1 is too low") {
		t.Error(out)
	}
	if out := s.run(false, "cat diff.md"); !strings.Contains(out, "the parameter level is gone") {
		t.Error(out)
	}
}

// TestPreCommit runs the hooks in the real pre-commit program, with the configuration that the docs give. Only how opc
// gets onto the machine is another: pre-commit would build it.
func TestPreCommit(t *testing.T) {
	s := newScratch(t, "pre-commit")
	manifest, err := filepath.Abs("../../.pre-commit-hooks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s.env = append(s.env, "PRE_COMMIT_HOME="+filepath.Join(s.dir, "home"))
	s.run(false, "pre-commit validate-manifest "+manifest)
	s.write(".pre-commit-config.yaml", localHooks(t, manifest))
	s.run(false, "pre-commit install --hook-type pre-commit --hook-type pre-push")
	s.release()
	s.write("operator.yaml", lost)
	if out := s.run(true, "git commit -qam stale"); !strings.Contains(out, "run opc compile and commit the result") {
		t.Error(out)
	}
	s.run(false, "opc compile; git add -A; git commit -qm lost; git init -q --bare ../remote; git remote add origin ../remote")
	if out := s.run(true, "git push -q origin main"); !strings.Contains(out, "version 1.0.1 is too low") {
		t.Error(out)
	}
	s.write("operator.yaml", strings.Replace(lost, "1.0.1", "2.0.0", 1))
	s.run(false, "opc compile; git add -A; git commit -qm raised; git push -q origin main")
}

// localHooks is the configuration of the docs with the hooks of the manifest written into it, of a language that builds
// nothing. Stages go by their old names, which every version of pre-commit takes.
func localHooks(t *testing.T, manifest string) string {
	t.Helper()
	data, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	var hooks []map[string]any
	if err := yaml.Unmarshal(data, &hooks); err != nil {
		t.Fatal(err)
	}
	var config struct {
		Repos []struct{ Hooks []map[string]any }
	}
	if err := yaml.Unmarshal([]byte(snippet(t, ".pre-commit-config.yaml")), &config); err != nil {
		t.Fatal(err)
	}
	var local []any
	for _, asked := range config.Repos[0].Hooks {
		for _, h := range hooks {
			if h["id"] != asked["id"] {
				continue
			}
			h["language"] = "system"
			if asked["stages"] != nil {
				h["stages"] = []string{"push"}
			}
			local = append(local, h)
		}
	}
	if len(local) != len(hooks) {
		t.Fatalf("the docs name %d of %d hooks", len(local), len(hooks))
	}
	out, err := yaml.Marshal(map[string]any{"repos": []any{map[string]any{"repo": "local", "hooks": local}}})
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// TestDocumentedWorkflowsAreYAML reads the workflows of docs/ci.md, and looks for commands of opc that do not exist.
func TestDocumentedWorkflowsAreYAML(t *testing.T) {
	text, err := os.ReadFile("../../docs/ci.md")
	if err != nil {
		t.Fatal(err)
	}
	var blocks int
	for i, block := range strings.Split(string(text), "```") {
		body, ok := strings.CutPrefix(block, "yaml\n")
		if !ok || i%2 == 0 {
			continue
		}
		blocks++
		var v any
		if err := yaml.UnmarshalStrict([]byte(body), &v); err != nil {
			t.Errorf("%v in\n%s", err, body)
		}
	}
	if blocks < 7 {
		t.Errorf("only %d workflows found", blocks)
	}
}
