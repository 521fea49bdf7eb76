package cli

import (
	"fmt"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"github.com/opc-project/opc/emit/all"
)

func targetsCommand(env Env) *cli.Command {
	return &cli.Command{
		Name: "targets", Usage: "list what opc can write",
		Description: `Prints the targets, as --only takes them.

Examples:
  opc targets
  opc targets --format json`,
		Flags: []cli.Flag{listFormatFlag()},
		Action: func(c *cli.Context) error {
			var rows []row
			for _, t := range all.Targets {
				rows = append(rows, row{t.Name, t.Doc})
			}
			return printRows(c, env, [2]string{"name", "doc"}, rows)
		},
	}
}

// row is a line of a list: a name and what it means.
type row struct{ name, text string }

func listFormatFlag() cli.Flag {
	return &cli.StringFlag{Name: "format", Value: "text", Usage: "print as `FORMAT`: json or text"}
}

// printRows prints a list, in JSON with the given field names.
func printRows(c *cli.Context, env Env, fields [2]string, rows []row) error {
	if err := noArgs(c); err != nil {
		return err
	}
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
