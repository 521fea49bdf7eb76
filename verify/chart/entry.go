package chart

import (
	"io/fs"
	"path"
	"time"
)

// entry is a file in memory as Helm's rules for ignoring ask for it.
type entry struct {
	name   string
	folder bool
}

// Name implements fs.FileInfo.
func (e entry) Name() string { return path.Base(e.name) }

// Size implements fs.FileInfo.
func (e entry) Size() int64 { return 0 }

// Mode implements fs.FileInfo.
func (e entry) Mode() fs.FileMode {
	if e.folder {
		return fs.ModeDir
	}
	return 0
}

// ModTime implements fs.FileInfo.
func (e entry) ModTime() time.Time { return time.Time{} }

// IsDir implements fs.FileInfo.
func (e entry) IsDir() bool { return e.folder }

// Sys implements fs.FileInfo.
func (e entry) Sys() any { return nil }
