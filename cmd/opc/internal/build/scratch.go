package build

import (
	"io/fs"
	"os"
)

// Scratch puts files into a folder of their own, for libraries that read nothing else.
func Scratch(files fs.FS) (dir string, remove func(), err error) {
	dir, err = os.MkdirTemp("", "opc-")
	if err != nil {
		return "", nil, err
	}
	remove = func() { _ = os.RemoveAll(dir) }
	if err := os.CopyFS(dir, files); err != nil {
		remove()
		return "", nil, err
	}
	return dir, remove, nil
}
