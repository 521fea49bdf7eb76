package kube

import (
	"slices"
	"testing"
	"testing/fstest"
)

// TestManifests checks which files a name stands for: kustomize's own file is in no folder and matches no pattern.
func TestManifests(t *testing.T) {
	fsys := fstest.MapFS{}
	for _, name := range []string{"d/a.yaml", "d/b.yml", "d/c.json", "d/kustomization.yaml", "d/notes.md", "d/deep.yaml/e.yaml", "e/kustomization.yml", "e/Kustomization"} {
		fsys[name] = &fstest.MapFile{}
	}
	for _, tc := range []struct {
		name string
		want []string
	}{
		{"d", []string{"d/a.yaml", "d/b.yml", "d/c.json"}},
		{"d/*", []string{"d/a.yaml", "d/b.yml", "d/c.json"}},
		{"d/*.yaml", []string{"d/a.yaml"}},
		{"d/[ab].*", []string{"d/a.yaml", "d/b.yml"}},
		{"*/k*", nil},
		{"e", nil},
		{"d/notes.md", []string{"d/notes.md"}},
		{"d/kustomization.yaml", []string{"d/kustomization.yaml"}}, // whoever names it is told that it is no object
	} {
		got, err := Manifests(fsys, tc.name)
		if err != nil || !slices.Equal(got, tc.want) {
			t.Errorf("%s stands for %q (%v), expected %q", tc.name, got, err, tc.want)
		}
	}
	for _, name := range []string{"f", "d/[", "d/[.yaml"} {
		if got, err := Manifests(fsys, name); err == nil && len(got) > 0 {
			t.Errorf("%s stands for %q, expected none", name, got)
		}
	}
}
