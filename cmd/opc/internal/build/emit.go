package build

import (
	"io/fs"
	"os"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/emit/sink"
	"github.com/opc-project/opc/schema/diag"
)

// emitAll runs the targets, and returns what each wrote and all of it together. That two of them write the same file is
// a defect of theirs.
func emitAll(op *model.Operator, targets []*emit.Target) ([]sink.Part, *emit.FileSet, diag.List) {
	var parts []sink.Part
	var diags diag.List
	all := &emit.FileSet{}
	for _, t := range targets {
		files, found := t.Emit(op)
		diags = append(diags, found...)
		if files == nil {
			files = &emit.FileSet{}
		}
		if err := all.Merge(files); err != nil {
			diags = append(diags, diag.Errorf(diag.Internal, "", "target %s: %v", t.Name, err))
		}
		parts = append(parts, sink.Part{Target: t.Name, Files: files})
	}
	return parts, all, diags
}

// Scratch puts files into a folder of their own, for libraries that read nothing else.
func Scratch(files fs.FS) (dir string, remove func(), err error) {
	dir, err = os.MkdirTemp("", "opc-")
	if err != nil {
		return "", nil, err
	}
	remove = func() { _ = os.RemoveAll(dir) }
	if err := os.CopyFS(dir, files); err != nil {
		remove()
		return "", nil, err
	}
	return dir, remove, nil
}
