package schema

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/internal/cost"
	"github.com/opc-project/opc/schema/diag"
)

const minimal = "name: a\nversion: 1.0.0\n"

// loaded loads one file and returns its findings as lines of text.
func loaded(t *testing.T, name, text string, opts Options) (*Document, []string) {
	t.Helper()
	doc, diags := Load(fstest.MapFS{name: {Data: []byte(text)}}, name, opts)
	return doc, lines(diags.Place(doc.Index))
}

func lines(diags diag.List) []string {
	var out []string
	for _, d := range diags {
		line := fmt.Sprintf("%s: %s: %s", d.Pos, d.Code, d.Message)
		if d.Hint != "" {
			line += "; " + d.Hint
		}
		for _, r := range d.Related {
			line += fmt.Sprintf(" (%s: %s)", r.Pos, r.Message)
		}
		out = append(out, line)
	}
	return out
}

// TestFaultsOfText covers what a comment in a file can't: bytes, JSON, and files that hold nothing.
func TestFaultsOfText(t *testing.T) {
	tests := []struct{ name, file, text, want string }{
		{"empty yaml", "operator.yaml", "", "operator.yaml:1:1: OPC1001: the description is empty; start with name and version"},
		{"comment only", "operator.yaml", "# name: x\n", "operator.yaml:1:1: OPC1001: the description is empty; start with name and version"},
		{"null only", "operator.yml", "---\n", "operator.yml:1:1: OPC1001: the description is empty; start with name and version"},
		{"empty json", "operator.json", " \n", "operator.json:1:1: OPC1001: the description is empty; start with name and version"},
		{"null json", "operator.json", "null", "operator.json:1:1: OPC1001: the description is empty; start with name and version"},
		{"list json", "operator.json", "[1]", "operator.json:1:1: OPC1004: the description is a list: expected fields; start with name and version"},
		{"number yaml", "operator.yaml", "5\n", "operator.yaml:1:1: OPC1004: the description is the number 5: expected fields; start with name and version"},
		{"not utf-8", "operator.yaml", "name: a\nsummary: caf\xe9\n", "operator.yaml:2:13: OPC1001: the file is not text in UTF-8; save it in UTF-8"},
		{"utf-16", "operator.yaml", "\xff\xfen\x00", "operator.yaml:1:1: OPC1001: the file is not text in UTF-8; save it in UTF-8"},
		{"not utf-8 cue", "operator.cue", "name: \"\xe9\"\n", "operator.cue:1:8: OPC1001: the file is not text in UTF-8; save it in UTF-8"},
		{"control character", "operator.yaml", "name: a\nsummary: a\x01b\n", "operator.yaml:2:11: OPC1001: the text holds a control character"},
		{"too large", "operator.yaml", minimal + strings.Repeat("# comment\n", maxSize/10), "operator.yaml:1:1: OPC1001: the file is larger than 10 MiB"},
		{"too deep yaml", "operator.yaml", minimal + "helm: {values: {a: " + nested("{a: ", 1100, "}") + "}}\n", "operator.yaml:3:4009: OPC1001: the file is nested more than 1000 levels deep"},
		{"much too deep yaml", "operator.yaml", minimal + "helm: {values: {a: " + nested("[", 20000, "]") + "}}\n", "operator.yaml:3:14: OPC1001: the file is nested too deep"},
		{"too deep json", "operator.json", `{"name":"a","version":"1.0.0","helm":{"values":` + nested(`{"a": `, 1100, "1", "}") + "}}", "operator.json:1:6037: OPC1001: the file is nested more than 1000 levels deep"},
		{"much too deep json", "operator.json", nested(`[`, 20000, "]"), "operator.json:1:10001: OPC1001: the file is nested too deep"},
		{"too deep cue", "operator.cue", "x: " + nested("{a: ", 1100, "1", "}"), "operator.cue:1:4000: OPC1001: the file is nested more than 1000 levels deep"},
		{"much too deep cue", "operator.cue", "x: " + nested("[", 20000, "]"), "operator.cue:1:10004: OPC1001: expression exceeds maximum nesting depth of 10000"},
		{"comma", "operator.json", "{\n  \"name\": \"a\",\n}\n", "operator.json:2:14: OPC1001: trailing comma before }; remove it"},
		{"comma in list", "operator.json", "{\"keywords\": [\"a\", ]}", "operator.json:1:18: OPC1001: trailing comma before ]; remove it"},
		{"no comma", "operator.json", "{\"name\": \"a\"\n\"version\": \"b\"}", "operator.json:2:1: OPC1001: unexpected '\"': a comma, a colon or a closing bracket is missing"},
		{"ends too soon", "operator.json", "{\"name\": \"a\",\n", "operator.json:1:14: OPC1001: unexpected end of file; a bracket or a quoted string is not closed"},
		{"quotes", "operator.json", "{'name': 'a'}", "operator.json:1:2: OPC1001: JSON strings and keys need double quotes"},
		{"no quotes", "operator.json", "{name: 'a'}", "operator.json:1:2: OPC1001: JSON strings and keys need double quotes"},
		{"comment", "operator.json", "{\n// a\n}", "operator.json:2:1: OPC1001: JSON does not support comments; remove the comment, or use YAML"},
		{"line end", "operator.json", "{\"name\": \"a\nb\"}", "operator.json:1:12: OPC1001: a JSON string can't contain a line break, a tab or another control character; write \\n or \\t"},
		{"more", "operator.json", "{} {}", "operator.json:1:4: OPC1001: unexpected '{': a comma, a colon or a closing bracket is missing"},
		{"twice", "operator.json", `{"name": "a", "version": "1.0.0", "name": "b"}`, `operator.json:1:35: OPC1001: duplicate key "name" (first defined on line 1); keep one of the two (operator.json:1:2: first here)`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, got := loaded(t, tt.file, tt.text, Options{})
			if diff := cmp.Diff([]string{tt.want}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// nested opens something n times and closes it as often; what stands between is in the middle of rest.
func nested(begin string, n int, rest ...string) string {
	middle := strings.Join(rest[:len(rest)-1], "")
	return strings.Repeat(begin, n) + middle + strings.Repeat(rest[len(rest)-1], n)
}

// TestPlainFaultsOfJSON holds JSON's positions in one text with many faults.
func TestPlainFaultsOfJSON(t *testing.T) {
	_, got := loaded(t, "operator.json", `{
	"name": "a", "version": 1.0,
	"größe": 1, "summary":
		[true],
	"manager": {"replicas": 1e400, "ports": {"http": "x\"y", "b": 99999999999999999999}},
	"maintainers": [ {"name" : "\ud83d\ude00"}, {"email": 3 , "nmae": null}]
}`, Options{})
	want := []string{
		`operator.json:2:26: OPC1004: version is the number 1.0: expected a semantic version such as 1.2.3 or 1.0.0-rc.1, without a leading "v"; put it in quotes: version: "1.0"`,
		"operator.json:3:2: OPC1002: unknown field \"größe\"; `opc schema` prints all fields",
		`operator.json:3:16: OPC1004: summary is a list: expected text`,
		`operator.json:5:26: OPC1005: the number 1e400 is too large; put it in quotes if it is meant as text: "1e400"`,
		`operator.json:5:51: OPC1004: manager.ports.http is the text "x\"y": expected a port between 1 and 65535`,
		`operator.json:5:64: OPC1005: the number 99999999999999999999 is too large; put it in quotes if it is meant as text: "99999999999999999999"`,
		`operator.json:6:56: OPC1004: maintainers[1].email is the number 3: expected text; put it in quotes: email: "3"`,
		`operator.json:6:60: OPC1002: unknown field "nmae" in maintainers[1]; did you mean "name"?`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestInvisible loads texts that differ in what nobody sees: byte order marks and line ends.
func TestInvisible(t *testing.T) {
	texts := map[string]string{
		"operator.yaml": "name: a\nversion: 1.0.0\nsummary: |\n  b\n  c\nfoo: 1\n",
		"operator.cue":  "name: \"a\"\nversion: \"1.0.0\"\nsummary: \"\"\"\n\tb\n\tc\n\t\"\"\"\nfoo: 1\n",
		"operator.json": "{\"name\": \"a\",\n\"version\": \"1.0.0\",\n\"summary\":\"b\\nc\\n\",\n\"foo\": 1}\n",
	}
	for name, text := range texts {
		plain, want := loaded(t, name, text, Options{})
		for _, other := range []string{"\ufeff" + text, strings.ReplaceAll(text, "\n", "\r\n"), "\ufeff" + strings.ReplaceAll(text, "\n", "\r\n")} {
			doc, got := loaded(t, name, other, Options{})
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%q: %s", other, diff)
			}
			if diff := cmp.Diff(plain.Tree, doc.Tree); diff != "" {
				t.Errorf("%q: %s", other, diff)
			}
		}
		if len(want) != 1 || !strings.Contains(want[0], `unknown field "foo"`) {
			t.Error(name, want)
		}
	}
}

func TestNoInput(t *testing.T) {
	fsys := fstest.MapFS{"sub/a.txt": {}}
	for name, want := range map[string]string{
		"operator.yaml": "operator.yaml:1:1: OPC1009: can't read the description operator.yaml: file does not exist; name a file, or a folder that holds one of operator.cue, operator.yaml, operator.yml, operator.json",
		"operator.cue":  "operator.cue:1:1: OPC1009: can't read the description operator.cue: file does not exist; name a file, or a folder that holds one of operator.cue, operator.yaml, operator.yml, operator.json",
		"sub":           "sub:1:1: OPC1009: can't read the description sub: invalid argument; name a file, or a folder that holds one of operator.cue, operator.yaml, operator.yml, operator.json",
	} {
		doc, diags := Load(fsys, name, Options{})
		if diff := cmp.Diff([]string{want}, lines(diags.Place(doc.Index))); diff != "" {
			t.Error(diff)
		}
	}
}

func TestFind(t *testing.T) {
	fsys := fstest.MapFS{"operator.json": {}, "operator.yaml": {}, "operator.cue/x": {}}
	if name, ok := Find(fsys); !ok || name != "operator.yaml" {
		t.Error(name, ok)
	}
	if name, ok := Find(fstest.MapFS{"operator.txt": {}}); ok {
		t.Error(name)
	}
}

// TestOneDescriptionThreeWays reads the same description in three formats.
func TestOneDescriptionThreeWays(t *testing.T) {
	texts := map[string]string{
		"operator.cue":  `name: "a", version: "1.0.0", keywords: ["x"], helm: values: {i: 3, f: 1.5, t: "3", n: null, b: true, l: [], m: {}}`,
		"operator.yaml": "name: a\nversion: 1.0.0\nkeywords: [x]\nhelm:\n  values:\n    i: 3\n    f: 1.5\n    t: '3'\n    'n': ~\n    b: true\n    l: []\n    m: {}\n",
		"operator.json": `{"name":"a","version":"1.0.0","keywords":["x"],"helm":{"values":{"i":3,"f":1.5,"t":"3","n":null,"b":true,"l":[],"m":{}}}}`,
	}
	want := map[string]any{
		"name": "a", "version": "1.0.0", "keywords": []any{"x"},
		"helm": map[string]any{"values": map[string]any{
			"i": int64(3), "f": 1.5, "t": "3", "n": nil, "b": true, "l": []any{}, "m": map[string]any{},
		}},
	}
	for name, text := range texts {
		doc, got := loaded(t, name, text, Options{})
		if diff := cmp.Diff(want, doc.Tree); diff != "" || got != nil {
			t.Errorf("%s: %v %s", name, got, diff)
		}
		if doc.Spec.Name != "a" || doc.Spec.Helm.Values["i"] != int64(3) {
			t.Errorf("%s: %+v", name, doc.Spec.Helm)
		}
	}
}

// TestSources holds what is kept to show lines: every file that was read.
func TestSources(t *testing.T) {
	fsys := fstest.MapFS{
		"operator.cue":       {Data: []byte("package operator\n\nimport \"example.com/op/common\"\n\nname: common.name\n")},
		"more.cue":           {Data: []byte("package operator\n\nversion: \"1.0.0\"\n")},
		"cue.mod/module.cue": {Data: []byte("module: \"example.com/op\"\nlanguage: version: \"v0.9.0\"\n")},
		"common/common.cue":  {Data: []byte("package common\n\nname: \"a\"\n")},
		"other.cue":          {Data: []byte("package other\n")},
	}
	doc, diags := Load(fsys, "operator.cue", Options{})
	if diags != nil {
		t.Fatal(diags)
	}
	for name, f := range fsys {
		text, kept := doc.Sources[name]
		if want := !strings.HasPrefix(name, "other") && !strings.HasPrefix(name, "cue.mod"); kept != want || kept && string(text) != string(f.Data) {
			t.Errorf("%s: %v %q", name, kept, text)
		}
	}
}

// TestBombs checks that hostile texts are refused for an effort that grows with their length.
func TestBombs(t *testing.T) {
	lines := func(n int, line func(i int) string) string {
		var b strings.Builder
		b.WriteString(minimal)
		for i := range n {
			b.WriteString(line(i))
		}
		return b.String()
	}
	tests := map[string]string{
		"aliases": lines(40, func(i int) string {
			if i == 0 {
				return "a0: &a0 x\n"
			}
			return fmt.Sprintf("a%d: &a%d [*a%d, *a%[3]d, *a%[3]d]\n", i, i, i-1)
		}),
		"merges": lines(40, func(i int) string {
			if i == 0 {
				return "a0: &a0 {x: 1}\n"
			}
			return fmt.Sprintf("a%d: &a%d {b: {<<: *a%d}, c: {<<: *a%[3]d}}\n", i, i, i-1)
		}),
		"broken at the end": lines(20000, func(i int) string { return fmt.Sprintf("labels%d: {a: b}\n", i) }) + "\tx: 1\n",
		"open quote":        "summary: \"" + lines(20000, func(i int) string { return "x: y\n" }),
		"dashes":            minimal + "keywords: " + strings.Repeat("- ", 9000) + "\n",
		"merged many times": lines(60, func(i int) string {
			if i == 0 {
				return "b0: &b0 {x: 1}\n"
			}
			return fmt.Sprintf("b%d: &b%d {<<: [*b%d, *b%[3]d]}\n", i, i, i-1)
		}),
		"wrong in two ways": lines(20000, func(i int) string { return fmt.Sprintf("f%d: !!float x\n", i) }),
		"many unknown":      lines(20000, func(i int) string { return fmt.Sprintf("f%d: 1\n", i) }),
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			cost.Within(t, 160<<20, 200, len(text), func() { _, got = loaded(t, "operator.yaml", text, Options{}) })
			if len(got) == 0 {
				t.Error("no findings")
			}
		})
	}
}

// failing is a file system whose files can be opened, but not read.
type failing struct{ fs.FS }

type failingFile struct{ fs.File }

func (f failing) Open(name string) (fs.File, error) {
	file, err := f.FS.Open(name)
	return failingFile{file}, err
}

func (failingFile) Read([]byte) (int, error) { return 0, fs.ErrPermission }

func TestUnreadable(t *testing.T) {
	doc, diags := Load(failing{fstest.MapFS{"operator.yaml": {}}}, "operator.yaml", Options{})
	if got := lines(diags.Place(doc.Index)); len(got) != 1 || !strings.Contains(got[0], "OPC1009: can't read the description operator.yaml: permission denied") {
		t.Error(got)
	}
}
