package cli

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"
)

// TestHelpFits checks that each command has help with examples, whose lines fit into a terminal.
func TestHelpFits(t *testing.T) {
	run := func(args ...string) string {
		var out, errs bytes.Buffer
		env := Env{Stdout: &out, Stderr: &errs, Now: time.Now, Dir: t.TempDir(), Getenv: func(string) string { return "" }}
		if code := Run(context.Background(), env, args); code != exitOK || errs.Len() > 0 {
			t.Errorf("opc %s: exit code %d, %s", strings.Join(args, " "), code, errs.String())
		}
		return out.String()
	}
	texts := map[string]string{"opc": run("--help")}
	for _, c := range commands(Env{}) {
		if c.Name == "help" { // whose own help is that of opc
			continue
		}
		text := run(c.Name, "--help")
		texts[c.Name] = text
		if help := run("help", c.Name); help != text {
			t.Errorf("opc help %s is not opc %s --help:\n%s\n%s", c.Name, c.Name, help, text)
		}
		_, examples, ok := strings.Cut(text, "\nExamples:\n")
		if !ok || !strings.HasPrefix(examples, "  opc "+c.Name) {
			t.Errorf("the help of opc %s has no examples:\n%s", c.Name, text)
		}
		if strings.Contains(text, "`") || strings.Contains(text, "{{") {
			t.Errorf("the help of opc %s has marks of a template:\n%s", c.Name, text)
		}
		for _, f := range c.Flags {
			if name := f.Names()[0]; !strings.Contains(text, "--"+name) {
				t.Errorf("the help of opc %s does not list --%s", c.Name, name)
			}
		}
	}
	for name, text := range texts {
		for line := range strings.Lines(text) {
			if n := len([]rune(strings.TrimRight(line, "\n"))); n > helpWidth {
				t.Errorf("%s: a line of %d characters: %s", name, n, line)
			}
		}
	}
}
