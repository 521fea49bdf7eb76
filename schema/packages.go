package schema

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"cuelang.org/go/cue/parser"
)

// packageFiles returns the CUE files that make up the description: the file itself and, if it has a package clause,
// the others of its package in the same folder, as in Go.
func packageFiles(fsys fs.FS, name string) ([]string, error) {
	pkg, err := packageName(fsys, name)
	if err != nil || pkg == "" {
		return []string{name}, err
	}
	dir := path.Dir(name)
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return nil, err
	}
	out := []string{name}
	for _, e := range entries {
		other := path.Join(dir, e.Name())
		if e.IsDir() || other == name || path.Ext(other) != ".cue" || strings.HasSuffix(other, "_test.cue") || strings.HasSuffix(other, "_tool.cue") {
			continue
		}
		if p, err := packageName(fsys, other); err == nil && p == pkg {
			out = append(out, other)
		}
	}
	slices.Sort(out)
	return out, nil
}

func packageName(fsys fs.FS, name string) (string, error) {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return "", err
	}
	f, err := parser.ParseFile(name, data, parser.PackageClauseOnly)
	if err != nil {
		return "", err
	}
	return f.PackageName(), nil
}

// reason shortens an error of the file system to what the reader needs.
func reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
