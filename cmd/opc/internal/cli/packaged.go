package cli

import (
	"bufio"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing/fstest"

	"github.com/opc-project/opc/internal/regular"
	"github.com/opc-project/opc/publish/packed"
)

func isPackage(name string) bool {
	return strings.HasSuffix(name, ".tgz") || strings.HasSuffix(name, ".tar.gz")
}

// inPackage are the limits of a packaged chart: Helm takes no file over 5 MiB in one.
var inPackage = packed.Limits{File: 5 << 20, Kept: packed.Small.Kept, Read: packed.Small.Read, Files: packed.Small.Files, Entries: packed.Small.Entries}

// unpack shows a packaged chart as a tree. What Helm, or import, refuses in an archive is an error.
func unpack(name string) (fs.FS, error) {
	f, err := regular.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := &packed.Reader{Limits: inPackage}
	if err := r.Add(bufio.NewReader(f)); err != nil {
		return nil, err
	}
	return oneFolder(r.FS())
}

// oneFolder puts the files of a packaged chart below one folder. Helm takes the first part of each name for it, whatever
// it is.
func oneFolder(files fs.FS) (fs.FS, error) {
	charts, err := fs.Glob(files, "*/Chart.yaml")
	if err != nil || len(charts) == 0 {
		return files, err
	}
	folder, out := path.Dir(slices.Min(charts)), fstest.MapFS{}
	err = fs.WalkDir(files, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := fs.ReadFile(files, name)
		if _, rest, ok := strings.Cut(name, "/"); ok {
			out[path.Join(folder, rest)] = &fstest.MapFile{Data: data, Mode: 0o644}
		}
		return err
	})
	return out, err
}
