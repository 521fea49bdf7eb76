package sink

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/opc-project/opc/schema/diag"
)

// Action is what a run does with one file, or why it can't.
type Action string

// The actions. Edited, Foreign and Blocked stop the run.
const (
	Same    Action = "same"
	Create  Action = "create"
	Change  Action = "change"
	Delete  Action = "delete"
	Edited  Action = "edited"  // opc wrote it, and somebody changed it
	Foreign Action = "foreign" // somebody else's file stands there
	Blocked Action = "blocked" // a folder, link or file stands where a file or folder must be
)

// File is one file of a plan.
type File struct {
	Name   string // slash-separated, relative to the folder
	Target string // "" for opc.lock
	Action Action
	Old    []byte    // what stands there; nil when nothing does
	New    []byte    // what shall stand there; nil when nothing shall
	From   diag.Path // of an edited file: the part of the description that the first difference is made from
	At     string    // of a blocked file: the path that is in the way
}

// Plan is the difference between a folder and the tree that should stand there.
type Plan struct {
	Dir   Dir
	Files []File // in the order of their names

	kept      []string // files of targets that were not asked for
	strangers []string // others' files among those that are read as a whole
}

// Plan compares the folder with want, and writes nothing. Findings say that the folder can't be used at all; what
// stands in the way of single files is among the plan's own Findings.
func (d Dir) Plan(want Want) (*Plan, diag.List, error) {
	if path, err := d.check(); err == nil && pending(path) {
		return nil, diag.List{d.interrupted()}, nil
	}
	plan, err := d.plan(want)
	if err != nil {
		diags, err := d.finding(err)
		return nil, diags, err
	}
	return plan, nil, nil
}

func (d Dir) plan(want Want) (*Plan, error) {
	path, err := d.check()
	if err != nil {
		return nil, err
	}
	t, err := openTree(path)
	if err != nil {
		return nil, err
	}
	defer t.close()
	old, err := t.lock(want.Force)
	if err != nil {
		return nil, err
	}
	plan := &Plan{Dir: d}
	if err := plan.obsolete(t, old, want); err != nil {
		return nil, err
	}
	if err := plan.wanted(t, old.owned(), want); err != nil {
		return nil, err
	}
	if err := plan.lockFile(t, old.next(want), want.Force); err != nil {
		return nil, err
	}
	plan.kept = keptNames(old.next(want), plan.Files)
	slices.SortFunc(plan.Files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	if err := plan.findStrangers(t, want.Whole); err != nil {
		return nil, err
	}
	return plan, plan.protect(path, want.Inputs)
}

// check returns the folder's real path, or why nothing can be written there.
func (d Dir) check() (string, error) {
	path, err := resolve(d.Path)
	if err != nil {
		return "", err
	}
	for elem := range strings.SplitSeq(filepath.ToSlash(path), "/") {
		if elem == ".git" {
			return "", unusable("it stands inside a Git repository's own folder")
		}
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return path, nil
	}
	if err == nil && !info.IsDir() {
		err = unusable("it is a file")
	}
	if filepath.Dir(path) == path {
		err = unusable("it is the root of the file system")
	}
	return path, err
}

// wanted plans the files that were emitted; obsolete was called before.
func (p *Plan) wanted(t *tree, mine map[string]owned, want Want) error {
	leaving := map[string]bool{}
	for _, f := range p.Files {
		leaving[f.Name] = f.Action == Delete
	}
	for _, part := range want.Parts {
		for _, name := range part.Files.Names() {
			if reserved(name) {
				return fmt.Errorf("target %s emits %s, a name that the sink keeps for itself", part.Target, name)
			}
			emitted, _ := part.Files.File(name)
			found, err := t.look(name)
			if err != nil {
				return err
			}
			if found.blocked != "" && t.vacated(found.blocked, leaving) {
				found = entry{}
			}
			f := File{Name: name, Target: part.Target, Old: found.data, New: emitted.Data, At: found.blocked}
			was, ours := mine[name]
			f.Action = judge(found, emitted.Data, was.Digest, ours, want.Force)
			if f.Action == Edited {
				f.From = part.Files.Trace(name, firstDifference(f.Old, f.New))
			}
			p.Files = append(p.Files, f)
		}
	}
	return nil
}

// judge decides about one emitted file.
func judge(found entry, data []byte, was string, ours, force bool) Action {
	switch {
	case found.blocked != "":
		return Blocked
	case !found.exists:
		return Create
	case found.link && force:
		return Change // the link is replaced, not what it points to
	case found.link:
		return Foreign
	case unchanged(found.data, digest(data)):
		return Same
	case force || ours && unchanged(found.data, was):
		return Change
	case ours:
		return Edited
	}
	return Foreign
}

// obsolete plans the files that opc wrote before and emits no more.
func (p *Plan) obsolete(t *tree, old lock, want Want) error {
	mine, kept := old.owned(), old.next(want).owned()
	for _, name := range slices.Sorted(maps.Keys(mine)) {
		if _, ok := kept[name]; ok {
			continue
		}
		found, err := t.look(name)
		if err != nil {
			return err
		}
		if !found.exists || found.link || found.blocked != "" {
			continue // what stands there now is not what opc wrote
		}
		f := File{Name: name, Target: mine[name].Target, Action: Delete, Old: found.data}
		if !want.Force && !unchanged(found.data, mine[name].Digest) {
			f.Action = Edited
		}
		p.Files = append(p.Files, f)
	}
	return nil
}

// keptNames lists what the next lock names and the plan does not.
func keptNames(next lock, files []File) []string {
	names := next.owned()
	for _, f := range files {
		delete(names, f.Name)
	}
	return slices.Sorted(maps.Keys(names))
}

// lockFile plans opc.lock itself.
func (p *Plan) lockFile(t *tree, next lock, force bool) error {
	found, err := t.look(LockName)
	if err != nil {
		return err
	}
	data := next.encode()
	f := File{Name: LockName, Action: Change, Old: found.data, New: data, At: found.blocked}
	switch {
	case found.blocked != "":
		f.Action = Blocked
	case !found.exists:
		f.Action = Create
	case found.link && !force:
		f.Action = Foreign
	case unchanged(found.data, digest(data)):
		f.Action = Same
	}
	p.Files = append(p.Files, f)
	return nil
}

// protect refuses a plan that would write to what it was made from.
func (p *Plan) protect(path string, inputs []string) error {
	for _, f := range p.Files {
		if slices.Contains(inputs, filepath.Join(path, filepath.FromSlash(f.Name))) {
			return unusable(f.Name + " in it is one of the files that the description is read from")
		}
	}
	return nil
}

// findStrangers finds files that are not opc's in folders that are read as a whole.
func (p *Plan) findStrangers(t *tree, whole []string) error {
	if t.root == nil {
		return nil
	}
	known := map[string]bool{}
	for _, f := range p.Files {
		known[f.Name] = true
	}
	for _, dir := range whole {
		at, err := t.blocked(dir) // a link or a file in its place: never followed
		if err != nil {
			return err
		}
		if at != "" {
			if !slices.ContainsFunc(p.Files, func(f File) bool { return f.At == at }) && !slices.Contains(p.strangers, at) {
				p.strangers = append(p.strangers, at)
			}
			continue
		}
		err = fs.WalkDir(t.root.FS(), dir, func(name string, e fs.DirEntry, err error) error {
			if err == nil && !e.IsDir() && !known[name] && !slices.Contains(p.kept, name) {
				p.strangers = append(p.strangers, name)
			}
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// reserved reports whether the sink keeps a name for itself.
func reserved(name string) bool {
	return name == LockName || name == insideName || strings.HasPrefix(name, insideName+"/")
}

// UpToDate reports whether there is nothing to do.
func (p *Plan) UpToDate() bool {
	return !slices.ContainsFunc(p.Files, func(f File) bool { return f.Action != Same })
}

// Targets lists the targets that have files in the plan, sorted.
func (p *Plan) Targets() []string {
	found := map[string]bool{}
	for _, f := range p.Files {
		if f.Target != "" {
			found[f.Target] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// Count returns how many files of a target have one of the actions.
func (p *Plan) Count(target string, actions ...Action) int {
	n := 0
	for _, f := range p.Files {
		if f.Target == target && slices.Contains(actions, f.Action) {
			n++
		}
	}
	return n
}
