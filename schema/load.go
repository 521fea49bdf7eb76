package schema

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"reflect"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/load"
	cuejson "cuelang.org/go/encoding/json"
	"cuelang.org/go/encoding/yaml"

	"github.com/opc-project/opc/schema/diag"
)

// Names are the file names of a description, in the order in which they are looked for in a folder.
var Names = []string{"operator.cue", "operator.yaml", "operator.yml", "operator.json"}

// Options change how a description is read.
type Options struct {
	Tags []string // key=value, for CUE's @tag attributes
	Set  []string // path=value, such as version=1.2.3: replaces what the description says
}

// Document is a description that was read: Spec is valid only when the list returned beside it has no errors.
type Document struct {
	Name    string            // of the file, relative to the folder
	Spec    Spec              //
	Tree    map[string]any    // the same as plain data
	Sources map[string][]byte // text of the files that were read, for showing lines
	Index   *Index            // positions
}

// Load reads the description name in fsys, whose root is the description's folder. CUE files of the same package in
// that folder belong to it. All faults are reported, each once; the document is never nil.
func Load(fsys fs.FS, name string, opts Options) (*Document, diag.List) {
	doc := &Document{Name: name, Sources: map[string][]byte{}}
	doc.Index = &Index{fsys: fsys, name: name}
	user, diags := doc.read(fsys, name, opts)
	if diags.HasErrors() {
		return doc, diags
	}
	doc.Index.root = user
	tree, diags := plain(user)
	if diags.HasErrors() {
		return doc, diags
	}
	if more := override(tree, opts.Set); more.HasErrors() {
		return doc, more
	}
	doc.Tree = tree
	diags = append(diags, Check(tree)...)
	if diags.HasErrors() {
		return doc, diags
	}
	data, err := json.Marshal(tree)
	if err == nil {
		err = decode(data, &doc.Spec)
	}
	if err != nil {
		diags = append(diags, diag.Errorf(diag.Internal, "", "the description passed the schema but not its Go mirror: %v", err))
	}
	plainNumbers(reflect.ValueOf(&doc.Spec))
	return doc, diags
}

// read parses and evaluates the description's own text, without the schema.
func (doc *Document) read(fsys fs.FS, name string, opts Options) (cue.Value, diag.List) {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return cue.Value{}, diag.List{noInput(name, err)}
	}
	doc.Sources[name] = data
	ctx, _ := language()
	switch path.Ext(name) {
	case ".yaml", ".yml":
		file, err := yaml.Extract(name, data)
		return doc.build(ctx, file, err, opts)
	case ".json":
		expr, err := cuejson.Extract(name, data)
		if err != nil {
			return cue.Value{}, fromCUE(err, diag.Syntax)
		}
		return doc.build(ctx, &ast.File{Filename: name, Decls: []ast.Decl{&ast.EmbedDecl{Expr: expr}}}, nil, opts)
	}
	return doc.readCUE(fsys, name, opts)
}

func (doc *Document) build(ctx *cue.Context, file *ast.File, err error, opts Options) (cue.Value, diag.List) {
	if err != nil {
		return cue.Value{}, fromCUE(err, diag.Syntax)
	}
	if len(opts.Tags) > 0 {
		return cue.Value{}, diag.List{diag.Errorf(diag.BadValue, "", "tags are for CUE: %s has none", file.Filename).
			WithHint("use --set to replace a value")}
	}
	v := ctx.BuildFile(file)
	if err := v.Err(); err != nil {
		return v, fromCUE(err, diag.Evaluation)
	}
	return v, nil
}

func (doc *Document) readCUE(fsys fs.FS, name string, opts Options) (cue.Value, diag.List) {
	args, err := packageFiles(fsys, name)
	if err != nil {
		return cue.Value{}, fromCUE(err, diag.Syntax)
	}
	for _, arg := range args {
		if text, err := fs.ReadFile(fsys, arg); err == nil {
			doc.Sources[arg] = text
		}
	}
	cfg := &load.Config{
		FS: fsys, Dir: "/", Tags: opts.Tags, Env: []string{},
		FromFSPath: func(p string) string { return strings.TrimPrefix(p, "/") },
	}
	instances := load.Instances(args, cfg)
	inst := instances[0]
	if inst.Err != nil {
		return cue.Value{}, fromCUE(inst.Err, diag.Syntax)
	}
	ctx, _ := language()
	v := ctx.BuildInstance(inst)
	if err := v.Validate(); err != nil {
		return v, fromCUE(err, diag.Evaluation)
	}
	return v, nil
}

// plain turns an evaluated description into plain data; what is not concrete is reported.
func plain(v cue.Value) (map[string]any, diag.List) {
	if err := v.Validate(cue.Concrete(true), cue.Final()); err != nil {
		return nil, fromCUE(err, diag.Evaluation)
	}
	data, err := v.MarshalJSON()
	if err != nil {
		return nil, fromCUE(err, diag.Evaluation)
	}
	var tree any
	if err := decode(data, &tree); err != nil {
		return nil, diag.List{diag.Errorf(diag.Internal, "", "%v", err)}
	}
	m, ok := Numbers(tree).(map[string]any)
	if !ok {
		return nil, diag.List{diag.Errorf(diag.WrongType, "", "a description is a set of fields, not %s", article(tree)).
			WithHint("begin with name: and version:")}
	}
	return m, nil
}

// override applies path=value settings; the value is YAML's idea of a scalar, except for fields that take text only.
func override(tree map[string]any, settings []string) diag.List {
	var diags diag.List
	for _, s := range settings {
		p, value, ok := strings.Cut(s, "=")
		if !ok || p == "" {
			diags = append(diags, diag.Errorf(diag.BadValue, "", "--set %s: expected path=value", s))
			continue
		}
		elems := strings.Split(p, ".")
		at := tree
		for _, e := range elems[:len(elems)-1] {
			next, ok := at[e].(map[string]any)
			if !ok {
				next = map[string]any{}
				at[e] = next
			}
			at = next
		}
		last := elems[len(elems)-1]
		at[last] = scalar(at[last], value)
	}
	return diags
}

// scalar reads a value of --set: in the type of what it replaces, else text unless it can only be a boolean or number.
func scalar(old any, text string) any {
	switch old.(type) {
	case string:
		return text
	}
	var v any
	if strings.HasPrefix(text, "{") || strings.HasPrefix(text, "\"") || decode([]byte(text), &v) != nil {
		return text
	}
	return Numbers(v)
}

func noInput(name string, err error) diag.Diagnostic {
	return diag.Diagnostic{
		Code: diag.NoInput, Severity: diag.Error,
		Message: fmt.Sprintf("can't read the description %s: %v", name, reason(err)),
		Hint:    "name a file, or a folder that holds one of " + strings.Join(Names, ", "),
	}
}

// Find returns the description's file name in a folder.
func Find(fsys fs.FS) (string, bool) {
	i := slices.IndexFunc(Names, func(name string) bool {
		info, err := fs.Stat(fsys, name)
		return err == nil && !info.IsDir()
	})
	if i < 0 {
		return "", false
	}
	return Names[i], true
}
