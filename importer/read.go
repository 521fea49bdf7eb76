package importer

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/opc-project/opc/schema/diag"
)

// Limits of what is read. The largest real manifest has 2.3 MB, the largest real bundle 6.7 MB.
const (
	MaxFile  = 16 << 20 // of a file
	maxTotal = 64 << 20
	maxBuilt = 16 << 20 // of what kustomize reads, which takes it far longer than others
	maxFiles = 10000
	maxDocs  = 5000 // objects; the largest real operators have some hundreds
)

// reader reads the files of a source within bounds. What makes the source unreadable goes to faults, what can't be
// carried over to loss; both know the place.
type reader struct {
	fsys   fs.FS
	total  int64
	docs   int
	built  []*document // what kustomize built the source from
	faults diag.List
	loss   diag.List

	lenient bool // a duplicate key is no fault: what installs the text takes the last one
}

func at(file string, line int) diag.Pos { return diag.Pos{File: file, Line: max(line, 1), Col: 1} }

func (r *reader) fault(pos diag.Pos, format string, args ...any) {
	d := diag.Errorf(diag.ImportUnreadable, "", format, args...)
	d.Pos = pos
	r.faults = append(r.faults, d)
}

func (r *reader) lost(pos diag.Pos, format string, args ...any) {
	d := diag.Warnf(diag.ImportLoss, "", format, args...)
	d.Pos = pos
	r.loss = append(r.loss, d)
}

// list returns the files at and below a folder, sorted; hidden ones are left out, as OLM's tools do. A folder that does
// not exist has none.
func (r *reader) list(dir string) []string {
	var out []string
	err := fs.WalkDir(r.fsys, dir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case strings.HasPrefix(d.Name(), ".") && name != dir:
			if d.IsDir() {
				return fs.SkipDir
			}
			r.lost(at(name, 1), "the file %s is hidden: it is not part of what is installed", name)
			return nil
		case d.IsDir():
			return nil
		}
		if out = append(out, name); len(out) > maxFiles {
			return fmt.Errorf("%s holds more than %d files", dir, maxFiles)
		}
		return nil
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		r.fault(at(dir, 1), "can't read %s: %v", dir, reason(err))
	}
	slices.Sort(out)
	return out
}

// reason shortens an error of the file system to what the reader needs.
func reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// file reads a regular file within bounds.
func (r *reader) file(name string) ([]byte, bool) {
	info, err := fs.Stat(r.fsys, name)
	switch {
	case err != nil && strings.Contains(err.Error(), "escapes"):
		r.fault(at(name, 1), "%s is a link that leaves the folder", name)
		last := &r.faults[len(r.faults)-1]
		*last = last.WithHint("copy the source without links (cp -RL), and import the copy")
		return nil, false
	case err != nil:
		r.fault(at(name, 1), "can't read %s: %v", name, reason(err))
		return nil, false
	case !info.Mode().IsRegular():
		r.fault(at(name, 1), "%s is not a regular file", name)
		return nil, false
	}
	f, err := r.fsys.Open(name)
	if err != nil {
		r.fault(at(name, 1), "can't read %s: %v", name, reason(err))
		return nil, false
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, MaxFile+1))
	r.total += int64(len(data))
	switch {
	case err != nil:
		r.fault(at(name, 1), "can't read %s: %v", name, reason(err))
	case len(data) > MaxFile:
		r.fault(at(name, 1), "%s is larger than %d MiB", name, MaxFile>>20)
	case r.total > maxTotal:
		r.fault(at(name, 1), "the files are larger than %d MiB together", maxTotal>>20)
	default:
		return data, true
	}
	return nil, false
}

// objects reads all objects of a file.
func (r *reader) objects(name string) []*document {
	data, ok := r.file(name)
	if !ok {
		return nil
	}
	if !utf8.Valid(data) {
		r.fault(at(name, 1), "%s is not text in UTF-8", name)
		return nil
	}
	return r.documents(name, data)
}
