package cli

import (
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/opc-project/opc/cmd/opc/internal/build"
)

func checkCommand(env Env) *cli.Command {
	return &cli.Command{
		Name: "check", Usage: "look for faults, and write nothing", ArgsUsage: inputUsage,
		Description: `Compiles descriptions in memory, proves what came of it, and prints the findings.

Examples:
  opc check
  opc check ./... --error-format github
  opc check operator.yaml --only helm`,
		Flags: slices.Concat([]cli.Flag{targetFlag()}, verifyFlags(), inputFlags(), findingFlags()),
		Action: func(c *cli.Context) error {
			p, err := newPrinter(c, env)
			if err != nil {
				return err
			}
			opts, err := inputOptions(c, env, build.Emit)
			if err != nil {
				return err
			}
			if err := verifyOptions(c, &opts); err != nil {
				return err
			}
			inputs, missing, err := build.Find(env.Dir, c.Args().Slice())
			if err != nil {
				return err
			}
			g := p.newProgress(len(inputs))
			results := build.All(c.Context, inputs, opts, g.start)
			g.end()
			return p.findings(missing, results...)
		},
	}
}
