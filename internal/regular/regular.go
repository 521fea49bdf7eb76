// Package regular opens files that a description, a command line or a repository names, if they are regular files: a
// named pipe has no end until somebody writes to it, and a device may have none at all. It is for the packages at the
// edge; those in the middle get a file system from them.
package regular

import (
	"errors"
	"io/fs"
	"os"
)

// kinds are what a file may be, besides a file and a folder, in words.
var kinds = []struct {
	mode fs.FileMode
	name string
}{
	{fs.ModeNamedPipe, "a named pipe"}, {fs.ModeSocket, "a socket"}, {fs.ModeDevice, "a device"}, {fs.ModeIrregular, "no regular file"},
}

// refuse returns an error for what can't be read like a file or a folder.
func refuse(name string, mode fs.FileMode) error {
	for _, k := range kinds {
		if mode&k.mode != 0 {
			return &fs.PathError{Op: "open", Path: name, Err: errors.New("it is " + k.name + ": expected a regular file")}
		}
	}
	return nil
}

// Open is os.Open for regular files and folders.
func Open(name string) (*os.File, error) {
	info, err := os.Stat(name)
	if err == nil {
		err = refuse(name, info.Mode())
	}
	if err != nil {
		return nil, err
	}
	return os.Open(name)
}

// ReadFile is os.ReadFile for regular files.
func ReadFile(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err == nil {
		err = refuse(name, info.Mode())
	}
	if err != nil {
		return nil, err
	}
	return os.ReadFile(name)
}

// Files shows the folders and regular files of a file system.
func Files(of fs.FS) fs.FS { return files{of} }

type files struct{ fs.FS }

// Open implements fs.FS.
func (f files) Open(name string) (fs.File, error) {
	if err := f.check(name); err != nil {
		return nil, err
	}
	return f.FS.Open(name)
}

// ReadFile implements fs.ReadFileFS.
func (f files) ReadFile(name string) ([]byte, error) {
	if err := f.check(name); err != nil {
		return nil, err
	}
	return fs.ReadFile(f.FS, name)
}

// ReadDir implements fs.ReadDirFS.
func (f files) ReadDir(name string) ([]fs.DirEntry, error) {
	if err := f.check(name); err != nil {
		return nil, err
	}
	return fs.ReadDir(f.FS, name)
}

// Stat implements fs.StatFS.
func (f files) Stat(name string) (fs.FileInfo, error) { return fs.Stat(f.FS, name) }

// Lstat implements fs.ReadLinkFS.
func (f files) Lstat(name string) (fs.FileInfo, error) { return fs.Lstat(f.FS, name) }

// ReadLink implements fs.ReadLinkFS.
func (f files) ReadLink(name string) (string, error) { return fs.ReadLink(f.FS, name) }

func (f files) check(name string) error {
	info, err := fs.Stat(f.FS, name)
	if err != nil {
		return err
	}
	return refuse(name, info.Mode())
}
