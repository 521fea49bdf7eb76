package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/opc-project/opc/cmd/opc/internal/build"
)

// settled is how long nothing must change before opc compiles: editors and generators write several files at once.
const settled = 100 * time.Millisecond

// watch compiles all inputs, and then those below whose folders something changes, until it is interrupted. Errors of
// a description are printed, and it goes on.
func (p *printer) watch(ctx context.Context, inputs []build.Input, out string, run func([]build.Input) error) error {
	w, err := newWatcher(inputs, out)
	if err != nil {
		return err
	}
	defer w.Close()
	for next := inputs; ; {
		if err := run(next); ctx.Err() != nil {
			return nil // an interrupt is how it ends
		} else if err != nil && !errors.Is(err, errFindings) && !errors.Is(err, errDefect) {
			fmt.Fprintln(p.env.Stderr, "opc:", err)
		}
		if !p.quiet {
			fmt.Fprintln(p.env.Stderr, "waiting for changes; Ctrl-C ends")
		}
		p.changes = true
		changed, err := w.next(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		next = affected(inputs, changed)
	}
}

// affected are the inputs whose folders contain one of the changed files; nil stands for any file.
func affected(inputs []build.Input, changed []string) []build.Input {
	return slices.DeleteFunc(slices.Clone(inputs), func(in build.Input) bool {
		return changed != nil && !slices.ContainsFunc(changed, func(name string) bool { return inside(name, in.Dir) })
	})
}

func inside(name, dir string) bool {
	return name == dir || strings.HasPrefix(name, strings.TrimSuffix(dir, string(filepath.Separator))+string(filepath.Separator))
}

// watcher reports changes below the folders of descriptions.
type watcher struct {
	*fsnotify.Watcher
	outputs []string // folders that opc itself writes
}

func newWatcher(inputs []build.Input, out string) (*watcher, error) {
	notify, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("can't watch files: %w", err)
	}
	w := &watcher{Watcher: notify}
	for _, in := range inputs {
		w.outputs = append(w.outputs, build.OutputOf(in, out))
	}
	for _, in := range inputs {
		if err := w.addTree(in.Dir); err != nil {
			w.Close()
			return nil, fmt.Errorf("can't watch %s: %w", in.Dir, err)
		}
	}
	return w, nil
}

// addTree watches a folder and all below it. What was removed in the meantime is left out.
func (w *watcher) addTree(root string) error {
	return filepath.WalkDir(root, func(name string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case !e.IsDir():
			return nil
		case name != root && w.ignored(name):
			return fs.SkipDir
		}
		if err := w.Add(name); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	})
}

// ignored reports whether a file is no input: what opc writes, and hidden files, such as those of git and of editors.
func (w *watcher) ignored(name string) bool {
	base := filepath.Base(name)
	return strings.HasPrefix(base, ".") || strings.HasSuffix(base, "~") || base == "node_modules" ||
		slices.ContainsFunc(w.outputs, func(out string) bool { return inside(name, out) })
}

// next waits for changes, and returns the names of what changed; nil means that anything may have.
func (w *watcher) next(ctx context.Context) ([]string, error) {
	changed, lost := []string{}, false
	var quiet <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case e := <-w.Events:
			if e.Op == fsnotify.Chmod || w.ignored(e.Name) {
				continue
			}
			if e.Has(fsnotify.Create) {
				if err := w.addTree(e.Name); err != nil {
					return nil, fmt.Errorf("can't watch %s: %w", e.Name, err)
				}
			}
			changed, quiet = append(changed, e.Name), time.After(settled)
		case err := <-w.Errors:
			if !errors.Is(err, fsnotify.ErrEventOverflow) {
				return nil, fmt.Errorf("can't watch files: %w", err)
			}
			lost, quiet = true, time.After(settled)
		case <-quiet:
			if lost {
				return nil, nil
			}
			return changed, nil
		}
	}
}
