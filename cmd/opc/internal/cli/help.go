package cli

import "github.com/urfave/cli/v2"

func helpCommand(env Env) *cli.Command {
	return &cli.Command{
		Name: "help", Usage: "show the help of a command", ArgsUsage: "[COMMAND]",
		Description: `Prints the same as opc COMMAND --help.

Examples:
  opc help compile`,
		Action: func(c *cli.Context) error {
			if !c.Args().Present() {
				return cli.ShowAppHelp(c)
			}
			name, err := oneArg(c, "a command")
			if err != nil {
				return err
			}
			topic := command(c.App.Commands, name)
			if topic == nil {
				return usagef(c, "%s", unknownCommand(c.App.Commands, name))
			}
			cli.HelpPrinter(env.Stdout, cli.CommandHelpTemplate, topic)
			return nil
		},
	}
}
