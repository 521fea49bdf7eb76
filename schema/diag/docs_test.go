package diag_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/schema/diag"
)

// parts are the sections of the page, by the first digit of a code.
var parts = map[byte]string{
	'1': "The description and its files", '2': "Contradictions in the description", '3': "What a target can't express",
	'4': "On a real API server",
	'5': "Verification of the output", '6': "Images and registries", '7': "The output folder", '8': "Import", '9': "opc itself",
}

// TestCodesPage writes the page that explains the codes, which findings link to.
func TestCodesPage(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Codes of findings\n\n" +
		"This page is generated from the table of codes. `opc explain CODE` prints the same text. The rules of `opc diff` are\n" +
		"in [rules-diff.md](rules-diff.md). [language.md](language.md) explains how a description accepts a finding.\n")
	part := ""
	for _, r := range diag.Rules() {
		title := parts[r.Code[3]]
		if title == "" {
			t.Errorf("%s belongs to no part of the page", r.Code)
		}
		if title != part {
			part = title
			fmt.Fprintf(&b, "\n## %s\n", title)
		}
		accept := "A warning can be accepted, an error can't."
		if r.Code.Acceptable() {
			accept = "Can be accepted, even as an error."
		}
		fmt.Fprintf(&b, "\n### %s\n\n**%s.** %s\n\n%s\n", r.Code, upperFirst(r.Title), r.Why, accept)
	}
	const file = "../../docs/codes.md"
	if os.Getenv("OPC_UPDATE") != "" {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), b.String()); d != "" {
		t.Errorf("%s is stale (OPC_UPDATE=1 writes it):\n%s", file, d)
	}
}

// TestCodesHaveAPage checks that the address of each code leads to its section.
func TestCodesHaveAPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/codes.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range diag.Rules() {
		_, anchor, _ := strings.Cut(r.Code.URL(), "/docs/codes.md#")
		if anchor == "" || !strings.Contains(strings.ToLower(string(page)), "\n### "+anchor+"\n") {
			t.Errorf("%s leads nowhere", r.Code.URL())
		}
	}
	if got := diag.Code("CRD101").URL(); !strings.HasSuffix(got, "/docs/rules-diff.md#crd101") {
		t.Errorf("a rule of opc diff leads to %s", got)
	}
}

// upperFirst begins a title with a capital.
func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
