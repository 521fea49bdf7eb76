// Package sink writes file sets to a folder. It is the only writer of opc, so the rules of what may be overwritten or
// deleted stand here and nowhere else.
//
// The folder holds opc.lock, the list of the files that opc owns with the digest of each. What the list names and
// nobody changed may be replaced and deleted; everything else is left alone, and stops the run when it is in the way.
//
// Writing is all or nothing. There are two ways, because no single one works on every folder:
//
//   - Swap: the whole new tree is built beside the folder (unchanged files and the user's own are hard links), and the
//     two folders change places in one system call. A killed run leaves the old tree or the new one, at every moment.
//     It needs Linux or macOS, and a folder that is no mount point and holds no folders of the user's own.
//   - Journal: elsewhere the new files are staged inside the folder, a journal says what is to be done, and each file
//     is renamed into place. A run that was killed between two renames is completed by the next run, before it does
//     anything else.
//
// Killed means that the process ended; nothing is promised about a machine that lost its power. Read Plan first, then
// Write.
package sink

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/schema/diag"
)

// LockName is the file in the output folder that says what opc owns.
const LockName = "opc.lock"

// insideName is the folder inside the output folder in which a journal and its staged files stand.
const insideName = ".opc"

// Dir is an output folder.
type Dir struct {
	Path  string // absolute
	Label string // the same as findings show it: slashes, relative to where the user ran

	fault func(op, name string) error // tests end the process here; nil otherwise
}

// Part is what one target emitted.
type Part struct {
	Target string
	Files  *emit.FileSet
}

// Want is the tree that should stand in the folder.
type Want struct {
	Parts   []Part
	Input   string   // digest of everything that the tree was made from
	Inputs  []string // absolute paths of the files that were read: never written to, whatever Force says
	Partial bool     // files of targets that are not among Parts stay as they are
	Force   bool     // files changed by hand, and others' files in the way, are overwritten
	Whole   []string // folders that whoever installs them reads as a whole, so that others' files in them count
}

// unusable is why a folder can't be used: something that the user must change, as opposed to a failing disk.
type unusable string

func (u unusable) Error() string { return string(u) }

// resolve follows the links of the folder's path, as far as it exists.
func resolve(path string) (string, error) {
	real, err := filepath.EvalSymlinks(path)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return real, err
	}
	if info, err := os.Lstat(path); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		return "", unusable("it is a link to nothing")
	}
	parent, base := filepath.Dir(path), filepath.Base(path)
	if parent == path {
		return path, nil
	}
	real, err = resolve(parent)
	return filepath.Join(real, base), err
}

// finding turns what the user can repair into a finding; other errors stay errors.
func (d Dir) finding(err error) (diag.List, error) {
	var u unusable
	var pathErr *fs.PathError
	var linkErr *os.LinkError
	reason := err
	switch {
	case errors.As(err, &u):
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS), errors.Is(err, syscall.ENOTDIR):
		if errors.As(err, &pathErr) {
			reason = pathErr.Err
		} else if errors.As(err, &linkErr) {
			reason = linkErr.Err
		}
	default:
		return nil, err
	}
	found := diag.Errorf(diag.OutputUnusable, "", "can't write to %s: %v", d.Label, reason)
	return diag.List{found.WithHint("choose another folder with --out")}, nil
}
