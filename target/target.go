// Package target makes targets of the files in CUE that stand in the folder targets beside a description: each maps the
// model to files. A target sees a view of the model (NewView) whose fields are documented and versioned in model.cue, and
// writes below a folder of its own name. Read Find first. docs/write-a-target.md is for those who write one.
package target

import (
	_ "embed"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// Schema is the definition of the model that targets see, in CUE.
//
//go:embed model.cue
var Schema []byte

// Folder is where targets stand, beside the description.
const Folder = "targets"

// filesField is the field of a target with its files by their names.
const filesField = "files"

// reserved are names in the output folder that no target writes, but commands or the output itself have.
var reserved = []string{"oci", "packages", "opc.lock"}

var validName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`)

// Names lists the targets beside a description, sorted, without reading them.
func Names(fsys fs.FS) []string {
	entries, _ := fs.ReadDir(fsys, Folder) // most descriptions have none
	var out []string
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() || path.Ext(name) != ".cue" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") ||
			strings.HasSuffix(name, "_test.cue") || strings.HasSuffix(name, "_tool.cue") {
			continue
		}
		out = append(out, strings.TrimSuffix(name, ".cue"))
	}
	slices.Sort(out)
	return out
}

// Description is what targets need of the description that they stand beside.
type Description struct {
	Files fs.FS
	// Said reports whether the description says the field at a path, or one above it.
	Said func(diag.Path) bool
	// Places takes the positions of a file's fields, for findings about them.
	Places func(file string, places map[diag.Path]diag.Pos)
}

// Find reads the targets beside a description; only those that are named, unless names is nil. Their names must differ
// from what the built-in targets are called and write.
func Find(d Description, names []string, builtin []*emit.Target) ([]*emit.Target, diag.List) {
	var out []*emit.Target
	var diags diag.List
	for _, name := range Names(d.Files) {
		file := path.Join(Folder, name+".cue")
		if names != nil && !slices.Contains(names, name) {
			_, _ = schema.ReadProgram(d.Files, file) // it belongs to the input, whose digest --only must not change
			continue
		}
		if found := checkName(file, name, builtin); found.HasErrors() {
			diags = append(diags, found...)
			continue
		}
		program, found := schema.ReadProgram(d.Files, file)
		if diags = append(diags, found...); found.HasErrors() {
			continue
		}
		t := &own{description: d, name: name, program: program}
		out = append(out, &emit.Target{Name: name, Doc: program.Doc, Emit: t.emit, Outputs: []string{name}})
	}
	return out, diags
}

// checkName refuses names that others have, in the output folder or on the command line.
func checkName(file, name string, builtin []*emit.Target) diag.List {
	at := diag.Pos{File: file, Line: 1, Col: 1}
	if !validName.MatchString(name) {
		return diag.List{fault(at, "the target's file is called %s.cue: expected lower-case letters, digits and dashes", name).WithHint("rename the file")}
	}
	taken := slices.Clone(reserved)
	for _, t := range builtin {
		taken = append(taken, t.Name)
		for _, o := range t.Outputs {
			first, _, _ := strings.Cut(o, "/")
			taken = append(taken, first)
		}
	}
	if slices.ContainsFunc(taken, func(t string) bool { return strings.EqualFold(t, name) }) {
		return diag.List{fault(at, "%s is a target or file of opc itself: expected another name", name).WithHint("rename the file")}
	}
	return nil
}

func fault(at diag.Pos, format string, args ...any) diag.Diagnostic {
	d := diag.Errorf(diag.Target, "", format, args...)
	d.Pos = at
	return d
}

// own is one target of a user.
type own struct {
	description Description
	name        string
	program     *schema.Program
}

// emit evaluates the target, and encodes its files.
func (t *own) emit(m *model.Operator) (*emit.FileSet, diag.List) {
	view := NewView(m)
	made, diags := t.program.Run(view.Tree, filesField)
	if diags.HasErrors() {
		return nil, diags
	}
	t.description.Places(t.program.Name, made.Places)
	files, ok := made.Tree.(map[string]any)
	if !ok {
		return nil, diag.List{diag.Errorf(diag.Target, t.at("/"+filesField), "%s is not a struct: expected files by their names", filesField).
			WithHint("write %s: \"NAME.yaml\": {…}", filesField)}
	}
	w := &writer{target: t, view: view, made: made}
	for _, name := range emit.SortedKeys(files, nil) {
		w.file(name, files[name])
	}
	return &w.set, w.diags
}

// at is the path of a field of the target's file.
func (t *own) at(p diag.Path) diag.Path { return diag.InFile(t.program.Name, 0).Join(string(p)) }

// origin is where a value was said: in the description, or else in the target.
func (t *own) origin(view *View, made *schema.Outcome, p diag.Path) diag.Path {
	if from, ok := made.From[p]; ok {
		if said := view.Trace(from); said != "" {
			if _, _, _, inFile := said.File(); inFile || t.description.Said(said) {
				return said
			}
		}
	}
	return t.at(p)
}

// Limits of what one target writes: a target that loops over the wrong thing should not fill the disk.
const (
	maxFiles = 1000
	maxBytes = 10 << 20
)

// tooMuch reports what passes the limits.
func (w *writer) tooMuch(size int) string {
	switch {
	case w.set.Len() >= maxFiles:
		return fmt.Sprintf("the target writes more than %d files", maxFiles)
	case w.bytes+size > maxBytes:
		return fmt.Sprintf("the target writes more than %d MiB", maxBytes>>20)
	}
	return ""
}
