//go:build olm

package olm

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/opc-project/opc/e2e/cluster"
	"github.com/opc-project/opc/e2e/project"
	"github.com/opc-project/opc/e2e/state"
)

const (
	bundleImage  = "ghcr.io/example/database-operator-bundle"
	catalogImage = "ghcr.io/example/database-operator-catalog"
)

// Shared by all tests of the package.
var (
	k8s      *cluster.Cluster
	images   *Registry
	olmv0    *V0
	olmv1    *V1
	versions map[string]string // what opc made of the example, by version
	leftover *state.Reader
	forAll   state.Objects       // what the chart's install amounts to, if it is for all namespaces
	forOwn   state.Objects       // the same, if it is for its own namespace
	needed   = map[string]bool{} // reasons of the rules by which OLM differed
)

func TestMain(m *testing.M) {
	err := cluster.Enter()
	code := 1
	if err == nil {
		code, err = run(m)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 85*time.Minute)
	defer cancel()
	dir, err := os.MkdirTemp("", "opc-e2e-olm-")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(dir)
	tools, err := cluster.NewTools(func(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) })
	if err != nil {
		return 1, err
	}
	if err := tools.Build(ctx, append(V0Tools, V1Tools...)...); err != nil {
		return 1, err
	}
	images = NewRegistry()
	defer images.Stop()
	if err := compile(ctx, dir); err != nil {
		return 1, err
	}
	if k8s, err = cluster.Start(ctx, tools); err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, k8s.Stop()) }()
	if err := prepare(ctx); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

// compile compiles the example three times: 0.2.0 is added to the catalog with 0.1.0, 0.3.0 to that, and 0.3.0 has a
// field of its API of another type. The bundles and the catalogs are pushed as the emitted Dockerfiles say.
func compile(ctx context.Context, dir string) error {
	opc, err := project.Build(ctx, dir)
	if err != nil {
		return err
	}
	example := filepath.Join(dir, project.Name)
	if err := opc.Copy(example); err != nil {
		return err
	}
	opc.Example = example
	versions = map[string]string{}
	for _, v := range []struct{ version, replaces, extends string }{{"0.1.0", "0.0.1", ""}, {"0.2.0", "0.1.0", "0.1.0"}, {"0.3.0", "0.2.0", "0.2.0"}} {
		out := filepath.Join(example, "dist-"+v.version)
		flags := []string{"--set", "version=" + v.version, "--set", "release.replaces=" + v.replaces}
		if v.extends != "" {
			flags = append(flags, "--set", "catalog.extends=dist-"+v.extends+"/catalog")
		}
		if v.version == "0.3.0" {
			if err := breakAPI(filepath.Join(example, "config/crd/bases/db.opc.example.com_databases.yaml")); err != nil {
				return err
			}
		}
		if err := opc.Compile(ctx, out, flags...); err != nil {
			return err
		}
		versions[v.version] = out
		err := errors.Join(images.Push(ctx, filepath.Join(out, "bundle.Dockerfile"), bundleImage+":v"+v.version),
			images.Push(ctx, filepath.Join(out, "catalog.Dockerfile"), catalogImage+":v"+v.version))
		if err != nil {
			return err
		}
	}
	return nil
}

var address = regexp.MustCompile(`(\n +address:(?:\n .*)*?\n +type: )string`)

// breakAPI makes the status's address a number.
func breakAPI(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	broken := address.ReplaceAll(text, []byte("${1}integer"))
	if string(broken) == string(text) {
		return fmt.Errorf("%s has no address to break", file)
	}
	return os.WriteFile(file, broken, 0o644)
}

// prepare starts both OLMs, and installs the chart to have something to compare with.
func prepare(ctx context.Context) (err error) {
	if _, err := k8s.Kubectl(ctx, project.Neighbours(), "apply", "--server-side", "-f", "-"); err != nil {
		return err
	}
	if olmv0, err = StartV0(ctx, k8s, images); err != nil {
		return err
	}
	if olmv1, err = StartV1(ctx, k8s, images, "ghcr.io"); err != nil {
		return err
	}
	if leftover, err = state.NewReader(ctx, k8s); err != nil {
		return err
	}
	everywhere, err := helm(ctx, "by-helm")
	if err != nil {
		return err
	}
	own, err := helm(ctx, "by-helm-own", "--set", "watchNamespaces={by-helm-own}")
	if err != nil {
		return err
	}
	forAll = everywhere.ForAllNamespaces()
	forOwn = everywhere // since clusterPermissions hold in the cluster whatever is watched
	const manager = "Deployment " + project.Name + "-controller-manager"
	if own[manager] == nil {
		return fmt.Errorf("the chart left no %s", manager)
	}
	forOwn[manager] = own[manager]
	return nil
}

// helm installs the chart, says what that amounts to, and uninstalls it. cert-manager is off, as OLM goes without: then
// the webhooks' certificate is one's own, and that of the metrics the manager's.
func helm(ctx context.Context, namespace string, flags ...string) (state.Objects, error) {
	args := []string{"install", project.Name, filepath.Join(versions["0.2.0"], "chart"), "-n", namespace, "--create-namespace", "--wait", "--timeout", "60s",
		"--set", "certManager.enabled=false,webhook.certificate.secretName=mine,webhook.certificate.caBundle=bWluZQ=="}
	if _, err := k8s.Run(ctx, "", "helm", append(args, flags...)...); err != nil {
		return nil, err
	}
	left, err := leftover.Read(ctx, namespace)
	if err != nil {
		return nil, err
	}
	if _, err := k8s.Run(ctx, "", "helm", "uninstall", project.Name, "-n", namespace, "--wait"); err != nil {
		return nil, err
	}
	return left.Amount(), leftover.Clear(ctx)
}

// ok fails the test, with what the programs said last.
func ok(t *testing.T, err error, programs ...string) {
	t.Helper()
	if err == nil {
		return
	}
	for _, p := range programs {
		t.Logf("%s:\n%s", p, k8s.Log(p))
	}
	t.Fatal(err)
}

// sameAs compares what is in the cluster with what the chart left.
func sameAs(t *testing.T, byHelm state.Objects, namespace string) {
	t.Helper()
	left, err := leftover.Read(t.Context(), namespace)
	ok(t, err)
	if diff := state.CompareOLM(byHelm, left.Amount(), needed); diff != "" {
		t.Errorf("helm and OLM leave different objects (-helm +OLM):\n%s", diff)
	}
}
