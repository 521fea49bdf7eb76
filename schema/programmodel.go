package schema

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"cuelang.org/go/cue/literal"

	"github.com/opc-project/opc/schema/diag"
)

// modelFile names the text of the model to CUE. No file of a description has a name like it.
const modelFile = "<model>"

// modelSource writes a model as a file of CUE in which each value begins on a line of its own: a value that CUE took from
// the model has the position of that line, whatever way it took. lines has the path of each line's value.
func modelSource(model map[string]any, pkg string) (text []byte, lines []diag.Path) {
	w := &modelWriter{}
	if pkg != "" {
		w.line("", "package %s", pkg)
	}
	w.value("", "model: ", model)
	return []byte(w.b.String()), w.lines
}

type modelWriter struct {
	b     strings.Builder
	lines []diag.Path
}

func (w *modelWriter) line(p diag.Path, format string, args ...any) {
	fmt.Fprintf(&w.b, format, args...)
	w.b.WriteByte('\n')
	w.lines = append(w.lines, p)
}

// value writes a value behind its label.
func (w *modelWriter) value(p diag.Path, label string, v any) {
	comma := ""
	if label == "" {
		comma = "," // an element of a list
	}
	switch t := v.(type) {
	case map[string]any:
		w.line(p, "%s{", label)
		for _, k := range slices.Sorted(maps.Keys(t)) {
			w.value(p.Child(k), literal.String.Quote(k)+": ", t[k])
		}
		w.line(p, "}%s", comma)
	case []any:
		w.line(p, "%s[", label)
		for i, e := range t {
			w.value(p.Index(i), "", e)
		}
		w.line(p, "]%s", comma)
	case string:
		w.line(p, "%s%s%s", label, literal.String.Quote(t), comma)
	default:
		data, err := json.Marshal(t)
		if err != nil {
			panic(fmt.Sprintf("schema: a model with a value that is not JSON: %v", err))
		}
		w.line(p, "%s%s%s", label, data, comma)
	}
}
