// Package e2e installs what opc emits on a real control plane, with the clients that people use: helm, kubectl and the
// operator's own binary. Everything is built from Go modules; see package cluster.
package e2e

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/opc-project/opc/e2e/cluster"
	"github.com/opc-project/opc/e2e/left"
	"github.com/opc-project/opc/e2e/project"
)

// Shared by all tests of the package: one control plane, one build of opc and of the operators, one compile.
var (
	k8s      *cluster.Cluster
	reader   *left.Reader
	projects []*compiled         // at least the example, which comes first
	missing  error               // why there is no more than that
	needed   = map[string]bool{} // the rules by which installs differed
)

// compiled is a project with what opc made of it, and its own program.
type compiled struct {
	*project.Project
	*project.Version
	program string
}

func TestMain(m *testing.M) { os.Exit(cluster.Main(40*time.Minute, prepare, m.Run)) }

func prepare(ctx context.Context, s *cluster.Session) error {
	var programs error
	var building sync.WaitGroup
	building.Go(func() { programs = build(ctx, s.Dir) }) // while the control plane starts
	err := s.Tools.Build(ctx, "helm")
	if err == nil {
		k8s, err = s.Start(ctx)
	}
	building.Wait()
	if err := errors.Join(err, programs); err != nil {
		return err
	}
	if _, err := k8s.Kubectl(ctx, project.Neighbours(), "apply", "--server-side", "-f", "-"); err != nil {
		return err
	}
	reader, err = left.NewReader(ctx, k8s)
	return err
}

// build makes what the tests run and install.
func build(ctx context.Context, dir string) error {
	opc, err := project.Build(ctx, dir)
	if err != nil {
		return err
	}
	example, err := project.Example(opc)
	if err != nil {
		return err
	}
	list := []*project.Project{example}
	kubebuilder, err := project.Kubebuilder(opc, filepath.Join(dir, "kubebuilder"))
	switch {
	case errors.Is(err, project.ErrNotHere):
		missing = err
	case err != nil:
		return err
	default:
		list = append(list, kubebuilder)
	}
	for _, p := range list {
		v, err := p.Compile(ctx, filepath.Join(dir, p.Name+"-dist"))
		if err != nil {
			return err
		}
		program, err := p.Program(ctx, dir)
		if err != nil {
			return err
		}
		projects = append(projects, &compiled{p, v, program})
	}
	return nil
}

// each runs a test for each project; one that is not on this machine is told as skipped.
func each(t *testing.T, f func(t *testing.T, p *compiled)) {
	t.Helper()
	for _, p := range projects {
		t.Run(p.Name, func(t *testing.T) {
			t.Cleanup(func() { // one that failed leaves things, which are not the fault of the next
				if t.Failed() {
					_ = reader.Clear(context.WithoutCancel(t.Context()))
				}
			})
			f(t, p)
		})
	}
	if missing != nil {
		t.Run("kubebuilder", func(t *testing.T) { t.Skip(missing) })
	}
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

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
