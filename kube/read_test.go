package kube

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRead holds what a text is read as, and what is wrong with it.
func TestRead(t *testing.T) {
	for name, tt := range map[string]struct {
		text   string
		want   []any
		faults []string
	}{
		"scalars": {"{a: yes, b: 'yes', c: OFF, d: 0x1F, e: 017, f: 1.0, g: 1.5, h: ~, i: 2020-02-02, j: y, k: !!str n, l: 1e3}",
			[]any{map[string]any{"a": true, "b": "yes", "c": false, "d": int64(31), "e": int64(15), "f": int64(1), "g": 1.5, "h": nil,
				"i": "2020-02-02", "j": true, "k": "n", "l": int64(1000)}}, nil},
		"keys": {"{on: 1, 7: 2, 'off': 3, 1.50: 4}", []any{map[string]any{"true": int64(1), "7": int64(2), "off": int64(3), "1.5": int64(4)}}, nil},
		"keys that are the same": {"on: 1\nyes: 2\n", []any{map[string]any{"true": int64(2)}},
			[]string{`1/0/true 2:1 duplicate key "true" (first defined on line 1 as on): YAML 1.1 reads yes as the boolean true`}},
		"duplicate key":    {"a:\n  b: 1\n  b: 2\n", []any{map[string]any{"a": map[string]any{"b": int64(2)}}}, []string{`1/0/a/b 3:3 duplicate key "b" (first defined on line 2)`}},
		"no key":           {"? [a]\n: b\n", []any{map[string]any{}}, []string{"1/0 1:3 a key must be text"}},
		"large":            {"a: 18446744073709551615", []any{map[string]any{"a": float64(1 << 64)}}, nil},
		"no JSON":          {"a: .inf", []any{map[string]any{"a": nil}}, []string{"1/0/a 1:4 .inf is not a valid number in JSON"}},
		"binary":           {"a: !!binary aGk=", []any{map[string]any{"a": "hi"}}, nil},
		"merge":            {"x: &x {a: 1, b: 2}\nz: {<<: *x, a: 3}\n", []any{map[string]any{"x": map[string]any{"a": int64(1), "b": int64(2)}, "z": map[string]any{"a": int64(3), "b": int64(2)}}}, nil},
		"merge of no map":  {"z: {<<: 3}\n", []any{map[string]any{"z": map[string]any{}}}, []string{"1/0/z 1:9 << must refer to a map, or to a list of maps"}},
		"alias of itself":  {"a: &a [*a]\n", []any{map[string]any{"a": []any{[]any{nil}}}}, []string{"1/0/a/0/0 1:8 *a refers to itself"}},
		"documents":        {"# none\n---\na: 1\n--- # two\n---\n~\n---\nb: 2\n", []any{map[string]any{"a": int64(1)}, map[string]any{"b": int64(2)}}, nil},
		"directive":        {"%YAML 1.1\n---\na: 1\n", []any{map[string]any{"a": int64(1)}}, nil},
		"separator":        {"a: 1\n--- b\nc: 2\n", nil, []string{`1/0 2:1 "--- b" does not separate documents: only a comment may follow ---`}},
		"goes on":          {"a: [\n---\nb: {c: 1, c: 2}\n", []any{map[string]any{"b": map[string]any{"c": int64(2)}}}, []string{"1/0 1:4 something is missing between two commas or brackets", `1/0/b/c 3:11 duplicate key "c" (first defined on line 3)`}},
		"line ends":        {"a: 1\r\n---\r\nb: 1\r\nb: 2\r\n", []any{map[string]any{"a": int64(1)}, map[string]any{"b": int64(2)}}, []string{`1/1/b 4:1 duplicate key "b" (first defined on line 3)`}},
		"byte order mark":  {"\ufeffa: 1\na: 2", []any{map[string]any{"a": int64(2)}}, []string{`1/0/a 2:1 duplicate key "a" (first defined on line 1)`}},
		"columns of bytes": {"{ä: 1, b: 2, b: 3}", []any{map[string]any{"ä": int64(1), "b": int64(3)}}, []string{`1/0/b 1:15 duplicate key "b" (first defined on line 1)`}},
		"no UTF-8":         {"a: 1\nb: \xff\n", nil, []string{"1/0 2:4 the file is not text in UTF-8"}},
		"empty":            {"# nothing\n", nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			docs, faults := Read("1", []byte(tt.text))
			var values []any
			for _, d := range docs {
				values = append(values, d.Value)
			}
			if diff := cmp.Diff(tt.want, values); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tt.faults, told(faults)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func told(faults []Fault) []string {
	var out []string
	for _, f := range faults {
		out = append(out, fmt.Sprintf("%s/%d%s %d:%d %s", f.At.File, f.At.Doc, f.At.Pointer, f.Line, f.Col, f.Message))
	}
	return out
}

// TestReadJSON holds that JSON is read as such: streams of it too, with keys that are what they are.
func TestReadJSON(t *testing.T) {
	docs, faults := Read("a.json", []byte("{\"on\": 1, \"a\": 2.0}\n{\"b\": \"x\",\n \"b\": 3}\n"))
	if len(docs) != 2 || !cmp.Equal(docs[0].Value, map[string]any{"on": int64(1), "a": int64(2)}) {
		t.Errorf("%+v", docs)
	}
	if diff := cmp.Diff([]string{`a.json/1/b 3:2 duplicate key "b" (first defined on line 2)`}, told(faults)); diff != "" {
		t.Error(diff)
	}
	_, faults = Read("a.json", []byte("{\"a\": 1,}"))
	if diff := cmp.Diff([]string{`a.json/0 1:8 trailing comma before }`}, told(faults)); diff != "" {
		t.Error(diff)
	}
}

// TestExact holds what a text that people write for opc may not leave to the reader.
func TestExact(t *testing.T) {
	docs, faults := Reader{Exact: true, Hole: "?"}.Read("a", []byte("{on: 1, 4.10: 2, a: 0189, b: 99999999999999999999, c: !x d, e: 1.0}"))
	if diff := cmp.Diff(map[string]any{"true": int64(1), "4.10": int64(2), "a": "0189", "b": "?", "c": "?", "e": 1.0}, docs[0].Value); diff != "" {
		t.Error(diff)
	}
	want := []string{`a/0 1:2 the key on is the boolean "true" in YAML 1.1`, "a/0/b 1:30 the number 99999999999999999999 is too large",
		"a/0/c 1:55 the tag !x is not supported"}
	if diff := cmp.Diff(want, told(faults)); diff != "" {
		t.Error(diff)
	}
}

// TestBounds holds that no text makes the reader go on for long.
func TestBounds(t *testing.T) {
	bomb := "a: &a [x, x, x, x, x, x, x, x, x]\n"
	for c := 'b'; c < 'm'; c++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat("*"+string(c-1)+", ", 9), ", "))
	}
	for name, tt := range map[string]struct{ text, want string }{
		"aliases": {bomb, "the aliases in this file expand to more than 100000 values"},
		"depth":   {strings.Repeat("[", 1500) + strings.Repeat("]", 1500), "the file is nested more than 1000 levels deep"},
		"deeper":  {strings.Repeat("[", 20000), "the file is nested too deep"},
		"size":    {strings.Repeat("#", MaxSize+1), "the file is larger than 64 MiB"},
	} {
		_, faults := Read(name, []byte(tt.text))
		if len(faults) != 1 || faults[0].Message != tt.want {
			t.Errorf("%s: %d faults: %+v", name, len(faults), faults[:min(len(faults), 3)])
		}
	}
}

// TestFind holds where the parts of a document stand.
func TestFind(t *testing.T) {
	docs, _ := Read("a", []byte("---\nx: &x {a: 1}\nz:\n- <<: *x\n  b/c:\n    d: 2\non: 3\n"))
	for pointer, want := range map[string]string{
		"": "2:1", "/x/a": "2:8", "/z": "3:1", "/z/0/a": "2:8", "/z/0/b~1c/d": "6:5", "/true": "7:1", "/z/7/z": "3:1",
	} {
		if line, col := docs[0].Line(pointer); fmt.Sprintf("%d:%d", line, col) != want {
			t.Errorf("%s: %d:%d, want %s", pointer, line, col, want)
		}
	}
}

// TestColumnsOfALongLine finds the places in one long line that holds characters of several bytes.
func TestColumnsOfALongLine(t *testing.T) {
	const entries = 20000
	text := "[ä" + strings.Repeat(", {ö: 1}", entries) + "]"
	docs, faults := Read("a.yaml", []byte(text))
	if len(faults) > 0 || len(docs) != 1 {
		t.Fatal(faults)
	}
	for _, n := range []int{1, 2, entries} {
		spot, _ := docs[0].Find(strconv.Itoa(n), "ö")
		_, got := spot.KeyPos()
		if want := len("[ä") + (n-1)*len(", {ö: 1}") + len(", {") + 1; got != want {
			t.Errorf("entry %d: column %d, want %d", n, got, want)
		}
	}
}
