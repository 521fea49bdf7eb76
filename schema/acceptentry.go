package schema

import (
	"bytes"
	"encoding/json"
	"path"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/parser"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// An Insertion is text to put into a description at an offset in bytes.
type Insertion struct {
	Offset int
	Text   string
}

// AcceptEntry says how a description gets a further entry of accept, in its own format. ok is false where the text can't
// be parsed, or where accept is made by an expression.
func AcceptEntry(name string, text []byte, w Waiver) (entry Insertion, ok bool) {
	switch path.Ext(name) {
	case ".cue":
		return acceptInCUE(name, text, w)
	case ".json":
		return acceptInJSON(text, w)
	}
	return acceptInYAML(name, text, w)
}

func acceptInCUE(name string, text []byte, w Waiver) (Insertion, bool) {
	f, err := parser.ParseFile(name, text, parser.ParseComments)
	if err != nil {
		return Insertion{}, false
	}
	for _, d := range f.Decls {
		field, isField := d.(*ast.Field)
		if !isField || labelOf(field) != "accept" {
			continue
		}
		list, isList := field.Value.(*ast.ListLit)
		if !isList {
			return Insertion{}, false
		}
		at := list.Lbrack.Offset() + 1
		if bytes.HasPrefix(bytes.TrimLeft(text[at:], " \t"), []byte("\n")) {
			return Insertion{at, "\n" + w.text(false)}, true
		}
		return Insertion{at, strings.TrimSpace(w.text(false)) + " "}, true
	}
	return appended(text, AcceptText([]Waiver{w}, false)), true
}

func acceptInYAML(name string, text []byte, w Waiver) (Insertion, bool) {
	docs, faults := kube.Read(name, text)
	if len(faults) > 0 || len(docs) == 0 {
		return Insertion{}, false
	}
	tree, isMap := docs[0].Value.(map[string]any)
	if !isMap {
		return Insertion{}, false
	}
	list, said := tree["accept"].([]any)
	if !said {
		_, other := tree["accept"]
		return appended(text, AcceptText([]Waiver{w}, true)), !other && !bytes.HasPrefix(bytes.TrimSpace(text), []byte("{"))
	}
	spot, exact := docs[0].Find("accept", "0")
	if len(list) == 0 || !exact {
		return Insertion{}, false
	}
	line, col := spot.Pos()
	at := diag.Pos{Line: line, Col: col}.Offset(text)
	flow := strings.TrimPrefix(w.text(true), "- ")
	if !bytes.HasSuffix(text[:at], []byte("- ")) {
		return Insertion{at, flow + ", "}, true
	}
	return Insertion{at, flow + "\n" + strings.Repeat(" ", max(col-3, 0)) + "- "}, true
}

func acceptInJSON(text []byte, w Waiver) (Insertion, bool) {
	var tree map[string]json.RawMessage
	entry, err := json.Marshal(w)
	if err != nil || json.Unmarshal(text, &tree) != nil || len(tree) == 0 {
		return Insertion{}, false
	}
	if list, said := tree["accept"]; said {
		at := bytes.Index(text, list) // an equal list elsewhere would hold waivers, too
		if at < 0 || !bytes.HasPrefix(list, []byte("[")) || len(bytes.Trim(list, "[] \t\r\n")) == 0 {
			return Insertion{}, false
		}
		return Insertion{at + 1, string(entry) + ", "}, true
	}
	return Insertion{bytes.IndexByte(text, '{') + 1, `"accept": [` + string(entry) + `], `}, true
}

// appended adds a text as the last lines.
func appended(text []byte, lines string) Insertion {
	if n := len(text); n > 0 && text[n-1] != '\n' {
		lines = "\n" + lines
	}
	return Insertion{len(text), lines + "\n"}
}
