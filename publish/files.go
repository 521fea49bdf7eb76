package publish

import (
	"io/fs"
	"path"
	"strings"

	"github.com/opc-project/opc/internal/regular"
	"github.com/opc-project/opc/schema/diag"
)

// projectFiles are the files of the project that the image holds beside the program, with modes that do not depend on
// the umask of whoever checked them out.
func (b *builder) projectFiles() ([]entry, diag.List, error) {
	var out []entry
	var diags diag.List
	d := b.op.Dockerfile
	add := func(pattern, to string, at diag.Path) error {
		found, err := b.copied(pattern, to)
		if err == nil && len(found) == 0 {
			diags = append(diags, diag.Errorf(diag.FileMissing, at, "%s matches no file", pattern))
		}
		out = append(out, found...)
		return err
	}
	for i, f := range d.Files {
		if err := add(clean(f), "", d.From.Child("files").Index(i)); err != nil {
			return nil, nil, err
		}
	}
	if d.Licenses != "" {
		if err := add(clean(d.Licenses), "licenses", d.From.Child("licenses")); err != nil {
			return nil, nil, err
		}
	}
	return out, diags, nil
}

func clean(name string) string { return path.Clean(strings.TrimPrefix(name, "./")) }

// copied returns what a path or pattern names. To is a folder that takes it; "" keeps its path in the project.
func (b *builder) copied(pattern, to string) ([]entry, error) {
	files := regular.Files(b.root.FS())
	names := []string{pattern}
	if strings.ContainsAny(pattern, "*?") {
		var err error
		if names, err = fs.Glob(files, pattern); err != nil {
			return nil, err
		}
	}
	var out []entry
	for _, name := range names {
		info, err := fs.Stat(files, name)
		if err != nil {
			continue // told as a pattern that matches nothing
		}
		strip := ""
		if to != "" {
			strip = path.Dir(name)
			if info.IsDir() {
				strip = name
			}
		}
		found, err := walk(files, name, strip, to)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

func walk(files fs.FS, root, strip, to string) ([]entry, error) {
	var out []entry
	err := fs.WalkDir(files, root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := fs.Stat(files, name)
		if err != nil {
			return err
		}
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		mode := int64(0o644)
		if info.Mode()&0o100 != 0 {
			mode = 0o755
		}
		rel := name
		if strip != "" && strip != "." {
			rel = strings.TrimPrefix(name, strip+"/")
		}
		out = append(out, entry{path.Join(to, rel), mode, data})
		return nil
	})
	return out, err
}
