package sink

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// treeName is the folder of a workspace in which a new tree is built.
const treeName = "tree"

// mutexName is the file of a workspace that the running process holds locked, so that two runs don't write at once.
// The operating system unlocks it when a process dies, so it never has to be removed by hand.
const mutexName = "lock"

// workspace is a folder for unfinished work: beside the output folder (.dist.opc), or inside (.opc) where the parent
// can't be written, as in a container into which only the output folder is mounted.
type workspace struct {
	out    string // the output folder's real path
	dir    string
	inside bool
	mutex  *lockedfile.File
	fault  func(op, name string) error
}

// beside is the workspace's path next to an output folder.
func beside(out string) string {
	return filepath.Join(filepath.Dir(out), "."+filepath.Base(out)+".opc")
}

// leftover reports whether a killed run left something behind, or another run is at work.
func leftover(out string) bool {
	for _, dir := range []string{beside(out), filepath.Join(out, insideName)} {
		if _, err := os.Lstat(dir); err == nil {
			return true
		}
	}
	return false
}

// acquire makes the workspace of an output folder and waits until no other run has it.
func (d Dir) acquire(ctx context.Context, out string) (*workspace, error) {
	if err := os.MkdirAll(filepath.Dir(out), 0o777); err != nil {
		return nil, err
	}
	ws := &workspace{out: out, dir: beside(out), fault: d.fault}
	err := ws.claim(ctx)
	if err == nil || ctx.Err() != nil {
		return ws, err
	}
	if _, statErr := os.Stat(out); statErr != nil {
		return nil, err
	}
	ws.dir, ws.inside = filepath.Join(out, insideName), true
	return ws, ws.claim(ctx)
}

// claim makes the folder and locks it. Another run may delete folder and mutex between the two, hence the loop.
func (ws *workspace) claim(ctx context.Context) error {
	for {
		if err := os.Mkdir(ws.dir, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		if err := ws.recognise(); err != nil {
			return err
		}
		name := filepath.Join(ws.dir, mutexName)
		f, err := lockFile(ctx, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		held, err1 := f.Stat()
		there, err2 := os.Stat(name)
		if err1 == nil && err2 == nil && os.SameFile(held, there) {
			ws.mutex = f
			return nil
		}
		_ = f.Close()
	}
}

// recognise refuses a folder of somebody else's that has the workspace's name.
func (ws *workspace) recognise() error {
	entries, err := os.ReadDir(ws.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		switch e.Name() {
		case mutexName, treeName, journalName, stagedName, journalName + ".tmp":
		default:
			return unusable(fmt.Sprintf("%s is in the way, and not from opc", ws.dir))
		}
	}
	return err
}

// lockFile waits for the mutex, but no longer than the context lasts.
func lockFile(ctx context.Context, name string) (*lockedfile.File, error) {
	type result struct {
		f   *lockedfile.File
		err error
	}
	done := make(chan result, 1)
	go func() {
		f, err := lockedfile.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o666)
		done <- result{f, err}
	}()
	select {
	case r := <-done:
		return r.f, r.err
	case <-ctx.Done():
		go func() {
			if r := <-done; r.err == nil {
				_ = r.f.Close()
			}
		}()
		return nil, ctx.Err()
	}
}

// release removes the workspace, unless something unfinished stands in it, and lets the next run in. The mutex is
// removed while it is held: who waits for it then sees that it is gone and begins again. Windows can't remove an open
// file; there it is closed first.
func (ws *workspace) release() {
	if ws.mutex == nil {
		return
	}
	if runtime.GOOS == "windows" {
		_ = ws.mutex.Close()
	}
	if ws.fault == nil || ws.fault("release", ws.dir) == nil {
		_ = os.Remove(filepath.Join(ws.dir, mutexName))
		_ = os.Remove(ws.dir)
	}
	_ = ws.mutex.Close()
	ws.mutex = nil
}

// clean puts right what a killed run left: a tree that was being built, or replaced, is removed; a journal is carried
// out to its end.
func (ws *workspace) clean() error {
	if !ws.inside {
		if err := os.RemoveAll(filepath.Join(ws.dir, treeName)); err != nil {
			return err
		}
	}
	if _, err := os.Lstat(filepath.Join(ws.out, insideName)); err != nil {
		return nil
	}
	root, err := os.OpenRoot(ws.out)
	if err != nil {
		return err
	}
	defer root.Close()
	return resume(disk{root, ws.fault}, ws.inside)
}
