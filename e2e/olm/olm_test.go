//go:build olm

package olm

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/e2e/cluster"
	"github.com/opc-project/opc/e2e/left"
	"github.com/opc-project/opc/e2e/operator"
	"github.com/opc-project/opc/e2e/project"
	"github.com/opc-project/opc/try/state"
	"github.com/opc-project/opc/verify/equal"
	"github.com/opc-project/opc/verify/finding"
)

// Shared by all tests of the package.
var (
	k8s      *cluster.Cluster
	images   *Registry
	olmv0    *V0
	olmv1    *V1
	projects []*released // at least the example, which comes first
	missing  error       // why there is no more than that
	reader   *left.Reader
	needed   = map[string]bool{} // the rules by which OLM's installs differed
)

// released is a project at three versions, of which the last breaks its API. Each catalog extends the one before.
type released struct {
	*project.Project
	versions map[string]*project.Version
	program  string // the project's own
}

func TestMain(m *testing.M) { os.Exit(cluster.Main(85*time.Minute, prepare, m.Run)) }

func prepare(ctx context.Context, s *cluster.Session) (err error) {
	if err := s.Tools.Build(ctx, append(append([]string{"helm"}, V0Tools...), V1Tools...)...); err != nil {
		return err
	}
	images = NewRegistry()
	s.AtEnd(func() error { images.Stop(); return nil })
	if err := compile(ctx, s.Dir); err != nil {
		return err
	}
	if k8s, err = s.Start(ctx); err != nil {
		return err
	}
	if _, err := k8s.Kubectl(ctx, project.Neighbours(), "apply", "--server-side", "-f", "-"); err != nil {
		return err
	}
	if olmv0, err = StartV0(ctx, k8s, images); err != nil {
		return err
	}
	if olmv1, err = StartV1(ctx, k8s, images, "ghcr.io"); err != nil {
		return err
	}
	reader, err = left.NewReader(ctx, k8s)
	return err
}

// compile compiles copies of the projects.
func compile(ctx context.Context, dir string) error {
	opc, err := project.Build(ctx, dir)
	if err != nil {
		return err
	}
	original, err := project.Example(opc)
	if err != nil {
		return err
	}
	example, err := original.Copy(filepath.Join(dir, "example"))
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
		program, err := p.Program(ctx, dir)
		if err != nil {
			return err
		}
		r := &released{p, map[string]*project.Version{}, program}
		for _, v := range []struct{ version, before string }{{"0.1.0", ""}, {"0.2.0", "0.1.0"}, {"0.3.0", "0.2.0"}} {
			if err := r.release(ctx, v.version, v.before); err != nil {
				return err
			}
		}
		projects = append(projects, r)
	}
	return nil
}

// release compiles a version, and pushes its bundle and its catalog as the emitted Dockerfiles say.
func (r *released) release(ctx context.Context, version, before string) error {
	settings := []string{"version=" + version, "release.replaces=0.0.1"}
	if before != "" {
		settings = []string{"version=" + version, "release.replaces=" + before, "catalog.extends=dist-" + before + "/catalog"}
	}
	if version == "0.3.0" {
		if err := r.BreakAPI(); err != nil {
			return err
		}
	}
	v, err := r.Compile(ctx, filepath.Join(r.Dir, "dist-"+version), settings...)
	if err != nil {
		return err
	}
	r.versions[version] = v
	return errors.Join(images.Push(ctx, filepath.Join(v.Dist, "bundle.Dockerfile"), v.Model.OLM.BundleImage),
		images.Push(ctx, filepath.Join(v.Dist, "catalog.Dockerfile"), catalogImage(v.Model)))
}

func catalogImage(m *model.Operator) string {
	return strings.Replace(m.OLM.BundleImage, "-bundle:", "-catalog:", 1)
}

// each runs a test for each project; one that is not on this machine is told as skipped.
func each(t *testing.T, f func(t *testing.T, r *released)) {
	t.Helper()
	for _, r := range projects {
		t.Run(r.Name, func(t *testing.T) { f(t, r) })
	}
	if missing != nil {
		t.Run("kubebuilder", func(t *testing.T) { t.Skip(missing) })
	}
}

// works runs the project's program where OLM installed it, with an example in a namespace that OLM lets it see.
func (r *released) works(t *testing.T, version, namespace, examples string) {
	t.Helper()
	in := operator.Install{
		Cluster: k8s, Project: r.Project, Version: r.versions[version], Program: r.program, Namespace: namespace, Examples: examples,
		SelfSigned: true, // OLM makes no certificate but for webhooks
	}
	in.Works(t)
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

// after uninstalls when the test is over, also one that failed, so that the next begins with nothing.
func after(t *testing.T, uninstall func(context.Context) error) {
	t.Helper()
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		if err := errors.Join(uninstall(ctx), reader.Clear(ctx)); err != nil {
			t.Error(err)
		}
	})
}

// expect is what an install of a version in a namespace must leave. It is asked before, since it must not be there.
func (r *released) expect(t *testing.T, version, namespace string, watch ...string) *state.Comparison {
	t.Helper()
	m := r.versions[version].Model
	ov := equal.OLMOverlay(m)
	ov.Namespace, ov.CreateNamespace, ov.Watch = namespace, false, watch
	want, err := reader.Expect(t.Context(), equal.OLMTruth(m, ov))
	ok(t, err)
	if len(watch) == 0 {
		want = state.ForAllNamespaces(want)
	}
	return &state.Comparison{Want: want, Used: needed, Case: equal.Case{Installer: equal.OLM, Name: "OLM", Model: m, Overlay: ov}}
}

// same compares what is there with what must be. OLM cleans up after an upgrade at its leisure, so it is asked again until
// nothing differs.
func same(t *testing.T, want *state.Comparison) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var differences []finding.Finding
	err := k8s.Await(ctx, "OLM leaves what it must", func() error {
		got, err := reader.Read(t.Context(), want.Case.Overlay.Namespace)
		if err != nil {
			return err
		}
		if differences = want.Differences(got); len(differences) > 0 {
			return errors.New("something differs")
		}
		return nil
	})
	for _, d := range differences {
		t.Error(d.Text())
	}
	ok(t, err)
}
