package verify

import (
	"cmp"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/opc-project/opc/verify/equal"
)

const docsFile = "../docs/verify.md"

// TestDocsAreCurrent fails when the tables of docs/verify.md are not what the code says. OPC_UPDATE=1 writes them.
func TestDocsAreCurrent(t *testing.T) {
	data, err := os.ReadFile(docsFile)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	text = between(t, text, "rules", rulesTable())
	text = between(t, text, "judges", judgesTable())
	text = between(t, text, "profiles", table("profile", "what it does", Profiles()))
	if text == string(data) {
		return
	}
	if os.Getenv("OPC_UPDATE") == "" {
		t.Fatalf("%s is stale; run OPC_UPDATE=1 go test ./verify", docsFile)
	}
	if err := os.WriteFile(docsFile, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// between puts a text between the two comments that carry a name.
func between(t *testing.T, text, name, put string) string {
	t.Helper()
	before, rest, ok := strings.Cut(text, "<!-- "+name+" -->")
	_, after, both := strings.Cut(rest, "<!-- /"+name+" -->")
	if !ok || !both {
		t.Fatalf("%s has no place for %s", docsFile, name)
	}
	if strings.Contains(put, "\n") {
		put = "\n" + put
	}
	return before + "<!-- " + name + " -->" + put + "<!-- /" + name + " -->" + after
}

func rulesTable() string {
	var b strings.Builder
	b.WriteString("| rule | installer | what differs | why |\n|---|---|---|---|\n")
	for _, r := range equal.Rules() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", r.ID, cmp.Or(string(r.Installer), "all"), r.What, r.Why)
	}
	return b.String()
}

func judgesTable() string {
	var b strings.Builder
	b.WriteString("| judge | what it does | reports |\n|---|---|---|\n")
	for _, j := range Judges() {
		var codes []string
		for _, c := range j.Codes {
			codes = append(codes, string(c))
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", j.Name, j.Doc, strings.Join(codes, ", "))
	}
	return b.String()
}

func table(first, second string, rows [][2]string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| %s | %s |\n|---|---|\n", first, second)
	for _, r := range rows {
		fmt.Fprintf(&b, "| %s | %s |\n", r[0], r[1])
	}
	return b.String()
}

// TestRulesHaveReasons holds that every rule says what differs and why, under a name of its own.
func TestRulesHaveReasons(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range equal.Rules() {
		if r.ID == "" || r.What == "" || r.Why == "" || seen[r.ID] {
			t.Errorf("the rule %q has no reason, or is there twice", r.ID)
		}
		seen[r.ID] = true
	}
}
