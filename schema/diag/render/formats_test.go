package render

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jstemmer/go-junit-report/v2/junit"

	"github.com/opc-project/opc/schema/diag"
)

func printed(t *testing.T, name string, list diag.List) string {
	t.Helper()
	var b bytes.Buffer
	if err := Formats()[name](&b, list, sources); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestNoFindings checks that formats for programs are documents also without findings, and the others print nothing.
func TestNoFindings(t *testing.T) {
	for name := range Formats() {
		text := printed(t, name, nil)
		switch name {
		case "json", "sarif", "gitlab":
			if !json.Valid([]byte(text)) {
				t.Errorf("%s prints %q", name, text)
			}
		case "junit", "checkstyle":
			wellFormed(t, name, text)
		default:
			if text != "" {
				t.Errorf("%s prints %q", name, text)
			}
		}
	}
	if got, want := strings.TrimSpace(printed(t, "gitlab", nil)), "[]"; got != want {
		t.Errorf("gitlab prints %s, want %s", got, want)
	}
}

// wellFormed reads XML as strictly as the library can.
func wellFormed(t *testing.T, name, text string) {
	t.Helper()
	if !strings.HasPrefix(text, xml.Header) {
		t.Errorf("%s has no header: %s", name, text)
	}
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		if _, err := d.Token(); err == io.EOF {
			return
		} else if err != nil {
			t.Errorf("%s: %v in\n%s", name, err, text)
			return
		}
	}
}

// TestJUnit reads the report again, and compares what readers of the format show.
func TestJUnit(t *testing.T) {
	text := printed(t, "junit", findings)
	wellFormed(t, "junit", text)
	var report junit.Testsuites
	if err := xml.Unmarshal([]byte(text), &report); err != nil {
		t.Fatal(err)
	}
	type result struct{ File, Kind, Type, Text string }
	var got []result
	names := map[string]bool{}
	for _, s := range report.Suites {
		if s.Tests != len(s.Testcases) {
			t.Errorf("the suite %s counts %d tests and has %d", s.Name, s.Tests, len(s.Testcases))
		}
		for _, c := range s.Testcases {
			if names[c.Classname+c.Name] || c.Classname != s.Name {
				t.Errorf("the test %s of %s is there twice or in another suite: %s", c.Name, c.Classname, s.Name)
			}
			names[c.Classname+c.Name] = true
			if c.Failure != nil {
				got = append(got, result{s.Name, "failure", c.Failure.Type, c.Failure.Data})
			} else {
				got = append(got, result{s.Name, "skipped", c.Skipped.Type, c.Skipped.Data})
			}
		}
	}
	if diff := cmp.Diff([]result{
		{"op/operator.cue", "failure", "error", "version is \"v1\", expected a semantic version\nop/a b,c.yaml:1:1: also said here\nsomewhere\nhint: leave the v away\nand try again"},
		{"op/operator.cue", "skipped", "warning", "100% sure: unknown\ufffd[31m field"},
		{"gone.cue", "skipped", "warning", "old"},
		{".", "skipped", "note", "nowhere"},
	}, got); diff != "" {
		t.Error(diff)
	}
	if report.Tests != 4 || report.Failures != 1 || report.Skipped != 3 {
		t.Errorf("the report counts %d tests, %d failures and %d skipped", report.Tests, report.Failures, report.Skipped)
	}
}

// TestGitLab checks the properties that GitLab requires of each issue, and that no two issues have one fingerprint.
func TestGitLab(t *testing.T) {
	list := append(diag.List{}, findings...)
	again := findings[1]
	again.Pos.Line = 7
	list = append(list, again)
	var issues []map[string]any
	if err := json.Unmarshal([]byte(printed(t, "gitlab", list)), &issues); err != nil {
		t.Fatal(err)
	}
	var severities []string
	prints := map[any]bool{}
	for _, i := range issues {
		for _, key := range []string{"description", "check_name", "fingerprint", "severity"} {
			if s, ok := i[key].(string); !ok || s == "" {
				t.Errorf("%s is %v in %v", key, i[key], i)
			}
		}
		location, _ := i["location"].(map[string]any)
		lines, _ := location["lines"].(map[string]any)
		path, _ := location["path"].(string)
		if begin, ok := lines["begin"].(float64); !ok || begin < 1 || path == "" || strings.HasPrefix(path, "/") || strings.HasPrefix(path, "./") {
			t.Errorf("the location is %v", location)
		}
		if prints[i["fingerprint"]] {
			t.Errorf("two issues have the fingerprint %v", i["fingerprint"])
		}
		prints[i["fingerprint"]] = true
		severities = append(severities, i["severity"].(string))
	}
	if diff := cmp.Diff([]string{"major", "minor", "minor", "info", "minor"}, severities); diff != "" {
		t.Error(diff)
	}
}

// TestFingerprintsSurviveMoves checks that a finding is the same one when lines are added above it.
func TestFingerprintsSurviveMoves(t *testing.T) {
	moved, other := findings[0], findings[0]
	moved.Pos.Line, moved.Hint = 40, "another hint"
	other.Path = "/image"
	if findings[0].Fingerprint() != moved.Fingerprint() || findings[0].Fingerprint() == other.Fingerprint() {
		t.Errorf("fingerprints: %s, moved %s, other path %s", findings[0].Fingerprint(), moved.Fingerprint(), other.Fingerprint())
	}
}

// TestCheckstyle checks the severities that Checkstyle knows, and that columns count characters.
func TestCheckstyle(t *testing.T) {
	text := printed(t, "checkstyle", findings)
	wellFormed(t, "checkstyle", text)
	var report checkstyleReport
	if err := xml.Unmarshal([]byte(text), &report); err != nil {
		t.Fatal(err)
	}
	var got []checkstyleError
	for _, f := range report.Files {
		for _, e := range f.Errors {
			e.Message, _, _ = strings.Cut(e.Message, "\n")
			got = append(got, e)
		}
	}
	if diff := cmp.Diff([]checkstyleError{
		{2, 10, "error", `version is "v1", expected a semantic version`, "opc.OPC1005"},
		{3, 7, "warning", "100% sure: unknown\ufffd[31m field", "opc.OPC1002"},
		{9, 9, "warning", "old", "opc.OPC1008"},
		{0, 0, "info", "nowhere", "opc.OPC9001"},
	}, got); diff != "" {
		t.Error(diff)
	}
}

// TestHostileNames prints findings with names that strangers chose, in every format: none begins a line of its own, runs
// a command of a CI system, steers a terminal or ends the markup around it.
func TestHostileNames(t *testing.T) {
	const hostile = "field x\r\n::error::hired\n##[error]out\n::set-output name=a::b\n]]></failure><script>\"'&\x1b[2J\x00\u202e [sign in](https://evil.example) ```"
	list := diag.List{{
		Code: diag.BadValue, Severity: diag.Error, Message: hostile, Hint: hostile, Pos: diag.Pos{File: hostile, Line: 1, Col: 1},
		Related: []diag.Related{{Message: hostile, Pos: diag.Pos{File: hostile, Line: 2, Col: 1}}},
	}}
	formats := Formats()
	formats["terminal"] = Terminal(true)
	for name, format := range formats {
		var b bytes.Buffer
		if err := format(&b, list, func(string) []byte { return []byte(hostile) }); err != nil {
			t.Fatal(err)
		}
		text := b.String()
		if name == "json" { // which keeps what a name is, in escapes where JSON has them
			text = strings.ReplaceAll(text, "\u202e", "")
		}
		if strings.ContainsAny(strings.ReplaceAll(text, "\x1b[", ""), "\r\x00\u202e") || name != "terminal" && strings.Contains(text, "\x1b") || strings.Contains(text, "\x1b[2J") {
			t.Errorf("%s prints control characters: %q", name, text)
		}
		switch name {
		case "json", "sarif", "gitlab":
			if !json.Valid([]byte(text)) {
				t.Errorf("%s is not JSON: %s", name, text)
			}
		case "junit", "checkstyle":
			wellFormed(t, name, text)
		case "github":
			if n := strings.Count(text, "\n"); n != 1 {
				t.Errorf("github prints %d lines:\n%s", n, text)
			}
		default:
			noCommands(t, name, text)
		}
		if name == "sarif" && strings.Contains(strings.ReplaceAll(text, `\\[sign in](`, ""), "[sign in](") {
			t.Errorf("sarif has a link: %s", text)
		}
	}
}

// noCommands checks that no line of a log is a command: of GitHub with :: behind spaces, or with ##[ anywhere.
func noCommands(t *testing.T, name, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimSpace(line), "::") || strings.Contains(line, "##[") {
			t.Errorf("%s prints a command: %q", name, line)
		}
	}
}
