package source

import (
	"archive/tar"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/opc-project/opc/compiler/gomarkers"
	"github.com/opc-project/opc/schema"
)

// generator makes objects from the Go markers of a revision. The Go tool needs files on disk, so the revision is
// unpacked beside the work tree, and only when a description asks for it.
type generator struct {
	repository *repository
	revision   string
	folder     string
	dir        string // where it was unpacked
}

// CRDs implements compiler.Generator.
func (g *generator) CRDs(ctx context.Context, from *schema.FromGo) ([]byte, error) {
	if err := g.unpack(ctx); err != nil {
		return nil, err
	}
	return gomarkers.Generator{Dir: filepath.Join(g.dir, filepath.FromSlash(g.folder))}.CRDs(ctx, from)
}

// Roles implements compiler.Generator.
func (g *generator) Roles(ctx context.Context, from *schema.FromGo) ([]byte, error) {
	if err := g.unpack(ctx); err != nil {
		return nil, err
	}
	return gomarkers.Generator{Dir: filepath.Join(g.dir, filepath.FromSlash(g.folder))}.Roles(ctx, from)
}

func (g *generator) close() {
	if g.dir != "" {
		os.RemoveAll(g.dir)
	}
}

// unpack writes the whole revision to a temporary folder: a Go package may need any other of its module.
func (g *generator) unpack(ctx context.Context) (err error) {
	if g.dir != "" {
		return nil
	}
	if g.dir, err = os.MkdirTemp("", "opc-diff-"); err != nil {
		return err
	}
	cmd := command(ctx, g.repository.top, "archive", "--format=tar", g.revision)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cmd.Wait()) }()
	root, err := os.OpenRoot(g.dir)
	if err != nil {
		return err
	}
	defer root.Close()
	r := tar.NewReader(stdout)
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			_, _ = io.Copy(io.Discard, stdout)
			return nil
		}
		if err != nil {
			return err
		}
		if err := extract(root, h, r); err != nil {
			return err
		}
	}
}

// extract writes one entry. The root keeps it, and links, inside.
func extract(root *os.Root, h *tar.Header, r io.Reader) error {
	name := filepath.FromSlash(h.Name)
	switch h.Typeflag {
	case tar.TypeDir:
		return root.MkdirAll(name, 0o755)
	case tar.TypeSymlink:
		return root.Symlink(h.Linkname, name)
	case tar.TypeReg:
		if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		f, err := root.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o644)
		if err != nil {
			return err
		}
		_, err = io.Copy(f, r)
		return errors.Join(err, f.Close())
	}
	return nil
}
