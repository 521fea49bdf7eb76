package render

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/schema/diag"
)

// findings hold what the formats must cope with: tabs and letters of several bytes before the place, several lines,
// characters that steer terminals or workflow commands, places outside of any file.
var findings = diag.List{
	{
		Code: diag.BadValue, Severity: diag.Error, Path: "/version", Pos: diag.Pos{File: "op/operator.cue", Line: 2, Col: 10},
		Message: `version is "v1", expected a semantic version`, Hint: "leave the v away\nand try again",
		Related: []diag.Related{
			{Pos: diag.Pos{File: "op/a b,c.yaml", Line: 1, Col: 1}, Message: "also said here", Path: "@a b,c.yaml#0"},
			{Message: "somewhere"},
		},
	},
	{
		Code: diag.UnknownField, Severity: diag.Warning, Pos: diag.Pos{File: "op/operator.cue", Line: 3, Col: 8},
		Message: "100% sure: unknown\x1b[31m field",
	},
	{Code: diag.Deprecated, Severity: diag.Warning, Pos: diag.Pos{File: "gone.cue", Line: 9, Col: 9}, Message: "old"},
	{Code: diag.Internal, Severity: diag.Note, Message: "nowhere"},
}

func sources(name string) []byte {
	return map[string][]byte{
		"op/operator.cue": []byte("package x\nversion: \"v1\"\r\n\tnäme: 1\n"),
	}[name]
}

func TestFormats(t *testing.T) {
	formats := Formats()
	formats["terminal"], formats["colour"] = Terminal(false), Terminal(true)
	for _, name := range slices.Sorted(maps.Keys(formats)) {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := formats[name](&b, findings, sources); err != nil {
				t.Fatal(err)
			}
			golden(t, name, b.Bytes())
		})
	}
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
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got; OPC_UPDATE=1 accepts):\n%s", file, diff)
	}
}

func TestNoControlCharactersOnTerminals(t *testing.T) {
	evil := diag.List{{Severity: diag.Error, Message: "a\x1b]0;x\x07\u202e", Hint: "\x9b1m", Pos: diag.Pos{File: "\x1bc", Line: 1, Col: 1}}}
	evil[0].Related = []diag.Related{{Message: "\x1b[2J"}}
	var b bytes.Buffer
	if err := Terminal(false)(&b, evil, func(string) []byte { return []byte("\x1b[1mtext") }); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(b.String(), "\x1b\x07\u009b\u202e") {
		t.Errorf("%q", b.String())
	}
}

func TestMarkerStandsUnderThePlace(t *testing.T) {
	var b bytes.Buffer
	d := diag.List{{Severity: diag.Error, Message: "m", Pos: diag.Pos{File: "f", Line: 1, Col: 9}}}
	if err := Terminal(false)(&b, d, func(string) []byte { return []byte("\tnäme: x") }); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	want := []string{"    1 | \tnäme: x", "      | \t      ^"}
	if diff := cmp.Diff(want, lines[1:3]); diff != "" {
		t.Error(diff)
	}
}

func TestSummary(t *testing.T) {
	if got, want := Summary(findings), "1 error, 2 warnings, 1 note"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
