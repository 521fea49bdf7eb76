package verify

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

// FuzzTree holds that no file of a folder makes the judges panic, and that what they find stands in a file of it.
func FuzzTree(f *testing.F) {
	c := compile(f, "database-operator", os.DirFS("../examples/database-operator"))
	whole := fstest.MapFS{}
	for _, name := range c.files.Names() {
		file, _ := c.files.File(name)
		whole[name] = &fstest.MapFile{Data: file.Data}
	}
	for _, name := range []string{"bundle/metadata/annotations.yaml", "kustomize/base/kustomization.yaml", "kustomize/base/controller-manager.yaml"} {
		if whole[name] == nil {
			f.Fatalf("there is no %s", name)
		}
		f.Add(name, whole[name].Data)
	}
	f.Add("kustomize/base/kustomization.yaml", []byte("resources: [{}]\npatches:\n- patch: 1\ntransformers: [a: b]\n"))
	f.Add("bundle/manifests/x.yaml", []byte("apiVersion: apps/v1\nkind: Deployment\nspec: {template: {spec: {containers: [null]}}}\n"))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		top, _, _ := strings.Cut(name, "/")
		tree := fstest.MapFS{}
		for other, file := range whole {
			if strings.HasPrefix(other, top+"/") && top != "chart" { // templates run in a process of their own
				tree[other] = file
			}
		}
		if len(tree) == 0 || !fs.ValidPath(name) || crosses(tree, name) {
			return // it stands in no artifact
		}
		tree[name] = &fstest.MapFile{Data: data}
		_, found, err := Tree(t.Context(), tree, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range found {
			if d.Message == "" || d.Pos.File == "" {
				t.Errorf("%+v has no place", d)
			}
		}
	})
}

// crosses reports whether a name needs a folder where a file stands, or the other way round.
func crosses(tree fstest.MapFS, name string) bool {
	for other := range tree {
		if strings.HasPrefix(other, name+"/") || strings.HasPrefix(name, other+"/") {
			return true
		}
	}
	return false
}
