package build

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/schema/diag"
)

// tree writes files below a new folder and returns it.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const description = "name: a\nversion: 1.0.0\nimage: ghcr.io/example/a\ndescription: {file: docs/a.md}\n"

// echo is a target that writes the description into a file.
var echo = &emit.Target{Name: "echo", Emit: func(op *model.Operator) (*emit.FileSet, diag.List) {
	files := &emit.FileSet{}
	err := files.Add("echo.txt", []byte(op.Description), emit.Origin{Path: "/description"})
	if err != nil {
		return nil, diag.List{diag.Errorf(diag.Internal, "", "%v", err)}
	}
	return files, nil
}}

func TestRunModes(t *testing.T) {
	for mode, wrote := range map[Mode]bool{Load: false, Lower: false, Emit: false, Compare: false, Write: true} {
		dir := tree(t, map[string]string{"op/operator.yaml": description, "op/docs/a.md": "Text.\n"})
		in := Input{filepath.Join(dir, "op"), "operator.yaml"}
		r := Run(context.Background(), in, Options{Mode: mode, Cwd: dir, Unverified: true, Targets: []*emit.Target{echo}})
		if r.Err != nil || r.Findings.HasErrors() {
			t.Fatal(r.Err, r.Findings)
		}
		got := []bool{r.Operator != nil, r.Emitted != nil, r.Plan != nil}
		if diff := cmp.Diff([]bool{mode >= Lower, mode >= Emit, mode >= Compare}, got); diff != "" {
			t.Errorf("mode %d: %s", mode, diff)
		}
		if _, err := os.Stat(filepath.Join(dir, "op", "dist", "echo.txt")); (err == nil) != wrote {
			t.Errorf("mode %d: %v", mode, err)
		}
	}
}

func TestDefectIsAFinding(t *testing.T) {
	dir := tree(t, map[string]string{"operator.yaml": description, "docs/a.md": "Text.\n"})
	broken := &emit.Target{Name: "broken", Emit: func(*model.Operator) (*emit.FileSet, diag.List) { panic("ouch") }}
	r := Run(context.Background(), Input{dir, "operator.yaml"}, Options{Mode: Write, Cwd: dir, Unverified: true, Targets: []*emit.Target{echo, broken}})
	last := r.Findings[len(r.Findings)-1]
	if last.Code != diag.Internal || !strings.HasPrefix(last.Message, "ouch, at build_test.go:") {
		t.Errorf("%+v", last)
	}
	if _, err := os.Stat(filepath.Join(dir, "dist")); err == nil {
		t.Error("something was written")
	}
}

func TestTwoTargetsWithOneFileAreADefect(t *testing.T) {
	dir := tree(t, map[string]string{"operator.yaml": description, "docs/a.md": "Text.\n"})
	r := Run(context.Background(), Input{dir, "operator.yaml"}, Options{Mode: Write, Cwd: dir, Unverified: true, Targets: []*emit.Target{echo, echo}})
	if r.Findings.Count(diag.Error) != 1 || r.Plan != nil {
		t.Error(r.Findings)
	}
}

// TestInputDigest tells what counts as another input.
func TestInputDigest(t *testing.T) {
	digest := func(operator, doc string) string {
		dir := tree(t, map[string]string{"operator.yaml": operator, "docs/a.md": doc, "unrelated": operator})
		r := Run(context.Background(), Input{dir, "operator.yaml"}, Options{Mode: Write, Cwd: dir, Unverified: true, Targets: []*emit.Target{echo}})
		if r.Plan == nil {
			t.Fatal(r.Err, r.Findings)
		}
		lock, err := os.ReadFile(filepath.Join(dir, "dist", "opc.lock"))
		if err != nil {
			t.Fatal(err)
		}
		_, after, _ := strings.Cut(string(lock), "input: ")
		return strings.TrimSpace(strings.SplitN(after, "\n", 2)[0])
	}
	base := digest(description, "Text.\n")
	if !strings.HasPrefix(base, "sha256:") {
		t.Fatal(base)
	}
	if got := digest("# A comment.\n"+description, "Text.\n"); got != base {
		t.Error("a comment is another input")
	}
	if got := digest(description+"license: MIT\n", "Text.\n"); got == base {
		t.Error("another field is the same input")
	}
	if got := digest(description, "Other.\n"); got == base {
		t.Error("another text in a named file is the same input")
	}
}

func TestEditedFileNamesTheField(t *testing.T) {
	dir := tree(t, map[string]string{"op/operator.yaml": description, "op/docs/a.md": "Text.\n"})
	opts := Options{Mode: Write, Cwd: dir, Unverified: true, Targets: []*emit.Target{echo}}
	in := Input{filepath.Join(dir, "op"), "operator.yaml"}
	Run(context.Background(), in, opts)
	if err := os.WriteFile(filepath.Join(dir, "op", "dist", "echo.txt"), []byte("Edited.\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	r := Run(context.Background(), in, opts)
	want := diag.List{{
		Code: diag.OutputEdited, Severity: diag.Error, Pos: diag.Pos{File: "op/dist/echo.txt", Line: 1, Col: 1},
		Message: "edited since opc wrote it",
		Hint:    "make the change in the description instead, or discard it with --force",
		Related: []diag.Related{{
			Path: "/description", Pos: diag.Pos{File: "op/operator.yaml", Line: 4, Col: 1}, Message: "this part is generated from here",
		}},
	}}
	if diff := cmp.Diff(want, r.Conflicts); diff != "" {
		t.Error(diff)
	}
}

func TestFind(t *testing.T) {
	dir := tree(t, map[string]string{
		"operator.yaml": "", "a/operator.cue": "", "b/c/operator.json": "", "b/c/other.yaml": "",
		"dist/operator.yaml": "", "out/opc.lock": "", "out/operator.yaml": "", "gen/opc.lock": "", "gen/x/operator.yaml": "",
		".hidden/operator.yaml": "", "vendor/operator.yaml": "", "node_modules/operator.yaml": "", "empty/x": "",
	})
	tests := map[string][]string{
		"":               {"operator.yaml"},
		".":              {"operator.yaml"},
		"a":              {"a/operator.cue"},
		"a/operator.cue": {"a/operator.cue"},
		"b/c/other.yaml": {"b/c/other.yaml"},
		"b/...":          {"b/c/operator.json"},
		"b/c a b/c":      {"b/c/operator.json", "a/operator.cue"},
		"./...":          {"operator.yaml", "a/operator.cue", "b/c/operator.json", "dist/operator.yaml", "out/operator.yaml"},
		"...":            {"operator.yaml", "a/operator.cue", "b/c/operator.json", "dist/operator.yaml", "out/operator.yaml"},
		"empty":          nil,
		"empty/...":      nil,
		"nowhere":        nil,
	}
	for args, want := range tests {
		inputs, diags, err := Find(dir, strings.Fields(args))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, in := range inputs {
			got = append(got, Show(dir, filepath.Join(in.Dir, in.Name)))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", args, diff)
		}
		if diags.HasErrors() != (want == nil) {
			t.Errorf("%q: %v", args, diags)
		}
	}
}

// TestFindTwoInAFolder holds that nobody is guessed at where a folder has two descriptions, and that the other folders
// are found all the same.
func TestFindTwoInAFolder(t *testing.T) {
	dir := tree(t, map[string]string{"a/operator.cue": "", "a/operator.yaml": "", "b/operator.json": ""})
	for args, want := range map[string]int{"a": 0, "...": 1} {
		inputs, diags, err := Find(dir, []string{args})
		if err != nil {
			t.Fatal(err)
		}
		if len(inputs) != want || len(diags) != 1 || diags[0].Code != diag.TwoDescriptions || !strings.HasPrefix(diags[0].Message, "a has two descriptions: operator.cue and operator.yaml") {
			t.Errorf("%s: %v %v", args, inputs, diags)
		}
	}
	if inputs, diags, err := Find(dir, []string{"a/operator.yaml"}); err != nil || len(inputs) != 1 || diags != nil {
		t.Errorf("a named file: %v %v %v", inputs, diags, err)
	}
}
