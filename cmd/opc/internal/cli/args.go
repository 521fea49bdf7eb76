package cli

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// arrange puts the options of a command before its arguments: the flag parser stops at the first argument, and would
// take what follows for arguments too. A "--" in front of the arguments keeps those that begin with a dash.
func arrange(flags []cli.Flag, list []*cli.Command, args []string) []string {
	var options, rest []string
	for i := 0; i < len(args); i++ {
		a := args[i]
		if a == "--" {
			rest = append(rest, args[i+1:]...)
			break
		}
		if isOption(a) {
			options = append(options, a)
			if takesValue(flags, a) {
				if i++; i == len(args) {
					return options // the parser says that the value is missing
				}
				options = append(options, args[i])
			}
			continue
		}
		if c := command(list, a); c != nil && len(rest) == 0 {
			return slices.Concat(options, []string{a}, arrange(c.Flags, c.Subcommands, args[i+1:]))
		}
		rest = append(rest, a)
	}
	if slices.Contains(options, "--help") || slices.Contains(options, "-h") {
		return []string{"--help"} // arguments would be taken for topics
	}
	if len(rest) == 0 {
		return options
	}
	return slices.Concat(options, []string{"--"}, rest)
}

func isOption(arg string) bool { return len(arg) > 1 && strings.HasPrefix(arg, "-") }

// takesValue reports whether the argument after an option belongs to it.
func takesValue(flags []cli.Flag, option string) bool {
	if strings.Contains(option, "=") {
		return false
	}
	name := strings.TrimLeft(option, "-")
	for _, f := range flags {
		if slices.Contains(f.Names(), name) {
			_, isBool := f.(*cli.BoolFlag)
			return !isBool
		}
	}
	return false
}

func command(list []*cli.Command, name string) *cli.Command {
	for _, c := range list {
		if c.HasName(name) {
			return c
		}
	}
	return nil
}

// boolFlag makes an option that takes no value.
func boolFlag(name, usage string, aliases ...string) cli.Flag {
	return &cli.BoolFlag{Name: name, Usage: usage, Aliases: aliases, DisableDefaultText: true}
}

// noArgs refuses arguments to a command that takes none.
func noArgs(c *cli.Context) error {
	if c.Args().Present() {
		return usagef(c, "unexpected argument %q", c.Args().First())
	}
	return nil
}

// oneArg returns the only argument of a command.
func oneArg(c *cli.Context, what string) (string, error) {
	switch c.NArg() {
	case 0:
		return "", usagef(c, "%s is missing", what)
	case 1:
		return c.Args().First(), nil
	}
	return "", usagef(c, "unexpected argument %q", c.Args().Get(1))
}

// alternatives lists the values of an option in its help.
func alternatives(values []string) string {
	last := len(values) - 1
	if last == 0 {
		return values[0]
	}
	return strings.Join(values[:last], ", ") + " or " + values[last]
}

// choice refuses a value of an option that is not one of those it takes.
func choice(c *cli.Context, option string, values ...string) (string, error) {
	v := c.String(option)
	if !slices.Contains(values, v) {
		return "", usagef(c, "--%s takes %s, not %q%s", option, alternatives(values), v, meant(v, values))
	}
	return v, nil
}
