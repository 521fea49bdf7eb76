package kustomize_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"

	"github.com/opc-project/opc/compiler/model"
)

// copyOverlay does what the comment of an overlay tells: copy the folder beside it.
func copyOverlay(t *testing.T, disk filesys.FileSystem, from, to string) {
	t.Helper()
	files, err := disk.ReadDir("/kustomize/overlays/" + from)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		data, err := disk.ReadFile("/kustomize/overlays/" + from + "/" + f)
		if err != nil {
			t.Fatal(err)
		}
		if err := disk.WriteFile("/kustomize/overlays/"+to+"/"+f, data); err != nil {
			t.Fatal(err)
		}
	}
}

var switches = regexp.MustCompile(`(?m)^#   (\w+): (.*)$`)

// TestOverlayOfOnesOwn copies an overlay with every feature off and follows its comment for each feature: it lists the
// components that the comment names, and the folders called namespace of those that have one.
func TestOverlayOfOnesOwn(t *testing.T) {
	for _, name := range []string{"certmanager", "features", "sidecar"} {
		m := lowerFiles(t, archive(t, name))
		off := m.Overlays[0]
		off.Name, off.Features = "off", map[string]bool{}
		m.Overlays = []model.Overlay{off}
		disk := onDisk(t, emitted(t, m))
		data, _ := disk.ReadFile("/kustomize/overlays/off/kustomization.yaml")
		found := switches.FindAllStringSubmatch(string(data), -1)
		if len(found) < 4 {
			t.Fatalf("%s: the comment switches only %d features on:\n%s", name, len(found), data)
		}
		for _, s := range found {
			copyOverlay(t, disk, "off", "mine")
			own := tree(t, data)
			components, _ := own["components"].([]any)
			transformers, _ := own["transformers"].([]any)
			for c := range strings.SplitSeq(s[2], ", ") {
				components = append(components, "../../components/"+c)
				if disk.Exists("/kustomize/components/" + c + "/namespace") {
					transformers = append(transformers, "../../components/"+c+"/namespace")
				}
			}
			own["components"], own["transformers"], own["namespace"] = components, transformers, "mine"
			text, err := yaml.Marshal(own)
			if err != nil {
				t.Fatal(err)
			}
			_ = disk.WriteFile("/kustomize/overlays/mine/kustomization.yaml", text)
			want := variants(m, off)[0]
			want.Namespace = "mine"
			need(m, want.Features, s[1])
			same(t, name+" with "+s[1], install(m, want), build(t, disk, "overlays/mine"))
		}
	}
}

// TestKubectl builds with the kustomize inside of kubectl, which is older than the library, where there is one.
func TestKubectl(t *testing.T) {
	kubectl, err := exec.LookPath("kubectl")
	if err != nil || testing.Short() {
		t.Skip("no kubectl in the path")
	}
	for _, name := range []string{"certmanager", "elsewhere", "labels", "watch"} {
		m := lowerFiles(t, archive(t, name))
		set, dir := emitted(t, m), t.TempDir()
		for _, n := range set.Names() {
			f, _ := set.File(n)
			p := filepath.Join(dir, filepath.FromSlash(n))
			if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(p, f.Data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		for _, ov := range m.Overlays {
			var said strings.Builder
			cmd := exec.Command(kubectl, "kustomize", filepath.Join(dir, "kustomize/overlays", ov.Name))
			cmd.Stderr = &said
			out, err := cmd.Output()
			if err != nil || said.Len() > 0 {
				t.Fatalf("%s, %s: %v: %s", name, ov.Name, err, said.String())
			}
			same(t, name+", "+ov.Name, install(m, ov), trees(t, out))
		}
	}
}
