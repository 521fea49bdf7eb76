package schema

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/load"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/mod/modfile"
	"cuelang.org/go/mod/module"

	"github.com/opc-project/opc/schema/diag"
)

// readCUE evaluates a description in CUE, and returns it as plain data with a hole where something is wrong. A context
// is made for each description, since it keeps all that it evaluated for its whole life.
func (doc *Document) readCUE(opts Options) (tree any, diags diag.List) {
	names, diags := doc.packageFiles()
	if diags.HasErrors() {
		return hole{}, diags
	}
	inst := doc.load(names, opts.Tags)
	if inst.Err != nil {
		return hole{}, fromCUE(inst.Err, diag.Evaluation)
	}
	setInCUE(inst.Files, doc.Index.set)
	e := &evaluation{}
	if err := Bound(func() { e.run(inst) }); err != nil {
		return hole{}, diag.List{diag.Errorf(diag.Evaluation, "", "%v", err).
			WithHint("look for a list, text or disjunction that grows with each step; the limits are in docs/security.md")}
	}
	doc.Index.root = e.root
	return e.tree, e.diags
}

// Bound runs the evaluation of a description, which can take any time and memory. The error says which limit was passed;
// evaluate may go on then, and what it makes is not looked at. It bounds nothing unless a program sets it at its start:
// this package knows no clock.
var Bound = func(evaluate func()) error {
	evaluate()
	return nil
}

// evaluation is what comes of a description in CUE.
type evaluation struct {
	root  cue.Value
	tree  any
	diags diag.List
}

func (e *evaluation) run(inst *build.Instance) {
	defer func() {
		if x := recover(); x != nil { // a defect of CUE's evaluator is a finding like others
			e.tree = hole{}
			e.diags = append(e.diags, diag.Errorf(diag.Internal, "", "CUE can't evaluate the description: %v", x))
		}
	}()
	e.root = cuecontext.New().BuildInstance(inst)
	unresolved := unresolvedIn(e.root, inst.Files)
	if len(unresolved) > 0 {
		inst.Err = nil
		e.root = cuecontext.New().BuildInstance(inst) // again, with the names that are nowhere taken as anything
	}
	e.tree, e.diags = evaluated(e.root, len(unresolved) > 0)
	e.diags = append(unresolved, e.diags...)
}

// packageFiles returns the files that make up the description: the one that was named and, if it has a package clause,
// the others of its package in the same folder, as in Go. All are parsed, so that a fault in each is told.
func (doc *Document) packageFiles() ([]string, diag.List) {
	text, diags := readText(doc.Index.fsys, doc.Name)
	if diags.HasErrors() {
		return nil, diags
	}
	doc.Sources[doc.Name] = text
	main, diags := parseCUE(doc.Name, text)
	names := []string{doc.Name}
	dir := path.Dir(doc.Name)
	entries, err := fs.ReadDir(doc.Index.fsys, dir)
	if err != nil || main == nil || main.PackageName() == "" {
		return names, diags
	}
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		if e.IsDir() || name == doc.Name || path.Ext(name) != ".cue" || strings.HasPrefix(e.Name(), "_") ||
			strings.HasPrefix(e.Name(), ".") || strings.HasSuffix(name, "_test.cue") || strings.HasSuffix(name, "_tool.cue") {
			continue
		}
		text, more := readText(doc.Index.fsys, name)
		if more.HasErrors() {
			diags = append(diags, more...)
			continue
		}
		if f, err := parser.ParseFile(name, text, parser.PackageClauseOnly); err != nil || f.PackageName() != main.PackageName() {
			continue
		}
		doc.Sources[name] = text
		names = append(names, name)
		_, more = parseCUE(name, text)
		diags = append(diags, more...)
	}
	slices.Sort(names)
	return names, diags
}

// parseCUE reports the first fault only: those after it are most often its echo.
func parseCUE(name string, text []byte) (*ast.File, diag.List) {
	f, err := parser.ParseFile(name, text, parser.ParseComments, parser.AllErrors)
	if err != nil {
		return f, diag.List{slices.MinFunc(fromCUE(err, diag.Syntax), func(a, b diag.Diagnostic) int { return a.Pos.Compare(b.Pos) })}
	}
	if n, deep := tooDeep(f); deep {
		return f, diag.List{syntax(toPos(n.Pos()), "the file is nested more than %d levels deep", maxDepth)}
	}
	return f, nil
}

// tooDeep looks for nesting that would take the evaluator more memory than it is worth.
func tooDeep(f *ast.File) (where ast.Node, deep bool) {
	depth := 0
	ast.Walk(f, func(n ast.Node) bool {
		if depth++; depth > 2*maxDepth {
			where, deep = n, true
		}
		return !deep
	}, func(ast.Node) { depth-- })
	return where, deep
}

func (doc *Document) load(names, tags []string) *build.Instance {
	inst := load.Instances(names, &load.Config{
		FS: textFS{doc.Index.fsys}, Dir: "/", Tags: tags, Env: []string{}, Registry: noRegistry{},
		FromFSPath: func(p string) string { return strings.TrimPrefix(p, "/") },
	})[0]
	for _, dep := range inst.Dependencies() {
		for _, f := range dep.Files {
			if text, err := fs.ReadFile(doc.Index.fsys, f.Filename); err == nil {
				doc.Sources[f.Filename] = text
			}
		}
	}
	return inst
}

// errOffline is told for an import that is not in the description's folder.
var errOffline = errors.New("opc reads only what stands in the description's folder, and CUE's own packages")

// noRegistry refuses modules from elsewhere: a description must give the same output on every machine, at any time.
type noRegistry struct{}

// ModFile refuses.
func (noRegistry) ModFile(context.Context, module.Version) (*modfile.File, error) {
	return nil, errOffline
}

// Fetch refuses.
func (noRegistry) Fetch(context.Context, module.Version) (module.SourceLoc, error) {
	return module.SourceLoc{}, errOffline
}

// ModuleVersions refuses.
func (noRegistry) ModuleVersions(context.Context, string) ([]string, error) { return nil, errOffline }

// textFS gives CUE's loader the files as readText does: of a sensible size, and without a byte order mark.
type textFS struct{ fs.FS }

// ReadFile implements fs.ReadFileFS.
func (t textFS) ReadFile(name string) ([]byte, error) {
	text, diags := readText(t.FS, name)
	if diags.HasErrors() {
		return nil, errors.New(diags[0].Message)
	}
	return text, nil
}

// unresolvedIn reports the names that are nowhere defined, and puts "anything" in their place: CUE evaluates nothing
// while there is one, and what else is wrong would be hidden.
func unresolvedIn(v cue.Value, files []*ast.File) diag.List {
	var out diag.List
	at := map[diag.Pos]bool{}
	for _, d := range fromCUE(v.Err(), diag.Evaluation) {
		if !strings.HasPrefix(d.Message, unresolvedWords) {
			continue
		}
		at[d.Pos] = true
		if n := len(out); n > 0 && d.Path != "" && out[n-1].Path == d.Path {
			out[n-1].Hint = "text stands in quotes" // my-operator is two names to CUE, with a minus
			continue
		}
		out = append(out, d)
	}
	for _, f := range files {
		replaceNames(f, at)
	}
	return out
}

// replaceNames puts "anything" in the place of names: of the whole value where a field has one with a name in it, since
// "anything" can't be added or joined.
func replaceNames(f *ast.File, at map[diag.Pos]bool) {
	isName := func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		return ok && at[toPos(id.Pos())]
	}
	ast.Walk(f, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.Field:
			switch x.Value.(type) {
			case *ast.StructLit, *ast.ListLit:
			default:
				found := false
				ast.Walk(x.Value, func(n ast.Node) bool { found = found || isName(n); return !found }, nil)
				if found {
					x.Value = &ast.Ident{Name: "_", NamePos: x.Value.Pos()}
				}
			}
		case *ast.Ident:
			if isName(x) {
				x.Name, x.Node, x.Scope = "_", nil, nil
			}
		}
		return true
	}, nil)
}
