package cli

import (
	"fmt"
	"path/filepath"
	"slices"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"github.com/opc-project/opc/cmd/opc/internal/build"
	"github.com/opc-project/opc/cmd/opc/internal/cases"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/emit/all"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/target"
)

func targetsCommand(env Env) *cli.Command {
	return &cli.Command{
		Name: "targets", Usage: "list what opc can write, or test your own targets", ArgsUsage: "[test] [DESCRIPTION | FOLDER]",
		Description: `Prints the targets, as --only takes them: those of opc, and yours, which are files
in CUE in the folder targets beside the description. docs/write-a-target.md
explains how to write one.

test compares what your targets write with golden files in targets/test/CASE/want.
A case is a folder; its file set, if there is one, has lines PATH=VALUE that change
the description. Without cases, there is one called default: the description as it
is. Differences are printed as a patch. --update writes the golden files.

Examples:
  opc targets
  opc targets operators/db --format json
  opc targets test
  opc targets test operators/db --update`,
		Flags: slices.Concat([]cli.Flag{
			listFormatFlag(), boolFlag("update", "with test: write the golden files"),
		}, inputFlags(), findingFlags()),
		Action: func(c *cli.Context) error {
			if c.Args().First() == "test" {
				return testTargets(c, env)
			}
			return listTargets(c, env)
		},
	}
}

func listTargets(c *cli.Context, env Env) error {
	if c.Bool("update") {
		return usagef(c, "--update is for opc targets test")
	}
	var rows []row
	for _, t := range all.Targets {
		rows = append(rows, row{t.Name, t.Doc})
	}
	own, err := ownTargets(c, env)
	if err != nil {
		return err
	}
	for _, t := range own {
		rows = append(rows, row{t.Name, t.Doc})
	}
	return printRows(c, env, [2]string{"name", "doc"}, rows)
}

// ownTargets reads the targets beside the description that an argument names, or that is in the folder in which opc runs,
// if there is one.
func ownTargets(c *cli.Context, env Env) ([]*emit.Target, error) {
	p, err := newPrinter(c, env)
	if err != nil {
		return nil, err
	}
	if c.NArg() > 1 {
		return nil, usagef(c, "unexpected argument %q", c.Args().Get(1))
	}
	inputs, missing, err := build.Find(env.Dir, c.Args().Slice())
	switch {
	case err != nil:
		return nil, err
	case len(missing) > 0 && c.Args().Present():
		return nil, p.findings(missing)
	case len(inputs) > 1:
		return nil, usagef(c, "expected one description, and there are %d", len(inputs))
	case len(inputs) == 0:
		return nil, nil
	}
	own, found, err := build.OwnTargets(inputs[0])
	if err != nil {
		return nil, err
	}
	for i := range found {
		found[i].Pos.File = build.Show(env.Dir, filepath.Join(inputs[0].Dir, filepath.FromSlash(found[i].Pos.File)))
	}
	return own, p.findings(found)
}

// testTargets compares what the targets beside a description write with their golden files.
func testTargets(c *cli.Context, env Env) error {
	p, err := newReporter(c, env)
	if err != nil {
		return err
	}
	opts, err := inputOptions(c, env, build.Emit)
	if err != nil {
		return err
	}
	opts.Targets, opts.Partial = []*emit.Target{}, true
	in, missing, err := inputNamed(c, env, c.Args().Tail())
	switch {
	case err != nil:
		return err
	case len(missing) > 0:
		return p.findings(missing)
	case len(target.Names(build.FilesOf(in))) == 0:
		d := diag.Errorf(diag.Target, "", "there are no targets: expected files in %s", build.Show(env.Dir, filepath.Join(in.Dir, target.Folder)))
		return p.findings(diag.List{d.WithHint("write one; see docs/write-a-target.md")})
	}
	list, err := cases.OfTargets(in)
	if err != nil {
		return err
	}
	return p.runCases(c, list, opts, "opc targets test --update")
}

// row is a line of a list: a name and what it means.
type row struct{ name, text string }

func listFormatFlag() cli.Flag {
	return &cli.StringFlag{Name: "format", Value: "text", Usage: "print as `FORMAT`: json or text"}
}

// printRows prints a list, in JSON with the given field names.
func printRows(c *cli.Context, env Env, fields [2]string, rows []row) error {
	format, err := choice(c, "format", "json", "text")
	if err != nil {
		return err
	}
	if format == "json" {
		list := []any{}
		for _, r := range rows {
			list = append(list, map[string]any{fields[0]: r.name, fields[1]: r.text})
		}
		return printTree(env, format, list)
	}
	w := tabwriter.NewWriter(env.Stdout, 0, 0, 2, ' ', 0)
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%s\n", r.name, r.text)
	}
	return w.Flush()
}
