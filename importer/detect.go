package importer

import (
	"bytes"
	"io/fs"
	"slices"
	"strings"

	"github.com/opc-project/opc/kube"
)

// The forms in which an operator ships, as Detect tells them.
const (
	FormBundle        = "bundle"
	FormChart         = "chart"
	FormProject       = "project"
	FormKustomization = "kustomization"
	FormManifests     = "manifests"
)

// Detect tells the form of a folder by the files that make it one.
func Detect(fsys fs.FS) string {
	is := func(name string) bool {
		info, err := fs.Stat(fsys, name)
		return err == nil && info.Mode().IsRegular()
	}
	switch {
	case isBundle(fsys):
		return FormBundle
	case is("Chart.yaml"):
		return FormChart
	case kustomizationIn(fsys, ".") != "":
		return FormKustomization
	case is("PROJECT") || slices.ContainsFunc(installs, func(dir string) bool { return kustomizationIn(fsys, dir) != "" }):
		return FormProject
	}
	return FormManifests
}

// deepest is how many folders below a source a chart or a project is looked for.
const deepest = 3

// Below lists the folders below one that are charts or projects, sorted: whoever names the folder above them most likely
// means one of these, and their files are no manifests.
func Below(fsys fs.FS) []string {
	var out []string
	_ = fs.WalkDir(fsys, ".", func(name string, e fs.DirEntry, err error) error { // what can't be read is reported when it is imported
		switch {
		case err != nil || !e.IsDir() || name == ".":
			return nil
		case strings.HasPrefix(e.Name(), ".") || strings.Count(name, "/") >= deepest:
			return fs.SkipDir
		}
		sub, err := fs.Sub(fsys, name)
		if err != nil {
			return nil
		}
		if form := Detect(sub); form == FormChart || form == FormProject {
			out = append(out, name)
			return fs.SkipDir
		}
		return nil
	})
	return out
}

// isBundle reports whether a folder is a bundle: it has manifests, and beside them metadata, or among them a
// ClusterServiceVersion.
func isBundle(fsys fs.FS) bool {
	entries, err := fs.ReadDir(fsys, "manifests")
	if err != nil {
		return false
	}
	if info, err := fs.Stat(fsys, "metadata"); err == nil && info.IsDir() {
		return true
	}
	for _, e := range entries {
		info, err := fs.Stat(fsys, "manifests/"+e.Name())
		if err != nil || !info.Mode().IsRegular() || !kube.IsManifest(e.Name()) || info.Size() > MaxFile {
			continue
		}
		data, err := fs.ReadFile(fsys, "manifests/"+e.Name())
		if err == nil && bytes.Contains(data, []byte("kind: ClusterServiceVersion")) {
			return true
		}
	}
	return false
}
