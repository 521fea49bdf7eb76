package render

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/compiler"
	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/diff"
	"github.com/opc-project/opc/schema"
)

const before = `name: demo
version: 1.0.0
image: ghcr.io/example/demo
crds:
- apiVersion: apiextensions.k8s.io/v1
  kind: CustomResourceDefinition
  metadata: {name: widgets.example.com}
  spec:
    group: example.com
    names: {kind: Widget, plural: widgets}
    scope: Namespaced
    versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties:
                size: {type: integer}
                shape: {type: object, properties: {corners: {type: integer, maximum: 9}}}
parameters: {logLevel: {default: info, enum: [info, debug]}}
release: {channels: [stable, fast], replaces: 0.9.0}
`

const after = `name: demo
version: 1.1.0
image: ghcr.io/example/demo
summary: Runs <b>demos</b> | and "more".
crds:
- apiVersion: apiextensions.k8s.io/v1
  kind: CustomResourceDefinition
  metadata: {name: widgets.example.com}
  spec:
    group: example.com
    names: {kind: Widget, plural: widgets}
    scope: Namespaced
    versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties:
                size: {type: integer, default: 3}
                color: {type: string}
permissions: [{rules: [{apiGroups: [""], resources: [secrets], verbs: [get, list]}]}]
parameters: {logLevel: {default: debug, enum: [info, debug]}}
release: {channels: [stable], replaces: 0.9.0, skips: [0.9.5-a-version-with-a-name-that-is-far-too-long-for-its-box]}
accept:
- {rule: CRD111, path: crds/widgets.example.com, reason: nobody leaves size out}
- {rule: CRD001, reason: there was an API}
- {rule: VAL005, reason: it was loud, until: "2026-01-01"}
`

func view(t *testing.T) *View {
	t.Helper()
	docs, models := map[string]*schema.Document{}, map[string]*model.Operator{}
	sources := map[string][]byte{"old/operator.yaml": []byte(before), "operator.yaml": []byte(after)}
	for name, text := range map[string]string{"old": before, "new": after} {
		files := fstest.MapFS{"operator.yaml": {Data: []byte(text)}}
		doc, list := schema.Load(files, "operator.yaml", schema.Options{})
		if list.HasErrors() {
			t.Fatal(list)
		}
		m, list := compiler.Lower(t.Context(), doc, files, compiler.Options{})
		if list.HasErrors() {
			t.Fatal(list)
		}
		docs[name], models[name] = doc, m
	}
	r := diff.Judge(models["old"], models["new"], diff.Options{Accept: docs["new"].Spec.Accept, Today: "2026-11-22"})
	r.Place(docs["old"].Index, docs["new"].Index)
	for i := range r.Findings {
		if p := &r.Findings[i].Old.Pos; p.IsValid() {
			p.File = "old/" + p.File
		}
	}
	return &View{
		Report: r, OldName: "git:v1.0.0", NewName: ".", Gate: diff.GateVersion, Profile: diff.OLMv1, YAML: true,
		Sources: func(name string) []byte { return sources[name] },
	}
}

func TestFormats(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(Formats())) {
		var b bytes.Buffer
		if err := Formats()[name](&b, view(t)); err != nil {
			t.Fatal(err)
		}
		golden(t, name, b.Bytes())
	}
	v := view(t)
	v.Lines, v.Colour, v.YAML = true, true, false
	var b bytes.Buffer
	if err := Text(&b, v); err != nil {
		t.Fatal(err)
	}
	golden(t, "colour", b.Bytes())
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if os.Getenv("OPC_UPDATE") != "" {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s (-want +got; OPC_UPDATE=1 accepts):\n%s", file, d)
	}
}

// TestNothingToSay holds that every format copes with a version that differs in nothing.
func TestNothingToSay(t *testing.T) {
	v := view(t)
	v.Report = diff.Judge(v.New, v.New, diff.Options{})
	for name, format := range Formats() {
		var b bytes.Buffer
		if err := format(&b, v); err != nil {
			t.Fatal(err)
		}
		if isDocument := name == "json" || name == "sarif"; isDocument && !json.Valid(b.Bytes()) {
			t.Errorf("%s prints %q", name, b.String())
		}
	}
}

// TestPageIsWhole holds that the page is well formed, loads nothing, and shows other people's text as text.
func TestPageIsWhole(t *testing.T) {
	v := view(t)
	evil := `<script>alert(1)</script>` + "\x1b[31m"
	v.Report.Findings[0].Message, v.OldName = evil, evil
	v.Report.Findings[0].Changes[0].Old = map[string]any{evil: evil}
	var b bytes.Buffer
	if err := HTML(&b, v); err != nil {
		t.Fatal(err)
	}
	d := xml.NewDecoder(&b)
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	ids, links := map[string]bool{}, []string{}
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if slices.Contains([]string{"script", "link", "img", "iframe"}, e.Name.Local) {
			t.Errorf("the page has a %s", e.Name.Local)
		}
		for _, a := range e.Attr {
			switch a.Name.Local {
			case "id":
				if ids[a.Value] {
					t.Errorf("there are two elements %s", a.Value)
				}
				ids[a.Value] = true
			case "href", "src":
				links = append(links, a.Value)
			}
		}
	}
	for _, l := range links {
		if !ids[strings.TrimPrefix(l, "#")] {
			t.Errorf("a link leads to %q", l)
		}
	}
}

// TestAcceptCanBePasted adds the waivers that a report prints to the description: nothing stands against it any more.
func TestAcceptCanBePasted(t *testing.T) {
	for _, language := range []string{"operator.yaml", "operator.cue"} {
		v := view(t)
		v.Report = diff.Judge(v.Old, v.New, diff.Options{})
		v.YAML = language == "operator.yaml"
		text := "name: \"demo\"\nversion: \"1.1.0\"\nimage: \"ghcr.io/example/demo\"\n" + v.accept(v.against()) + "\n"
		doc, list := schema.Load(fstest.MapFS{language: {Data: []byte(text)}}, language, schema.Options{})
		if list.HasErrors() {
			t.Fatalf("%s\n%v", text, list)
		}
		r := diff.Judge(v.Old, v.New, diff.Options{Accept: doc.Spec.Accept})
		if left := r.Against(v.Gate, v.Profile); len(left) > 0 || len(r.Waivers) > 0 {
			t.Errorf("%s leaves %v %v", text, left, r.Waivers)
		}
	}
}
