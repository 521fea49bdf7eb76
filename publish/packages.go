package publish

import (
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// finish puts layout and packages in place. Packages of other versions stay, as in a Helm repository; files of the user's
// targets have no version in their names, so those that no target writes any more are deleted.
func (b *builder) finish() error {
	if err := b.store.finish(); err != nil {
		return err
	}
	layout, dir := filepath.Join(b.opts.Out, "oci"), filepath.Join(b.opts.Out, "packages")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	if err := b.deleteStale(dir, filesBefore(layout)); err != nil { // first: a file may have become a folder
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(b.packages)) {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o777); err != nil {
			return err
		}
		if err := writeFile(filepath.Join(dir, name), b.packages[name]); err != nil {
			return err
		}
	}
	return replace(b.store.path, layout)
}

// filesBefore lists the files of targets that the last build wrote, as its layout records them. Only these are deleted:
// the output folder can have files of others.
func filesBefore(layout string) []string {
	data, err := os.ReadFile(filepath.Join(layout, "index.json"))
	if err != nil {
		return nil // there was no build
	}
	var index v1.IndexManifest
	var names []string
	if json.Unmarshal(data, &index) != nil || json.Unmarshal([]byte(index.Annotations[filesKey]), &names) != nil {
		return nil
	}
	return names
}

// deleteStale deletes those of the named files that are not among the packages, and folders that it left empty.
func (b *builder) deleteStale(dir string, names []string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, name := range names {
		if _, ok := b.packages[name]; ok || !fs.ValidPath(name) {
			continue
		}
		if err := root.Remove(filepath.FromSlash(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		for above := path.Dir(name); above != "."; above = path.Dir(above) {
			if root.Remove(filepath.FromSlash(above)) != nil {
				break // it has other files
			}
		}
	}
	return nil
}
