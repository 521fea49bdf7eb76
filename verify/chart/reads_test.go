package chart

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// readers is a chart whose templates come to their values in all the ways that there are.
var readers = map[string]string{
	"Chart.yaml":                "apiVersion: v2\nname: dock\nversion: 1.0.0\ndependencies: [{name: crane, version: 1.0.0, condition: crane.enabled}]\n",
	"values.yaml":               "plain: 1\nnested: {deep: {a: 1, b: 2}}\nhidden: no\nmap: {k: v}\nlist: [x, y]\nkey: k\ntext: hello\nempty: {}\ncount: 3\nglobal: {region: north}\ncrane: {enabled: true, load: 5}\n",
	"templates/_h.tpl":          `{{ define "name" }}{{ .Values.plain }}{{ end }}{{ define "of" }}{{ .root.Values.nested.deep.b }}/{{ .own }}{{ end }}{{ define "first" }}{{ (index . 0).Values.key }}{{ end }}`,
	"templates/field.yaml":      `{{ .Values.nested.deep.a }}`,
	"templates/include.yaml":    `{{ include "name" . }}`,
	"templates/dict.yaml":       `{{ include "of" (dict "root" $ "own" .Values.map) }}`,
	"templates/list.yaml":       `{{ include "first" (list . 1) }}`,
	"templates/with.yaml":       `{{ with .Values.nested }}{{ .deep.a }}{{ $.Values.text }}{{ end }}`,
	"templates/range.yaml":      `{{ $last := "" }}{{ range .Values.list }}{{ $last }}{{ . }}{{ $last = $.Values.count }}{{ end }}`,
	"templates/index.yaml":      `{{ index .Values "map" .Values.key }}`,
	"templates/get.yaml":        `{{ get .Values.map "k" }}{{ dig "deep" "a" "none" .Values.nested }}{{ hasKey .Values.empty "x" }}`,
	"templates/variable.yaml":   `{{ $x := .Values.nested }}{{ if .Values.hidden }}{{ $x = .Values.map }}{{ end }}{{ toYaml $x }}`,
	"templates/tpl.yaml":        `{{ tpl .Values.text . }}`,
	"templates/sum.yaml":        `{{ include (print $.Template.BasePath "/field.yaml") . | sha256sum }}`,
	"templates/default.yaml":    `{{ (default .Values.map .Values.empty).k }}`,
	"templates/all.yaml":        `{{ .Values | toJson | sha256sum }}`,
	"templates/emptiness.yaml":  `{{ if .Values.empty }}full{{ end }}{{ template "name" . }}`,
	"charts/crane/Chart.yaml":   "apiVersion: v2\nname: crane\nversion: 1.0.0\n",
	"charts/crane/values.yaml":  "load: 1\n",
	"charts/crane/templates/a":  `{{ .Values.load }} {{ .Values.global.region }} {{ include "name" (dict "Values" .Values.global) }}`,
	"charts/crane/templates/_b": ``,
}

// TestReadsFollowValues holds that a chart that renders only what a change of its values is read by renders the same as one
// that renders everything.
func TestReadsFollowValues(t *testing.T) {
	for name, more := range map[string]map[string]string{
		"as it is": nil,
		"changes":  {"templates/a.yaml": `{{ if eq (toString .Values.plain) "2" }}{{ $_ := set .Values.map "k" "changed" }}{{ end }}`},
		"chance":   {"templates/chance.yaml": `{{ if .Values.chancy }}{{ randAlphaNum 8 }}{{ end }}`},
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string][]byte{}
			for _, texts := range []map[string]string{readers, more} {
				for n, text := range texts {
					files[n] = []byte(text)
				}
			}
			kept, err := LoadForeign(files)
			if err != nil {
				t.Fatal(err)
			}
			if kept.reuse == nil {
				t.Fatal("nothing is kept")
			}
			for i, values := range []map[string]any{
				nil, {"plain": 2}, {"plain": 3}, {"nested": map[string]any{"deep": map[string]any{"a": 5}}}, {"nested": map[string]any{"deep": map[string]any{"b": 5}}},
				{"hidden": true}, {"map": map[string]any{"k": "w", "l": "m"}, "key": "l"}, {"list": []any{"z"}}, {"count": 9}, {"text": "{{ .Values.hidden }}"},
				{"text": "{{ .Values.hidden }}", "hidden": "yes"}, {"text": `{{ include "name" . }}`, "plain": 7}, {"empty": map[string]any{"x": 1}},
				{"empty": map[string]any{"k": 1}}, {"global": map[string]any{"region": "south", "plain": 1}}, {"crane": map[string]any{"load": 6}},
				{"crane": map[string]any{"enabled": false}}, {"nested": nil}, nil, {"map": nil, "empty": map[string]any{"k": 2}}, {"plain": 2},
			} {
				fresh, err := LoadForeign(files)
				if err != nil {
					t.Fatal(err)
				}
				fresh.reuse = nil
				r := Release{Name: "r", Namespace: "n", Values: values}
				want, wantErr := fresh.Templates(r)
				got, err := kept.Templates(r)
				if diff := cmp.Diff(want, got); diff != "" || fmt.Sprint(err) != fmt.Sprint(wantErr) {
					t.Errorf("%d: %v, want %v: %s", i, err, wantErr, diff)
				}
			}
		})
	}
}

// TestChanceIsNotKept holds that what is left to chance is rendered each time: who renders a chart twice finds it so.
func TestChanceIsNotKept(t *testing.T) {
	f, err := LoadForeign(map[string][]byte{
		"Chart.yaml": []byte("apiVersion: v2\nname: dock\nversion: 1.0.0\n"), "values.yaml": []byte("word: '{{ randAlphaNum 8 }}'\n"),
		"templates/_h.tpl": []byte(`{{ define "secret" }}{{ randAlphaNum 8 }}{{ end }}`), "templates/a.yaml": []byte(`{{ include "secret" . }}`),
		"templates/b.yaml": []byte(`{{ tpl .Values.word . }}`), "templates/c.yaml": []byte(`{{/* now */}}{{ .Values.word }}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	one, err := f.Templates(Release{Name: "r"})
	if err != nil {
		t.Fatal(err)
	}
	two, err := f.Templates(Release{Name: "r"})
	if err != nil {
		t.Fatal(err)
	}
	for name, same := range map[string]bool{"templates/a.yaml": false, "templates/b.yaml": false, "templates/c.yaml": true} {
		if (one[name] == two[name]) != same {
			t.Errorf("%s: %q, then %q", name, one[name], two[name])
		}
	}
}

// TestUnchangedIsKept holds that a template is not rendered again for a value that it does not read.
func TestUnchangedIsKept(t *testing.T) {
	files := map[string][]byte{}
	for n, text := range readers {
		files[n] = []byte(text)
	}
	f, err := LoadForeign(files)
	if err != nil {
		t.Fatal(err)
	}
	for _, values := range []map[string]any{nil, {"count": 9}} {
		if _, err := f.Templates(Release{Name: "r", Values: values}); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]int{"field": 1, "include": 1, "dict": 1, "list": 1, "with": 1, "tpl": 1, "sum": 1, "range": 2, "all": 2} {
		if got := len(f.reuse.known["dock/templates/"+name+".yaml"]); got != want {
			t.Errorf("%s is rendered %d times, want %d", name, got, want)
		}
	}
}
