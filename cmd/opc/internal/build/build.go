// Package build runs the pipeline for one description, from its text to the files on disk: load, lower, emit, write. It
// is what the commands share, and knows nothing of flags and streams. Read Run first.
package build

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/opc-project/opc/compiler"
	"github.com/opc-project/opc/compiler/gomarkers"
	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/emit/sink"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify"
)

// Mode says how far a run goes.
type Mode int

// The modes, each going further than the one before.
const (
	Load    Mode = iota // load only
	Lower               // and lower
	Emit                // and emit into memory
	Compare             // and compare with the output folder
	Write               // and write to it
)

// Options are what a run needs besides its input.
type Options struct {
	Mode    Mode
	Cwd     string // absolute; findings name files relative to it
	Tags    []string
	Set     []string
	Targets []*emit.Target
	Partial bool   // Targets are not all there are: files of the others stay
	Out     string // absolute; "" is dist in the description's folder
	Force   bool
	Today   string // such as 2027-01-31: decides which waivers of findings have ended; "" for none

	Verify   bool // whether what was emitted is proven before anything is written
	Profiles []verify.Profile
	Strict   bool // warnings stop the run, too

	Stay bool // the folder stays open until Result.Close, so that the index can place what is found after the run
}

// Result is what came of one input.
type Result struct {
	Input    Input
	Document *schema.Document
	Operator *model.Operator // nil when there are errors
	Parts    []sink.Part     // likewise
	Plan     *sink.Plan      // what was, or would be, written

	// Findings and Conflicts are placed and in order; their files are relative to Cwd. Conflicts are those files of the
	// output folder that keep opc from writing it.
	Findings, Conflicts diag.List

	Err error // what is not the description's fault: the disk, an interruption

	reads  *recorder    // what was read while lowering
	waived map[int]bool // entries of accept that were needed
	open   *os.Root     // the description's folder, where it stays open
}

// Close ends what Options.Stay asked for.
func (r *Result) Close() {
	if r.open != nil {
		r.open.Close()
	}
}

// run is one input on its way through the stages.
type run struct {
	*Result
	opts Options
	real string // the description's folder, links followed
	root *os.Root
}

// Run takes one description through the stages. It stops after the first stage that found an error.
func Run(ctx context.Context, in Input, opts Options) (result *Result) {
	result = &Result{Input: in} // named, so that it is returned after a panic too
	r := &run{Result: result, opts: opts}
	defer r.recover()
	root, err := os.OpenRoot(in.Dir)
	if err == nil {
		r.real, err = filepath.EvalSymlinks(in.Dir)
	}
	if err != nil {
		r.unreadable(err)
		return result
	}
	if opts.Stay {
		r.open = root
	} else {
		defer root.Close()
	}
	r.root = root
	r.stages(ctx)
	return result
}

func (r *run) stages(ctx context.Context) {
	if r.opts.Verify {
		verify.Prepare()
	}
	files := r.root.FS()
	doc, diags := schema.Load(files, r.Input.Name, schema.Options{Tags: r.opts.Tags, Set: r.opts.Set})
	r.Document = doc
	if !diags.HasErrors() {
		diags = append(diags, checkWaivers(doc.Spec.Accept)...)
	}
	if r.found(diags) || r.stopped(ctx) || r.opts.Mode < Lower {
		return
	}
	reads := &recorder{FS: files, digests: map[string]string{}}
	r.reads = reads
	generator := &recordedGenerator{gomarkers.Generator{Dir: r.real}, reads}
	op, diags := compiler.Lower(ctx, doc, reads, compiler.Options{Generator: generator})
	if r.found(diags) || r.stopped(ctx) {
		return
	}
	r.Operator = op
	if r.opts.Mode < Emit {
		return
	}
	parts, all, diags := emitAll(op, r.opts.Targets)
	if r.found(diags) || r.stopped(ctx) {
		return
	}
	if r.opts.Verify {
		diags := verify.Check(ctx, op, all, verify.Options{Profiles: r.opts.Profiles, Scratch: Scratch})
		if r.found(diags) || r.found(r.unneeded()) || r.stopped(ctx) {
			return
		}
	}
	r.Parts = parts
	if r.opts.Mode >= Compare {
		r.sink(ctx, reads)
	}
}

// whole are the folders of which Helm, OLM and opm take every file.
var whole = []string{"chart/crds", "chart/templates", "bundle/manifests", "bundle/metadata", "catalog"}

// sink compares or writes the output folder.
func (r *run) sink(ctx context.Context, reads *recorder) {
	out := r.opts.Out
	if out == "" {
		out = filepath.Join(r.Input.Dir, "dist")
	}
	dir := sink.Dir{Path: out, Label: Show(r.opts.Cwd, out)}
	want := sink.Want{
		Parts: r.Parts, Partial: r.opts.Partial, Force: r.opts.Force,
		Input: reads.digest(r.Document.Tree), Inputs: reads.paths(r.real, r.Document.Sources), Whole: whole,
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

// found adds the findings of a stage and reports whether one of them stops the run.
func (r *run) found(diags diag.List) bool {
	placed := r.waive(diags).Place(r.Document.Index)
	for i := range placed {
		r.show(&placed[i].Pos)
		for j := range placed[i].Related {
			r.show(&placed[i].Related[j].Pos)
		}
	}
	r.Findings = append(r.Findings, placed...).Place(nil)
	return r.Findings.HasErrors() || r.opts.Strict && r.Findings.Count(diag.Warning) > 0
}

// placed gives positions to places of the description that findings about the output folder refer to. Those findings'
// own positions are in the output folder, and are relative to Cwd already.
func (r *run) placed(diags diag.List) diag.List {
	for i := range diags {
		for j := range diags[i].Related {
			if rel := &diags[i].Related[j]; !rel.Pos.IsValid() {
				rel.Pos, _ = r.Document.Index.Locate(rel.Path)
				r.show(&rel.Pos)
			}
		}
	}
	return diags.Place(nil)
}

// show makes a position's file relative to where the user ran, instead of the description's folder.
func (r *run) show(pos *diag.Pos) {
	if pos.IsValid() {
		pos.File = Show(r.opts.Cwd, filepath.Join(r.Input.Dir, filepath.FromSlash(pos.File)))
	}
}

// Show returns a path as users see it: relative to where they ran, with slashes.
func Show(cwd, path string) string {
	if rel, err := filepath.Rel(cwd, path); err == nil {
		path = rel
	}
	return filepath.ToSlash(path)
}

func (r *run) stopped(ctx context.Context) bool {
	r.Err = ctx.Err()
	return r.Err != nil
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
