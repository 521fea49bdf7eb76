package target_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/opc-project/opc"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// compile takes a description through the pipeline, with the targets beside it alone.
func compile(t *testing.T, files fs.FS) *opc.Result {
	t.Helper()
	name, ok := schema.Find(files)
	if !ok {
		t.Fatal("there is no description")
	}
	r, err := opc.Compile(t.Context(), files, name, opc.Options{Targets: []*emit.Target{}, Partial: true})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestTargets compiles archives: a description, its targets, and golden files that OPC_UPDATE=1 writes. findings.txt has
// what is wrong; out/ has the files with, for each, the lines that its values come from.
func TestTargets(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) < 5 {
		t.Fatalf("%d archives: %v", len(archives), err)
	}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files, input := fstest.MapFS{}, &txtar.Archive{Comment: a.Comment}
			for _, f := range a.Files {
				if f.Name != "findings.txt" && !strings.HasPrefix(f.Name, "out/") {
					input.Files = append(input.Files, f)
					files[f.Name] = &fstest.MapFile{Data: f.Data}
				}
			}
			got := golden(t, input, compile(t, files))
			if again := golden(t, input, compile(t, files)); !bytes.Equal(got, again) {
				t.Errorf("two runs differ:\n%s", cmp.Diff(string(got), string(again)))
			}
			if os.Getenv("OPC_UPDATE") != "" {
				if err := os.WriteFile(name, got, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(txtar.Format(a)), string(got)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// golden adds to an archive what was found and written.
func golden(t *testing.T, input *txtar.Archive, r *opc.Result) []byte {
	t.Helper()
	out := *input
	out.Files = append([]txtar.File{}, input.Files...)
	var found strings.Builder
	for _, d := range r.Findings {
		fmt.Fprintf(&found, "%s: %s: %s [%s]\n", d.Pos, d.Severity, d.Message, d.Code)
		for _, rel := range d.Related {
			fmt.Fprintf(&found, "    %s: %s\n", rel.Pos, rel.Message)
		}
		if d.Hint != "" {
			fmt.Fprintf(&found, "    hint: %s\n", d.Hint)
		}
		if !d.Pos.IsValid() {
			t.Errorf("%s has no place", d.Message)
		}
	}
	if found.Len() > 0 {
		out.Files = append(out.Files, txtar.File{Name: "findings.txt", Data: []byte(found.String())})
	}
	for _, part := range r.Emitted {
		for _, name := range part.Files.Names() {
			f, _ := part.Files.File(name)
			out.Files = append(out.Files, txtar.File{Name: "out/" + name, Data: f.Data},
				txtar.File{Name: "out/" + name + " from", Data: origins(t, r, name, f)})
		}
	}
	return txtar.Format(&out)
}

// origins lists the places that the values of a file come from.
func origins(t *testing.T, r *opc.Result, name string, f emit.File) []byte {
	var b bytes.Buffer
	for _, o := range f.Origins {
		pos, exact := r.Locate(o.Path)
		if !pos.IsValid() {
			t.Errorf("%s %s comes from %s, which is nowhere", name, o.Pointer, o.Path)
		}
		word := ""
		if !exact {
			word = " (above)"
		}
		fmt.Fprintf(&b, "%s %s%s\n", pos, o.Pointer, word)
	}
	return b.Bytes()
}

// TestDigest checks that files that are written once more have the digest of the image.
func TestDigest(t *testing.T) {
	const digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	files := fstest.MapFS{
		"operator.cue":     {Data: []byte(`name: "ring-operator", version: "1.2.3", image: "registry.example.com/ring"`)},
		"targets/note.cue": {Data: []byte(`files: "image.txt": model.image.ref`)},
	}
	r := compile(t, files)
	if r.Output == nil {
		t.Fatal(r.Findings)
	}
	if got := string(r.Output.Files("note").Data("note/image.txt")); got != "registry.example.com/ring:1.2.3" {
		t.Errorf("before: %s", got)
	}
	op := *r.Output.Operator()
	op.Image.Digest = digest
	for range 2 {
		pinned, found, err := r.Output.With(t.Context(), &op, r.Output.Own()...)
		if err != nil || found.HasErrors() {
			t.Fatal(found, err)
		}
		if got := string(pinned.Files("note").Data("note/image.txt")); got != "registry.example.com/ring@"+digest {
			t.Errorf("with a digest: %s", got)
		}
	}
}

// TestShuffled checks that the order of what a description says changes no byte.
func TestShuffled(t *testing.T) {
	target := &fstest.MapFile{Data: []byte(`files: "all.json": model`)}
	var want []byte
	for _, text := range []string{
		"name: a\nversion: 1.0.0\nimage: registry.example.com/a\nrelated: {vault: \"registry.example.com/x:1\", probe: \"registry.example.com/y:1\"}\nparameters: {p: {default: 1, env: P}, q: {default: b, env: Q}}\n",
		"parameters: {q: {env: Q, default: b}, p: {env: P, default: 1}}\nrelated: {probe: \"registry.example.com/y:1\", vault: \"registry.example.com/x:1\"}\nimage: registry.example.com/a\nversion: 1.0.0\nname: a\n",
	} {
		r := compile(t, fstest.MapFS{"operator.yaml": {Data: []byte(text)}, "targets/all.cue": target})
		if r.Output == nil {
			t.Fatal(r.Findings)
		}
		got := r.Output.Files("all").Data("all/all.json")
		if want == nil {
			want = got
		}
		if !bytes.Equal(want, got) {
			t.Errorf("shuffled: %s", cmp.Diff(string(want), string(got)))
		}
	}
}

// TestOnlyNamed checks that a target that was not asked for is not read.
func TestOnlyNamed(t *testing.T) {
	files := fstest.MapFS{
		"operator.yaml":     {Data: []byte("name: a\nversion: 1.0.0\nimage: registry.example.com/a\n")},
		"targets/good.cue":  {Data: []byte(`files: "a.txt": "a"`)},
		"targets/wrong.cue": {Data: []byte(`files: {`)},
	}
	for _, tc := range []struct {
		own    []string
		errors bool
	}{{nil, true}, {[]string{"good"}, false}, {[]string{}, false}, {[]string{"wrong"}, true}} {
		r, err := opc.Compile(t.Context(), files, "operator.yaml", opc.Options{Targets: []*emit.Target{}, Own: tc.own, Partial: true})
		if err != nil || r.Findings.HasErrors() != tc.errors {
			t.Errorf("%q: %v, %v", tc.own, r.Findings, err)
		}
		if tc.errors && r.Findings[0].Code != diag.Syntax {
			t.Errorf("%q: %v", tc.own, r.Findings)
		}
	}
}

// TestPage compiles the targets that docs/write-a-target.md shows.
func TestPage(t *testing.T) {
	page, err := os.ReadFile("../docs/write-a-target.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(page), "```cue\n")[1:]
	if len(blocks) < 3 {
		t.Fatalf("only %d targets", len(blocks))
	}
	for i, block := range blocks {
		block, _, _ = strings.Cut(block, "```")
		r := compile(t, fstest.MapFS{
			"operator.yaml":    {Data: []byte("name: a\nversion: 1.0.0\nimage: registry.example.com/a\nparameters: {depth: {default: 3, env: DEPTH}}\n")},
			"targets/page.cue": {Data: []byte(block)},
		})
		if r.Output == nil || len(r.Findings) > 0 || r.Output.Files("page").Len() == 0 {
			t.Errorf("target %d: %v\n%s", i+1, r.Findings, block)
		}
	}
}
