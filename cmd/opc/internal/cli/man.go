package cli

import (
	"fmt"

	"github.com/urfave/cli/v2"
)

func manCommand(env Env) *cli.Command {
	return &cli.Command{
		Name: "man", Usage: "print the manual page",
		Description: `Prints the manual page of opc with all its commands, for man.

Examples:
  opc man > /usr/local/share/man/man1/opc.1
  opc man | man -l -`,
		Action: func(c *cli.Context) error {
			if err := noArgs(c); err != nil {
				return err
			}
			page, err := c.App.ToManWithSection(1)
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(env.Stdout, page)
			return err
		},
	}
}
