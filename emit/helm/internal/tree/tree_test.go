package tree

import (
	"strings"
	"testing"
	"text/template"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

func TestExpressions(t *testing.T) {
	for _, c := range []struct {
		expr Expr
		want string
	}{
		{Value("image", "tag"), `.Values.image.tag`},
		{Builtin("Release", "Name").To("quote"), `.Release.Name | quote`},
		{Call("include", Text("x.name"), Context()), `include "x.name" .`},
		{Call("printf", Text("%s-x"), Call("include", Text("a"), Context())), `printf "%s-x" (include "a" .)`},
		{Value("n").To("int64").To("quote"), `.Values.n | int64 | quote`},
		{Call("f", Value("n").To("trunc", Number(5))), `f (.Values.n | trunc 5)`},
		{Call("f", Variable("namespace"), Context()), `f $namespace .`},
		{Value("related", "postgres-17"), `index .Values.related "postgres-17"`},
		{Value("workloads", "side-car", "image"), `(index .Values.workloads "side-car").image`},
		{Call("f", Value("related", "postgres-17")), `f (index .Values.related "postgres-17")`},
		{Text("a \"b\" {{ c }}\n"), `"a \"b\" {{ c }}\n"`},
	} {
		if got := c.expr.String(); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

func TestGuards(t *testing.T) {
	a, b, c := If(Value("a")), If(Value("b")), If(Value("c"))
	for _, tc := range []struct {
		guard Guard
		want  string
	}{
		{Guard{}, ""},
		{a, ".Values.a"},
		{a.Not(), "not .Values.a"},
		{a.And(b), "and .Values.a .Values.b"},
		{a.And(b).And(a), "and .Values.a .Values.b"},
		{a.And(b.Not()), "and .Values.a (not .Values.b)"},
		{a.Or(b), "or .Values.a .Values.b"},
		{a.And(b).Or(c), "or (and .Values.a .Values.b) .Values.c"},
		{a.And(b).Or(a), ".Values.a"},
		{a.Or(a.Not()), ""},
		{a.And(b).Or(a.And(b.Not())), ".Values.a"},
		{a.And(b).Not(), "or (not .Values.a) (not .Values.b)"},
		{a.Or(b).Not(), "and (not .Values.a) (not .Values.b)"},
		{a.Or(b).And(c), "or (and .Values.a .Values.c) (and .Values.b .Values.c)"},
		{a.Or(Guard{}), ""},
		{a.And(Guard{}), ".Values.a"},
		{If(Call("kindIs", Text("invalid"), Value("n"))).Not().And(a), `and (not (kindIs "invalid" .Values.n)) .Values.a`},
	} {
		if got := tc.guard.String(); got != tc.want {
			t.Errorf("got %q, want %q", got, tc.want)
		}
	}
}

func TestPrint(t *testing.T) {
	on, off := If(Value("on")), If(Value("on")).Not()
	list := Value("list")
	for _, c := range []struct {
		name string
		doc  Document
		want string
	}{
		{"plain parts keep the order of Kubernetes objects", Document{Body: Map{
			{Key: "kind", Value: Plain{"Pod"}},
			{Key: "spec", Value: Plain{map[string]any{"containers": []any{map[string]any{"args": []any{"a"}, "name": "x", "image": "i"}}, "empty": map[string]any{}}}},
		}}, `kind: Pod
spec:
  containers:
  - name: x
    image: i
    args:
    - a
  empty: {}
`},
		{"a guard around all", Document{When: on, Body: Map{
			{Key: "a", Value: Plain{1}},
			{Key: "b", When: on, Value: Scalar{Value("b").To("quote")}},
		}}, `{{- if .Values.on -}}
a: 1
b: {{ .Values.b | quote }}
{{- end }}
`},
		{"neighbours share a guard, opposites share a block, what is used is the dot", Document{Body: Map{
			{Key: "a", When: on, Value: Plain{1}},
			{Key: "b", When: on, Value: Plain{2}},
			{Key: "c", When: off, Value: Plain{3}},
			{Key: "d", When: If(list), Value: Block{Call("toYaml", list)}},
			{Key: "e", When: If(list), Value: Map{{Key: "f", Value: Block{Call("toYaml", list)}}}},
		}}, `{{- if .Values.on }}
a: 1
b: 2
{{- else }}
c: 3
{{- end }}
{{- if .Values.list }}
d:
  {{- toYaml .Values.list | nindent 2 }}
e:
  f:
    {{- toYaml .Values.list | nindent 4 }}
{{- end }}
`},
		{"a key goes where all below it is guarded", Document{Body: Map{
			{Key: "volumes", Value: List{
				{When: on, Value: Plain{map[string]any{"name": "a"}}},
				{When: If(list), Value: Splice{Call("toYaml", list)}},
			}},
			{Key: "sure", Value: List{{When: on, Value: Plain{1}}, {When: off, Value: Plain{2}}}},
			{Key: "labels", Value: Map{{When: If(list), Value: Splice{Call("toYaml", list)}}}},
		}}, `{{- if or .Values.on .Values.list }}
volumes:
{{- if .Values.on }}
- name: a
{{- end }}
{{- with .Values.list }}
{{- toYaml . | nindent 0 }}
{{- end }}
{{- end }}
sure:
{{- if .Values.on }}
- 1
{{- else }}
- 2
{{- end }}
{{- if .Values.list }}
labels:
  {{- toYaml .Values.list | nindent 2 }}
{{- end }}
`},
		{"items", Document{Body: Map{{Key: "list", Value: List{
			{Value: Scalar{Value("a").To("quote")}},
			{Value: Map{{Key: "x", When: on, Value: Plain{1}}, {Key: "z", Value: Plain{2}}}},
			{Value: Map{{Key: "x", When: on, Value: Plain{1}}}},
			{Value: Map{}},
			{Value: List{{Value: Scalar{Value("b")}}, {Value: Plain{"c"}}}},
			{Value: Block{Call("toYaml", list)}},
		}}, {Key: "none", Value: List{}}}}, `list:
- {{ .Values.a | quote }}
- z: 2
  {{- if .Values.on }}
  x: 1
  {{- end }}
-
  {{- if .Values.on }}
  x: 1
  {{- end }}
- {}
- - {{ .Values.b }}
  - c
-
  {{- toYaml .Values.list | nindent 2 }}
none: []
`},
		{"one document for each", Document{When: on, Each: &list, As: "item", Body: Map{
			{Key: "name", Value: Scalar{Variable("item").To("quote")}},
			{Key: "of", Value: Scalar{Call("include", Text("of"), Context())}},
		}}, `{{- if .Values.on }}
{{- range $item := .Values.list }}
---
name: {{ $item | quote }}
of: {{ include "of" $ }}
{{- end }}
{{- end }}
`},
	} {
		if diff := cmp.Diff(c.want, string(Print(c.doc))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

var literals = []string{
	"", "\n", "plain", "{{ .Values.x }}", "{{- end }}", "{{{ x }}}", "a {{\nb }}", "}} {{", "{{`x`}}", "two\nlines\n", "two\n\nlines {{ x }}\n\n\n", "ends in space \n",
	"line \nand \n", " begins", "\ttab\n", "yes", "1e3", "0x1f", "null", "# no comment", "a: b", "- item", "|", "{{/* c */}}", "\\{{", "é {{ü}}", "\r\n", "{{- \"x\" -}}",
}

// through prints a literal in several places between actions, and reads what the template engine makes of it.
func through(t *testing.T, s string) {
	t.Helper()
	on := If(Value("on"))
	doc := Document{When: on, Body: Map{
		{Key: "a", Value: Plain{s}},
		{Key: "b", When: If(Value("off")), Value: Plain{1}},
		{Key: "c", Value: Map{{Key: "d", Value: Plain{map[string]any{"e" + s: s}}}, {Key: "f", When: on, Value: Plain{[]any{s}}}}},
		{Key: "g", Value: List{{Value: Plain{map[string]any{"h": s}}}, {When: If(Value("off")), Value: Plain{1}}}},
		{Key: "last", Value: Plain{s}},
	}}
	text := string(Print(doc))
	tmpl, err := template.New("").Parse(text)
	if err != nil {
		t.Fatalf("%q: %v\n%s", s, err, text)
	}
	var b strings.Builder
	if err := tmpl.Execute(&b, map[string]any{"Values": map[string]any{"on": true, "off": false}}); err != nil {
		t.Fatalf("%q: %v\n%s", s, err, text)
	}
	var got map[string]any
	if err := yaml.Unmarshal([]byte(b.String()), &got); err != nil {
		t.Fatalf("%q: %v\n%s", s, err, b.String())
	}
	want := map[string]any{
		"a": s, "c": map[string]any{"d": map[string]any{"e" + s: s}, "f": []any{s}}, "g": []any{map[string]any{"h": s}}, "last": s,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%q (-want +got):\n%s\n%s", s, diff, text)
	}
}

func TestLiteralsStayAsTheyAre(t *testing.T) {
	for _, s := range literals {
		through(t, s)
	}
}

func FuzzLiteralsStayAsTheyAre(f *testing.F) {
	for _, s := range literals {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if strings.ToValidUTF8(s, "") != s || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r == 0x7f || r > 0xD7FF }) {
			t.Skip("not a text that YAML can hold as it is")
		}
		through(t, s)
	})
}
