// Package e2e installs what opc emits on a real control plane, with the clients that people use: helm, kubectl and the
// operator's own binary. Everything is built from Go modules; see package cluster.
package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/opc-project/opc/e2e/cluster"
)

// Shared by all tests of the package: one control plane, one build of opc.
var (
	k8s *cluster.Cluster
	opc string
)

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 40*time.Minute)
	defer cancel()
	dir, err := os.MkdirTemp("", "opc-e2e-bin-")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(dir)
	opc = filepath.Join(dir, "opc")
	if err := command(ctx, "..", "go", "build", "-o", opc, "./cmd/opc"); err != nil {
		return 1, err
	}
	tools, err := cluster.NewTools(func(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) })
	if err != nil {
		return 1, err
	}
	if k8s, err = cluster.Start(ctx, tools); err != nil {
		return 1, err
	}
	defer k8s.Stop()
	if _, err := k8s.Kubectl(ctx, neighbours, "apply", "--server-side", "-f", "-"); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

func command(ctx context.Context, dir, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %v: %w\n%s", name, args, err, out)
	}
	return nil
}

// neighbours are the APIs of cert-manager and the Prometheus Operator, without the programs: what opc emits is stored
// and compared, nothing acts on it.
const neighbours = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: issuers.cert-manager.io}
spec:
  group: cert-manager.io
  names: {kind: Issuer, listKind: IssuerList, plural: issuers, singular: issuer}
  scope: Namespaced
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: certificates.cert-manager.io}
spec:
  group: cert-manager.io
  names: {kind: Certificate, listKind: CertificateList, plural: certificates, singular: certificate}
  scope: Namespaced
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: servicemonitors.monitoring.coreos.com}
spec:
  group: monitoring.coreos.com
  names: {kind: ServiceMonitor, listKind: ServiceMonitorList, plural: servicemonitors, singular: servicemonitor}
  scope: Namespaced
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]
`

// compiled compiles a description into a folder of the test's and returns the folder.
func compiled(t *testing.T, description string, flags ...string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "dist")
	args := append([]string{"compile", "--quiet", "--out", out}, flags...)
	if err := command(t.Context(), ".", opc, append(args, description)...); err != nil {
		t.Fatal(err)
	}
	return out
}

// must fails the test with what a client printed.
func must(t *testing.T) func(string, error) string {
	return func(out string, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}
