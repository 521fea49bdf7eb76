//go:build cold

package publish

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The tests with the tag cold compile what no build cache holds, which takes minutes of processor time: Go's library for
// another user, and a whole Kubernetes operator. "make e2e" runs them.

// TestSameSourceOtherUser builds with another user, another home and sources of another age. It runs itself for that.
func TestSameSourceOtherUser(t *testing.T) {
	if dir := os.Getenv("OPC_TEST_BUILD"); dir != "" {
		mustBuild(t, dir)
		return
	}
	if os.Getuid() != 0 {
		t.Skip("only root can start a program as somebody else")
	}
	one := map[string]string{"operator.yaml": strings.Replace(description, ", linux/arm64]", "]", 1)}
	first, second := project(t, one), project(t, one)
	mustBuild(t, first)
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Skipf("the program that runs can't be copied on this system: %v", err)
	}
	home := t.TempDir()
	program := filepath.Join(home, "test")
	if err := os.WriteFile(program, self, 0o755); err != nil {
		t.Fatal(err)
	}
	const nobody = 65534
	old := time.Now().Add(-400 * 24 * time.Hour)
	for _, dir := range []string{home, second} {
		err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
			if err == nil {
				err = os.Chown(path, nobody, nobody)
			}
			if err == nil {
				err = os.Chtimes(path, old, old)
			}
			return err
		})
		if err == nil {
			err = os.Chmod(filepath.Dir(dir), 0o755)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(program, "-test.run=^TestSameSourceOtherUser$", "-test.count=1")
	cmd.Dir = home
	cmd.Env = []string{
		"OPC_TEST_BUILD=" + second, "HOME=" + home, "TMPDIR=" + home, "PATH=" + os.Getenv("PATH"), "USER=nobody", "TZ=America/St_Johns", "LANG=ja_JP.UTF-8",
	}
	cmd.SysProcAttr = as(nobody)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if diff := cmp.Diff(digests(t, filepath.Join(first, "dist")), digests(t, filepath.Join(second, "dist"))); diff != "" {
		t.Error(diff)
	}
}
