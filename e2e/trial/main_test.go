// Package trial runs opc try as people do, on copies of the example that are sound, or have one fault each.
package trial

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/opc-project/opc/e2e/cluster"
	"github.com/opc-project/opc/e2e/project"
	"github.com/opc-project/opc/try/plane"
)

// Shared by all tests: the opc of this tree, the example, its program, and the folder of etcd and kube-apiserver.
var (
	opc, program, assets string
	example              *project.Project
)

func TestMain(m *testing.M) { os.Exit(cluster.Main(40*time.Minute, prepare, m.Run)) }

func prepare(ctx context.Context, s *cluster.Session) error {
	var err error
	assets = filepath.Join(s.Dir, "assets")
	if err := os.Mkdir(assets, 0o755); err != nil {
		return err
	}
	for _, name := range []string{"etcd", "kube-apiserver"} {
		path, err := s.Tools.Path(ctx, name)
		if err != nil {
			return err
		}
		if err := os.Symlink(path, filepath.Join(assets, name)); err != nil {
			return err
		}
	}
	if opc, err = project.Build(ctx, s.Dir); err != nil {
		return err
	}
	if example, err = project.Example(opc); err != nil {
		return err
	}
	program, err = example.Program(ctx, s.Dir)
	return err
}

// edit replaces a text in a file of the example. One that is not there fails the test.
type edit struct{ file, old, new string }

// copied is a copy of the example with edits.
func copied(t *testing.T, edits []edit) string {
	t.Helper()
	dir := t.TempDir()
	if _, err := example.Copy(dir); err != nil {
		t.Fatal(err)
	}
	for _, e := range edits {
		file := filepath.Join(dir, e.file)
		text, err := os.ReadFile(file)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		if e.old != "" && strings.Count(string(text), e.old) != 1 {
			t.Fatalf("%s has %q %d times", e.file, e.old, strings.Count(string(text), e.old))
		}
		out := e.new
		if e.old != "" {
			out = strings.Replace(string(text), e.old, e.new, 1)
		}
		if err := os.WriteFile(file, []byte(out), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// report is what opc try writes.
type report struct {
	Installs, Upgrades []struct{ Way string }
	Manager            *struct{ Requests, Examples int }
	Findings           []found
}

type found struct{ Code, Severity, Place, Message, Hint string }

// source is the line of the description, or of a file that it names, at which the finding stands.
func (f found) source(t *testing.T, dir string) (file, line string) {
	t.Helper()
	parts := strings.Split(f.Place, ":")
	if len(parts) != 3 {
		return "", ""
	}
	text, err := os.ReadFile(filepath.Join(dir, parts[0]))
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(parts[1])
	lines := strings.Split(string(text), "\n")
	if err != nil || n < 1 || n > len(lines) {
		t.Fatalf("the finding is at %s", f.Place)
	}
	return parts[0], lines[n-1]
}

// try runs opc try in a folder, and returns its report, what it printed and its exit code.
func try(t *testing.T, dir string, args ...string) (*report, string, int) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.json")
	ctx, cancel := context.WithTimeout(t.Context(), plane.Patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, opc, append([]string{"try", "--assets", assets, "--report", file}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "OPC_CACHE="+filepath.Join(filepath.Dir(opc), "cache"))
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("there is no report (exit code %d):\n%s", cmd.ProcessState.ExitCode(), out)
	}
	r := &report{}
	if err := json.Unmarshal(text, r); err != nil {
		t.Fatal(err)
	}
	return r, string(out), cmd.ProcessState.ExitCode()
}

func (r *report) String() string {
	var out strings.Builder
	for _, f := range r.Findings {
		fmt.Fprintf(&out, "%s: %s: %s [%s]\n", f.Place, f.Severity, f.Message, f.Code)
	}
	return out.String()
}
