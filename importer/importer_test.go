package importer

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/schema/diag"
)

const (
	csvFile         = "manifests/shop-operator.clusterserviceversion.yaml"
	crdFile         = "manifests/shop.example.com_boxes.yaml"
	serviceFile     = "manifests/shop-operator-controller-manager-metrics-service_v1_service.yaml"
	annotationsFile = "metadata/annotations.yaml"
)

// sample is the bundle in testdata, changed: each change is a file, an old text and a new one. An old text of "" stands
// for the whole file.
func sample(t testing.TB, changes ...[3]string) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	root := os.DirFS(filepath.Join("testdata", "bundle"))
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(root, name)
		out[name] = &fstest.MapFile{Data: data, Mode: 0o644}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range changes {
		name, from, to := c[0], c[1], c[2]
		if from == "" {
			out[name] = &fstest.MapFile{Data: []byte(to), Mode: 0o644}
			continue
		}
		text := string(out[name].Data)
		if !strings.Contains(text, from) {
			t.Fatalf("%s does not hold %q", name, from)
		}
		out[name] = &fstest.MapFile{Data: []byte(strings.Replace(text, from, to, 1)), Mode: 0o644}
	}
	return out
}

// imported imports a bundle that must come back equal, and returns what was written and the loss report.
func imported(t *testing.T, source fs.FS) (*Result, []string) {
	t.Helper()
	r, diags := Bundle(source, Options{Format: "cue", Verify: true})
	if r == nil {
		t.Fatalf("refused: %v", told(diags))
	}
	for _, u := range r.Unequal {
		t.Error(u)
	}
	return r, told(diags)
}

func told(diags diag.List) []string {
	var out []string
	for _, d := range diags.Place(nil) {
		if d.Severity != diag.Note {
			out = append(out, d.Pos.String()+" "+d.Message)
		}
	}
	return out
}

// TestShort holds that a project as kubebuilder scaffolds it comes in by short forms alone.
func TestShort(t *testing.T) {
	r, loss := imported(t, sample(t))
	golden := filepath.Join("testdata", "shop-operator.cue")
	if os.Getenv("OPC_UPDATE") != "" {
		if err := os.WriteFile(golden, r.Text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(r.Text)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{
		"crds/shop.example.com_boxes.yaml", "docs/icon.svg", "rbac/role.yaml", "samples/shop_v1_box.yaml",
	}, sortedKeys(r.Files)); diff != "" {
		t.Error(diff)
	}
	if len(loss) > 0 {
		t.Error(loss)
	}
}
