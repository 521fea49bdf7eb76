package opc

import (
	"context"
	"fmt"
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify"
)

// Part is what one target wrote.
type Part struct {
	Target string
	Files  *emit.FileSet
}

// Output is what a description compiled to, verified. Only Compile and With make one, so a function that takes an Output
// can't ship anything else.
type Output struct {
	operator *model.Operator
	parts    []Part
	opts     Options
	own      []string
	waivers  waivers
}

// Operator is the model that everything was made from. It is shared: copy it to change it.
func (o *Output) Operator() *model.Operator { return o.operator }

// Own lists the names of the targets that stand beside the description.
func (o *Output) Own() []string { return slices.Clone(o.own) }

// Files are the files that one target wrote; there are none where the target wrote nothing or did not run.
func (o *Output) Files(target string) Files {
	for _, p := range o.parts {
		if p.Target == target {
			return Files{p.Files}
		}
	}
	return Files{}
}

// With writes targets once more, for an operator of which more is known, such as the digests of its images, and verifies
// them. The findings are errors that the description does not accept; with one there is no output. Warnings are left
// out: Compile reported them.
func (o *Output) With(ctx context.Context, op *model.Operator, targets ...string) (*Output, diag.List, error) {
	var chosen []*emit.Target
	for _, name := range targets {
		t := emit.Named(o.opts.Targets, name)
		if t == nil {
			return nil, nil, fmt.Errorf("there is no target %s", name)
		}
		chosen = append(chosen, t)
	}
	own := o.waivers.again()
	parts, files, found := emitAll(ctx, op, chosen)
	if !found.HasErrors() {
		found = append(found, verify.Check(ctx, op, files, o.opts.verify(o.own))...)
	}
	var errors diag.List
	for _, d := range own.waive(found) {
		if d.Severity == diag.Error {
			errors = append(errors, d)
		}
	}
	if len(errors) > 0 || ctx.Err() != nil {
		return nil, errors, ctx.Err()
	}
	return &Output{op, parts, o.opts, o.own, own}, nil, nil
}

// Files are verified files in memory. Only an Output has some.
type Files struct{ set *emit.FileSet }

// Len is the number of files.
func (f Files) Len() int {
	if f.set == nil {
		return 0
	}
	return f.set.Len()
}

// Names lists the files in order.
func (f Files) Names() []string {
	if f.set == nil {
		return nil
	}
	return f.set.Names()
}

// Data returns the content of one file; nil where there is none.
func (f Files) Data(name string) []byte {
	if f.set == nil {
		return nil
	}
	file, _ := f.set.File(name)
	return file.Data
}

// Sub returns the files below a folder, with their names relative to it.
func (f Files) Sub(dir string) Files {
	if f.set == nil {
		return f
	}
	return Files{f.set.Sub(dir)}
}

// emitAll runs targets, and returns what each wrote and all of it together. That two of them write the same file is a
// defect of theirs.
func emitAll(ctx context.Context, op *model.Operator, targets []*emit.Target) ([]Part, *emit.FileSet, diag.List) {
	var parts []Part
	var diags diag.List
	all := &emit.FileSet{}
	for _, t := range targets {
		if ctx.Err() != nil {
			break
		}
		files, found := t.Emit(op)
		diags = append(diags, found...)
		if files == nil {
			files = &emit.FileSet{}
		}
		if err := all.Merge(files); err != nil {
			diags = append(diags, diag.Errorf(diag.Internal, "", "target %s: %v", t.Name, err))
		}
		parts = append(parts, Part{t.Name, files})
	}
	return parts, all, diags
}

func (o Options) verify(own []string) verify.Options {
	return verify.Options{Profiles: o.Profiles, Scratch: o.Scratch, Own: own}
}
