package sink

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/opc-project/opc/schema/diag"
)

// Findings says what stops the run: files changed by hand, and others' files in the way. Others' files among opc's are
// warnings.
func (p *Plan) Findings() diag.List {
	out := p.foreigners()
	var blocking []string
	for _, f := range p.Files {
		at := diag.Pos{File: path.Join(p.Dir.Label, f.Name), Line: 1, Col: 1}
		switch f.Action {
		case Edited:
			at.Line = firstLine(f.Old, f.New)
			d := diag.Diagnostic{
				Code: diag.OutputEdited, Severity: diag.Error, Pos: at,
				Message: "edited since opc wrote it",
				Hint:    "make the change in the description instead, or discard it with --force",
			}
			if f.New == nil {
				d.Message = "edited since opc wrote it, and would be deleted now"
				d.Hint = "move it out of the folder, or delete it with --force"
			} else if f.From != "" { // the whole description says nothing
				d = d.WithRelated(f.From, "this part is generated from here")
			}
			out = append(out, d)
		case Foreign:
			out = append(out, diag.Diagnostic{
				Code: diag.OutputForeign, Severity: diag.Error, Pos: at,
				Message: "opc must write this file, but did not write the existing one",
				Hint:    "move it, or overwrite it with --force",
			})
		case Blocked:
			if !slices.Contains(blocking, f.At) {
				blocking = append(blocking, f.At)
				out = append(out, p.blocked(f))
			}
		}
	}
	return out
}

// blocked reports what is in the way of files, once for all of them.
func (p *Plan) blocked(first File) diag.Diagnostic {
	more := -1
	for _, f := range p.Files {
		if f.Action == Blocked && f.At == first.At {
			more++
		}
	}
	files := first.Name
	if more > 0 {
		files = fmt.Sprintf("%s and %d more", first.Name, more)
	}
	return diag.Diagnostic{
		Code: diag.OutputForeign, Severity: diag.Error, Pos: diag.Pos{File: path.Join(p.Dir.Label, first.At), Line: 1, Col: 1},
		Message: fmt.Sprintf("opc can't write %s: this file or link is in the way, and opc did not write it", files),
		Hint:    "move it, or write to another folder with --out",
	}
}

// interrupted is said where nothing may be written: a journal waits to be carried out.
func (d Dir) interrupted() diag.Diagnostic {
	return diag.Errorf(diag.OutputStale, "", "an earlier run was interrupted while writing %s", d.Label).
		WithHint("run opc compile to complete it")
}

// foreigners tells of files of others in folders that are installed as a whole.
func (p *Plan) foreigners() diag.List {
	var out diag.List
	for _, name := range p.strangers {
		out = append(out, diag.Diagnostic{
			Code: diag.OutputForeign, Severity: diag.Warning, Pos: diag.Pos{File: path.Join(p.Dir.Label, name), Line: 1, Col: 1},
			Message: "opc did not write this file, but installing its folder installs it too",
			Hint:    "move it out of the folder, or add its content to the description",
		})
	}
	return out
}

// Stale says, for --check, what the folder lacks: one finding, with a line for each file. What compile would warn of is
// told too.
func (p *Plan) Stale() diag.List {
	words := map[Action]string{
		Create: "would be created", Change: "would be changed", Delete: "would be deleted",
		Edited: "edited since opc wrote it", Foreign: "not written by opc, and in the way", Blocked: "can't be written",
	}
	d := diag.Errorf(diag.OutputStale, "", "").WithHint("run opc compile and commit the result")
	for _, f := range p.Files {
		if word, ok := words[f.Action]; ok {
			line := 1
			if f.Old != nil && f.New != nil {
				line = firstLine(f.Old, f.New)
			}
			at := diag.Pos{File: path.Join(p.Dir.Label, f.Name), Line: line, Col: 1}
			d.Related = append(d.Related, diag.Related{Pos: at, Message: word})
		}
	}
	n, verb := fmt.Sprintf("%d files", len(d.Related)), "are"
	switch len(d.Related) {
	case 0:
		return p.foreigners()
	case 1:
		n, verb = "1 file", "is"
	}
	d.Message = fmt.Sprintf("%s of %s %s not what the description compiles to", n, p.Dir.Label, verb)
	switch by := func(a Action) bool { return slices.ContainsFunc(p.Files, func(f File) bool { return f.Action == a }) }; {
	case by(Edited):
		d.Hint = "make the change in the description instead, or discard it with opc compile --force; then commit the result"
	case by(Foreign), by(Blocked):
		d.Hint = "move files that opc did not write, then run opc compile and commit the result"
	}
	return append(p.foreigners(), d)
}

// Diff returns what would change in the files with one of the actions, as patch -p1 and git apply take it.
func (p *Plan) Diff(actions ...Action) []byte {
	var out bytes.Buffer
	for _, f := range p.Files {
		for _, a := range actions {
			if f.Action == a {
				out.Write(f.diff(p.Dir.Label))
			}
		}
	}
	return out.Bytes()
}

func (f File) diff(label string) []byte { return Patch(path.Join(label, f.Name), f.Old, f.New) }

// Patch returns what makes one content of a file of another, as patch -p1 and git apply take it. A file that is not there
// has no content, which is nil.
func Patch(name string, old, new []byte) []byte {
	before, after := path.Join("a", name), path.Join("b", name)
	if old == nil {
		before = "/dev/null"
	}
	if new == nil {
		after = "/dev/null"
	}
	if !utf8.Valid(old) || !utf8.Valid(new) {
		return fmt.Appendf(nil, "Binary files %s and %s differ\n", before, after)
	}
	text := diff.Diff(before, old, after, new)
	if _, rest, ok := bytes.Cut(text, []byte("\n")); ok {
		return rest // without the line "diff a b", which other tools' patches don't have
	}
	return text
}
