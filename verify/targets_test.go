package verify

import (
	"slices"
	"strings"
	"testing"

	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/emit/all"
	"github.com/opc-project/opc/schema/diag"
)

// TestEveryFileHasAJudge holds that a judge of its own target reads each file of every case, or that it is a text.
func TestEveryFileHasAJudge(t *testing.T) {
	for name, fsys := range cases(t) {
		c := compile(t, name, fsys)
		for _, file := range c.files.Names() {
			i := slices.IndexFunc(all.Targets, func(t *emit.Target) bool { return t.Writes(file) })
			if i < 0 {
				t.Errorf("%s: %s is among the outputs of no target", name, file)
				continue
			}
			own := slices.ContainsFunc(byTarget, func(j targetJudges) bool { return j.target == all.Targets[i].Name && j.reads(file) })
			if text := slices.ContainsFunc(texts, func(s string) bool { return file == s || strings.HasSuffix(file, "/"+s) }); !own && !text {
				t.Errorf("%s: no judge of the target %s reads %s", name, all.Targets[i].Name, file)
			}
		}
	}
}

// TestJudgesAreOfTargets holds that each entry of the table is of a target that exists.
func TestJudgesAreOfTargets(t *testing.T) {
	for _, j := range byTarget {
		if emit.Named(all.Targets, j.target) == nil {
			t.Errorf("there is no target %s", j.target)
		}
	}
}

// TestFilesOfANewTarget writes what a target without judges of its own might: the objects in its files are judged all
// the same, and what holds none is an error.
func TestFilesOfANewTarget(t *testing.T) {
	c := compile(t, "minimal", cases(t)["minimal"])
	for _, tc := range []struct{ file, text, want string }{
		{"fleet/eu.yaml", "apiVersion: fleet.example.org/v1\nkind: Rollout\nmetadata: {name: eu}\nspec: {from: {url: https://example.org/x}}\n", ""},
		{"fleet/eu.yaml", "apiVersion: fleet.example.org/v1\nkind: Rollout\nmetadata: {name: eu}\nspec: {from: {url: \"\"}}\n", "OPC5005 Rollout eu: the field is empty: set a value or omit the field (fleet/eu.yaml /spec/from/url)"},
		{"fleet/eu.yaml", "apiVersion: fleet.example.org/v1\nkind: Rollout\nmetadata: {name: eu}\nspec: {steps: [a, null]}\n", "OPC5005 Rollout eu: the field is null: set a value or omit the field (fleet/eu.yaml /spec/steps/1)"},
		{"fleet/eu.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: eu}\ndate: {a: b}\n", "OPC5004"},
		{"fleet/eu.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: eu}\ndata: {none: \"\"}\n", ""},
		{"fleet/eu.yaml", "a: b\na: c\n", "OPC5003"},
		{"fleet/eu.yaml", "just: values\n", "OPC"},
		{"fleet/eu.toml", "x = 1\n", "OPC9001 a target wrote a file that has no judge (fleet/eu.toml)"},
		{"chart/fleet.yaml", "apiVersion: fleet.example.org/v1\nkind: Rollout\nmetadata: {name: eu}\nspec: {to: \"\"}\n", "OPC5005"},
	} {
		files := &emit.FileSet{}
		if err := files.Merge(c.files); err != nil {
			t.Fatal(err)
		}
		if err := files.Add(tc.file, []byte(tc.text), emit.Origin{Path: "/name"}); err != nil {
			t.Fatal(err)
		}
		k := newCheck(c.model, files, Options{})
		var got []string
		for _, d := range told(k.unclaimed(), k.place) {
			if d.Severity == diag.Error {
				got = append(got, string(d.Code)+" "+d.Message)
			}
		}
		switch text := strings.Join(got, "\n"); {
		case tc.want == "" && text != "":
			t.Errorf("%s\n%s: unwanted: %s", tc.text, tc.file, text)
		case !strings.HasPrefix(text, tc.want) || len(got) > 1:
			t.Errorf("%s\n%s: got %q, want %q", tc.text, tc.file, text, tc.want)
		}
	}
}
