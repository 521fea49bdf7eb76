package importer

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/emit/kustomize"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/kube/equal"
)

// TestSharedProject describes a real project of kubebuilder in place. What kustomize builds from the overlay called
// default equals what it builds from the project's config/default, and nothing is copied.
func TestSharedProject(t *testing.T) {
	shared := os.Getenv("OPC_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "shared")
	}
	dir := filepath.Join(shared, "real", "database-operator")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no project in %s: set OPC_SHARED", dir)
	}
	r, faults := InPlace(os.DirFS(dir), Options{Format: "cue", Verify: true})
	if r == nil || len(told(faults)) > 0 || len(r.Unequal) > 0 {
		t.Fatal(told(faults), r)
	}
	if lines := strings.Count(string(r.Text), "\n"); lines >= 25 {
		t.Errorf("the description has %d lines:\n%s", lines, r.Text)
	}
	for name := range r.Files {
		if !strings.HasPrefix(name, "docs/") && !strings.HasPrefix(name, "apis/") {
			t.Errorf("%s is copied", name)
		}
	}
	m, faults := compile(r.Name, r.Text, r.Files, r.Base)
	if faults.HasErrors() {
		t.Fatal(faults)
	}
	out, faults := kustomize.Target.Emit(m)
	if faults.HasErrors() {
		t.Fatal(faults)
	}
	want, got := objectsBuilt(t, os.DirFS(dir), "config/default"), objectsBuilt(t, out.FS(), "kustomize/overlays/default")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// objectsBuilt are the objects that kustomize builds from a folder, in canonical form.
func objectsBuilt(t *testing.T, fsys fs.FS, dir string) map[string]any {
	t.Helper()
	r := &reader{fsys: fsys}
	out := map[string]any{}
	for _, d := range r.kustomized(dir) {
		c, err := equal.Canonical(d.tree)
		if err != nil {
			t.Fatal(err)
		}
		out[d.place()] = c
	}
	if r.faults.HasErrors() || len(out) == 0 {
		t.Fatal(r.faults)
	}
	return out
}

// TestDetect holds that folders are told by what is in them.
func TestDetect(t *testing.T) {
	file := &fstest.MapFile{Data: []byte("kind: ClusterServiceVersion\n")}
	for want, names := range map[string][]string{
		FormBundle:        {"manifests/a.yaml", "metadata/annotations.yaml"},
		FormChart:         {"Chart.yaml", "templates/a.yaml"},
		FormKustomization: {"kustomization.yaml", "a.yaml"},
		FormProject:       {"PROJECT", "config/default/kustomization.yaml"},
		FormManifests:     {"a.yaml"},
	} {
		fsys := fstest.MapFS{}
		for _, name := range names {
			fsys[name] = file
		}
		if got := Detect(fsys); got != want {
			t.Errorf("%v is a %s: expected %s", names, got, want)
		}
	}
	if got := Detect(fstest.MapFS{"manifests/a.yaml": file}); got != FormBundle {
		t.Errorf("manifests with a ClusterServiceVersion are a %s", got)
	}
	if got := Detect(fstest.MapFS{"manifests/a.yaml": {Data: []byte("kind: Service\n")}}); got != FormManifests {
		t.Errorf("manifests without a ClusterServiceVersion are a %s", got)
	}
}

// TestPatterns checks that the patterns for some files of a folder match these files, each once, and no other.
func TestPatterns(t *testing.T) {
	fsys := fstest.MapFS{}
	for _, name := range []string{"a_editor_role", "a_viewer_role", "b_editor_role", "b_viewer_role", "leader_election_role", "role", "lead_role", "lead_role_binding", "role_binding", "kustomization"} {
		fsys["rbac/"+name+".yaml"] = &fstest.MapFile{}
	}
	fsys["webhook/a.yaml"], fsys["webhook/kustomization.yaml"], fsys["webhook/names.yaml"] = &fstest.MapFile{}, &fstest.MapFile{}, &fstest.MapFile{}
	d := &draft{place: &inPlace{fsys: fsys}}
	for _, tc := range []struct{ files, want []string }{
		{[]string{"rbac/a_editor_role.yaml", "rbac/a_viewer_role.yaml"}, []string{"rbac/a_*_role.yaml"}},
		{[]string{"rbac/a_editor_role.yaml", "rbac/b_editor_role.yaml"}, []string{"rbac/*_editor_role.yaml"}},
		{[]string{"rbac/a_editor_role.yaml", "rbac/role.yaml"}, []string{"rbac/a_editor_role.yaml", "rbac/role.yaml"}},
		{[]string{"rbac/role.yaml"}, []string{"rbac/role.yaml"}},
		{[]string{"rbac/lead_role.yaml", "rbac/lead_role_binding.yaml", "rbac/role_binding.yaml"}, []string{"rbac/lead_*.yaml", "rbac/role_binding.yaml"}},
		{[]string{"webhook/a.yaml", "webhook/names.yaml"}, []string{"webhook/*.yaml"}},
		{[]string{"webhook/a.yaml"}, []string{"webhook/a.yaml"}},
	} {
		got := d.patterns(tc.files)
		if !slices.Equal(got, tc.want) {
			t.Errorf("%v is written as %v, expected %v", tc.files, got, tc.want)
		}
		var read []string
		for _, pattern := range got {
			files, err := kube.Manifests(fsys, pattern)
			if err != nil {
				t.Fatal(err)
			}
			read = append(read, files...)
		}
		if slices.Sort(read); !slices.Equal(read, tc.files) {
			t.Errorf("%v reads %v, expected %v", got, read, tc.files)
		}
	}
}
