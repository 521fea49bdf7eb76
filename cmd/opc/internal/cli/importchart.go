package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/opc-project/opc/importer"
	"github.com/opc-project/opc/internal/regular"
	"github.com/opc-project/opc/publish/packed"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/chart/sandbox"
)

// chartIn reads a chart's folder. It renders in a process of its own, which close ends.
func (s *source) chartIn(ctx context.Context, env Env, fsys fs.FS) {
	s.read = func(o importer.Options) (*importer.Result, diag.List) {
		return importer.Chart(fsys, func(files map[string][]byte) (importer.Renderer, error) {
			if len(env.Renderer) == 0 {
				return nil, errors.New("there is no program that renders it")
			}
			c, err := sandbox.Start(ctx, env.Renderer, files, sandbox.Standard)
			if err != nil {
				return nil, err
			}
			s.renderers = append(s.renderers, c)
			return c, nil
		}, o)
	}
}

// chartFolder opens the folder of a chart. Its links may lead to what else its repository holds, as those of a dashboard
// that is used twice do, and no further.
func (s *source) chartFolder(dir string) (fs.FS, error) {
	files, root, err := repositoryFolder(dir)
	s.root = root
	return files, err
}

// repositoryFolder shows the regular files of a folder, and those of its repository that its links lead to.
func repositoryFolder(dir string) (fs.FS, *os.Root, error) {
	top := dir
	for at := dir; filepath.Dir(at) != at; at = filepath.Dir(at) {
		if _, err := os.Lstat(filepath.Join(at, ".git")); err == nil {
			top = at
			break
		}
	}
	root, err := os.OpenRoot(top)
	if err != nil {
		return nil, nil, err
	}
	below, err := filepath.Rel(top, dir)
	if err != nil {
		return nil, root, err
	}
	files, err := fs.Sub(ofRepository{regular.Files(root.FS()), top}, filepath.ToSlash(below))
	return files, root, err
}

// ofRepository are the files of a repository without what git keeps in .git, such as addresses with passwords.
type ofRepository struct {
	fs.FS
	top string
}

// Open implements fs.FS.
func (r ofRepository) Open(name string) (fs.File, error) {
	real, err := filepath.EvalSymlinks(filepath.Join(r.top, filepath.FromSlash(name)))
	if err == nil {
		top, _ := filepath.EvalSymlinks(r.top)
		rel, err := filepath.Rel(top, real)
		if first, _, _ := strings.Cut(filepath.ToSlash(rel), "/"); err != nil || first == ".git" || first == ".." {
			return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("path escapes from parent")}
		}
	}
	return r.FS.Open(name)
}

// isPacked reports whether a file is a gzip, as packaged charts are, whatever it is called.
func isPacked(path string) bool {
	f, err := regular.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	magic := make([]byte, 2)
	_, err = io.ReadFull(f, magic)
	return err == nil && bytes.Equal(magic, []byte{0x1f, 0x8b})
}

// openPacked reads a packaged chart.
func openPacked(ctx context.Context, env Env, name string) (*source, diag.List) {
	f, err := regular.Open(absolute(env, name))
	if err != nil {
		return nil, unknownSource(name, err)
	}
	defer f.Close()
	// The chart's own folder is the only one.
	r := &packed.Reader{Limits: packed.Small, Keep: func(name string) (string, bool) {
		_, rest, ok := strings.Cut(name, "/")
		return rest, ok
	}}
	err = r.Add(bufio.NewReader(f))
	if err == nil {
		if _, missing := fs.Stat(r.FS(), "Chart.yaml"); missing != nil {
			err = errors.New("it holds no chart: there is no Chart.yaml in its one folder")
		}
	}
	if err != nil {
		return nil, diag.List{diag.Errorf(diag.ImportSource, "", "can't read %s: %v", filepath.ToSlash(name), err).
			WithHint("name a chart that helm package made")}
	}
	s := &source{label: filepath.ToSlash(name)}
	s.chartIn(ctx, env, r.FS())
	return s, nil
}

// Renderer is the argument by which this program becomes the one that renders charts; see package sandbox.
const Renderer = "render-chart"

// Render is that program. It returns the exit code.
func Render(in io.Reader, out, errors io.Writer) int {
	if err := sandbox.Serve(in, out); err != nil {
		fmt.Fprintln(errors, err)
		return exitFailure
	}
	return exitOK
}
