package schema

import (
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/literal"

	"github.com/opc-project/opc/schema/diag"
)

// Program is a file in CUE that makes values from a value called model: a target of a user. It sees the model, the
// packages of CUE and those in the description's folder, and nothing else.
type Program struct {
	Name string // of the file, relative to the description's folder
	Doc  string // the first sentence of its first comment

	inst  *build.Instance
	files []*ast.File // without the model
}

// Outcome is what a program made of a model. Paths are those of its fields, such as /files/a.yaml/spec.
type Outcome struct {
	Tree   any                     // plain data, with a hole where something is wrong
	Places map[diag.Path]diag.Pos  // where the program says a value
	From   map[diag.Path]diag.Path // the value in the model that a value is a copy of, or is made from
}

// ReadProgram reads a program, and what it imports.
func ReadProgram(fsys fs.FS, name string) (*Program, diag.List) {
	text, diags := readText(fsys, name)
	if diags.HasErrors() {
		return nil, diags
	}
	main, diags := parseCUE(name, text)
	if diags.HasErrors() {
		return nil, diags
	}
	p := &Program{Name: name, Doc: firstComment(main)}
	doc := &Document{Name: name, Sources: map[string][]byte{}, Index: &Index{fsys: fsys, name: name}}
	p.inst = doc.load([]string{name}, nil)
	if p.inst.Err != nil {
		return nil, fromCUE(p.inst.Err, diag.Target)
	}
	inPackage(p.inst)
	p.files = p.inst.Files
	return p, effects(p.inst)
}

// inPackage gives a program a package where it has none: CUE looks for names in other files of the same package only.
func inPackage(inst *build.Instance) {
	if inst.PkgName != "" {
		return
	}
	inst.PkgName = "target"
	for _, f := range inst.Files {
		f.Decls = append([]ast.Decl{&ast.Package{Name: ast.NewIdent(inst.PkgName)}}, f.Decls...)
	}
}

// effects refuses what acts on the world outside: CUE's packages of commands, and embedded files.
func effects(inst *build.Instance) diag.List {
	var out diag.List
	for _, i := range append([]*build.Instance{inst}, inst.Dependencies()...) {
		for _, f := range i.Files {
			for spec := range f.ImportSpecs() {
				if of, err := literal.Unquote(spec.Path.Value); err == nil && strings.HasPrefix(of, "tool/") {
					d := diag.Errorf(diag.Target, "", "%s is a package of commands: a target only makes values", of)
					d.Pos = toPos(spec.Path.Pos())
					out = append(out, d.WithHint("remove the import"))
				}
			}
			ast.Walk(f, func(n ast.Node) bool {
				if a, ok := n.(*ast.Attribute); ok && (strings.HasPrefix(a.Text, "@embed(") || strings.HasPrefix(a.Text, "@extern(")) {
					d := diag.Errorf(diag.Target, "", "%s: a target reads no files", a.Text)
					d.Pos = toPos(a.Pos())
					out = append(out, d.WithHint("name the file in the description, or write its content into the target"))
				}
				return true
			}, nil)
		}
	}
	return out
}

// firstComment is the first paragraph of the comments at the top of a file, on one line.
func firstComment(f *ast.File) string {
	var lines []string
	found := false
	ast.Walk(f, func(n ast.Node) bool {
		if g, ok := n.(*ast.CommentGroup); ok && !found {
			found = true
			for _, c := range g.List {
				line := strings.TrimSpace(strings.TrimPrefix(c.Text, "//"))
				if line == "" {
					break
				}
				lines = append(lines, line)
			}
		}
		return !found
	}, nil)
	return strings.Join(lines, " ")
}

// Run evaluates the field of a program with a model, within Bound. Each problem is reported at the program's line.
func (p *Program) Run(model map[string]any, field string) (*Outcome, diag.List) {
	source, lines := modelSource(model, p.inst.PkgName)
	m, diags := parseCUE(modelFile, source)
	if diags.HasErrors() {
		return nil, diags
	}
	p.inst.Files = append(slices.Clone(p.files), m)
	r := &programRun{p: p, field: field, lines: lines, keys: keysOf(model)}
	if err := Bound(r.run); err != nil {
		d := diag.Errorf(diag.Target, "", "%v", err).
			WithHint("look for a list, text or disjunction that grows with each step; the limits are in docs/security.md")
		d.Pos = p.start(field)
		return nil, diag.List{d}
	}
	return r.out, r.diags
}

// start is where a program defines a field; its first line where it does not.
func (p *Program) start(field string) diag.Pos {
	for _, f := range p.files {
		for _, d := range f.Decls {
			if x, ok := d.(*ast.Field); ok {
				if name, _, err := ast.LabelName(x.Label); err == nil && name == field {
					return toPos(x.Pos())
				}
			}
		}
	}
	return diag.Pos{File: p.Name, Line: 1, Col: 1}
}

// programRun is one evaluation.
type programRun struct {
	p     *Program
	field string
	lines []diag.Path // of the model's text
	keys  []string    // all names of fields in the model
	out   *Outcome
	diags diag.List
}

func (r *programRun) run() {
	defer func() {
		if x := recover(); x != nil { // a defect of CUE's evaluator is a finding like others
			d := diag.Errorf(diag.Internal, "", "CUE can't evaluate the target: %v", x)
			d.Pos = r.p.start(r.field)
			r.out, r.diags = nil, diag.List{d}
		}
	}()
	root := cuecontext.New().BuildInstance(r.p.inst)
	unresolved := unresolvedIn(root, r.p.files)
	if len(unresolved) > 0 {
		r.p.inst.Err = nil
		root = cuecontext.New().BuildInstance(r.p.inst) // again, with the names that are nowhere taken as anything
	}
	v := root.LookupPath(cue.MakePath(cue.Str(r.field)))
	if !v.Exists() {
		r.diags = r.explained(append(unresolved, fromCUE(root.Err(), diag.Target)...))
		if len(r.diags) == 0 {
			d := diag.Errorf(diag.Target, "", "the target has no field %s: expected files by their names", r.field)
			d.Pos = r.p.start(r.field)
			r.diags = diag.List{d.WithHint("write %s: \"NAME.yaml\": {…}; see docs/write-a-target.md", r.field)}
		}
		return
	}
	at := diag.Path("").Child(r.field)
	w := &evaluator{program: true}
	out := &Outcome{Tree: w.value(at, v), Places: map[diag.Path]diag.Pos{}, From: map[diag.Path]diag.Path{}}
	w.diags = append(w.diags, rawBytes(at, v)...)
	r.diags = r.explained(append(unresolved, w.all(v, len(unresolved) > 0)...))
	if !r.diags.HasErrors() {
		r.trace(out, at, v)
	}
	r.out = out
	for i := range r.diags {
		if d := &r.diags[i]; !d.Pos.IsValid() {
			d.Pos = r.near(out, at, v, d.Path)
		}
	}
}

// rawBytes refuses files of bytes, which would be written in base64.
func rawBytes(at diag.Path, v cue.Value) diag.List {
	var out diag.List
	_, each := children(v)
	for name, file := range each {
		if file.Kind() == cue.BytesKind {
			out = append(out, diag.Errorf(diag.Target, at.Child(name), "%s is bytes: expected text, a struct or a list", name).
				WithHint("put the text in double quotes"))
		}
	}
	return out
}

// near is where a path, or what is above it, stands in the program.
func (r *programRun) near(out *Outcome, at diag.Path, v cue.Value, p diag.Path) diag.Pos {
	if len(out.Places) == 0 {
		r.trace(out, at, v)
	}
	for ok := true; ok; p, ok = p.Parent() {
		if pos, found := out.Places[p]; found {
			return pos
		}
	}
	return r.p.start(r.field)
}

// explained makes findings of CUE's errors about the program: places in the model become its paths, which nobody has
// written, so the program's own places stand first.
func (r *programRun) explained(found diag.List) diag.List {
	for i := range found {
		d := &found[i]
		places := []diag.Pos{}
		for _, pos := range append([]diag.Pos{d.Pos}, relatedPlaces(*d)...) {
			if pos.File != "" && pos.File != modelFile {
				places = append(places, pos)
			}
		}
		d.Pos, d.Related = diag.Pos{}, nil
		if len(places) > 0 {
			d.Pos = places[0]
			for _, pos := range places[1:] {
				d.Related = append(d.Related, diag.Related{Pos: pos, Message: "and here"})
			}
		}
		if d.Code == diag.Evaluation {
			d.Code = diag.Target
		}
		d.Message = undefined.ReplaceAllString(d.Message, "there is no field ")
		if name, ok := strings.CutPrefix(d.Message, "there is no field "); ok && d.Hint == "" {
			d.Hint = "opc model --targets prints the model that targets see"
			if near := diag.Nearest(name, r.keys); near != "" {
				d.Hint = "did you mean " + near + "? " + d.Hint
			}
		}
	}
	return found
}

// undefined is how CUE says inside of other messages that a field is not there.
var undefined = regexp.MustCompile(`^invalid interpolation: .*undefined field: `)

func relatedPlaces(d diag.Diagnostic) []diag.Pos {
	var out []diag.Pos
	for _, rel := range d.Related {
		out = append(out, rel.Pos)
	}
	return out
}

// trace notes where each value is said, and which value of the model it comes from.
func (r *programRun) trace(out *Outcome, p diag.Path, v cue.Value) {
	if found := said(v, nil); len(found) > 0 {
		if at := slices.MinFunc(found, earlier); at.value.File != modelFile {
			out.Places[p] = at.value
		}
	}
	if from, ok := r.source(v, 0); ok {
		out.From[p] = from
	}
	_, each := children(v)
	for name, child := range each {
		r.trace(out, p.Child(name), child)
	}
}

// source is the value of the model that a value refers to, or the first that goes into it. A value that is chosen by the
// model and not made from it has none.
func (r *programRun) source(v cue.Value, depth int) (diag.Path, bool) {
	const deep = 20 // references to references, and calls in calls
	if depth > deep {
		return "", false
	}
	for _, pos := range []diag.Pos{toPos(v.Pos()), toPos(cue.Dereference(v).Pos())} {
		if pos.File == modelFile && pos.Line <= len(r.lines) {
			return r.lines[pos.Line-1], true
		}
	}
	op, args := v.Expr()
	switch op {
	case cue.NoOp, cue.SelectorOp, cue.IndexOp:
		return "", false
	}
	for _, a := range args {
		if from, ok := r.source(a, depth+1); ok {
			return from, true
		}
	}
	return "", false
}

// keysOf lists all names of fields, for suggestions.
func keysOf(v any) []string {
	found := map[string]bool{}
	var walk func(any)
	walk = func(v any) {
		switch t := v.(type) {
		case map[string]any:
			for k, e := range t {
				found[k] = true
				walk(e)
			}
		case []any:
			for _, e := range t {
				walk(e)
			}
		}
	}
	walk(v)
	return slices.Sorted(maps.Keys(found))
}
