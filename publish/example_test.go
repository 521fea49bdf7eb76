//go:build cold && linux

package publish

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/opc-project/opc"
)

// TestExampleRuns builds the example's image for this machine, unpacks it, and starts its program in there as the
// image's user. The health probe is asked against an API server that knows nothing.
func TestExampleRuns(t *testing.T) {
	dir, err := filepath.Abs("../examples/database-operator")
	if err != nil {
		t.Fatal(err)
	}
	made, err := opc.Compile(t.Context(), os.DirFS(dir), "operator.cue", opc.Options{Set: []string{"image.platforms=[\"linux/" + runtime.GOARCH + "\"]"}})
	if err != nil || made.Output == nil {
		t.Fatal(err, made.Findings)
	}
	out := t.TempDir()
	if _, diags, err := Build(context.Background(), made.Output, Options{Dir: dir, Out: filepath.Join(out, "dist")}); err != nil || diags.HasErrors() {
		t.Fatal(err, diags)
	}
	root := filepath.Join(out, "root")
	cfg := unpack(t, out, root)
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","code":404}`)
	}))
	defer api.Close()
	config := fmt.Sprintf("apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters: [{name: c, cluster: {server: %q}}]\ncontexts: [{name: c, context: {cluster: c, user: u}}]\nusers: [{name: u, user: {}}]\n", api.URL)
	if err := os.WriteFile(filepath.Join(root, "kubeconfig"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{filepath.Dir(out), out, root} { // the user of the image must get in
		if err := os.Chmod(p, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	user := credential(t, cfg.Config.User)
	t.Run("chroot", func(t *testing.T) {
		if os.Getuid() != 0 {
			t.Skip("chroot is for root")
		}
		isHealthy(t, cfg, &syscall.SysProcAttr{Chroot: root, Credential: user})
	})
	t.Run("user namespace", func(t *testing.T) {
		isHealthy(t, cfg, &syscall.SysProcAttr{
			Chroot: root, Credential: &syscall.Credential{Uid: user.Uid, Gid: user.Gid, NoSetGroups: true}, Cloneflags: syscall.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: int(user.Uid), HostID: os.Getuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: int(user.Gid), HostID: os.Getgid(), Size: 1}},
		})
	})
}

// isHealthy starts the image's program and asks its health probe. It skips where the machine refuses to start it so.
func isHealthy(t *testing.T, cfg *v1.ConfigFile, how *syscall.SysProcAttr) {
	t.Helper()
	port := freePort(t)
	how.Pdeathsig = syscall.SIGKILL
	cmd := exec.Command(cfg.Config.Entrypoint[0], fmt.Sprintf("--health-probe-bind-address=127.0.0.1:%d", port), "--metrics-bind-address=0", "--kubeconfig=/kubeconfig")
	cmd.Dir, cmd.SysProcAttr = "/", how
	cmd.Env = append(cfg.Config.Env, "RELATED_IMAGE_POSTGRES=postgres", "ENABLE_WEBHOOKS=false")
	var log strings.Builder
	cmd.Stdout, cmd.Stderr = &log, &log
	err := cmd.Start()
	if how.Cloneflags != 0 && (errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) || errors.Is(err, syscall.ENOSYS) || errors.Is(err, syscall.ENOSPC)) {
		t.Skipf("this machine allows no user namespaces: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	healthy := probe(fmt.Sprintf("http://127.0.0.1:%d/healthz", port))
	status, statusErr := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if !healthy {
		t.Errorf("no answer to the health probe\n%s", log.String())
	}
	if statusErr == nil && os.Getuid() == 0 && how.Cloneflags == 0 && !strings.Contains(string(status), fmt.Sprintf("Uid:\t%d\t", how.Credential.Uid)) {
		t.Errorf("it runs as somebody else:\n%s", status)
	}
}

func probe(url string) bool {
	for range 100 {
		if resp, err := http.Get(url); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return true
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
	return false
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func credential(t *testing.T, user string) *syscall.Credential {
	t.Helper()
	var uid, gid uint32
	if _, err := fmt.Sscanf(user, "%d:%d", &uid, &gid); err != nil || uid == 0 {
		t.Fatalf("user %q: %v", user, err)
	}
	return &syscall.Credential{Uid: uid, Gid: gid}
}

// unpack writes the files of the only platform's image below a folder.
func unpack(t *testing.T, dir, root string) *v1.ConfigFile {
	t.Helper()
	index, kinds := openLayout(t, dir)
	images, err := index.ImageIndex(kinds[KindImage][0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	m, err := images.IndexManifest()
	if err != nil || len(m.Manifests) != 1 {
		t.Fatal(err, m)
	}
	img, err := images.Image(m.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	layers, err := img.Layers()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range layers {
		r, err := l.Compressed()
		if err != nil {
			t.Fatal(err)
		}
		for name, e := range untar(t, r) {
			path := filepath.Join(root, name)
			if strings.HasSuffix(name, "/") {
				err = os.MkdirAll(path, 0o755)
			} else if err = os.MkdirAll(filepath.Dir(path), 0o755); err == nil {
				err = os.WriteFile(path, e.data, os.FileMode(e.mode))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		r.Close()
	}
	cfg, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}
