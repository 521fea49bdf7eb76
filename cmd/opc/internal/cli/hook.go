package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/opc-project/opc/cmd/opc/internal/build"
)

// hookMark is the line by which opc knows a hook of its own.
const hookMark = "# written by opc hook install"

// hooks are the git hooks that opc installs, and what they run for each description. What is committed is what is
// staged: a pre-commit hook looks at that, in a folder of its own, and not at the work tree.
var hooks = []struct{ name, begin, script string }{
	{"pre-commit", `staged=$(mktemp -d)
trap 'rm -rf "$staged"' EXIT
git checkout-index --all --prefix="$staged/"
cd "$staged"
unset GIT_DIR GIT_INDEX_FILE GIT_WORK_TREE
`, "opc check --quiet %s\nopc compile --check --diff %s\n"},
	{"pre-push", "", "opc diff --quiet %s\n"},
}

// describes begins the lines of a hook that name the descriptions it is for.
const describes = "# description: "

func hookCommand(env Env) *cli.Command {
	return &cli.Command{
		Name: "hook", Usage: "install git hooks that check the description and dist", ArgsUsage: "install [DESCRIPTION | FOLDER]",
		Description: `Installs git hooks, for projects that don't use pre-commit
(https://pre-commit.com). The pre-commit hook checks the staged description, and
that the output of opc compile is staged and up to date. The pre-push hook checks
that the version number matches the changes. For a second description, opc adds a
line to the existing hooks. Hooks that opc did not write are not overwritten
without --force.

Examples:
  opc hook install
  opc hook install operators/db`,
		Flags: []cli.Flag{boolFlag("force", "overwrite hooks that opc did not write")},
		Action: func(c *cli.Context) error {
			if c.Args().First() != "install" || c.NArg() > 2 {
				return usagef(c, "expected install, and at most one description")
			}
			return installHooks(c, env, c.Args().Get(1))
		},
	}
}

func installHooks(c *cli.Context, env Env, input string) error {
	git := func(args ...string) (string, error) {
		cmd := exec.CommandContext(c.Context, "git", append([]string{"-C", env.Dir}, args...)...)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil && stderr.Len() > 0 {
			err = errors.New(strings.TrimSpace(stderr.String()))
		}
		return strings.TrimSpace(string(out)), err
	}
	top, err := git("rev-parse", "--show-toplevel")
	if err != nil {
		return fmt.Errorf("git: %w", err)
	}
	dir, err := git("rev-parse", "--git-path", "hooks")
	if err != nil {
		return fmt.Errorf("git: %w", err)
	}
	dir = absolute(env, filepath.FromSlash(dir))
	if input == "" {
		input = "."
	}
	at, err := fromTop(env, top, input)
	if err != nil {
		return usagef(c, "%v", err)
	}
	if _, missing, err := build.Find(env.Dir, []string{input}); err != nil || len(missing) > 0 {
		return usagef(c, "no description found in %s: name a description or its folder", input)
	}
	for _, h := range hooks {
		if foreign(filepath.Join(dir, h.name)) && !c.Bool("force") {
			return usagef(c, "%s is not from opc: add what it shall run by hand, or use --force", filepath.ToSlash(filepath.Join(dir, h.name)))
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, h := range hooks {
		path := filepath.Join(dir, h.name)
		all := described(path)
		if !slices.Contains(all, at) {
			all = append(all, at)
		}
		text := "#!/bin/sh\n" + hookMark + "\n"
		for _, d := range all {
			text += describes + d + "\n"
		}
		text += "set -e\n" + h.begin
		for _, d := range all {
			text += strings.ReplaceAll(h.script, "%s", shellQuoted(d))
		}
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			return err
		}
		if err := os.Chmod(path, 0o755); err != nil { // a file that stood there keeps its mode
			return err
		}
		fmt.Fprintf(env.Stdout, "%s hook written\n", h.name)
	}
	return nil
}

// described lists the descriptions that a hook of opc's is for.
func described(path string) []string {
	data, err := os.ReadFile(path)
	if err != nil || !bytes.Contains(data, []byte(hookMark)) {
		return nil
	}
	var out []string
	for line := range strings.Lines(string(data)) {
		if name, ok := strings.CutPrefix(strings.TrimRight(line, "\n"), describes); ok {
			out = append(out, name)
		}
	}
	return out
}

// fromTop is the path of a description from the top of the work tree, where git runs hooks.
func fromTop(env Env, top, input string) (string, error) {
	target, err := filepath.EvalSymlinks(absolute(env, input))
	if err != nil {
		return "", fmt.Errorf("can't read %s: %w", input, cause(err))
	}
	top, err = filepath.EvalSymlinks(filepath.FromSlash(top))
	if err != nil {
		return "", err
	}
	rel, err := filepath.Rel(top, target)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return "", fmt.Errorf("%s is not in the repository", input)
	}
	return filepath.ToSlash(rel), nil
}

// foreign reports whether a hook stands there that opc did not write.
func foreign(path string) bool {
	data, err := os.ReadFile(path)
	return !errors.Is(err, fs.ErrNotExist) && !bytes.Contains(data, []byte(hookMark))
}

func shellQuoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
