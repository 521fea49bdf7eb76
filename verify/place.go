package verify

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/bundle"
	"github.com/opc-project/opc/verify/finding"
)

// place gives a finding its position in the folder's own files.
func (t *tree) place(f finding.Finding) diag.Diagnostic {
	at := f.Place()
	d := diag.Diagnostic{Message: f.Text(), Pos: diag.Pos{File: at.File, Line: 1, Col: 1}}
	data, isFile := t.files[at.File]
	switch {
	case f.Line > 0:
		d.Pos.Line = f.Line
	case isFile && isTemplate(at.File):
		d.Pos.Line = templateLine(string(data), f)
	case isFile:
		d.Pos.Line, d.Pos.Col = position(at, data)
		if rest, ok := strings.CutPrefix(at.Pointer, bundle.ExamplesAt+"/"); ok {
			d.Pos.Line, d.Pos.Col = exampleLine(string(data), d.Pos.Line, rest), 1
		}
	case f.Object != nil:
		if pos, ok := t.source(f); ok {
			d.Pos = pos
		}
	}
	if d.Pos.Line == 0 {
		d.Pos.Line, d.Pos.Col = 1, 1
	}
	if _, ok := t.files[d.Pos.File]; !ok {
		d.Pos.File = t.kustomization(d.Pos.File)
	}
	return d
}

// sourced tells findings of objects that know only where they stand in an artifact where the model says they come from.
func sourced(want []*kube.Object, findings []finding.Finding) []finding.Finding {
	out := slices.Clone(findings)
	from := map[kube.ID]*kube.Object{}
	for i, f := range out {
		if f.Object == nil || f.Object.From != nil {
			continue
		}
		if len(from) == 0 {
			for _, o := range want {
				from[o.ID()] = o
			}
		}
		if w := from[f.Object.ID()]; w != nil {
			out[i].Path = w.From(f.Pointer)
		}
	}
	return out
}

// position finds a place in a YAML file.
func position(at kube.Place, data []byte) (line, col int) {
	docs, _ := kube.Read(at.File, data)
	if at.Doc >= len(docs) {
		return 1, 1
	}
	return docs[at.Doc].Line(at.Pointer)
}

func isTemplate(file string) bool {
	return strings.Contains("/"+file, "/templates/") && !strings.Contains("/"+file, "/crds/")
}

// templateLine finds the line of a template that became a part of an object: the one whose field, and those above it,
// stand in that order in the document that the object's kind and name point to. Templates are no YAML, so this is a good
// guess and no more.
func templateLine(text string, f finding.Finding) int {
	lines := strings.Split(text, "\n")
	at, end := 0, len(lines)
	pointer := f.At.Pointer
	if f.Object != nil {
		at, end = document(lines, f.Object)
		pointer = f.Pointer
	}
	found := at
	for _, elem := range diag.Path(pointer).Elems() {
		for i := at; i < end; i++ {
			line := strings.TrimLeft(lines[i], " -\"")
			if strings.HasPrefix(line, elem+":") || strings.HasPrefix(line, elem+"\":") {
				at, found = i, i+1
				break
			}
		}
	}
	return max(found, 1)
}

// document finds the lines of a template that make an object: of the documents with its kind the one whose name ends as
// the object's does, or else the first.
func document(lines []string, o *kube.Object) (begin, end int) {
	first, last, known := 0, len(lines), false
	from := 0
	for i := 0; i <= len(lines); i++ {
		if i < len(lines) && !strings.HasPrefix(lines[i], "---") {
			continue
		}
		part := lines[from:i]
		if slices.ContainsFunc(part, func(l string) bool { return strings.Trim(l, " \",") == "kind: "+o.Kind() }) {
			if !known {
				first, last, known = from, i, true
			}
			if gives(part, o.Name()) {
				return from, i
			}
		}
		from = i + 1
	}
	return first, last
}

// gives reports whether a document of a template gives an object its name, as far as that is written out.
func gives(part []string, name string) bool {
	for _, l := range part {
		rest, ok := strings.CutPrefix(strings.TrimSpace(l), "name:")
		if !ok {
			continue
		}
		if i := strings.LastIndex(rest, "}}"); i >= 0 {
			rest = rest[i+2:]
		}
		rest = strings.Trim(rest, " \"'")
		return rest != "" && strings.HasSuffix(name, rest) // the first name is metadata's
	}
	return false
}

// exampleLine finds a line in the examples of a ClusterServiceVersion, which are JSON in a block of text that begins
// after a line. pointer begins with the number of the example.
func exampleLine(text string, after int, pointer string) int {
	lines := strings.Split(text, "\n")
	elems := strings.Split(pointer, "/")
	number, _ := strconv.Atoi(elems[0])
	at := after
	for ; at < len(lines) && number >= 0; at++ {
		if strings.Contains(lines[at], `"apiVersion"`) {
			number--
		}
	}
	found := min(at, len(lines))
	for _, elem := range elems[1:] {
		for i := at; i < len(lines) && !strings.Contains(lines[i], `"apiVersion"`); i++ {
			if strings.HasPrefix(strings.TrimLeft(lines[i], " "), `"`+elem+`":`) {
				at, found = i, i+1
				break
			}
		}
	}
	return found
}

// source finds the file that a built object comes from: one whose object has its kind and its name, or the end of it
// where a prefix was added.
func (t *tree) source(f finding.Finding) (diag.Pos, bool) {
	var best diag.Pos
	length, exact := 0, false
	for _, name := range sortedNames(t.files) {
		if !t.sources[name] || !isYAML(name) || !strings.Contains(string(t.files[name]), f.Object.Kind()) {
			continue
		}
		docs, _ := kube.Read(name, t.files[name])
		for _, d := range docs {
			tree := kube.Map(d.Value)
			was := model.MetaString(tree, "name")
			same := tree["apiVersion"] == f.Object.APIVersion() // of two with one name, its own version's
			better := len(was) > length || len(was) == length && same && !exact
			if tree["kind"] != f.Object.Kind() || !better || was != f.Object.Name() && !strings.HasSuffix(f.Object.Name(), "-"+was) {
				continue
			}
			length, exact = len(was), same
			best.File = name
			best.Line, best.Col = d.Line(f.Pointer)
		}
	}
	return best, length > 0
}

// kustomization is the file that stands for a folder.
func (t *tree) kustomization(dir string) string {
	for _, base := range slices.Concat(kube.KustomizationNames, []string{"metadata/annotations.yaml", "Chart.yaml"}) {
		if name := path.Join(dir, base); t.files[name] != nil {
			return name
		}
	}
	return dir
}
