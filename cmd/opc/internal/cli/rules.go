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
		Description: `Prints every code that a finding can have. opc explain CODE describes one.

Examples:
  opc rules
  opc rules --format json`,
		Flags: []cli.Flag{listFormatFlag()},
		Action: func(c *cli.Context) error {
			if err := noArgs(c); err != nil {
				return err
			}
			return printRows(c, env, [2]string{"code", "title"}, allCodes())
		},
	}
}

// allCodes are the codes of all findings, with their titles.
func allCodes() []row {
	var rows []row
	for _, r := range diag.Rules() {
		rows = append(rows, row{string(r.Code), r.Title})
	}
	for _, r := range diff.Documented() {
		rows = append(rows, row{r.ID, r.Title})
	}
	return rows
}

// codes are the codes of all findings.
func codes() []string {
	var names []string
	for _, r := range allCodes() {
		names = append(names, r.name)
	}
	return names
}

func explainCommand(env Env) *cli.Command {
	return &cli.Command{
		Name: "explain", Usage: "explain a finding", ArgsUsage: "CODE",
		Description: `Prints what a code means, why it matters, and whether it can be accepted.

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
				return usagef(c, "there is no code %q; opc rules lists them%s", code, meant(code, codes()))
			}
			_, err = fmt.Fprintf(env.Stdout, "%s: %s\n\n%s\n\n%s\n\n%s\n", rule.Code, rule.Title, rule.Why, acceptance(rule.Code), rule.Code.URL())
			return err
		},
	}
}

// acceptance says whether a finding can be accepted.
func acceptance(code diag.Code) string {
	if code.Acceptable() {
		return fmt.Sprintf("The description can accept this finding, even if it is an error:\n  accept: [{rule: %s, path: ..., reason: ...}]", code)
	}
	return "The description can accept this finding only if it is a warning, not an error."
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
	fmt.Fprintf(&b, "\n%s\n", diag.Code(r.ID).URL())
	_, err := io.WriteString(w, b.String())
	return err
}
