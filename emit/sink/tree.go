package sink

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
)

// tree reads an output folder, which need not exist. It goes through os.Root, so that a link can't lead a read, or a
// deletion planned from it, out of the folder.
type tree struct {
	root *os.Root          // nil when there is no folder
	dirs map[string]string // folder to the path in its way, "" for none: every file of a folder asks the same
}

// entry is what stands at a file's place.
type entry struct {
	exists  bool
	link    bool   // a symbolic link, socket or other special file
	blocked string // the path that keeps the file from being written
	data    []byte
}

func openTree(dir string) (*tree, error) {
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		root, err = nil, nil
	}
	return &tree{root: root, dirs: map[string]string{".": ""}}, err
}

func (t *tree) close() {
	if t.root != nil {
		_ = t.root.Close()
	}
}

// look returns what stands at a name.
func (t *tree) look(name string) (entry, error) {
	if t.root == nil {
		return entry{}, nil
	}
	blocked, err := t.blocked(path.Dir(name))
	if err != nil || blocked != "" {
		return entry{blocked: blocked}, err
	}
	info, err := t.root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return entry{}, nil
	case err != nil:
		return entry{}, err
	case info.IsDir():
		return entry{blocked: name}, nil
	case !info.Mode().IsRegular():
		return entry{exists: true, link: true}, nil
	}
	data, err := t.root.ReadFile(name)
	if data == nil {
		data = []byte{}
	}
	return entry{exists: true, data: data}, err
}

// blocked returns the part of a folder's path that is no folder: a file, or a link, which opc doesn't write through.
func (t *tree) blocked(dir string) (string, error) {
	if at, ok := t.dirs[dir]; ok {
		return at, nil
	}
	at, err := t.blocked(path.Dir(dir))
	if err == nil && at == "" {
		var info fs.FileInfo
		info, err = t.root.Lstat(dir)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			err = nil
		case err == nil && !info.IsDir():
			at = dir
		}
	}
	t.dirs[dir] = at
	return at, err
}

// vacated reports whether everything at a path, a file or a folder, is about to be deleted.
func (t *tree) vacated(at string, leaving map[string]bool) bool {
	err := fs.WalkDir(t.root.FS(), at, func(name string, e fs.DirEntry, err error) error {
		goes := leaving[name]
		for file, l := range leaving {
			goes = goes || l && e != nil && e.IsDir() && strings.HasPrefix(file, name+"/")
		}
		if err == nil && !goes {
			err = fs.ErrExist
		}
		return err
	})
	return err == nil
}

// lock reads opc.lock. With force a file that can't be understood counts as no lock at all.
func (t *tree) lock(force bool) (lock, error) {
	found, err := t.look(LockName)
	if err != nil || !found.exists || found.link {
		return lock{}, err
	}
	l, err := readLock(found.data)
	if err == nil {
		return l, nil
	}
	if force {
		return lock{}, nil
	}
	advice := "restore it from version control, or use --force"
	if strings.Contains(string(found.data), "<<<<<<<") {
		advice = "it holds conflict marks: take either side, and compile again"
	}
	return lock{}, unusable(fmt.Sprintf("%s can't be read: %v; %s", LockName, err, advice))
}
