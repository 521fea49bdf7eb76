package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"
)

func helpCommand(env Env) *cli.Command {
	return &cli.Command{
		Name: "help", Usage: "show the help of a command", ArgsUsage: "[COMMAND]",
		Description: `Prints the same as opc COMMAND --help.

Examples:
  opc help
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
			_, err = fmt.Fprint(env.Stdout, commandHelp(topic))
			return err
		},
	}
}

// printHelp prints help in place of the library, whose templates put an option on one line, however long.
func printHelp(w io.Writer, _ string, of any) {
	switch t := of.(type) {
	case *cli.App:
		_, _ = io.WriteString(w, appHelp(t))
	case *cli.Command:
		_, _ = io.WriteString(w, commandHelp(t))
	}
}

// helpWidth is the width of a terminal that nobody made wider; optionColumn is where the text of an option begins.
const (
	helpWidth    = 80
	optionColumn = 26
)

// appHelp is the help of opc itself.
func appHelp(app *cli.App) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\nUsage:\n  %s\n\nCommands:\n", app.Description, app.UsageText)
	for _, c := range app.Commands {
		entry(&b, c.Name, c.Usage, 18)
	}
	b.WriteString("\nOptions:\n")
	options(&b, app.Flags)
	b.WriteString("\nRun 'opc COMMAND --help' for the options and examples of a command.\n")
	return b.String()
}

// commandHelp is the help of a command.
func commandHelp(c *cli.Command) string {
	var b strings.Builder
	text, examples, _ := strings.Cut(c.Description, "\n\nExamples:\n")
	fmt.Fprintf(&b, "%s\n\nUsage:\n  %s\n", fitted(text), strings.TrimSpace("opc "+c.Name+" [OPTIONS] "+c.ArgsUsage))
	fmt.Fprintf(&b, "\nExamples:\n%s\n\nOptions:\n", examples)
	flags := c.Flags
	if !c.HideHelp {
		flags = append(flags[:len(flags):len(flags)], cli.HelpFlag)
	}
	options(&b, flags)
	return b.String()
}

func options(b *strings.Builder, flags []cli.Flag) {
	seen := map[string]bool{}
	for _, f := range flags {
		doc, ok := f.(cli.DocGenerationFlag)
		if name := f.Names()[0]; ok && !seen[name] {
			seen[name] = true
			entry(b, optionName(f, doc), optionUsage(doc), optionColumn)
		}
	}
}

// optionName is an option with its short name before the long one and the placeholder of its value after it.
func optionName(f cli.Flag, doc cli.DocGenerationFlag) string {
	short, long := "", ""
	for _, name := range f.Names() {
		if len(name) == 1 {
			short = "-" + name + ", "
		} else {
			long = "--" + name
		}
	}
	if short == "" {
		short = "    "
	}
	if doc.TakesValue() {
		_, rest, _ := strings.Cut(doc.GetUsage(), "`")
		placeholder, _, _ := strings.Cut(rest, "`")
		long += " " + placeholder
	}
	return short + long
}

// optionUsage is the text of an option, with its default.
func optionUsage(doc cli.DocGenerationFlag) string {
	usage := strings.ReplaceAll(doc.GetUsage(), "`", "")
	if value := doc.GetValue(); doc.TakesValue() && value != "" && value != "[]" {
		usage += " (default: " + value + ")"
	}
	return usage
}

// fitted breaks the lines of paragraphs anew. Lines that are indented stay.
func fitted(text string) string {
	var out []string
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		if strings.Contains("\n"+paragraph, "\n ") {
			out = append(out, paragraph)
			continue
		}
		var b strings.Builder
		entry(&b, "", paragraph, 0)
		out = append(out, strings.TrimRight(b.String(), "\n"))
	}
	return strings.Join(out, "\n\n")
}

// entry prints a name and a text, which begins in a column and goes on there.
func entry(b *strings.Builder, name, text string, column int) {
	line := ""
	if name != "" {
		line = "  " + name
	}
	if len(line)+2 > column && column > 0 {
		b.WriteString(line + "\n")
		line = ""
	}
	line += strings.Repeat(" ", column-len(line))
	for _, word := range strings.Fields(text) {
		switch {
		case len(line) == column:
		case len(line)+1+len(word) > helpWidth:
			b.WriteString(line + "\n")
			line = strings.Repeat(" ", column)
		default:
			line += " "
		}
		line += word
	}
	b.WriteString(line + "\n")
}
