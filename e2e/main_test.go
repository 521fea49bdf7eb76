// Package e2e installs what opc emits on a real control plane, with the clients that people use: helm, kubectl and the
// operator's own binary. Everything is built from Go modules; see package cluster.
package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/opc-project/opc/e2e/cluster"
	"github.com/opc-project/opc/e2e/project"
	"github.com/opc-project/opc/e2e/state"
)

// Shared by all tests of the package: one control plane, one build of opc and of the example's program, one compile.
var (
	k8s      *cluster.Cluster
	opc      *project.Compiler
	manager  string // the example's program
	dist     string // what opc made of the example
	leftover *state.Reader
)

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 40*time.Minute)
	defer cancel()
	dir, err := os.MkdirTemp("", "opc-e2e-bin-")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(dir)
	var programs error
	var building sync.WaitGroup
	building.Go(func() { programs = build(ctx, dir) }) // while the control plane starts
	tools, err := cluster.NewTools(func(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) })
	if err == nil {
		k8s, err = cluster.Start(ctx, tools)
	}
	building.Wait()
	if k8s != nil {
		defer func() { err = errors.Join(err, k8s.Stop()) }()
	}
	if err := errors.Join(err, programs); err != nil {
		return 1, err
	}
	if _, err := k8s.Kubectl(ctx, project.Neighbours(), "apply", "--server-side", "-f", "-"); err != nil {
		return 1, err
	}
	if leftover, err = state.NewReader(ctx, k8s); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

// build makes what the tests run and install.
func build(ctx context.Context, dir string) (err error) {
	if opc, err = project.Build(ctx, dir); err != nil {
		return err
	}
	dist = filepath.Join(dir, "dist")
	if err := opc.Compile(ctx, dist); err != nil {
		return err
	}
	manager = filepath.Join(dir, "manager")
	return project.Command(ctx, opc.Example, "go", "build", "-o", manager, "./cmd")
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
