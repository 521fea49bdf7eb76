package sink

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
)

// errNoSwap says that the folder can't be swapped as a whole; the journal is the way then.
var errNoSwap = errors.New("the folder can't be swapped")

// swap builds the new tree beside the folder and lets the two change places.
func (ws *workspace) swap(ctx context.Context, plan *Plan) error {
	if ws.inside {
		return errNoSwap
	}
	_, err := os.Lstat(ws.out)
	fresh := errors.Is(err, fs.ErrNotExist)
	if !fresh && !canSwap {
		return errNoSwap
	}
	links, modes, ok := survey(ws.out, plan)
	if !fresh && !ok {
		return errNoSwap
	}
	root, err := os.OpenRoot(filepath.Dir(ws.out))
	if err != nil {
		return err
	}
	defer root.Close()
	k := disk{root, ws.fault}
	out, next := filepath.Base(ws.out), path.Join(filepath.Base(ws.dir), treeName)
	err = build(ctx, k, plan, out, next, links, modes)
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		err = ws.exchange(fresh)
	}
	if err != nil {
		_ = k.removeAll(next)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case fresh:
			return err
		}
		return errNoSwap // a mount point, or no hard links; whatever else it is, the journal meets it too
	}
	if fresh {
		return nil
	}
	if err := rescue(k, plan, next, out); err != nil {
		return err
	}
	return k.removeAll(next)
}

func (ws *workspace) exchange(fresh bool) error {
	if ws.fault != nil {
		if err := ws.fault("exchange", ws.out); err != nil {
			return err
		}
	}
	next := filepath.Join(ws.dir, treeName)
	if fresh {
		return os.Rename(next, ws.out)
	}
	return exchange(next, ws.out)
}

// survey lists the files of the folder that stay as they are, and the folders' modes. It says no to a folder that
// holds what a swap could harm: folders that are not opc's (a swap of a whole project would pull the ground from under
// every shell that stands in it), links and other special files, and folders of other owners.
func survey(out string, plan *Plan) (links []string, modes map[string]fs.FileMode, ok bool) {
	known, replaced := map[string]bool{".": true}, map[string]bool{}
	names := slices.Clone(plan.kept)
	for _, f := range plan.Files {
		names = append(names, f.Name)
		replaced[f.Name] = f.Action != Same
	}
	for _, name := range names {
		for dir := path.Dir(name); !known[dir]; dir = path.Dir(dir) {
			known[dir] = true
		}
	}
	modes = map[string]fs.FileMode{}
	err := fs.WalkDir(os.DirFS(out), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		switch {
		case err != nil:
			return err
		case e.IsDir() && known[name] && ownFolder(info):
			modes[name] = info.Mode().Perm()
		case info.Mode().IsRegular() && !replaced[name]:
			links = append(links, name)
		case info.Mode().IsRegular():
		default:
			return errNoSwap
		}
		return nil
	})
	return links, modes, err == nil
}

// build makes the new tree: new files are written, all others are hard links and so keep their times.
func build(ctx context.Context, k disk, plan *Plan, out, next string, links []string, modes map[string]fs.FileMode) error {
	if err := k.mkdirAll(next); err != nil {
		return err
	}
	for _, f := range plan.Files {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if f.Action == Create || f.Action == Change {
			if err := k.write(path.Join(next, f.Name), f.New); err != nil {
				return err
			}
		}
	}
	for _, name := range links {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := k.link(path.Join(out, name), path.Join(next, name)); err != nil {
			return err
		}
	}
	for dir, mode := range modes {
		info, err := k.root.Stat(path.Join(next, dir))
		if err != nil || info.Mode().Perm() == mode {
			continue // the folder is gone from the new tree, or right
		}
		if err := k.chmod(path.Join(next, dir), mode); err != nil {
			return err
		}
	}
	return nil
}

// rescue brings into the new tree what somebody wrote to the old one while the new one was being built.
func rescue(k disk, plan *Plan, old, out string) error {
	gone := map[string]bool{}
	for _, f := range plan.Files {
		gone[f.Name] = f.Action != Same
	}
	oldTree, err := k.root.OpenRoot(old)
	if err != nil {
		return err
	}
	defer oldTree.Close()
	return fs.WalkDir(oldTree.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || gone[name] {
			return err
		}
		before, err := oldTree.Lstat(name)
		if err != nil {
			return err
		}
		if after, err := k.root.Lstat(path.Join(out, name)); err == nil && os.SameFile(before, after) {
			return nil
		}
		if err := k.mkdirAll(path.Join(out, path.Dir(name))); err != nil {
			return err
		}
		return k.rename(path.Join(old, name), path.Join(out, name))
	})
}
