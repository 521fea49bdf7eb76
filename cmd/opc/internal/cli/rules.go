package cli

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/opc-project/opc/diff"
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
			for _, r := range diff.Documented() {
				rows = append(rows, row{r.ID, r.Title})
			}
			return printRows(c, env, [2]string{"code", "title"}, rows)
		},
	}
}

func explainCommand(env Env) *cli.Command {
	return &cli.Command{
		Name: "explain", Usage: "explain a finding", ArgsUsage: "CODE",
		Description: `Prints what a code stands for, and what goes wrong when the finding is ignored.

Examples:
  opc explain OPC7002
  opc explain CRD101`,
		Action: func(c *cli.Context) error {
			code, err := oneArg(c, "the code of a finding, such as OPC1002,")
			if err != nil {
				return err
			}
			if rule, ok := diff.Explain(strings.ToUpper(code)); ok {
				return explainChange(env.Stdout, rule)
			}
			rule, ok := diag.Explain(diag.Code(strings.ToUpper(code)))
			if !ok {
				return usagef(c, "there is no code %q; opc rules lists them", code)
			}
			_, err = fmt.Fprintf(env.Stdout, "%s: %s\n\n%s\n\n%s\n", rule.Code, rule.Title, rule.Why, acceptance(rule.Code))
			return err
		},
	}
}

// acceptance says whether a finding can be accepted.
func acceptance(code diag.Code) string {
	if code.Acceptable() {
		return fmt.Sprintf("The description can accept a finding of this kind, also an error:\n  accept: [{rule: %s, path: ..., reason: ...}]", code)
	}
	return "An error of this kind can not be accepted; a warning can."
}

// explainChange prints what a rule of opc diff stands for, with the smallest change that shows it.
func explainChange(w io.Writer, r *diff.Rule) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s (%s, %s)\n\n%s\n", r.ID, r.Title, r.Category, r.Verdict, r.Why)
	where := map[string]string{"crd": " (in the spec of a CRD)", "version": " (in a version of a CRD)", "spec": " (in the schema of spec)",
		"properties": " (among the fields of spec)", "metadata": " (in the metadata of a CRD)", "chart": " (in the schema of a chart's values)"}[r.Example.In]
	for _, side := range []struct{ name, text string }{{"before", r.Example.Before}, {"after", r.Example.After}} {
		if r.Example != (diff.Example{}) {
			fmt.Fprintf(&b, "\n%s%s:\n  %s\n", side.name, where, strings.ReplaceAll(strings.TrimSpace(cmp.Or(side.text, "(nothing)")), "\n", "\n  "))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
