package registry

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// serve runs opc serve and returns its address, and what ends it.
func serve(t *testing.T, c *client, args ...string) (host string, stop func()) {
	t.Helper()
	cmd := exec.Command(opc, append([]string{"serve", "--port", "0"}, args...)...)
	cmd.Dir, cmd.Env = c.dir, c.env
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if charts, ok := strings.CutPrefix(lines.Text(), "http://"); ok {
			host = strings.TrimSuffix(charts, "/charts")
			break
		}
	}
	if host == "" {
		t.Fatalf("opc serve ended: %v", cmd.Wait())
	}
	return host, func() {
		t.Helper()
		go func() { _, _ = io.Copy(io.Discard, out) }()
		_ = cmd.Process.Signal(os.Interrupt)
		if err := cmd.Wait(); cmd.ProcessState.ExitCode() != 3 { // as of every command that is interrupted
			t.Errorf("opc serve, interrupted: %v", err)
		}
	}
}

// TestServe tries what was built from opc serve, pushes a chart and an image of somebody else to it, and finds them
// after a restart.
func TestServe(t *testing.T) {
	c := newClient(t)
	dist := build(t, c, "1.2.3", "example.com/team")
	host, stop := serve(t, c, "--data", "kept", dist)
	c.must("crane", "validate", "--remote", host+"/ring-operator:latest")
	c.must("opm", "render", "--use-http", host+"/ring-operator-bundle:v1.2.3")
	rendered := c.must("opm", "render", "--use-http", host+"/ring-operator-catalog:v1.2.3")
	if err := os.MkdirAll(filepath.Join(c.dir, "catalog"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(c.dir, "catalog", "catalog.json"), []byte(rendered), 0o644); err != nil {
		t.Fatal(err)
	}
	c.must("opm", "validate", "catalog")
	c.must("helm", "template", "r", "oci://"+host+"/charts/ring-operator", "--plain-http", "--kube-version", "1.31")
	c.must("helm", "repo", "add", "here", "http://"+host+"/charts")
	if found := c.must("helm", "search", "repo", "here", "--versions"); !strings.Contains(found, "1.2.3") {
		t.Errorf("helm finds %s", found)
	}
	c.must("helm", "template", "r", "here/ring-operator", "--kube-version", "1.31")
	c.must("helm", "create", "others")
	c.must("helm", "package", "others")
	c.must("helm", "push", "others-0.1.0.tgz", "oci://"+host+"/people", "--plain-http")
	c.must("crane", "copy", host+"/ring-operator:latest", host+"/people/image:v1")
	stop()

	host, stop = serve(t, c, "--data", "kept")
	c.must("crane", "validate", "--remote", host+"/people/image:v1")
	c.must("crane", "validate", "--remote", host+"/ring-operator:v1.2.3")
	c.must("helm", "template", "o", "others", "--repo", "http://"+host+"/charts")
	c.must("helm", "template", "o", "oci://"+host+"/people/others", "--plain-http")
	stop()
}

// TestHelmFolder publishes to the folder of a classic repository, beside a chart that is listed there.
func TestHelmFolder(t *testing.T) {
	c := newClient(t)
	c.must("helm", "create", "others")
	c.must("helm", "package", "others", "--destination", "folder")
	c.must("helm", "repo", "index", "folder")
	for _, version := range []string{"1.3.0", "1.2.3"} {
		c.must("opc", "publish", "--to", "helm:folder", build(t, c, version, "example.com/team"))
	}
	files, err := os.ReadDir(filepath.Join(c.dir, "folder"))
	if err != nil || len(files) != 4 {
		t.Errorf("%v %v", files, err)
	}
	index, err := os.ReadFile(filepath.Join(c.dir, "folder", "index.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"name: others", "urls:\n    - others-0.1.0.tgz", "- ring-operator-1.2.3.tgz", "- ring-operator-1.3.0.tgz"} {
		if !strings.Contains(string(index), want) {
			t.Errorf("the index has no %q:\n%s", want, index)
		}
	}
	// Helm's own index of the folder lists the same digests.
	c.must("helm", "repo", "index", "folder", "--merge", filepath.Join("folder", "index.yaml"))
	merged, err := os.ReadFile(filepath.Join(c.dir, "folder", "index.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if a, b := digests(index), digests(merged); a != b {
		t.Errorf("opc lists\n%s\nHelm lists\n%s", a, b)
	}
}

func digests(index []byte) string {
	var out []string
	for line := range strings.Lines(string(index)) {
		if line := strings.TrimSpace(line); strings.HasPrefix(line, "digest:") {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}
