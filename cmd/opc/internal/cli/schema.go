package cli

import (
	"github.com/urfave/cli/v2"

	"github.com/opc-project/opc/schema"
)

func schemaCommand(env Env) *cli.Command {
	return &cli.Command{
		Name: "schema", Usage: "print the language of descriptions",
		Description: `Prints the schema that descriptions are checked against, with every field's
documentation. Editors of YAML take it as JSON Schema: put
"# yaml-language-server: $schema=operator.schema.json" at the top of operator.yaml.

Examples:
  opc schema
  opc schema --format jsonschema > operator.schema.json`,
		Flags: []cli.Flag{&cli.StringFlag{Name: "format", Value: "cue", Usage: "print as `FORMAT`: cue or jsonschema"}},
		Action: func(c *cli.Context) error {
			if err := noArgs(c); err != nil {
				return err
			}
			format, err := choice(c, "format", "cue", "jsonschema")
			if err != nil {
				return err
			}
			text := schema.Language()
			if format == "jsonschema" {
				if text, err = schema.JSONSchema(); err != nil {
					return err
				}
			}
			_, err = env.Stdout.Write(text)
			return err
		},
	}
}
