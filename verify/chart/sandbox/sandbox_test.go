package sandbox

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/verify/chart"
)

// TestMain is the process that renders, when it is asked to be.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "serve" {
		if err := Serve(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(3)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func start(t *testing.T, limits Limits, files map[string]string) (*Chart, error) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{"Chart.yaml": []byte("apiVersion: v2\nname: x\nversion: 1.0.0\n")}
	for name, text := range files {
		all[name] = []byte(text)
	}
	c, err := Start(t.Context(), []string{self, "serve"}, all, limits)
	if err == nil {
		t.Cleanup(c.Close)
	}
	return c, err
}

func TestTemplates(t *testing.T) {
	c, err := start(t, Standard, map[string]string{
		"values.yaml":                 "a: 1\nsub: {enabled: false}\n",
		"templates/a.yaml":            "{{ .Values.a }} {{ .Release.Name }} {{ .Release.Namespace }}",
		"crds/c.yaml":                 "crd",
		"charts/sub/Chart.yaml":       "apiVersion: v2\nname: sub\nversion: 1.0.0\n",
		"charts/sub/templates/b.yaml": "b",
		".helmignore":                 "*.bak\nold/\n",
		"templates/x.bak":             "{{ fail \"left out\" }}",
		"templates/old/x.yaml":        "{{ fail \"left out\" }}",
		"Chart.yaml":                  "apiVersion: v2\nname: x\nversion: 1.0.0\ndependencies: [{name: sub, version: 1.0.0, condition: sub.enabled}]\n",
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		values map[string]any
		want   map[string]string
	}{
		{nil, map[string]string{"templates/a.yaml": "1 r n", "crds/c.yaml": "crd"}},
		{map[string]any{"a": "two"}, map[string]string{"templates/a.yaml": "two r n", "crds/c.yaml": "crd"}},
		{map[string]any{"sub": map[string]any{"enabled": true}}, map[string]string{"templates/a.yaml": "1 r n", "crds/c.yaml": "crd", "charts/sub/templates/b.yaml": "b"}},
		{nil, map[string]string{"templates/a.yaml": "1 r n", "crds/c.yaml": "crd"}},
	} {
		got, err := c.Templates(chart.Release{Name: "r", Namespace: "n", Values: test.values})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%v: %s", test.values, diff)
		}
	}
}

// TestHostileTemplates holds each bound, and that the next rendering works all the same.
func TestHostileTemplates(t *testing.T) {
	limits := Limits{Each: time.Minute, Memory: 256 << 20, Text: 1 << 20, Losses: 3}
	for name, test := range map[string]struct{ template, want string }{
		"loop":           {`{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}`, "rendering took more than 1s"},
		"great list":     {`{{ until 2000000000 | len }}`, "rendering took more than 256 MiB of memory"},
		"great text":     {`{{ repeat 2000000000 "x" | len }}`, "rendering took more than 256 MiB of memory"},
		"growing text":   {`{{ $x := "xxxxxxxxxxxxxxxx" }}{{ range until 40 }}{{ $x = cat $x $x }}{{ end }}`, "rendering took more than 256 MiB of memory"},
		"output":         {`{{ range until 100000 }}0123456789012345{{ end }}`, "it renders to more than 1 MiB"},
		"includes":       {`{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}`, "rendering template has a nested reference name: a: unable to execute template"},
		"templates":      {`{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}`, "exceeded maximum template depth"},
		"tpl":            {`{{ define "a" }}{{ tpl "{{ include \"a\" . }}" . }}{{ end }}{{ include "a" . }}`, "rendering took more than 256 MiB of memory"},
		"environment":    {`{{ env "HOME" }}`, `function "env" not defined`},
		"fails":          {`{{ fail "set the name" }}`, "set the name"},
		"does not parse": {`{{ if }}`, "missing value for if"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limits := limits
			if name == "loop" {
				limits.Each = time.Second // the other bounds are reached within the minute
			}
			c, err := start(t, limits, map[string]string{"templates/a.yaml": "{{ if .Values.hostile }}" + test.template + "{{ end }}"})
			if name == "templates" || name == "includes" || name == "tpl" {
				body, call, _ := strings.Cut(test.template, "{{ end }}")
				c, err = start(t, limits, map[string]string{"templates/_a.tpl": body + "{{ end }}", "templates/a.yaml": "{{ if .Values.hostile }}" + call + "{{ end }}"})
			}
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Templates(chart.Release{Name: "r", Namespace: "n", Values: map[string]any{"hostile": true}})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
			if _, err := c.Templates(chart.Release{Name: "r", Namespace: "n"}); err != nil && name != "does not parse" && name != "environment" {
				t.Errorf("the next rendering: %v", err)
			}
		})
	}
}

func TestLosses(t *testing.T) {
	c, err := start(t, Limits{Each: 200 * time.Millisecond, Memory: 1 << 30, Text: 1 << 20, Losses: 1}, map[string]string{
		"templates/a.yaml": `{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}`,
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"rendering took more than 200ms", "rendering took more than 200ms", "the chart broke the bounds of rendering too often"} {
		if _, err := c.Templates(chart.Release{Name: "r"}); err == nil || err.Error() != want {
			t.Errorf("%d: %v", i, err)
		}
	}
}

func TestStartFails(t *testing.T) {
	if _, err := start(t, Standard, map[string]string{"Chart.yaml": "apiVersion: v2\nname: x\nversion: 1.0.0\ntype: library\n"}); err != chart.ErrLibrary {
		t.Errorf("library: %v", err)
	}
	if _, err := start(t, Standard, map[string]string{"Chart.yaml": "name: x"}); err == nil {
		t.Error("took a chart without a version")
	}
	if _, err := Start(context.Background(), []string{"/does/not/exist"}, nil, Standard); err == nil {
		t.Error("started nothing")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Start(ctx, []string{os.Args[0], "serve"}, nil, Standard); err == nil {
		t.Error("started though it was cancelled")
	}
}
