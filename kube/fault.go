package kube

import (
	"github.com/opc-project/opc/schema/diag"
)

// Fault is what is wrong with a text as such, before it is an object.
type Fault struct {
	At        Place
	Line, Col int // of the file
	Message   string
	Hint      string
	First     *Spot // the first of two keys, for a duplicate
	TooLarge  bool  // it is about a number
	Broken    bool  // the document could not be read at all
}

// Pos is the position of the fault.
func (f Fault) Pos() diag.Pos {
	return diag.Pos{File: f.At.File, Line: max(f.Line, 1), Col: max(f.Col, 1)}
}

// Diagnostic tells the fault as a finding of a code.
func (f Fault) Diagnostic(code diag.Code) diag.Diagnostic {
	d := diag.Errorf(code, "", "%s", f.Message)
	d.Hint, d.Pos = f.Hint, f.Pos()
	if f.First != nil {
		line, col := f.First.KeyPos()
		d.Related = []diag.Related{{Pos: diag.Pos{File: f.At.File, Line: line, Col: col}, Message: "first here"}}
	}
	return d
}
