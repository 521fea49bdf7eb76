package schema

import (
	"slices"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// TestAcceptEntry puts an entry into descriptions, and reads them again.
func TestAcceptEntry(t *testing.T) {
	w := Waiver{Rule: "OPC7002", Path: "manager/kind", Reason: "no \"other\" way"}
	for _, c := range []struct {
		name, text string
		before     int // entries
	}{
		{"operator.cue", "name: \"kiln\"\n", 0},
		{"operator.cue", "name: \"kiln\"\naccept: [{rule: \"OPC1\", reason: \"a\"}]\nversion: \"1.0.0\"", 1},
		{"operator.cue", "name: \"kiln\"\naccept: [\n\t{rule: \"OPC1\", reason: \"a\"},\n]\n", 1},
		{"operator.cue", "accept: []\n", 0},
		{"operator.yaml", "name: kiln", 0},
		{"operator.yaml", "accept:\n- rule: OPC1\n  reason: a\n- {rule: OPC2, reason: b}\nname: kiln\n", 2},
		{"operator.yaml", "accept:\n  - {rule: OPC1, reason: a}\nname: kiln\n", 1},
		{"operator.yaml", "accept: [{rule: OPC1, reason: a}]\nname: kiln\n", 1},
		{"operator.json", `{"name": "kiln"}`, 0},
		{"operator.json", `{"name": "kiln", "accept": [{"rule": "OPC1", "reason": "a"}]}`, 1},
	} {
		entry, ok := AcceptEntry(c.name, []byte(c.text), w)
		if !ok {
			t.Errorf("%s: no entry", c.text)
			continue
		}
		text := c.text[:entry.Offset] + entry.Text + c.text[entry.Offset:]
		doc, _ := Load(fstest.MapFS{c.name: {Data: []byte(text)}}, c.name, Options{})
		list, _ := doc.Tree["accept"].([]any)
		wanted := func(e any) bool {
			return cmp.Equal(e, map[string]any{"rule": w.Rule, "path": w.Path, "reason": w.Reason})
		}
		if len(list) != c.before+1 || !slices.ContainsFunc(list, wanted) {
			t.Errorf("%v in\n%s", list, text)
		}
	}
	for name, text := range map[string]string{
		"operator.cue": "accept: all\nall: []\n", "operator.yaml": "accept: {a: b}\n", "operator.json": `{"accept": []}`,
	} {
		if entry, ok := AcceptEntry(name, []byte(text), w); ok {
			t.Errorf("%s: %+v", text, entry)
		}
	}
}
