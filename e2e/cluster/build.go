package cluster

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Versions of what is built. A change moves the binaries to another folder of the cache.
const (
	Kubernetes       = "v1.36.3"
	Kwok             = "v0.8.0"
	Helm             = "v3.22.0"
	OLMv0            = "v0.45.0"
	OLMv1            = "v1.11.0"
	OperatorRegistry = "v1.73.0"
	Distribution     = "v3.1.1"
	Crane            = "v0.22.1"
	Ko               = "v0.19.1"
)

// Modules whose files the tests read, too.
const (
	OLMv0Module = "github.com/operator-framework/operator-lifecycle-manager"
	OLMv1Module = "github.com/operator-framework/operator-controller"
)

const (
	registryModule = "github.com/operator-framework/operator-registry"
	noCgo          = "-tags=containers_image_openpgp" // without it, the reading of signatures needs C
)

// binary says how a binary is built.
type binary struct {
	cache   string // name of its folder in the cache
	module  string
	version string
	pkg     string
	ldflags string
	flags   []string
	source  func(ctx context.Context, t *Tools, dir string, b binary) (tree, error)
}

// tree is where a build runs, and the flags which that place needs.
type tree struct {
	dir   string
	flags []string
}

var binaries = map[string]binary{
	"etcd":                    kubernetes("go.etcd.io/etcd/server/v3"),
	"kube-apiserver":          kubernetes("k8s.io/kubernetes/cmd/kube-apiserver"),
	"kube-controller-manager": kubernetes("k8s.io/kubernetes/cmd/kube-controller-manager"),
	"kube-scheduler":          kubernetes("k8s.io/kubernetes/cmd/kube-scheduler"),
	"kubectl":                 kubernetes("k8s.io/kubernetes/cmd/kubectl"),
	"kwok": {cache: "kwok", module: "sigs.k8s.io/kwok", version: Kwok, pkg: "./cmd/kwok", source: inCache,
		ldflags: "-X sigs.k8s.io/kwok/pkg/consts.Version=" + Kwok},
	"helm":     {cache: "helm", module: "helm.sh/helm/v3", version: Helm, pkg: "./cmd/helm", source: inCache},
	"opm":      {cache: "opm", module: registryModule, version: OperatorRegistry, pkg: "./cmd/opm", source: inCache, flags: []string{noCgo + ",json1"}},
	"registry": {cache: "distribution", module: "github.com/distribution/distribution/v3", version: Distribution, pkg: "./cmd/registry", source: inCache},
	"ko":       {cache: "ko", module: "github.com/google/ko", version: Ko, pkg: ".", source: inCache},
	"crane":    {cache: "crane", module: "github.com/google/go-containerregistry", version: Crane, pkg: "./cmd/crane", source: inCache},
	"olm":      olmv0("./cmd/olm"), "catalog": olmv0("./cmd/catalog"),
	"catalogd": {cache: "olmv1", module: OLMv1Module, version: OLMv1, pkg: "./cmd/catalogd", source: inCache, flags: []string{noCgo}, ldflags: olmv1Version},
	"operator-controller": {cache: "olmv1", module: OLMv1Module, version: OLMv1, pkg: "./cmd/operator-controller", source: operatorController,
		ldflags: olmv1Version},
}

const olmv1Version = "-X " + OLMv1Module + "/internal/shared/version.gitVersion=" + OLMv1

func olmv0(pkg string) binary {
	return binary{cache: "olmv0", module: OLMv0Module, version: OLMv0, pkg: pkg, source: olmOnAnyPort, flags: []string{noCgo},
		ldflags: "-X " + OLMv0Module + "/pkg/version.OLMVersion=" + strings.TrimPrefix(OLMv0, "v")}
}

func kubernetes(pkg string) binary {
	minor := strings.Split(strings.TrimPrefix(Kubernetes, "v"), ".")[1]
	var ld strings.Builder
	for _, p := range []string{"k8s.io/component-base/version", "k8s.io/client-go/pkg/version"} {
		fmt.Fprintf(&ld, "-X %[1]s.gitVersion=%[2]s -X %[1]s.gitMajor=1 -X %[1]s.gitMinor=%[3]s ", p, Kubernetes, minor)
	}
	return binary{cache: "kubernetes", module: "k8s.io/kubernetes", version: Kubernetes, pkg: pkg, ldflags: ld.String(), flags: []string{"-tags=grpcnotrace"}, source: controlPlane}
}

// inCache builds in the module cache, with the module's own go.mod, go.sum and replacements.
func inCache(ctx context.Context, t *Tools, _ string, b binary) (tree, error) {
	dir, err := t.Module(ctx, b.module, b.version)
	return tree{dir: dir, flags: []string{"-mod=readonly"}}, err
}

var staging = regexp.MustCompile(`(?m)^\t(k8s\.io/[a-z-]+) => \./staging/`)

// controlPlane builds what is in the Kubernetes module. Its staging modules are published by themselves, but its own
// go.mod replaces them by folders that the module's zip does not hold: a module of our own replaces them back.
func controlPlane(ctx context.Context, t *Tools, dir string, b binary) (tree, error) {
	dir = filepath.Join(dir, "build")
	if _, err := os.Stat(filepath.Join(dir, "go.sum")); err == nil {
		return tree{dir: dir}, nil
	}
	src, err := t.Module(ctx, b.module, b.version)
	if err != nil {
		return tree{}, err
	}
	mod, err := os.ReadFile(filepath.Join(src, "go.mod"))
	if err != nil {
		return tree{}, err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "module control.plane\n\ngo 1.26.0\n\nrequire k8s.io/kubernetes %s\n\nreplace (\n", b.version)
	for _, m := range staging.FindAllStringSubmatch(string(mod), -1) {
		fmt.Fprintf(&text, "\t%s => %s v0.%s\n", m[1], m[1], strings.TrimPrefix(b.version, "v1."))
	}
	text.WriteString(")\n\ntool (\n\tgo.etcd.io/etcd/server/v3\n")
	for _, c := range []string{"kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl"} {
		fmt.Fprintf(&text, "\tk8s.io/kubernetes/cmd/%s\n", c)
	}
	text.WriteString(")\n")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return tree{}, err
	}
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(text.String()), 0o644); err != nil {
		return tree{}, err
	}
	_, err = output(ctx, dir, "go", "mod", "tidy")
	return tree{dir: dir}, err
}
