// Package cases compiles the cases by which people test their own description, and compares each with the tree that was
// recorded for it. It is what opc test does; it knows nothing of flags and streams. Read Find and Run first.
package cases

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/opc-project/opc/cmd/opc/internal/build"
	"github.com/opc-project/opc/emit/sink"
	"github.com/opc-project/opc/internal/regular"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/target"
)

// The names in a case's folder.
const (
	wantFolder = "want" // the recorded tree
	setFile    = "set"  // PATH=VALUE lines: the case is another description, so changed
)

// Case is one description, or one way to change another, with the tree that it must compile to.
type Case struct {
	Name  string // of its folder
	Dir   string // absolute
	Input build.Input
	Set   []string
}

// Find lists the cases below a folder: each folder in it that has a description, or a file called set, whose lines
// PATH=VALUE change the description in the folder above all cases.
func Find(dir string) ([]Case, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var out []Case
	for _, e := range entries {
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		c := Case{Name: e.Name(), Dir: filepath.Join(dir, e.Name())}
		if name, ok := schema.Find(os.DirFS(c.Dir)); ok {
			c.Input = build.Input{Dir: c.Dir, Name: name}
			out = append(out, c)
			continue
		}
		set, err := regular.ReadFile(filepath.Join(c.Dir, setFile))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		above := filepath.Dir(dir)
		name, ok := schema.Find(os.DirFS(above))
		if !ok {
			return nil, fmt.Errorf("%s changes a description, and there is none in %s", filepath.Join(c.Dir, setFile), above)
		}
		c.Input, c.Set = build.Input{Dir: above, Name: name}, lines(set)
		out = append(out, c)
	}
	return out, nil
}

// targetCases is the folder of the cases of targets, beside them.
const targetCases = "test"

// OfTargets lists the cases of the targets beside a description: folders, whose file set changes the description. Where
// there is none, the description as it is is one.
func OfTargets(in build.Input) ([]Case, error) {
	dir := filepath.Join(in.Dir, target.Folder, targetCases)
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var out []Case
	for _, e := range entries {
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		c := Case{Name: e.Name(), Dir: filepath.Join(dir, e.Name()), Input: in}
		set, err := regular.ReadFile(filepath.Join(c.Dir, setFile))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		c.Set = lines(set)
		out = append(out, c)
	}
	if len(out) == 0 {
		out = []Case{{Name: "default", Dir: filepath.Join(dir, "default"), Input: in}}
	}
	return out, nil
}

// lines are the lines of a file that are neither empty nor comments.
func lines(data []byte) []string {
	var out []string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			out = append(out, line)
		}
	}
	return out
}

// Result is what came of a case.
type Result struct {
	*build.Result
	Plan *sink.Plan // the recorded tree against what was compiled; nil when that has errors

	recorded bool
}

// Run compiles a case and compares. opts are those of any compilation.
func Run(ctx context.Context, c Case, opts build.Options) *Result {
	opts.Mode, opts.Set = build.Emit, slices.Concat(c.Set, opts.Set)
	r := &Result{Result: build.Run(ctx, c.Input, opts)}
	if r.Err != nil || r.Findings.HasErrors() {
		return r
	}
	want := filepath.Join(c.Dir, wantFolder)
	old, err := read(want)
	r.recorded = len(old) > 0
	if err != nil {
		r.Err = err
		return r
	}
	got := map[string][]byte{}
	for _, p := range r.Emitted {
		for _, name := range p.Files.Names() {
			f, _ := p.Files.File(name)
			got[name] = f.Data
		}
	}
	r.Plan = compare(sink.Dir{Path: want, Label: build.Show(opts.Cwd, want)}, old, got)
	return r
}

// read returns the files of a recorded tree.
func read(dir string) (map[string][]byte, error) {
	out := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		data, err := regular.ReadFile(path)
		out[filepath.ToSlash(rel)] = data
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return out, nil
	}
	return out, err
}

func compare(dir sink.Dir, old, got map[string][]byte) *sink.Plan {
	plan := &sink.Plan{Dir: dir}
	names := maps.Clone(old)
	maps.Copy(names, got)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		f := sink.File{Name: name, Old: old[name], New: got[name]}
		_, was := old[name]
		_, is := got[name]
		switch {
		case !was:
			f.Action = sink.Create
		case !is:
			f.Action = sink.Delete
		case !bytes.Equal(f.Old, f.New):
			f.Action = sink.Change
		default:
			f.Action = sink.Same
		}
		plan.Files = append(plan.Files, f)
	}
	return plan
}

// Recorded reports whether there is a tree to compare with.
func (r *Result) Recorded() bool { return r.recorded }

// Record writes what a case compiled to. A case with errors has no plan, and is never recorded.
func (r *Result) Record() error {
	if err := os.MkdirAll(r.Plan.Dir.Path, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(r.Plan.Dir.Path)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, f := range r.Plan.Files {
		name := filepath.FromSlash(f.Name)
		switch f.Action {
		case sink.Delete:
			err = root.Remove(name)
		case sink.Create, sink.Change:
			if err = root.MkdirAll(filepath.Dir(name), 0o755); err == nil {
				err = root.WriteFile(name, f.New, 0o644)
			}
		}
		if err != nil {
			return err
		}
	}
	return prune(root, r.Plan)
}

// prune removes folders that deleted files left empty.
func prune(root *os.Root, plan *sink.Plan) error {
	for _, f := range plan.Files {
		for dir := filepath.Dir(filepath.FromSlash(f.Name)); f.Action == sink.Delete && dir != "."; dir = filepath.Dir(dir) {
			if list, err := fs.ReadDir(root.FS(), filepath.ToSlash(dir)); err != nil || len(list) > 0 {
				break
			}
			if err := root.Remove(dir); err != nil {
				return err
			}
		}
	}
	return nil
}
