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
	"slices"
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

// chartFolder opens the folder of a chart. Its links may lead to what else its project holds, as those of a dashboard or a
// library chart that is used twice do, and no further.
func (s *source) chartFolder(dir string) (fs.FS, error) {
	files, root, err := projectFolder(dir)
	s.root = root
	return files, err
}

// projectFolder shows the regular files of a folder, and those of its project that its links lead to. The project is the
// git repository, or where there is none, as in an unpacked archive of one, what is marked as a project.
func projectFolder(dir string) (fs.FS, *os.Root, error) {
	top, ok := markedAbove(dir, ".git")
	if !ok {
		top, ok = markedAbove(dir, marks...)
	}
	if !ok {
		top = dir
	}
	root, err := os.OpenRoot(top)
	if err != nil {
		return nil, nil, err
	}
	below, err := filepath.Rel(top, dir)
	if err != nil {
		return nil, root, err
	}
	files, err := fs.Sub(ofProject{regular.Files(root.FS()), top}, filepath.ToSlash(below))
	return files, root, err
}

// ofProject are the files of a project without what git keeps in .git, such as addresses with passwords.
type ofProject struct {
	fs.FS
	top string
}

// Open implements fs.FS.
func (p ofProject) Open(name string) (fs.File, error) {
	real, err := filepath.EvalSymlinks(filepath.Join(p.top, filepath.FromSlash(name)))
	if err == nil {
		top, _ := filepath.EvalSymlinks(p.top)
		rel, err := filepath.Rel(top, real)
		if way := strings.Split(filepath.ToSlash(rel), "/"); err != nil || way[0] == ".." || slices.Contains(way, ".git") {
			return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("path escapes from parent")}
		}
	}
	return p.FS.Open(name)
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
