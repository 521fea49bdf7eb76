package registry

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestCatalogServesItself builds a catalog on a base that holds the real opm, and starts what is in the image as its
// configuration says. opm refuses to start when the cache is not that of the catalog.
func TestCatalogServesItself(t *testing.T) {
	s := start(t, Options{})
	c := newClient(t)
	opm, err := k8s.Tools.Path(t.Context(), "opm")
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(opm)
	if err != nil {
		t.Fatal(err)
	}
	layer := filepath.Join(c.dir, "layer.tar")
	var packed bytes.Buffer
	w := tar.NewWriter(&packed)
	if err := w.WriteHeader(&tar.Header{Name: "bin/opm", Mode: 0o755, Size: int64(len(program))}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(program); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Close(), os.WriteFile(layer, packed.Bytes(), 0o644)); err != nil {
		t.Fatal(err)
	}
	c.must("crane", "append", "--new_layer", layer, "--new_tag", s.Host+"/base/opm:bare")
	c.must("crane", "mutate", s.Host+"/base/opm:bare", "--set-platform", "linux/amd64", "--user", "1001", "--tag", s.Host+"/base/opm:v1")
	base := s.Host + "/base/opm@" + strings.TrimSpace(c.must("crane", "digest", s.Host+"/base/opm:v1"))
	dist := build(t, c, "1.2.3", s.Host+"/team", "--set", "catalog.base="+base)
	c.must("opc", "publish", dist)
	catalog := s.Host + "/team/ring-operator-catalog:v1.2.3"
	c.must("crane", "validate", "--remote", catalog)
	c.must("opm", "render", "--use-http", catalog)
	if mounted := requests(t, s, "POST", "from=base%2Fopm")[201]; mounted != 1 {
		t.Errorf("opm's layer was mounted %d times, want once", mounted)
	}
	config := c.must("crane", "config", catalog)
	for _, want := range []string{`"Entrypoint":["/bin/opm"]`, `"Cmd":["serve","/configs","--cache-dir=/tmp/cache"]`, `"User":"1001"`} {
		if !strings.Contains(config, want) {
			t.Errorf("the image's configuration has no %s: %s", want, config)
		}
	}
	c.must("crane", "export", catalog, filepath.Join(c.dir, "catalog.tar"))
	root := t.TempDir()
	unpack(t, filepath.Join(c.dir, "catalog.tar"), root)
	serves(t, root)
}

// unpack writes the files of an image with their modes.
func unpack(t *testing.T, from, root string) {
	t.Helper()
	f, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	modes := map[string]os.FileMode{}
	for r := tar.NewReader(f); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || !filepath.IsLocal(h.Name) {
			t.Fatal(h, err)
		}
		name := filepath.Join(root, h.Name)
		modes[name] = os.FileMode(h.Mode & 0o777)
		if h.Typeflag == tar.TypeDir {
			err = os.MkdirAll(name, 0o755)
		} else if err = os.MkdirAll(filepath.Dir(name), 0o755); err == nil {
			var data []byte
			if data, err = io.ReadAll(r); err == nil {
				err = os.WriteFile(name, data, 0o644)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, mode := range modes {
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
	}
}

// serves starts the image's own opm on what is below root.
func serves(t *testing.T, root string) {
	t.Helper()
	log := filepath.Join(t.TempDir(), "opm.log")
	out, err := os.Create(log)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd := exec.Command(filepath.Join(root, "bin", "opm"), "serve", filepath.Join(root, "configs"), "--cache-dir", filepath.Join(root, "tmp", "cache"),
		"--port", "0", "--pprof-addr", "", "--termination-log", filepath.Join(t.TempDir(), "termination"))
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for range 100 {
		text, _ := os.ReadFile(log)
		if strings.Contains(string(text), "serving registry") {
			if strings.Contains(string(text), "rebuild") {
				t.Errorf("opm made the cache again:\n%s", text)
			}
			_ = cmd.Process.Kill()
			<-ended
			return
		}
		select {
		case err := <-ended:
			t.Fatalf("opm ended: %v\n%s", err, text)
		case <-time.After(100 * time.Millisecond):
		}
	}
	_ = cmd.Process.Kill()
	t.Error("opm does not come up")
}
