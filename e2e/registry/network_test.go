package registry

import (
	"bytes"
	"errors"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// requests counts the server's requests of a method whose address holds a text, by their status.
func requests(t *testing.T, s *Server, method, part string) map[int]int {
	t.Helper()
	list, err := s.Requests()
	if err != nil {
		t.Fatal(err)
	}
	out := map[int]int{}
	for _, r := range list {
		if r.Method == method && strings.Contains(r.URI, part) {
			out[r.Status]++
		}
	}
	return out
}

// complete lets crane read everything below every tag of the small operator.
func complete(t *testing.T, c *client, at string) {
	t.Helper()
	for _, repo := range []string{"ring-operator", "ring-operator-bundle", "ring-operator-catalog", "charts/ring-operator"} {
		tags, _, code := c.run("crane", "ls", at+"/"+repo)
		if code != 0 {
			continue // nothing was sent there
		}
		for _, tag := range strings.Fields(tags) {
			switch {
			case strings.HasPrefix(tag, "sha256-"):
				c.must("crane", "manifest", at+"/"+repo+":"+tag)
			case repo == "charts/ring-operator":
				c.must("helm", "pull", "oci://"+at+"/"+repo, "--version", tag, "--plain-http")
			default:
				c.must("crane", "validate", "--remote", at+"/"+repo+":"+tag)
			}
		}
	}
}

// TestUploadGoesOn cuts the connection in the middle of the largest blob. The server is asked how much it has, and gets
// the rest.
func TestUploadGoesOn(t *testing.T) {
	s := start(t, Options{})
	c := newClient(t)
	p, err := NewProxy(s.Host, func() (int64, bool) { return 2 << 20, false }) // every connection, after two of three megabytes
	if err != nil {
		t.Fatal(err)
	}
	defer p.Stop()
	dist := build(t, c, "1.2.3", "example.com/team")
	c.must("opc", "publish", "--to", p.Host+"/team", dist)
	if asked := requests(t, s, http.MethodGet, "/blobs/uploads/"); asked[http.StatusNoContent] == 0 {
		t.Errorf("the state of the upload was not asked for: %v", asked)
	}
	complete(t, c, s.Host+"/team")
}

// TestMounts publishes to a second place of the registry: nothing is sent twice.
func TestMounts(t *testing.T) {
	s := start(t, Options{})
	c := newClient(t)
	dist := build(t, c, "1.2.3", s.Host+"/staging")
	c.must("opc", "publish", dist)
	sent := requests(t, s, http.MethodPatch, "/blobs/uploads/")[http.StatusAccepted]
	c.must("opc", "publish", "--to", s.Host+"/production", dist)
	if again := requests(t, s, http.MethodPatch, "/blobs/uploads/")[http.StatusAccepted]; again != sent || sent == 0 {
		t.Errorf("%d blobs were sent, and %d more to the second place", sent, again-sent)
	}
	if mounts := requests(t, s, http.MethodPost, "mount="); mounts[http.StatusCreated] < sent || len(mounts) != 1 {
		t.Errorf("mounts: %v", mounts)
	}
	complete(t, c, s.Host+"/production")
}

// TestFaults publishes over bad networks to the real server: no tag stands at what can't be read, and the next run
// completes the job.
func TestFaults(t *testing.T) {
	s := start(t, Options{})
	c := newClient(t)
	dist := build(t, c, "1.2.3", "example.com/team")
	for seed := range uint64(8) {
		p, err := NewProxy(s.Host, badDays(seed))
		if err != nil {
			t.Fatal(err)
		}
		at := "/seed" + string(rune('a'+seed))
		stdout, stderr, code := c.run("opc", "publish", "--to", p.Host+at, dist)
		p.Stop()
		if code != 0 && (code != 1 || stdout != "" || !strings.Contains(stderr, "OPC6020")) {
			t.Errorf("seed %d: exit code %d\n%s%s", seed, code, stdout, stderr)
		}
		complete(t, c, s.Host+at)
		c.must("opc", "publish", "--to", s.Host+at, dist)
		if tags := c.must("crane", "ls", s.Host+at+"/ring-operator"); !strings.Contains(tags, "latest") {
			t.Errorf("seed %d: %s", seed, tags)
		}
	}
}

// TestTwoVersionsAtOnce publishes two versions at the same time, again and again to other places.
func TestTwoVersionsAtOnce(t *testing.T) {
	s := start(t, Options{})
	c := newClient(t)
	older, newer := build(t, c, "1.2.3", "example.com/team"), build(t, c, "1.3.0", "example.com/team")
	for _, at := range []string{"/a", "/b", "/c", "/d"} {
		var both sync.WaitGroup
		for _, dist := range []string{older, newer} {
			both.Go(func() {
				if _, stderr, code := c.run("opc", "publish", "--to", s.Host+at, dist); code != 0 {
					t.Errorf("exit code %d: %s", code, stderr)
				}
			})
		}
		both.Wait()
		digest := func(tag string) string { return c.must("crane", "digest", s.Host+at+"/ring-operator:"+tag) }
		for tag, version := range map[string]string{"latest": "1.3.0", "v1": "1.3.0", "v1.3": "1.3.0", "v1.2": "1.2.3", "stable": "1.3.0"} {
			if digest(tag) != digest("v"+version) {
				t.Errorf("%s: %s is not %s", at, tag, version)
			}
		}
	}
}

// TestInterrupt presses Ctrl-C while a blob is on its way.
func TestInterrupt(t *testing.T) {
	s := start(t, Options{})
	c := newClient(t)
	dist := build(t, c, "1.2.3", "example.com/team")
	p, err := NewProxy(s.Host, func() (int64, bool) { return 0, true })
	if err != nil {
		t.Fatal(err)
	}
	defer p.Stop()
	cmd := exec.Command(opc, "publish", "--jobs", "1", "--to", p.Host+"/team", dist)
	cmd.Env = c.env
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for begun := false; !begun; time.Sleep(5 * time.Millisecond) {
		list, err := s.Requests()
		begun = err == nil && len(list) > 12
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 3 || stdout.Len() > 0 || stderr.String() != "opc: interrupted\n" {
		t.Errorf("%v\n%s%s", err, stdout.String(), stderr.String())
	}
	if tags, _, code := c.run("crane", "ls", s.Host+"/team/ring-operator"); code == 0 && strings.TrimSpace(tags) != "" {
		t.Errorf("tags: %s", tags)
	}
	c.must("opc", "publish", "--to", s.Host+"/team", dist)
	complete(t, c, s.Host+"/team")
}
