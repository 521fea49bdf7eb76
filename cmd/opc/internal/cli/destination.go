package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/opc-project/opc/emit/sink"
	"github.com/opc-project/opc/importer"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// cause leaves out of an error the path, which the message says.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// destination is the folder that an import writes to.
type destination struct {
	label, dir            string
	source                string // what stands before the names of the source's files, for people
	force, diff, unproven bool
	own                   bool // it is the project itself: only files that would be overwritten stand in the way
}

// inTheWay finds files that an import would overwrite, or that its description would take for its own.
func (d destination) inTheWay(r *importer.Result) (diag.List, error) {
	if d.force {
		return nil, nil
	}
	root, err := os.OpenRoot(d.dir)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("can't write to %s: %w", d.label, cause(err))
	}
	defer root.Close()
	var out diag.List
	add := func(name string) {
		out = append(out, diag.Errorf(diag.OutputForeign, "", "%s already exists", path.Join(filepath.ToSlash(d.label), name)).
			WithHint("import into another folder, or use --force"))
	}
	for _, name := range schema.Names {
		if _, err := root.Lstat(name); err == nil {
			add(name)
			hint := "--diff shows what would change, --force overwrites it; or write to another folder with --out"
			if d.own {
				hint = "--diff shows what would change; take it away to begin anew"
			}
			out[len(out)-1] = out[len(out)-1].WithHint("%s", hint)
		}
	}
	if len(out) > 0 {
		return out, nil // its files stand in the way too, which says nothing more
	}
	if d.own {
		for _, name := range slices.Sorted(maps.Keys(r.Files)) {
			if _, err := root.Lstat(filepath.FromSlash(name)); err == nil {
				add(name)
			}
		}
		return out, nil
	}
	for _, dir := range slices.Sorted(maps.Keys(folders(r))) {
		err := fs.WalkDir(root.FS(), dir, func(name string, e fs.DirEntry, err error) error {
			if err == nil && !e.IsDir() {
				add(name)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out.Place(nil), nil
}

// folders are those that the description's files stand in.
func folders(r *importer.Result) map[string]bool {
	out := map[string]bool{}
	for name := range r.Files {
		dir, _, _ := strings.Cut(name, "/")
		out[dir] = true
	}
	return out
}

// patch is what an import would change: in the description, whatever its name, and in the files that it names.
func (d destination) patch(r *importer.Result) ([]byte, error) {
	var out []byte
	for _, name := range append(slices.Sorted(maps.Keys(r.Files)), r.Name) {
		data, said := r.Files[name]
		if !said {
			data = r.Text
		}
		old, err := os.ReadFile(filepath.Join(d.dir, filepath.FromSlash(name)))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			old = nil
		case err != nil:
			return nil, fmt.Errorf("can't read %s: %w", path.Join(filepath.ToSlash(d.label), name), cause(err))
		case string(old) == string(data):
			continue
		}
		out = append(out, sink.Patch(path.Join(filepath.ToSlash(d.label), name), old, data)...)
	}
	return out, nil
}

// write writes the description last, so that an interrupted import leaves none. No link leads out of the folder.
func (d destination) write(r *importer.Result) error {
	if err := os.MkdirAll(d.dir, 0o755); err != nil {
		return fmt.Errorf("can't write to %s: %w", d.label, cause(err))
	}
	root, err := os.OpenRoot(d.dir)
	if err != nil {
		return fmt.Errorf("can't write to %s: %w", d.label, cause(err))
	}
	defer root.Close()
	put := func(name string, data []byte) error {
		if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
			return fmt.Errorf("can't write %s: %w", name, cause(err))
		}
		if err := root.WriteFile(name, data, 0o644); err != nil {
			return fmt.Errorf("can't write %s: %w", name, cause(err))
		}
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(r.Files)) {
		if err := put(name, r.Files[name]); err != nil {
			return err
		}
	}
	return put(r.Name, r.Text)
}
