package sink

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
)

// The files of a journal, inside the output folder so that a rename never leaves the file system.
const (
	journalName = "journal"
	stagedName  = "new"
)

var (
	journalPath = path.Join(insideName, journalName)
	stagedPath  = path.Join(insideName, stagedName)
)

// step is one entry of a journal: a file to put into place, or to delete.
type step struct {
	Name  string
	Was   string // digest of what stood there when the journal was written; "" for nothing
	Write bool
}

// special stands for the digest of what is no regular file.
const special = "special"

// journal stages the new files, writes down what is to be done, and does it. From the moment the journal has its name
// the run counts as done: what is missing, the next run completes.
func (ws *workspace) journal(ctx context.Context, plan *Plan) error {
	root, err := os.OpenRoot(ws.out)
	if err != nil {
		return err
	}
	defer root.Close()
	k := disk{root, ws.fault}
	steps := plan.steps()
	err = stage(ctx, k, plan, steps)
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		err = k.rename(journalPath+".tmp", journalPath)
	}
	if err != nil {
		_ = discard(k, ws.inside)
		return err
	}
	return carryOut(k, steps, ws.inside)
}

// steps lists deletions first, since a file can give way to a folder of its name, and the lock last.
func (p *Plan) steps() []step {
	var deletes, writes []step
	for _, f := range p.Files {
		s := step{Name: f.Name, Write: f.Action != Delete}
		switch {
		case f.Action == Same:
			continue
		case f.Old != nil:
			s.Was = digest(f.Old)
		case f.Action == Change:
			s.Was = special
		}
		if s.Write {
			writes = append(writes, s)
		} else {
			deletes = append(deletes, s)
		}
	}
	slices.SortStableFunc(writes, func(a, b step) int {
		switch LockName {
		case a.Name:
			return 1
		case b.Name:
			return -1
		}
		return 0
	})
	return append(deletes, writes...)
}

func stage(ctx context.Context, k disk, plan *Plan, steps []step) error {
	for _, f := range plan.Files {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if f.Action == Create || f.Action == Change {
			if err := k.write(path.Join(stagedPath, f.Name), f.New); err != nil {
				return err
			}
		}
	}
	data, err := json.Marshal(steps)
	if err != nil {
		return err
	}
	return k.write(journalPath+".tmp", data)
}

// carryOut does every step that is not done yet, and removes the journal.
func carryOut(k disk, steps []step, inside bool) error {
	for _, s := range steps {
		if err := s.do(k); err != nil {
			return err
		}
	}
	return discard(k, inside)
}

// do carries out a step. What somebody changed since the journal was written is left alone: the next plan finds it.
func (s step) do(k disk) error {
	now, err := standing(k.root, s.Name)
	if err != nil {
		return err
	}
	if !s.Write {
		if now != "" && now == s.Was {
			err = k.remove(s.Name)
		}
		if err == nil {
			k.prune(s.Name) // also when the file is gone: the run may have been killed between the two
		}
		return err
	}
	staged := path.Join(stagedPath, s.Name)
	if _, err := k.root.Lstat(staged); errors.Is(err, fs.ErrNotExist) || now != s.Was {
		return nil
	}
	if err := k.mkdirAll(path.Dir(s.Name)); err != nil {
		return err
	}
	return k.rename(staged, s.Name)
}

// standing is the digest of what stands at a name; "" for nothing.
func standing(root *os.Root, name string) (string, error) {
	info, err := root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", nil
	case err != nil:
		return "", err
	case !info.Mode().IsRegular():
		return special, nil
	}
	data, err := root.ReadFile(name)
	return digest(data), err
}

// pending reports whether a journal waits to be carried out.
func pending(out string) bool {
	_, err := os.Lstat(filepath.Join(out, insideName, journalName))
	return err == nil
}

// resume completes what a killed run began.
func resume(k disk, inside bool) error {
	data, err := k.root.ReadFile(journalPath)
	if errors.Is(err, fs.ErrNotExist) {
		return discard(k, inside) // killed while it staged: nothing of the tree was touched
	}
	if err != nil {
		return err
	}
	var steps []step
	if err := json.Unmarshal(data, &steps); err != nil {
		return unusable(path.Join(insideName, journalName) + " in it can't be read: remove it")
	}
	for _, s := range steps {
		if !fs.ValidPath(s.Name) {
			return unusable(path.Join(insideName, journalName) + " in it is not from opc: remove it")
		}
	}
	return carryOut(k, steps, inside)
}

// discard removes journal and staged files; the journal first, since without it the rest means nothing. inside says
// that the workspace stands in the same folder, which is then still needed.
func discard(k disk, inside bool) error {
	for _, name := range []string{journalPath, journalPath + ".tmp", stagedPath} {
		if err := k.removeAll(name); err != nil {
			return err
		}
	}
	if !inside {
		_ = k.remove(insideName) // fails if the user keeps something there
	}
	return nil
}
