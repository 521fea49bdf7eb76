package kustomize_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/opc-project/opc/compiler/model"
)

// shared is the folder with real projects that tests are held against where it exists: the environment variable
// OPC_SHARED, or a folder called shared beside the repository.
func shared(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("OPC_SHARED")
	if dir == "" {
		dir = "../../../shared"
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no real projects at %s: set OPC_SHARED to their folder", dir)
	}
	return dir
}

// description is what the real project would say; everything else stands in its own files.
const description = `
package operator

name:    "database-operator"
version: "0.2.0"
image:   "registry.example.com/database-operator"
related: {postgres: "docker.io/library/postgres:16.4", mysql: "docker.io/library/mysql:8.4"}
crds: ["config/crd/bases"]
permissions: ["config/rbac/role.yaml"]
objects: [{files: ["config/rbac/database_*_role.yaml"]}]
webhooks: {from: ["config/webhook/manifests.yaml"], conversion: ["databases.db.example.com"]}
manager: {metrics: {serviceMonitor: true, certificates: "cert-manager"}, networkPolicy: true}
`

// realProject reads the project's own files, with the description in place of one that may be there.
func realProject(t testing.TB) (dir string, m *model.Operator) {
	t.Helper()
	dir = filepath.Join(shared(t), "real", "database-operator")
	files := fstest.MapFS{"operator.cue": {Data: []byte(description)}}
	disk := os.DirFS(dir)
	err := fs.WalkDir(disk, "config", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(disk, name)
		files[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir, lowerFiles(t, files)
}

// TestRealProject builds the overlay of a kubebuilder project that moved to opc, and the config/default that it had.
func TestRealProject(t *testing.T) {
	dir, m := realProject(t)
	got := meaning(t, build(t, onDisk(t, emitted(t, m)), "overlays/default"))
	res, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), filepath.Join(dir, "config", "default"))
	if err != nil {
		t.Fatal(err)
	}
	data, err := res.AsYaml()
	if err != nil {
		t.Fatal(err)
	}
	want := meaning(t, trees(t, data))
	// The differences, each with its reason; docs/targets/kustomize.md has them too.
	// 1. A NetworkPolicy sees the pod's port, 9443, and not that of the Service, 443, which the scaffold names.
	ingress, _ := model.At(want["networking.k8s.io/v1 NetworkPolicy database-operator-system/database-operator-allow-webhook-traffic"], "spec", "ingress").([]any)
	ports, _ := ingress[0].(map[string]any)["ports"].([]any)
	if p := ports[0].(map[string]any); p["port"] == float64(443) {
		p["port"] = float64(9443)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-config/default +overlays/default:\n%s", diff)
	}
}

// TestRealProjectWithEveryFeature holds the real project to the law, as the descriptions of testdata are.
func TestRealProjectWithEveryFeature(t *testing.T) {
	_, m := realProject(t)
	m.Overlays = variants(m, m.Overlays[0])
	disk := onDisk(t, emitted(t, m))
	for _, ov := range m.Overlays {
		same(t, onNames(ov), install(m, ov), build(t, disk, "overlays/"+ov.Name))
	}
}
