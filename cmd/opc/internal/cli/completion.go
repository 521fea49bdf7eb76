package cli

import (
	"embed"
	"strings"
	"text/template"

	"github.com/urfave/cli/v2"
)

//go:embed completion/*.tmpl
var completionScripts embed.FS

var shells = []string{"bash", "zsh", "fish"}

func completionCommand(env Env, list []*cli.Command) *cli.Command {
	self := &cli.Command{
		Name: "completion", Usage: "print a script that completes opc's commands", ArgsUsage: "bash | zsh | fish",
		Description: `Prints a script for a shell.

Examples:
  opc completion bash > /etc/bash_completion.d/opc
  opc completion zsh > "${fpath[1]}/_opc"
  opc completion fish > ~/.config/fish/completions/opc.fish`,
	}
	self.Action = func(c *cli.Context) error {
		shell, err := oneArg(c, "the name of a shell")
		if err != nil {
			return err
		}
		text, err := completionScripts.ReadFile("completion/" + shell + ".tmpl")
		if err != nil {
			return usagef(c, "there is no script for %q; expected %s%s", shell, alternatives(shells), meant(shell, shells))
		}
		script, err := template.New(shell).Parse(string(text))
		if err != nil {
			return err
		}
		return script.Execute(env.Stdout, completions(append(list, self, helpCommand(env))))
	}
	return self
}

// completed is what the scripts know of a command.
type completed struct {
	Name, Usage string
	Flags       []completedFlag
	Words       []string // the arguments that it takes; none means files
	NoFiles     bool
}

type completedFlag struct {
	Long, Short, Usage string
	Words              []string // the values that it takes; none means files, when it takes a value
	Value              bool
}

// completions lists commands and options for the scripts.
func completions(list []*cli.Command) []completed {
	var out []completed
	var names []string
	for _, c := range list {
		names = append(names, c.Name)
	}
	for _, c := range list {
		d := completed{Name: c.Name, Usage: quotable.Replace(c.Usage), NoFiles: !strings.Contains(c.ArgsUsage, "FOLDER")}
		switch c.Name {
		case "help":
			d.Words = names
		case "completion":
			d.Words = shells
		case "explain":
			d.Words = codes()
		case "hook":
			d.Words = []string{"install"}
		}
		for _, f := range c.Flags {
			d.Flags = append(d.Flags, completeFlag(f))
		}
		out = append(out, d)
	}
	return out
}

// quotable takes away what ends a text in one of the scripts.
var quotable = strings.NewReplacer("`", "", "'", "’", "[", "(", "]", ")")

func completeFlag(f cli.Flag) completedFlag {
	c := completedFlag{}
	for _, name := range f.Names() {
		if len(name) == 1 {
			c.Short = name
		} else {
			c.Long = name
		}
	}
	if doc, ok := f.(cli.DocGenerationFlag); ok {
		c.Usage, c.Value = quotable.Replace(doc.GetUsage()), doc.TakesValue()
	}
	switch c.Long {
	case "only":
		c.Words = targetNames()
	case "profile", "color", "error-format", "format":
		_, values, _ := strings.Cut(c.Usage, ": ")
		c.Words = strings.Fields(strings.NewReplacer(",", "", " or ", " ").Replace(values))
	}
	return c
}
