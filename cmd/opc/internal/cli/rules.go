package cli

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/opc-project/opc/schema/diag"
)

func rulesCommand(env Env) *cli.Command {
	return &cli.Command{
		Name: "rules", Usage: "list the codes of all findings",
		Description: `Prints every code that a finding can have. opc explain tells more about one.

Examples:
  opc rules
  opc rules --format json`,
		Flags: []cli.Flag{listFormatFlag()},
		Action: func(c *cli.Context) error {
			var rows []row
			for _, r := range diag.Rules() {
				rows = append(rows, row{string(r.Code), r.Title})
			}
			return printRows(c, env, [2]string{"code", "title"}, rows)
		},
	}
}

func explainCommand(env Env) *cli.Command {
	return &cli.Command{
		Name: "explain", Usage: "tell what a finding means", ArgsUsage: "CODE",
		Description: `Prints what a code stands for, and what goes wrong when the finding is ignored.

Examples:
  opc explain OPC7002`,
		Action: func(c *cli.Context) error {
			code, err := oneArg(c, "the code of a finding, such as OPC1002,")
			if err != nil {
				return err
			}
			rule, ok := diag.Explain(diag.Code(strings.ToUpper(code)))
			if !ok {
				return usagef(c, "there is no code %q; opc rules lists them", code)
			}
			_, err = fmt.Fprintf(env.Stdout, "%s: %s\n\n%s\n", rule.Code, rule.Title, rule.Why)
			return err
		},
	}
}
