// Package opc compiles the description of a Kubernetes operator into everything that ships it: a Dockerfile, a Helm
// chart, kustomize overlays, an install manifest, an OLM bundle and a catalog.
//
// Compile is the whole pipeline: load, lower, emit, verify. It reads through the file system that it is given and
// returns files in memory, so it runs where there is no disk. The command line, opc test, opc release and package
// publish all go through it: what ships is what was verified, and an Output is the proof.
package opc

import (
	"context"
	"io/fs"
	"slices"

	"github.com/opc-project/opc/compiler"
	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/emit/all"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/target"
	"github.com/opc-project/opc/verify"
)

// Stage says how far Compile goes.
type Stage int

// The stages. The zero value is the whole pipeline.
const (
	Verified Stage = iota
	Emitted        // files are made, but not verified: there is no Output
	Lowered        // the model is made
	Loaded         // the description is read
)

// Options are what Compile needs besides the description. The zero value compiles for every target.
type Options struct {
	Tags, Set []string           // for CUE's @tag; fields to replace, such as manager.replicas=2
	Named     fs.FS              // where the files that the description names are read; nil for where it is itself
	Generator compiler.Generator // makes objects from Go markers; nil refuses from: "go"
	Catalogs  compiler.Catalogs  // reads catalog images; nil refuses an image in catalog.extends
	Targets   []*emit.Target     // what to write; nil for all targets
	Own       []string           // names of the targets beside the description to write, too; nil for all of them
	Partial   bool               // entries of accept may be for other targets: those that nothing needs are no finding
	Last      Stage              // where to stop

	Profiles []verify.Profile // what to verify for, besides that it installs
	Scratch  verify.Scratch   // gives Helm's linter a folder; nil leaves the linter out
	Strict   bool             // warnings stop the pipeline, too
	Proofs   Proofs           // remembers what was verified; nil verifies everything
	Today    string           // such as 2027-01-31: decides which entries of accept have expired; "" for none

	Show func(file string) string // how findings name a file of the description; nil for as it is
}

// Result is what came of a description. What a stage could not make is nil.
type Result struct {
	Document *schema.Document
	Operator *model.Operator
	Emitted  []Part    // what each target wrote, verified unless Options.Last says to stop before
	Output   *Output   // nil unless everything was verified
	Findings diag.List // placed and sorted, without those that the description accepts

	opts    Options
	own     []string // names of the targets beside the description
	waivers waivers
}

// Compile takes a description through the pipeline, and stops after the first stage that found an error: Findings has
// it then. name is the description's file in files, as schema.Find finds it. The error says only that ctx was done.
func Compile(ctx context.Context, files fs.FS, name string, opts Options) (r *Result, err error) {
	if opts.Named == nil {
		opts.Named = files
	}
	if opts.Targets == nil {
		opts.Targets = all.Targets
	}
	r = &Result{opts: opts}
	defer r.recover(name)
	r.stages(ctx, files, name)
	return r, ctx.Err()
}

// stages is the pipeline.
func (r *Result) stages(ctx context.Context, files fs.FS, name string) {
	doc, diags := schema.Load(files, name, schema.Options{Tags: r.opts.Tags, Set: r.opts.Set})
	r.Document, r.waivers = doc, waivers{list: doc.Spec.Accept, today: r.opts.Today}
	if !diags.HasErrors() {
		diags = append(diags, r.waivers.check()...)
	}
	if r.Found(diags) || ctx.Err() != nil || r.opts.Last == Loaded {
		return
	}
	diags = r.ownTargets()
	if r.Found(diags) {
		return
	}
	op, diags := compiler.Lower(ctx, doc, r.opts.Named, compiler.Options{Generator: r.opts.Generator, Catalogs: r.opts.Catalogs})
	if r.Found(diags) || ctx.Err() != nil {
		return
	}
	if r.Operator = op; r.opts.Last == Lowered {
		return
	}
	parts, tree, diags := emitAll(ctx, op, r.opts.Targets)
	if r.Found(diags) || ctx.Err() != nil {
		return
	}
	if r.opts.Last == Emitted {
		r.Emitted = parts
		return
	}
	diags = r.verify(ctx, op, tree)
	if r.Found(diags) || r.Found(r.unneeded()) || ctx.Err() != nil {
		return
	}
	r.Emitted, r.Output = parts, &Output{operator: op, parts: parts, opts: r.opts, own: r.own, waivers: r.waivers.again()}
}

// ownTargets adds the targets that stand beside the description.
func (r *Result) ownTargets() diag.List {
	d := target.Description{Files: r.opts.Named, Said: r.Document.Says, Places: r.Document.Index.Give}
	own, diags := target.Find(d, r.opts.Own, all.Targets)
	for _, t := range own {
		r.own = append(r.own, t.Name)
	}
	r.opts.Targets = slices.Concat(r.opts.Targets, own)
	return diags
}
