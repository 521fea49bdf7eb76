package kustomize_test

import (
	"bytes"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/opc-project/opc/compiler/model"
)

// names lists the descriptions of testdata.
func names(t testing.TB) []string {
	t.Helper()
	found, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(found) < 8 {
		t.Fatalf("%d archives: %v", len(found), err)
	}
	var out []string
	for _, f := range found {
		if name := strings.TrimSuffix(filepath.Base(f), ".txtar"); name != "shared" {
			out = append(out, name)
		}
	}
	return out
}

func same(t *testing.T, what string, want, got []model.Tree) {
	t.Helper()
	if diff := cmp.Diff(meaning(t, want), meaning(t, got)); diff != "" {
		t.Errorf("%s: kustomize builds something else than is installed (-install +built):\n%s", what, diff)
	}
}

// TestOverlaysBuildWhatIsInstalled holds every overlay of every description to model.Install.
func TestOverlaysBuildWhatIsInstalled(t *testing.T) {
	for _, name := range names(t) {
		t.Run(name, func(t *testing.T) {
			m := lowerFiles(t, archive(t, name))
			disk := onDisk(t, emitted(t, m))
			for _, ov := range m.Overlays {
				same(t, ov.Name, install(m, ov), build(t, disk, "overlays/"+ov.Name))
			}
		})
	}
}

// TestCasesBuildWhatIsInstalled does so for the repository's examples and cases.
func TestCasesBuildWhatIsInstalled(t *testing.T) {
	for _, pattern := range []string{"../../examples/*", "../../testdata/cases/*"} {
		dirs, err := filepath.Glob(pattern)
		if err != nil || len(dirs) == 0 {
			t.Fatalf("nothing at %s: %v", pattern, err)
		}
		for _, dir := range dirs {
			t.Run(filepath.Base(dir), func(t *testing.T) {
				m := lowerFolder(t, dir)
				disk := onDisk(t, emitted(t, m))
				for _, ov := range m.Overlays {
					same(t, ov.Name, install(m, ov), build(t, disk, "overlays/"+ov.Name))
				}
			})
		}
	}
}

// TestEveryFeature does so with the features on and off in every way, or in every pair where there are many; for the
// overlays after the first, with all of them off and all on.
func TestEveryFeature(t *testing.T) {
	for _, name := range names(t) {
		t.Run(name, func(t *testing.T) {
			m := lowerFiles(t, archive(t, name))
			m.Overlays = slices.Concat(variants(m, m.Overlays[0]), corners(m))
			disk := onDisk(t, emitted(t, m))
			for _, ov := range m.Overlays {
				same(t, onNames(ov), install(m, ov), build(t, disk, "overlays/"+ov.Name))
			}
		})
	}
}

// TestTheNamespaceIsOneLine changes the line "namespace:" of emitted overlays, and nothing else.
func TestTheNamespaceIsOneLine(t *testing.T) {
	line := regexp.MustCompile(`(?m)^namespace: .*$`)
	for _, name := range names(t) {
		t.Run(name, func(t *testing.T) {
			m := lowerFiles(t, archive(t, name))
			disk := onDisk(t, emitted(t, m))
			for _, ov := range m.Overlays {
				file := "/kustomize/overlays/" + ov.Name + "/operator/kustomization.yaml"
				if !disk.Exists(file) {
					file = "/kustomize/overlays/" + ov.Name + "/kustomization.yaml"
				}
				data, err := disk.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				if len(line.FindAll(data, -1)) != 1 {
					t.Fatalf("%s has not one line namespace:\n%s", file, data)
				}
				if err := disk.WriteFile(file, line.ReplaceAll(data, []byte("namespace: moved"))); err != nil {
					t.Fatal(err)
				}
				moved := ov
				moved.Namespace = "moved"
				if len(ov.Watch) == 1 && ov.Watch[0] == ov.Namespace {
					moved.Watch = []string{"moved"}
				}
				same(t, ov.Name, install(m, moved), build(t, disk, "overlays/"+ov.Name))
			}
		})
	}
}

// TestTheBaseAlone holds the base to an install with every feature off, into a namespace that is there.
func TestTheBaseAlone(t *testing.T) {
	for _, name := range names(t) {
		t.Run(name, func(t *testing.T) {
			m := lowerFiles(t, archive(t, name))
			ov := model.Overlay{Namespace: m.Namespace, Features: map[string]bool{}}
			same(t, "base", install(m, ov), build(t, onDisk(t, emitted(t, m)), "base"))
		})
	}
}

// TestNoDeprecationWarnings listens to what kustomize says while it builds.
func TestNoDeprecationWarnings(t *testing.T) {
	disks := map[string]filesys.FileSystem{}
	overlays := map[string][]string{}
	for _, name := range names(t) {
		m := lowerFiles(t, archive(t, name))
		disks[name] = onDisk(t, emitted(t, m))
		for _, ov := range m.Overlays {
			overlays[name] = append(overlays[name], ov.Name)
		}
	}
	said := quiet(t, func() {
		for _, name := range names(t) {
			for _, ov := range overlays[name] {
				build(t, disks[name], "overlays/"+ov)
			}
		}
	})
	if strings.TrimSpace(said) != "" {
		t.Errorf("kustomize says: %s", said)
	}
	// The ear itself: an old field is heard.
	disk := filesys.MakeFsInMemory()
	_ = disk.WriteFile("/kustomize/overlays/old/kustomization.yaml", []byte("commonLabels: {a: b}\nresources: [c.yaml]\n"))
	_ = disk.WriteFile("/kustomize/overlays/old/c.yaml", []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"))
	if said := quiet(t, func() { build(t, disk, "overlays/old") }); !strings.Contains(said, "deprecated") {
		t.Errorf("kustomize says nothing of a deprecated field: %q", said)
	}
}

// TestSelectorsStay finds labels of an overlay in selectors, which a running Deployment can't have changed.
func TestSelectorsStay(t *testing.T) {
	m := lowerFiles(t, archive(t, "labels"))
	set := emitted(t, m)
	for _, ov := range m.Overlays {
		for _, o := range build(t, onDisk(t, set), "overlays/"+ov.Name) {
			for _, at := range [][]string{{"spec", "selector"}, {"spec", "podSelector"}, {"spec", "template", "metadata", "labels"}} {
				for k := range ov.Labels {
					if data, _ := yamlOf(model.At(o, at...)); bytes.Contains(data, []byte(k)) {
						t.Errorf("%s: %v has the label %s in %v", ov.Name, o["kind"], k, at)
					}
				}
			}
		}
	}
}
