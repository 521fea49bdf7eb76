package importer

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/emit/all"
	"github.com/opc-project/opc/emit/manifests"
	"github.com/opc-project/opc/schema"
)

// output is what opc made of one of its own descriptions.
type output struct {
	name     string
	original *model.Operator
	dist     fs.FS
}

// outputs are the trees that all cases and examples compile to.
func outputs(t *testing.T) []output {
	t.Helper()
	var out []output
	for _, pattern := range []string{"../testdata/cases/*", "../examples/*"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, dir := range found {
			if _, ok := schema.Find(os.DirFS(dir)); ok {
				out = append(out, outputOf(t, dir))
			}
		}
	}
	if len(out) < 8 {
		t.Fatalf("only %d cases", len(out))
	}
	return out
}

// outputOf compiles the description in a folder.
func outputOf(t *testing.T, dir string) output {
	t.Helper()
	fsys := os.DirFS(dir)
	name, _ := schema.Find(fsys)
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		t.Fatal(err)
	}
	m, faults := compile(name, text, nil, fsys)
	if faults.HasErrors() {
		t.Fatalf("%s: %v", dir, faults)
	}
	return output{filepath.Base(dir), m, emitted(t, m).FS()}
}

// emitted is everything that a model compiles to.
func emitted(t testing.TB, m *model.Operator) *emit.FileSet {
	t.Helper()
	files := &emit.FileSet{}
	for _, target := range all.Targets {
		got, faults := target.Emit(m)
		if faults.HasErrors() {
			t.Fatalf("%s: %v", target.Name, faults)
		}
		if got == nil {
			continue
		}
		if err := files.Merge(got); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// carried is what an install tells of a model. What it does not tell is listed in docs/import.md: parameters, features
// that are off, other overlays, and how the image is built; of watched namespaces and of who makes certificates, what a
// bundle or an install can't hold.
type carried struct {
	Namespace   string
	Image       string
	CRDs        []string
	Workloads   []model.Workload
	Permissions map[string][]string
	Webhooks    []string
	Metrics     *model.Metrics
	On          []string
	Related     map[string]string
}

func carry(m *model.Operator, bundle bool) carried {
	ov := manifests.Overlay(m)
	scope := m.Scope(ov)
	out := carried{Namespace: ov.Namespace, Image: scope.Image, Metrics: m.Metrics, Permissions: map[string][]string{}, Related: map[string]string{}}
	for _, c := range m.CRDs {
		out.CRDs = append(out.CRDs, c.Name)
	}
	for _, w := range m.Workloads {
		if bundle && w.Kind != "Deployment" {
			continue // OLM installs no others
		}
		w.From, w.Name, w.Account = "", scope.String(w.Name), scope.String(w.Account)
		out.Workloads = append(out.Workloads, w)
	}
	slices.SortFunc(out.Workloads, func(a, b model.Workload) int { return cmpText(a.Name, b.Name) })
	for _, p := range m.Permissions {
		if !p.When.Holds(scope.On) {
			continue
		}
		kind := p.Scope
		if kind == model.ScopeWatched {
			kind = model.ScopeCluster
			if bundle {
				kind = model.ScopeNamespace
			}
		}
		key := scope.String(p.Account) + " " + kind
		for _, r := range p.Rules {
			out.Permissions[key] = append(out.Permissions[key], ruleKey(r))
		}
		slices.Sort(out.Permissions[key])
	}
	for _, h := range m.Webhooks.Hooks {
		if scope.On["webhook"] && !(bundle && m.UnservedByOLM(h)) {
			out.Webhooks = append(out.Webhooks, h.Type+" "+h.Name+" "+h.Path+" "+h.Workload)
		}
	}
	if m.Metrics != nil {
		out.Metrics = &model.Metrics{Port: m.Metrics.Port, Secure: m.Metrics.Secure}
	}
	for _, f := range m.Features {
		if f.Name == "webhook" && len(out.Webhooks) == 0 {
			continue
		}
		if f.Builtin && scope.On[f.Name] && !(bundle && !f.OLM) {
			out.On = append(out.On, f.Name)
		}
	}
	for _, r := range m.Related {
		out.Related[r.Env] = r.Ref
	}
	return out
}

func cmpText(a, b string) int {
	if a < b {
		return -1
	}
	return 1
}

// TestReturn holds that what opc installs comes back as the model that it was made of, up to what docs/import.md lists.
func TestReturn(t *testing.T) {
	for _, o := range outputs(t) {
		t.Run(o.name, func(t *testing.T) {
			t.Run("manifests", func(t *testing.T) {
				r, faults := Manifests(o.dist, []string{"install.yaml"}, Facts{}, Options{Format: "cue", Verify: true})
				held(t, r, told(faults), o.original, false)
			})
			overlay := "default"
			if _, err := fs.Stat(o.dist, "kustomize/overlays/default"); err != nil {
				overlay = o.original.Overlays[0].Name
			}
			t.Run("overlay", func(t *testing.T) {
				r, faults := Kustomization(o.dist, path.Join("kustomize/overlays", overlay), Facts{}, Options{Format: "cue", Verify: true})
				if overlay == "default" {
					held(t, r, told(faults), o.original, false)
					return
				}
				held(t, r, told(faults), nil, false)
			})
			t.Run("bundle", func(t *testing.T) {
				sub, err := fs.Sub(o.dist, "bundle")
				if err != nil {
					t.Fatal(err)
				}
				r, faults := Bundle(sub, Options{Format: "cue", Verify: true})
				held(t, r, told(faults), o.original, true)
			})
		})
	}
}

// held holds that an import came back equal, without loss, and as a model.
func held(t *testing.T, r *Result, faults []string, want *model.Operator, bundle bool) {
	t.Helper()
	if r == nil {
		t.Fatalf("refused: %v", faults)
	}
	if len(faults) > 0 {
		t.Error(faults)
	}
	for _, u := range r.Unequal {
		t.Error(u)
	}
	got, diags := compile(r.Name, r.Text, r.Files, nil)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	if want == nil {
		return
	}
	back, scope := carry(got, bundle), want.Scope(want.DefaultOverlay())
	back.Workloads = slices.DeleteFunc(back.Workloads, func(w model.Workload) bool {
		return slices.ContainsFunc(want.Objects, func(o model.Object) bool { // what it says as an object comes back as a workload
			return o.Role == model.RoleExtra && o.Kind() == w.Kind && scope.String(o.Name()) == w.Name
		})
	})
	if diff := cmp.Diff(carry(want, bundle), back); diff != "" {
		t.Errorf("%s\n%s", diff, r.Text)
	}
}
