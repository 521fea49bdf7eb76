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
	"regexp"
	"strings"
)

// Versions of what is built. A change moves the cache to another folder.
const (
	Kubernetes = "v1.36.3"
	Kwok       = "v0.8.0"
	Helm       = "v3.22.0"
)

// Tools builds and finds binaries in a cache folder.
type Tools struct {
	Dir string // of the binaries
	log func(format string, args ...any)
}

// NewTools uses the cache folder $OPC_E2E_CACHE, by default opc-e2e in the user's cache folder. log is told what is
// built and how long it took, since the first run takes minutes.
func NewTools(log func(string, ...any)) (*Tools, error) {
	dir := os.Getenv("OPC_E2E_CACHE")
	if dir == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			return nil, err
		}
		dir = filepath.Join(base, "opc-e2e")
	}
	dir = filepath.Join(dir, "kubernetes-"+Kubernetes+"-kwok-"+Kwok+"-helm-"+Helm)
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
	p := filepath.Join(t.Dir, name)
	if executable(p) {
		return p, nil
	}
	t.log("building %s (the first time this takes minutes)", name)
	var err error
	switch name {
	case "etcd":
		err = t.kubernetes(ctx, name, "go.etcd.io/etcd/server/v3")
	case "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl":
		err = t.kubernetes(ctx, name, "k8s.io/kubernetes/cmd/"+name)
	case "kwok":
		err = t.fromModule(ctx, name, "sigs.k8s.io/kwok", Kwok, "./cmd/kwok", "-X sigs.k8s.io/kwok/pkg/consts.Version="+Kwok)
	case "helm":
		err = t.fromModule(ctx, name, "helm.sh/helm/v3", Helm, "./cmd/helm", "")
	default:
		err = fmt.Errorf("nobody knows how to build it")
	}
	if err != nil {
		return "", fmt.Errorf("building %s: %w", name, err)
	}
	return p, nil
}

func executable(p string) bool {
	info, err := os.Stat(p)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// fromModule builds a command inside the module cache, with the module's own go.sum.
func (t *Tools) fromModule(ctx context.Context, name, module, version, pkg, ldflags string) error {
	dir, err := t.moduleDir(ctx, module, version)
	if err != nil {
		return err
	}
	return t.build(ctx, dir, name, pkg, ldflags, "-mod=readonly")
}

func (t *Tools) moduleDir(ctx context.Context, module, version string) (string, error) {
	out, err := output(ctx, t.Dir, "go", "mod", "download", "-json", module+"@"+version)
	if err != nil {
		return "", err
	}
	var info struct{ Dir string }
	return info.Dir, unmarshal(out, &info)
}

// kubernetes builds a command of the Kubernetes module. Its staging modules are published by themselves, but its own
// go.mod replaces them by folders that the module's zip does not hold: a module of our own replaces them back.
func (t *Tools) kubernetes(ctx context.Context, name, pkg string) error {
	dir := filepath.Join(t.Dir, "build")
	if _, err := os.Stat(filepath.Join(dir, "go.sum")); err != nil {
		if err := t.kubernetesModule(ctx, dir); err != nil {
			return err
		}
	}
	minor := strings.Split(strings.TrimPrefix(Kubernetes, "v"), ".")[1]
	var ld strings.Builder
	for _, p := range []string{"k8s.io/component-base/version", "k8s.io/client-go/pkg/version"} {
		fmt.Fprintf(&ld, "-X %[1]s.gitVersion=%[2]s -X %[1]s.gitMajor=1 -X %[1]s.gitMinor=%[3]s ", p, Kubernetes, minor)
	}
	return t.build(ctx, dir, name, pkg, ld.String(), "-tags=grpcnotrace")
}

var staging = regexp.MustCompile(`(?m)^\t(k8s\.io/[a-z-]+) => \./staging/`)

func (t *Tools) kubernetesModule(ctx context.Context, dir string) error {
	src, err := t.moduleDir(ctx, "k8s.io/kubernetes", Kubernetes)
	if err != nil {
		return err
	}
	mod, err := os.ReadFile(filepath.Join(src, "go.mod"))
	if err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "module control.plane\n\ngo 1.26.0\n\nrequire k8s.io/kubernetes %s\n\nreplace (\n", Kubernetes)
	for _, m := range staging.FindAllStringSubmatch(string(mod), -1) {
		fmt.Fprintf(&b, "\t%s => %s v0.%s\n", m[1], m[1], strings.TrimPrefix(Kubernetes, "v1."))
	}
	b.WriteString(")\n\ntool (\n\tgo.etcd.io/etcd/server/v3\n")
	for _, c := range []string{"kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl"} {
		fmt.Fprintf(&b, "\tk8s.io/kubernetes/cmd/%s\n", c)
	}
	b.WriteString(")\n")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(b.String()), 0o644); err != nil {
		return err
	}
	_, err = output(ctx, dir, "go", "mod", "tidy")
	return err
}

func (t *Tools) build(ctx context.Context, dir, name, pkg, ldflags string, flags ...string) error {
	part := filepath.Join(t.Dir, name+".part") // a build that is cut off must not look finished
	args := append([]string{"build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w " + ldflags, "-o", part}, flags...)
	if _, err := output(ctx, dir, "go", append(args, pkg)...); err != nil {
		return err
	}
	return os.Rename(part, filepath.Join(t.Dir, name))
}

// output runs a command; its error holds what it printed.
func output(ctx context.Context, dir, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, stderr.String())
	}
	return out, nil
}

func unmarshal(data []byte, into any) error { return json.Unmarshal(data, into) }
