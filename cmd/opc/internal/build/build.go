// Package build is the edge of the pipeline (package opc): it finds descriptions on disk, compiles them and writes what
// came of it. It is what the commands share, and knows nothing of flags and streams. Read Run first.
package build

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/opc-project/opc"
	"github.com/opc-project/opc/compiler"
	"github.com/opc-project/opc/compiler/gomarkers"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/emit/all"
	"github.com/opc-project/opc/emit/sink"
	"github.com/opc-project/opc/internal/regular"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify"
)

// Mode says how far a run goes.
type Mode int

// The modes, each going further than the one before.
const (
	Load    Mode = iota // load only
	Lower               // and lower
	Emit                // and emit into memory, and verify
	Compare             // and compare with the output folder
	Write               // and write to it
)

// stages are those of the pipeline that a mode ends with.
var stages = map[Mode]opc.Stage{Load: opc.Loaded, Lower: opc.Lowered}

// Options are what a run needs besides its input.
type Options struct {
	Mode    Mode
	Cwd     string // absolute; findings name files relative to it
	Tags    []string
	Set     []string
	Targets []*emit.Target // nil for all
	Own     []string       // names of targets beside the description; nil for all
	Partial bool           // Targets are not all there are: files of the others stay
	Out     string         // absolute; "" is dist in the description's folder
	Force   bool
	Today   string // such as 2027-01-31: decides which waivers of findings have ended; "" for none

	Unverified bool // write files that were not verified; nothing can be built of them
	Profiles   []verify.Profile
	Strict     bool       // warnings stop the run, too
	Proofs     opc.Proofs // what was verified before; nil verifies everything

	Catalogs compiler.Catalogs // reads catalog images

	Then func(*Result) // what comes after a compile without errors and needs the lines of files that the description names
}

// Result is what came of one input.
type Result struct {
	*opc.Result // findings name files relative to Cwd
	Input       Input
	Plan        *sink.Plan // what was, or would be, written

	// Conflicts are those files of the output folder that keep opc from writing it, placed and in order.
	Conflicts diag.List

	Err error // what is not the description's fault: the disk, an interruption

	reads *recorder // what was read while lowering
}

// run is one input on its way through the stages.
type run struct {
	*Result
	opts Options
	real string // the description's folder, links followed
}

// Run takes one description through the pipeline, and what it compiles to into the output folder. It stops after the
// first stage that found an error.
func Run(ctx context.Context, in Input, opts Options) *Result {
	r := &run{Result: &Result{Result: &opc.Result{}, Input: in}, opts: opts}
	root, err := os.OpenRoot(in.Dir)
	if err == nil {
		defer root.Close()
		r.real, err = filepath.EvalSymlinks(in.Dir)
	}
	if err != nil {
		r.unreadable(err)
		return r.Result
	}
	files := regular.Files(root.FS())
	r.reads = &recorder{FS: files, digests: map[string]string{}}
	r.Result.Result, r.Err = opc.Compile(ctx, files, in.Name, r.compile())
	if r.Err == nil && r.Emitted != nil && opts.Mode >= Compare {
		r.sink(ctx)
	}
	if opts.Then != nil && r.Err == nil && r.Output != nil {
		opts.Then(r.Result)
	}
	return r.Result
}

// compile returns the pipeline's options.
func (r *run) compile() opc.Options {
	last := stages[r.opts.Mode]
	if last == opc.Verified && r.opts.Unverified {
		last = opc.Emitted
	}
	return opc.Options{
		Tags: r.opts.Tags, Set: r.opts.Set, Targets: r.opts.Targets, Own: r.opts.Own, Partial: r.opts.Partial, Last: last,
		Named: r.reads, Generator: &recordedGenerator{gomarkers.Generator{Dir: r.real}, r.reads}, Catalogs: r.opts.Catalogs,
		Profiles: r.opts.Profiles, Scratch: Scratch, Strict: r.opts.Strict, Proofs: r.opts.Proofs, Today: r.opts.Today,
		Show: func(file string) string {
			return Show(r.opts.Cwd, filepath.Join(r.Input.Dir, filepath.FromSlash(file)))
		},
	}
}

// sink compares or writes the output folder.
func (r *run) sink(ctx context.Context) {
	out := OutputOf(r.Input, r.opts.Out)
	dir := sink.Dir{Path: out, Label: Show(r.opts.Cwd, out)}
	want := sink.Want{
		Partial: r.opts.Partial, Force: r.opts.Force,
		Input: r.InputDigest(), Inputs: r.reads.paths(r.real, r.Document.Sources),
	}
	for _, t := range all.Targets {
		want.Whole = append(want.Whole, t.Whole...)
	}
	for _, p := range r.Emitted {
		want.Parts = append(want.Parts, sink.Part{Target: p.Target, Files: p.Files})
	}
	var diags diag.List
	if r.opts.Mode == Write {
		r.Plan, diags, r.Err = dir.Write(ctx, want)
	} else {
		r.Plan, diags, r.Err = dir.Plan(want)
	}
	r.Findings = append(r.Findings, r.placed(diags)...)
	if r.Plan != nil {
		r.Conflicts = r.placed(r.Plan.Findings())
	}
}

// placed gives positions to places of the description that findings about the output folder refer to. Those findings'
// own positions are in the output folder, and are relative to Cwd already.
func (r *run) placed(diags diag.List) diag.List {
	for i := range diags {
		for j := range diags[i].Related {
			if rel := &diags[i].Related[j]; !rel.Pos.IsValid() {
				rel.Pos, _ = r.Locate(rel.Path)
			}
		}
	}
	return diags.Place(nil)
}

// Show returns a path as users see it: relative to where they ran, with slashes.
func Show(cwd, path string) string {
	if rel, err := filepath.Rel(cwd, path); err == nil {
		path = rel
	}
	return filepath.ToSlash(path)
}

// unreadable tells that the description's folder can't be opened.
func (r *run) unreadable(err error) {
	d := diag.Errorf(diag.NoInput, "", "can't read %s: %v", Show(r.opts.Cwd, r.Input.Dir), reason(err))
	r.Findings = diag.List{d.WithHint("name a description, or a folder that holds one")}
}

// reason shortens an error of the file system to what the reader needs.
func reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
