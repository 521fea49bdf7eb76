package kube

import (
	"io/fs"
	"path"
	"slices"
	"strings"
)

// KustomizationNames are the names under which kustomize looks for its own file in a folder, in its order
// (https://kubectl.docs.kubernetes.io/references/kustomize/glossary/#kustomization-root).
var KustomizationNames = []string{"kustomization.yaml", "kustomization.yml", "Kustomization"}

// IsKustomization reports whether a file is kustomize's own by its name: it describes objects, and is none.
func IsKustomization(name string) bool { return slices.Contains(KustomizationNames, path.Base(name)) }

// IsManifest reports whether a file holds objects by its name.
func IsManifest(name string) bool {
	return slices.Contains([]string{".yaml", ".yml", ".json"}, path.Ext(name)) && !IsKustomization(name)
}

// IsPattern reports whether a name stands for all files that match it (https://pkg.go.dev/path#Match).
func IsPattern(name string) bool { return strings.ContainsAny(name, "*?[") }

// Manifests lists the files of objects that a name stands for, sorted: a file for itself, a folder or a pattern for the
// manifests in it. Whoever writes such a name and whoever reads it must mean the same files, so this is the only place
// that expands one.
func Manifests(fsys fs.FS, name string) ([]string, error) {
	if IsPattern(name) {
		matches, err := fs.Glob(fsys, name)
		return slices.DeleteFunc(matches, func(file string) bool {
			info, err := fs.Stat(fsys, file)
			return !IsManifest(file) || err == nil && info.IsDir()
		}), err
	}
	info, err := fs.Stat(fsys, name)
	if err != nil || !info.IsDir() {
		return []string{name}, err
	}
	entries, err := fs.ReadDir(fsys, name)
	var out []string
	for _, e := range entries {
		if !e.IsDir() && IsManifest(e.Name()) {
			out = append(out, path.Join(name, e.Name()))
		}
	}
	return out, err
}
