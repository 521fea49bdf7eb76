// Package cluster runs a real Kubernetes control plane for tests: etcd, kube-apiserver, controller-manager, scheduler
// and a kwok node, as processes on loopback, built from their Go modules. It needs nothing but Go, and leaves nothing
// behind but its cache of binaries. Start at Start.
package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// Tools builds and finds binaries in a cache folder.
type Tools struct {
	Dir string // of the cache; below it stands a folder for each module and version
	log func(format string, args ...any)
}

// NewTools uses the cache folder $OPC_E2E_CACHE, by default opc-e2e in the user's cache folder. log is told what is
// built, since the first run takes minutes.
func NewTools(log func(string, ...any)) (*Tools, error) {
	dir := os.Getenv("OPC_E2E_CACHE")
	if dir == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			return nil, err
		}
		dir = filepath.Join(base, "opc-e2e")
	}
	return &Tools{Dir: dir, log: log}, os.MkdirAll(dir, 0o755)
}

// Path returns a binary, built first where it is not in the cache. etcd, kube-apiserver and kubectl are taken from
// $KUBEBUILDER_ASSETS where that is set and holds them, as envtest does. One that can't be built is an error that
// names it: a test must not pass for want of a tool.
func (t *Tools) Path(ctx context.Context, name string) (string, error) {
	if dir := os.Getenv("KUBEBUILDER_ASSETS"); dir != "" {
		if p := filepath.Join(dir, name); executable(p) {
			return p, nil
		}
	}
	p, err := t.path(ctx, name)
	if err != nil {
		return "", fmt.Errorf("building %s: %w", name, err)
	}
	return p, nil
}

func (t *Tools) path(ctx context.Context, name string) (string, error) {
	b, ok := binaries[name]
	if !ok {
		return "", fmt.Errorf("nobody knows how to build it")
	}
	dir := filepath.Join(t.Dir, filepath.Base(b.cache)+"-"+b.version)
	p := filepath.Join(dir, name)
	if executable(p) {
		return p, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	unlock, err := lock(filepath.Join(dir, ".lock")) // another run may be building the same
	if err != nil {
		return "", err
	}
	defer unlock()
	if executable(p) {
		return p, nil
	}
	t.log("building %s (the first time this takes minutes)", name)
	src, err := b.source(ctx, t, dir, b)
	if err != nil {
		return "", err
	}
	part := p + ".part" // a build that is cut off must not look finished
	args := []string{"build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w " + b.ldflags, "-o", part}
	if _, err := output(ctx, src.dir, "go", append(slices.Concat(args, b.flags, src.flags), b.pkg)...); err != nil {
		return "", err
	}
	return p, os.Rename(part, p)
}

// Build builds binaries that are not in the cache yet, so that a start does not wait for it.
func (t *Tools) Build(ctx context.Context, names ...string) error {
	for _, name := range names {
		if _, err := t.Path(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// Module returns the folder of a module's sources, downloaded if need be.
func (t *Tools) Module(ctx context.Context, module, version string) (string, error) {
	out, err := output(ctx, t.Dir, "go", "mod", "download", "-json", module+"@"+version)
	if err != nil {
		return "", err
	}
	var info struct{ Dir string }
	return info.Dir, json.Unmarshal(out, &info)
}

func executable(p string) bool {
	info, err := os.Stat(p)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// lock waits until no other process holds the file.
func lock(file string) (unlock func(), err error) {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}

// output runs a command; its error holds what it printed.
func output(ctx context.Context, dir, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off")
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s %s: %w\n%s%s", name, strings.Join(args, " "), err, stdout.String(), stderr.String())
	}
	return []byte(stdout.String()), nil
}

func write(file string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o644)
}
