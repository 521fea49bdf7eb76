package schema

import (
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"
)

// seeds adds everything in testdata with an extension.
func seeds(f *testing.F, ext string) {
	f.Helper()
	names, err := filepath.Glob("testdata/*/*")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		if filepath.Ext(name) == ext {
			f.Add(text)
		}
		for _, file := range txtar.Parse(text).Files {
			if filepath.Ext(file.Name) == ext {
				f.Add(file.Data)
			}
		}
	}
}

// fuzzLoad checks what must be true of every text: no panic, an end (the fuzzer itself reports a text that hangs),
// findings that can be placed, and either findings or a description.
func fuzzLoad(t *testing.T, name string, text []byte) {
	if len(text) > 1<<16 {
		return
	}
	doc, diags := Load(fstest.MapFS{name: {Data: text}}, name, Options{})
	for _, d := range diags.Place(doc.Index) {
		if d.Message == "" || d.Pos.File == "" || d.Code == "" {
			t.Errorf("a finding without a message, place or code: %+v", d)
		}
		if d.Code == "OPC9001" {
			t.Errorf("a defect: %s", d.Message)
		}
	}
	if !diags.HasErrors() && (doc.Tree == nil || doc.Spec.Name == "") {
		t.Error("neither findings nor a description")
	}
}

func FuzzYAML(f *testing.F) {
	seeds(f, ".yaml")
	f.Add([]byte("a: &a [*a]\nb: !!float 1\n? {x: y}\n: z\n"))
	f.Fuzz(func(t *testing.T, text []byte) { fuzzLoad(t, "operator.yaml", text) })
}

func FuzzJSON(f *testing.F) {
	seeds(f, ".json")
	f.Add([]byte(`{"name": "\ud83d", "a": [1e5, -0.0, 1E-400], "b": {"b": null}}`))
	f.Fuzz(func(t *testing.T, text []byte) { fuzzLoad(t, "operator.json", text) })
}

func FuzzCUE(f *testing.F) {
	seeds(f, ".cue")
	f.Add([]byte("name: \"a\"\nversion: \"1.0.0\"\nif true {summary: \"\\(name)\"}\nlet x = 5\n[string]: _\n"))
	f.Fuzz(func(t *testing.T, text []byte) { fuzzLoad(t, "operator.cue", text) })
}

func FuzzSet(f *testing.F) {
	for _, s := range []string{"version=1.0", "a.b=[1", `a\.b.c={x: y}`, "maintainers.0.name=x", "=", "x==", "manager=&a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for name, base := range map[string]string{"operator.yaml": minimal + "maintainers: [{name: a}]\n", "operator.cue": "name: \"a\"\nversion: \"1.0.0\"\nmaintainers: [{name: \"a\"}]\n"} {
			doc, diags := Load(fstest.MapFS{name: {Data: []byte(base)}}, name, Options{Set: []string{text}})
			for _, d := range diags.Place(doc.Index) {
				if d.Message == "" || d.Code == "OPC9001" {
					t.Errorf("%+v", d)
				}
			}
		}
	})
}
