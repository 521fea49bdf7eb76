package source

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestGitRunsNothing reads a repository whose configuration names programs that git runs by itself.
func TestGitRunsNothing(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	dir, ran := t.TempDir(), filepath.Join(t.TempDir(), "ran")
	git := func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=t", "-c", "user.email=t@example.com"}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	write := func(name, text string, mode os.FileMode) string {
		t.Helper()
		at := filepath.Join(dir, name)
		if err := os.WriteFile(at, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return at
	}
	git("init", "-q")
	write("operator.yaml", "name: ring-operator\n", 0o600)
	git("add", ".")
	git("commit", "-q", "-m", "one")
	git("tag", "v1.0.0")
	program := write("program.sh", "#!/bin/sh\ntouch "+ran+"\n", 0o700)
	for _, key := range []string{"core.fsmonitor", "diff.external", "core.pager", "core.sshCommand", "core.askPass"} {
		git("config", key, program)
	}
	hooks := filepath.Join(dir, "hooks")
	if err := os.Mkdir(hooks, 0o700); err != nil {
		t.Fatal(err)
	}
	git("config", "core.hooksPath", hooks)
	for _, name := range []string{"post-index-change", "fsmonitor-watchman", "reference-transaction"} {
		write("hooks/"+name, "#!/bin/sh\ntouch "+ran+"\n", 0o700)
	}
	write("operator.yaml", "name: gem-operator\n", 0o600)
	os.Remove(ran)
	ctx := context.Background()
	if changed, err := Changed(ctx, dir); err != nil || len(changed) != 1 {
		t.Errorf("%v %v", changed, err)
	}
	if !IsRevision(ctx, dir, "v1.0.0") {
		t.Error("v1.0.0 is no revision")
	}
	r, err := openRepository(ctx, dir)
	if err == nil {
		_, err = r.lastTag(ctx, "ring-operator", "1.1.0")
	}
	if err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(ran); err == nil {
		t.Error("git ran a program that the repository names")
	}
	git("status") // without these precautions git does run it
	if _, err := os.Stat(ran); err != nil {
		t.Error("plain git ran nothing, so that this test shows nothing")
	}
}
