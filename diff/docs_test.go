package diff

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDocumentation writes the page of the rules from the rules, with what the example of each really shows.
func TestDocumentation(t *testing.T) {
	var b strings.Builder
	b.WriteString("# The rules of `opc diff`\n\n" +
		"This page is generated from the rules, and the test that writes it runs each example (`OPC_UPDATE=1 go test ./diff`).\n" +
		"[diff.md](diff.md) explains findings, verdicts, the version that they require, and how to accept a finding.\n")
	category := Category("")
	for _, r := range Documented() {
		if r.Category != category {
			category = r.Category
			fmt.Fprintf(&b, "\n## %s: %s\n\n", category, category.About())
			b.WriteString("| rule | verdict | |\n|---|---|---|\n")
			for _, o := range Documented() {
				if o.Category == category {
					fmt.Fprintf(&b, "| [%s](#%s) | %s | %s |\n", o.ID, strings.ToLower(o.ID), o.Verdict, o.Title)
				}
			}
		}
		document(t, &b, r)
	}
	file := filepath.Join("..", "docs", "rules-diff.md")
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
		t.Errorf("%s is not what the rules say (OPC_UPDATE=1 writes it):\n%s", file, d)
	}
}

// document writes the section of one rule.
func document(t *testing.T, b *strings.Builder, r *Rule) {
	fmt.Fprintf(b, "\n### %s\n\n%s: **%s**. %s\n", r.ID, upperFirst(r.Title), r.Verdict, r.Why)
	if r.Example == (Example{}) {
		return
	}
	where := map[string]string{
		"": "in the description", "description": "in the description", "crd": "in the spec of a CRD", "version": "in a version of a CRD",
		"spec": "in the schema of spec", "properties": "among the fields of spec", "metadata": "in the metadata of a CRD", "chart": "in the schema of a chart's values",
	}[r.Example.In]
	fmt.Fprintf(b, "\n```yaml\n# before, %s\n%s\n# after\n%s\n```\n", where, orNothing(r.Example.Before), orNothing(r.Example.After))
	for _, f := range judgeExample(t, r.Example).Findings {
		if f.ID == r.ID {
			fmt.Fprintf(b, "\n> %s\n", strings.NewReplacer("<", "&lt;", "*", `\*`, "_", `\_`).Replace(f.Message))
		}
	}
}

func orNothing(text string) string {
	if text == "" {
		return "# nothing"
	}
	return strings.TrimSpace(text)
}

func upperFirst(s string) string {
	first, _, _ := strings.Cut(s, " ")
	if strings.ToLower(first) != first || first == "crdify" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
