package schema

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"reflect"
	"slices"
	"strings"

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
	Tree    map[string]any    // the same as plain data; nil when it could not be read whole
	Sources map[string][]byte // text of the files that were read, for showing lines
	Index   *Index            // positions
}

// Load reads the description name in fsys, whose root is the description's folder. CUE files of the same package in
// that folder belong to it. All faults are reported, each once; the document is never nil.
func Load(fsys fs.FS, name string, opts Options) (*Document, diag.List) {
	doc := &Document{Name: name, Sources: map[string][]byte{}}
	set, diags := settings(opts.Set)
	doc.Index = &Index{fsys: fsys, name: name, set: set}
	if diags.HasErrors() {
		return doc, diags
	}
	var tree any
	if path.Ext(name) == ".cue" {
		tree, diags = doc.readCUE(opts)
	} else {
		tree, diags = doc.readData(opts)
	}
	switch t := tree.(type) {
	case map[string]any:
		if !diags.HasErrors() {
			doc.Tree = t // without holes
		}
		told := map[diag.Path]bool{"": false}
		for _, d := range diags {
			told[d.Path] = d.Path != ""
		}
		diags = append(diags, slices.DeleteFunc(check(t, doc.Index), func(d diag.Diagnostic) bool { return told[d.Path] })...)
	case hole:
	default:
		diags = append(diags, diag.Errorf(diag.WrongType, "", "the description is %s: expected fields", called(tree, quoted(tree))).
			WithHint("start with name and version"))
	}
	if diags.HasErrors() {
		return doc, diags
	}
	return doc, append(diags, doc.decode()...)
}

// readData reads a description in YAML or JSON, without CUE: who writes them need not know it.
func (doc *Document) readData(opts Options) (any, diag.List) {
	data, diags := readText(doc.Index.fsys, doc.Name)
	if diags.HasErrors() {
		return hole{}, diags
	}
	doc.Sources[doc.Name] = data
	if len(opts.Tags) > 0 {
		return hole{}, diag.List{diag.Errorf(diag.BadValue, "", "%s has no tags: only descriptions in CUE do", doc.Name).
			WithHint("replace a value with --set")}
	}
	f, tree, diags := readDescription(doc.Name, data)
	if len(f.docs) == 0 {
		return hole{}, diags
	}
	doc.Index.text = f
	return tree, append(diags, setInTree(tree, doc.Index.set)...)
}

// decode fills in Spec.
func (doc *Document) decode() diag.List {
	data, err := json.Marshal(doc.Tree)
	if err == nil {
		err = decode(data, &doc.Spec)
	}
	if err != nil {
		return diag.List{diag.Errorf(diag.Internal, "", "the description passed the schema but not its Go mirror: %v", err)}
	}
	plainNumbers(reflect.ValueOf(&doc.Spec))
	return nil
}

func noInput(name string, err error) diag.Diagnostic {
	return diag.Diagnostic{
		Code: diag.NoInput, Severity: diag.Error,
		Message: fmt.Sprintf("can't read the description %s: %v", name, reason(err)),
		Hint:    "name a file, or a folder that holds one of " + strings.Join(Names, ", "),
	}
}

// Says reports whether the description has the field that a path leads to, or one below which it would be.
func (doc *Document) Says(p diag.Path) bool {
	elems := p.Elems()
	return len(elems) > 0 && doc.Tree[elems[0]] != nil
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
