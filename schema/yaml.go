package schema

import (
	"slices"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// hole stands in a tree for a value that is wrong and was reported: nothing more is said about it.
type hole struct{}

// descriptions reads descriptions, and values of settings.
var descriptions = kube.Reader{Exact: true, Hole: hole{}}

// textFile is a YAML or JSON file with the position of everything in it: the description, or a file that it names.
type textFile struct {
	name string
	docs []kube.Document
}

// readDescription reads the one document of a description as plain data, with a hole where something is wrong.
func readDescription(name string, data []byte) (*textFile, any, diag.List) {
	docs, faults := descriptions.Read(name, data)
	f := &textFile{name: name, docs: docs}
	diags := faulty(faults)
	switch {
	case slices.ContainsFunc(faults, func(f kube.Fault) bool { return f.Broken }):
		f.docs = nil
		return f, hole{}, diags
	case len(docs) == 0:
		return f, hole{}, diag.List{noFields(name)}
	case len(docs) > 1:
		second, _ := docs[1].Find()
		diags = append(diags, syntax(posOf(name, second), "a second document begins here").
			WithHint("a description is a single document: remove the line --- and everything below it"))
	}
	return f, docs[0].Value, diags
}

// faulty tells the faults of a text as findings of a description.
func faulty(faults []kube.Fault) diag.List {
	var out diag.List
	for _, f := range faults {
		code := diag.Syntax
		if f.TooLarge {
			code = diag.BadValue
		}
		out = append(out, f.Diagnostic(code))
	}
	return out
}

func posOf(name string, s kube.Spot) diag.Pos {
	line, col := s.Pos()
	return diag.Pos{File: name, Line: line, Col: col}
}

func noFields(name string) diag.Diagnostic {
	return syntax(diag.Pos{File: name, Line: 1, Col: 1}, "the description is empty").
		WithHint("start with name and version")
}

// tooLarge says that a number can't be kept.
func tooLarge(at diag.Pos, number string) diag.Diagnostic {
	d := diag.Errorf(diag.BadValue, "", "the number %s is too large", shortened(number))
	d.Pos = at
	return d.WithHint("put it in quotes if it is meant as text: %q", shortened(number))
}
