package importer

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// document is one YAML document of a source: its value as Kubernetes reads it, and where everything in it stands.
type document struct {
	file  string
	line  int // lines of the file before it
	text  []byte
	alone bool // in its file
	tree  map[string]any
	doc   kube.Document // with positions, where they are known
	src   *document     // what it was built from, or nil
	odd   bool          // it can't be copied as text: it holds what a reader would stumble over

	template []byte // of a chart, which rendered to it; positions are looked for in it
}

func (d *document) kind() string       { return text(d.tree["kind"]) }
func (d *document) apiVersion() string { return text(d.tree["apiVersion"]) }
func (d *document) name() string       { return text(get(d.tree, "metadata", "name")) }
func (d *document) group() string {
	group, _, found := strings.Cut(d.apiVersion(), "/")
	if !found {
		return ""
	}
	return group
}

// is tells a kind by its group too: a Service or Role of a foreign group is something else.
func (d *document) is(group, kind string) bool { return d.kind() == kind && d.group() == group }

// identity is what two objects of one source can't share.
func (d *document) identity() string {
	return d.apiVersion() + " " + d.kind() + " " + d.name()
}

// documents reads each document of a stream.
func (r *reader) documents(name string, data []byte) []*document {
	docs, faults := kube.Read(name, data)
	r.unreadable(name, faults)
	var out []*document
	for _, doc := range docs {
		if r.docs++; r.docs > maxDocs {
			r.fault(at(name, doc.Start+1), "there are more than %d objects", maxDocs)
			return nil
		}
		if d := r.document(name, doc); d != nil && !doc.Holes {
			out = append(out, d)
		}
	}
	for _, d := range out {
		d.alone = len(out) == 1
	}
	return out
}

// unreadable reports what is wrong with a text.
func (r *reader) unreadable(name string, faults []kube.Fault) {
	for _, f := range faults {
		if f.First != nil && r.lenient {
			r.lost(f.Pos(), "%s: Helm uses the last one", f.Message)
			continue
		}
		d := f.Diagnostic(diag.ImportUnreadable)
		if f.Broken {
			d.Message = name + " is not readable: " + f.Message
		}
		r.faults = append(r.faults, d)
	}
}

// document takes one document; nil for what holds no fields.
func (r *reader) document(name string, doc kube.Document) *document {
	tree, ok := doc.Value.(map[string]any)
	if !ok && !doc.Holes {
		r.fault(at(name, doc.Start+1), "%s is not a map of fields", name)
		return nil
	}
	if !ok {
		return nil
	}
	if listDepth(tree) > maxLists {
		r.fault(at(name, doc.Start+1), "lists of objects are nested more than %d levels deep", maxLists)
		return nil
	}
	return &document{file: name, line: doc.Start, text: doc.Text, doc: doc, tree: tree, odd: doc.Aliased()}
}

// maxLists is how deep lists of objects may be nested. Those of the API server are not nested at all, and kustomize
// writes a list anew for each list around it.
const maxLists = 10

// listDepth returns how deep lists of objects are nested.
func listDepth(v map[string]any) int {
	items, ok := v["items"].([]any)
	if kind := text(v["kind"]); !ok || !strings.HasSuffix(kind, "List") {
		return 0
	}
	below := 0
	for _, item := range trees(items) {
		below = max(below, listDepth(item))
	}
	return 1 + below
}

// decode reads a value of YAML or JSON.
func decode(data []byte) (any, error) {
	docs, faults := kube.Read("", data)
	switch {
	case len(faults) > 0:
		return nil, errors.New(faults[0].Message)
	case len(docs) == 0:
		return nil, nil
	}
	return docs[0].Value, nil
}

// safely turns a panic of a library, which some broken texts cause, into an error.
func safely(f func() error) (err error) {
	defer func() {
		if x := recover(); x != nil {
			err = fmt.Errorf("%v", x)
		}
	}()
	return f()
}

// find returns the position of a field, or of what is nearest above it.
func (d *document) find(path ...string) diag.Pos {
	if d.template != nil {
		return d.findInTemplate(path)
	}
	spot, _ := d.doc.Find(path...)
	if spot.IsZero() {
		return at(d.file, d.line+1)
	}
	line, col := spot.KeyPos()
	return diag.Pos{File: d.file, Line: line, Col: col}
}

// findInTemplate finds the one line of a template that names a field, or what is above it: what stands in a template
// more than once can't be told apart.
func (d *document) findInTemplate(path []string) diag.Pos {
	for _, elem := range slices.Backward(path) {
		field := regexp.MustCompile(`^[\s-]*["']?` + regexp.QuoteMeta(elem) + `["']?:`)
		line, found, count := 0, 0, 0
		for text := range bytes.Lines(d.template) {
			if line++; field.Match(text) {
				found, count = line, count+1
			}
		}
		if count == 1 {
			return at(d.file, found)
		}
	}
	return at(d.file, 1)
}
