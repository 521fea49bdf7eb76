package cli

import (
	"context"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/opc-project/opc/importer"
	"github.com/opc-project/opc/internal/regular"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/chart/sandbox"
)

// source is what an import reads.
type source struct {
	read  func(importer.Options) (*importer.Result, diag.List)
	label string // what stands before the names of its files, for people
	root  *os.Root

	renderers []*sandbox.Chart
}

func (s *source) close() {
	for _, r := range s.renderers {
		r.Close()
	}
	if s.root != nil {
		s.root.Close()
	}
}

// place lets findings name files as the user would.
func (s *source) place(found diag.List) diag.List { return placed(found, s.label) }

// placed puts the name of a source before the names of its files.
func placed(found diag.List, label string) diag.List {
	for i := range found {
		if pos := &found[i].Pos; pos.IsValid() {
			pos.File = path.Join(label, pos.File)
		}
	}
	return found
}

// openSource finds out what a source is. No link leads out of what it opens.
func openSource(ctx context.Context, env Env, name string, choice importer.Choice) (*source, diag.List) {
	dir := absolute(env, name)
	info, err := os.Stat(dir)
	if strings.HasPrefix(name, "oci:") || err != nil && reference.MatchString(name) {
		return openImage(ctx, env, name, choice)
	}
	if choice != (importer.Choice{}) {
		return nil, diag.List{diag.Errorf(diag.ImportSource, "", "%s is no image of a catalog: --package and --version choose from one", name)}
	}
	switch {
	case name == "-":
		return standardInput(env.Stdin)
	case err != nil:
		return nil, unknownSource(name, err)
	case !info.IsDir() && isPacked(dir):
		return openPacked(ctx, env, name)
	case !info.IsDir():
		return openFile(env, name)
	}
	top, below := filepath.ToSlash(name), "."
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, unknownSource(name, err)
	}
	form := importer.Detect(regular.Files(root.FS()))
	if form == importer.FormKustomization {
		root.Close()
		return openKustomization(dir, top)
	}
	fsys := regular.Files(root.FS())
	s := &source{label: top, root: root}
	switch form {
	case importer.FormBundle:
		s.read = func(o importer.Options) (*importer.Result, diag.List) { return importer.Bundle(fsys, o) }
	case importer.FormChart:
		s.root = nil
		root.Close()
		if fsys, err = s.chartFolder(dir); err != nil {
			return nil, unknownSource(name, err)
		}
		s.chartIn(ctx, env, fsys)
	case importer.FormProject:
		s.read = func(o importer.Options) (*importer.Result, diag.List) { return importer.Project(fsys, o) }
	case importer.FormManifests:
		if inside := importer.Below(fsys); len(inside) > 0 {
			root.Close()
			return nil, diag.List{diag.Errorf(diag.ImportSource, "", "%s does not contain the manifests of a single operator: %s contains a chart or a project", name, inside[0]).
				WithHint("opc import %s", path.Join(top, inside[0]))}
		}
		s.read = manifests(fsys, below)
	}
	return s, nil
}

func manifests(fsys fs.FS, name string) func(importer.Options) (*importer.Result, diag.List) {
	return func(o importer.Options) (*importer.Result, diag.List) {
		return importer.Manifests(fsys, []string{name}, importer.Facts{}, o)
	}
}

func unknownSource(name string, err error) diag.List {
	return diag.List{diag.Errorf(diag.ImportSource, "", "can't read %s: %v", name, cause(err)).
		WithHint("name a bundle, a chart, manifests, a kustomization, a project or an image; opc help import says more")}
}

// openFile reads a file of manifests.
func openFile(env Env, name string) (*source, diag.List) {
	root, err := os.OpenRoot(filepath.Dir(absolute(env, name)))
	if err != nil {
		return nil, unknownSource(name, err)
	}
	return &source{label: path.Dir(filepath.ToSlash(name)), root: root, read: manifests(regular.Files(root.FS()), filepath.Base(name))}, nil
}

// standardInput reads manifests from a stream, no more than a file may hold.
func standardInput(in io.Reader) (*source, diag.List) {
	data, err := io.ReadAll(io.LimitReader(in, importer.MaxFile+1))
	if err != nil {
		return nil, unknownSource("standard input", err)
	}
	return &source{read: func(o importer.Options) (*importer.Result, diag.List) {
		return importer.Stream("stdin", data, importer.Facts{}, o)
	}}, nil
}

// openKustomization reads a kustomization, which may name folders beside it: as far up as the project that it is part of.
func openKustomization(dir, label string) (*source, diag.List) {
	top, below := projectAbove(dir), "."
	if rel, err := filepath.Rel(top, dir); err == nil {
		below = filepath.ToSlash(rel)
	}
	root, err := os.OpenRoot(top)
	if err != nil {
		return nil, unknownSource(label, err)
	}
	fsys := regular.Files(root.FS())
	for at := dir; at != top; at = filepath.Dir(at) {
		label = path.Join(label, "..")
	}
	return &source{label: label, root: root, read: func(o importer.Options) (*importer.Result, diag.List) {
		return importer.Kustomization(fsys, below, importer.Facts{}, o)
	}}, nil
}

// marks are what the top of a project holds.
var marks = []string{".git", "PROJECT", "go.mod"}

// projectAbove is the project that a folder is part of. Where none is marked, it is the folder two above, as kustomizations
// name each other: overlays/prod names ../../base.
func projectAbove(dir string) string {
	if top, ok := markedAbove(dir, marks...); ok {
		return top
	}
	return filepath.Dir(filepath.Dir(dir))
}

// markedAbove is the nearest folder, dir or above it, that holds one of some files.
func markedAbove(dir string, marks ...string) (top string, ok bool) {
	for at := dir; filepath.Dir(at) != at; at = filepath.Dir(at) {
		for _, mark := range marks {
			if _, err := os.Lstat(filepath.Join(at, mark)); err == nil {
				return at, true
			}
		}
	}
	return "", false
}
