package cli

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/urfave/cli/v2"
)

func TestArrange(t *testing.T) {
	list := []*cli.Command{{
		Name: "compile", Aliases: []string{"c"},
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "out", Aliases: []string{"o"}}, &cli.BoolFlag{Name: "force"}, &cli.StringSliceFlag{Name: "set"},
		},
	}}
	tests := map[string]string{
		"":                                  "",
		"compile":                           "compile",
		"compile x":                         "compile -- x",
		"compile x y":                       "compile -- x y",
		"compile x --out o":                 "compile --out o -- x",
		"compile x -o o --force y":          "compile -o o --force -- x y",
		"compile --out=o x":                 "compile --out=o -- x",
		"compile --force x":                 "compile --force -- x",
		"compile x --out --force":           "compile --out --force -- x",
		"compile x --out":                   "compile --out",
		"compile --set a=b x --set c=d":     "compile --set a=b --set c=d -- x",
		"compile -- --out":                  "compile -- --out",
		"compile x -- -y":                   "compile -- x -y",
		"compile -":                         "compile -- -",
		"compile x --nosuch":                "compile --nosuch -- x",
		"compile compile":                   "compile -- compile",
		"compile x --help":                  "compile --help",
		"c x --force":                       "c --force -- x",
		"nosuch x --force":                  "--force -- nosuch x",
		"--help":                            "--help",
		"nosuch --help":                     "--help",
		"compile --set version=1.0.0 x/...": "compile --set version=1.0.0 -- x/...",
	}
	for in, want := range tests {
		got := strings.Join(arrange(nil, list, strings.Fields(in)), " ")
		if got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

// TestEveryCommandHelps holds all commands, also those to come, to what help promises.
func TestEveryCommandHelps(t *testing.T) {
	env := Env{Now: time.Now, Getenv: func(string) string { return "" }, Dir: t.TempDir()}
	for _, c := range commands(env) {
		if c.Name == "help" {
			continue // it prints the help of opc
		}
		var stdout, stderr bytes.Buffer
		env.Stdout, env.Stderr = &stdout, &stderr
		code := Run(context.Background(), env, []string{c.Name, "x", "--help"})
		if code != 0 || stderr.Len() > 0 || !strings.Contains(stdout.String(), "Examples:\n  opc "+c.Name) {
			t.Errorf("opc %s --help: %d\n%s%s", c.Name, code, &stdout, &stderr)
		}
		if strings.ToLower(c.Usage[:1]) != c.Usage[:1] || strings.HasSuffix(c.Usage, ".") {
			t.Errorf("the usage of %s is not a phrase: %s", c.Name, c.Usage)
		}
		for line := range strings.Lines(c.Description) {
			if len(line) > 84 {
				t.Errorf("opc %s: a line of the help is too long for a terminal: %s", c.Name, line)
			}
		}
	}
}

func TestInterruptedRunFails(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	dir := t.TempDir()
	write(t, dir, "operator.yaml", "name: a\nversion: 1.0.0\nimage: ghcr.io/example/a\n")
	var stdout, stderr bytes.Buffer
	env := Env{Stdout: &stdout, Stderr: &stderr, Now: time.Now, Getenv: func(string) string { return "" }, Dir: dir}
	if code := Run(ctx, env, []string{"compile"}); code != exitFailure {
		t.Errorf("exit code %d", code)
	}
	if diff := cmp.Diff("opc: interrupted\n", stderr.String()); diff != "" || stdout.Len() > 0 {
		t.Error(diff, stdout.String())
	}
}

// TestCompletionQuotes stands in for the shells, which are seldom all installed: the scripts open no quote in one line
// that they don't close there.
func TestCompletionQuotes(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		var stdout bytes.Buffer
		if code := Run(context.Background(), Env{Stdout: &stdout, Stderr: &stdout}, []string{"completion", shell}); code != 0 {
			t.Fatal(shell, stdout.String())
		}
		for line := range strings.Lines(stdout.String()) {
			if strings.Count(line, "'")%2 != 0 || strings.Count(line, `"`)%2 != 0 {
				t.Errorf("%s: %s", shell, line)
			}
		}
	}
}
