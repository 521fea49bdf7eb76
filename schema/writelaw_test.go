package schema

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/schema/diag"
)

// readsBack holds the laws of Write: what it prints loads again as the same tree, it prints the same again, and its CUE
// is as cue fmt prints it.
func readsBack(t *testing.T, tree map[string]any, comments map[diag.Path]string) {
	t.Helper()
	for _, format := range []string{"cue", "yaml"} {
		text := Write(tree, format, comments)
		name := "operator." + format
		doc := &Document{Name: name, Sources: map[string][]byte{}, Index: &Index{fsys: fstest.MapFS{name: {Data: text}}, name: name}}
		read := doc.readData
		if format == "cue" {
			read = doc.readCUE
		}
		back, diags := read(Options{})
		if diags.HasErrors() {
			t.Fatalf("%q\n%s", lines(diags.Place(doc.Index)), text)
		}
		if diff := cmp.Diff(any(tree), back); diff != "" {
			t.Fatalf("it does not read back: %s\n%s", diff, text)
		}
		again := Write(back.(map[string]any), format, comments)
		if !bytes.Equal(text, again) {
			t.Fatalf("it is printed otherwise: %s", cmp.Diff(string(text), string(again)))
		}
		if format != "cue" {
			continue
		}
		if formatted, err := Format(text); err != nil || !bytes.Equal(formatted, text) {
			t.Fatalf("it is not formatted: %v: %s", err, cmp.Diff(string(text), string(formatted)))
		}
	}
}

func TestWriteReadsBack(t *testing.T) {
	for name, doc := range good(t) {
		t.Run(name, func(t *testing.T) {
			readsBack(t, doc.Tree, nil)
			readsBack(t, doc.Tree, map[diag.Path]string{
				"": "The whole.", "/name": "One line.", "/version": "Two\nlines.", "/manager": "  indented\n\n# and a sharp */ */", "/keywords/1": "An item.",
				"/manager/resources/limits/memory": "Deep.", "/maintainers/0": "A person.", "/objects/2/metadata/labels": "In a list.",
			})
		})
	}
}

// awkward are texts, also as names of fields, that printers get wrong.
var awkward = []string{
	"", " ", "a", "  leading", "trailing  ", "tab\there", "\ttab", "\t\nb", "a\n\tb", "a\n\t\nb", "line\nline", "line\n", "\n", "\n\n", "\nleading", "a\n\n\nb\n\n", "  a\nb", "a\n  b\n", "a \nb", "a\r\nb",
	"\r", "\"", "'", "\\", "\\n", "\"\"\"", "'''", "a\"\"\"\nb", "\\(x)", "#", "# a", "a # b", "a: b", "a:", ":", "- a", "-", "? a", "?", "*a", "&a", "!a", "@a", "`a", "%a", "|", ">", "|-",
	"{", "}", "[", "]", "{}", "[]", ",", "a, b", "null", "~", "Null", "true", "True", "yes", "no", "on", "Off", "y", "N", "1", "1.0", "0x1F", "0o7", "017", "0189", "1_000", "1e3",
	".5", "+1", "-1", ".inf", ".nan", "NaN", "2026-11-22", "2026-11-22T10:00:00Z", "12:30", "<<", "=", "...", "---", "--- a", "%YAML", "\u00e9", "\u4e16\u754c", "\U0001f600", "\u200b", "\u2028",
	"\ufeffa", "a\ufeff", "\x7f", "\u0085", "\x00", "\x01", "\x1b", "_a", "__a", "_#a", "#a", "$a", "a-b", "a.b/c", "package", "import", "if", "for", "let", "in", "true ", "a\\\nb", "${A}", "{{ .A }}",
	strings.Repeat("long ", 60), strings.Repeat("x", 300), strings.Repeat("a line\n", 30),
}

func TestWriteAwkward(t *testing.T) {
	for _, text := range awkward {
		readsBack(t, map[string]any{
			"name": "a", "summary": text, "description": text, "keywords": []any{text, text},
			"helm": map[string]any{"values": map[string]any{text: text, "m": map[string]any{text: nil}, "l": []any{map[string]any{text: text}, []any{text}}}},
		}, map[diag.Path]string{"/summary": text, "/helm/values/m": text})
	}
	for _, number := range []any{
		int64(0), int64(-1), int64(math.MaxInt64), int64(math.MinInt64), 0.5, -0.25, 1e21, 1e-7, 2.0, 0.0, math.MaxFloat64, math.SmallestNonzeroFloat64, 123456789.125,
		true, false, nil, map[string]any{}, []any{}, []any{[]any{}, map[string]any{}, nil},
	} {
		readsBack(t, map[string]any{"helm": map[string]any{"values": map[string]any{"a": number, "b": []any{number}, "c": map[string]any{"d": number}}}}, nil)
	}
}

// TestWriteAtRandom writes trees that nobody would think of.
func TestWriteAtRandom(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		readsBack(t, randomMap(r, 4), map[diag.Path]string{"/name": "a", "/helm": "b\nc"})
	}
}

func randomMap(r *rand.Rand, depth int) map[string]any {
	out := map[string]any{}
	known := operator().names()
	for range r.IntN(5) {
		name := known[r.IntN(len(known))]
		if depth < 4 || r.IntN(3) == 0 {
			name = awkward[r.IntN(len(awkward))]
		}
		out[name] = randomValue(r, depth-1)
	}
	return out
}

func randomValue(r *rand.Rand, depth int) any {
	switch n := r.IntN(10); {
	case n < 3 && depth > 0:
		return randomMap(r, depth)
	case n < 5 && depth > 0:
		list := []any{}
		for range r.IntN(4) {
			list = append(list, randomValue(r, depth-1))
		}
		return list
	case n == 5:
		return r.Int64()
	case n == 6:
		return r.Float64()
	case n == 7:
		return []any{nil, true, false}[r.IntN(3)]
	}
	return awkward[r.IntN(len(awkward))]
}

func FuzzWrite(f *testing.F) {
	for _, text := range awkward {
		f.Add(text, "a", uint64(1))
	}
	f.Fuzz(func(t *testing.T, a, b string, seed uint64) {
		if !utf8.ValidString(a) || !utf8.ValidString(b) {
			return
		}
		r := rand.New(rand.NewPCG(seed, 2))
		tree := randomMap(r, 3)
		tree["description"], tree[ascii(a)] = b, map[string]any{ascii(b): []any{a, map[string]any{"x": b}}}
		readsBack(t, tree, map[diag.Path]string{"/description": a, diag.Path("").Child(ascii(a)): b})
	})
}

// ascii keeps what CUE takes as it is in names: the rest is brought to Unicode's normal form.
func ascii(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 0x80 {
			return -1
		}
		return r
	}, s)
}

// TestWriteLooks holds what a reader sees.
func TestWriteLooks(t *testing.T) {
	tree := map[string]any{
		"version": "1.0.0", "name": "a", "provider": map[string]any{"name": "Example"},
		"webhooks": map[string]any{"port": int64(9443), "from": []any{"config/webhook/manifests.yaml"}},
		"keywords": []any{"a", "b"},
		"objects":  []any{map[string]any{"kind": "ConfigMap", "data": map[string]any{"b": "1", "a": "2"}, "apiVersion": "v1", "metadata": map[string]any{"labels": map[string]any{"x": "y"}, "name": "n"}}},
	}
	for format, want := range map[string]string{
		"cue": `name:    "a"
version: "1.0.0"
provider: name: "Example"
keywords: ["a", "b"]
webhooks: {from: ["config/webhook/manifests.yaml"], port: 9443}
objects: [{apiVersion: "v1", kind: "ConfigMap", metadata: {name: "n", labels: x: "y"}, data: {a: "2", b: "1"}}]
`,
		"yaml": `name: a
version: 1.0.0
provider:
  name: Example
keywords: [a, b]

webhooks:
  from: [config/webhook/manifests.yaml]
  port: 9443

objects:
- apiVersion: v1
  kind: ConfigMap
  metadata:
    name: "n"
    labels:
      x: "y"
  data:
    a: "2"
    b: "1"
`,
	} {
		if diff := cmp.Diff(want, string(Write(tree, format, nil))); diff != "" {
			t.Error(format, diff)
		}
	}
}

// TestWriteOrder holds that fields stand in the order of the language, whatever the order of their making.
func TestWriteOrder(t *testing.T) {
	doc := good(t)["full.yaml"]
	text := string(Write(doc.Tree, "yaml", nil))
	at := -1
	for _, name := range operator().names() {
		i := strings.Index("\n"+text, fmt.Sprintf("\n%s:", name))
		if i < at {
			t.Errorf("%s stands before the field that it follows in the language", name)
		}
		at = max(at, i)
	}
	if missing := slices.DeleteFunc(slices.Sorted(maps.Keys(doc.Tree)), func(n string) bool { return operator().field(n) != nil }); len(missing) > 0 {
		t.Error(missing)
	}
}
