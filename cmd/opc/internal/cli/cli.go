// Package cli is the command line of opc: one file a command, each with its flags, one call and a view. It is the only
// user of urfave/cli. Findings go to stdout where they are the result, and to stderr of commands that print data; progress
// goes to stderr. Read Run first.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/opc-project/opc/schema/diag"
)

// Env is the world outside, as far as the commands see it.
type Env struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(string) string
	Now            func() time.Time // decides which waivers have ended, and nothing that is written
	Dir            string           // where the user ran opc, absolute
	Terminal       bool             // whether Stderr is a terminal
	Screen         bool             // whether Stdout is one
	Cache          string           // the folder for what may be lost; "" for none
	Renderer       []string         // command that renders charts in a process of its own; see Render
}

// The exit codes.
const (
	exitOK       = 0
	exitFindings = 1
	exitUsage    = 2
	exitFailure  = 3
)

const description = `opc reads a description of an operator (operator.cue, .yaml or .json) and writes
its Dockerfile, Helm chart, kustomize overlays, install manifest, OLM bundle and
catalog.

Exit codes: 0 no problems; 1 the description has errors, or --check found a
difference; 2 wrong usage; 3 opc itself failed, or was interrupted.`

// commands are all commands, in the order in which help lists them.
func commands(env Env) []*cli.Command {
	list := []*cli.Command{
		initCommand(env), compileCommand(env), checkCommand(env), verifyCommand(env), diffCommand(env), testCommand(env), tryCommand(env), hookCommand(env),
		buildCommand(env), publishCommand(env), releaseCommand(env), verifyReleaseCommand(env), submitCommand(env), serveCommand(env),
		importCommand(env), fmtCommand(env), listCommand(env), graphCommand(env), modelCommand(env), schemaCommand(env),
		targetsCommand(env), rulesCommand(env), explainCommand(env),
	}
	list = append(list, lspCommand(env), cacheCommand(env), manCommand(env), versionCommand(env))
	return append(list, completionCommand(env, list), helpCommand(env))
}

// Run runs the command that args (without the program's name) ask for and returns the exit code.
func Run(ctx context.Context, env Env, args []string) int {
	app := &cli.App{
		Name: "opc", HelpName: "opc", Usage: "compile the description of a Kubernetes operator",
		UsageText: "opc COMMAND [OPTIONS] [ARGUMENTS]", Description: description,
		Reader: env.Stdin, Writer: env.Stdout, ErrWriter: env.Stderr,
		Flags: []cli.Flag{cli.HelpFlag, boolFlag("version", "print the version of opc", "v")}, Commands: commands(env),
		HideHelpCommand: true, HideVersion: true, DisableSliceFlagSeparator: true,
		ExitErrHandler: func(*cli.Context, error) {}, // the default ends the process
		OnUsageError:   usageErrorOf(nil),
		Action:         noCommand,
	}
	cli.HelpPrinter = printHelp
	for _, c := range app.Commands {
		c.HideHelpCommand = true // else a folder called help could not be named
		c.OnUsageError = usageErrorOf(c)
	}
	err := app.RunContext(ctx, append([]string{"opc"}, arrange(nil, app.Commands, args)...))
	if err != nil && ctx.Err() != nil {
		err = ctx.Err() // whatever the command takes it for
	}
	return exitCode(env, err)
}

// usageError is a mistake on the command line.
type usageError struct {
	command string // "" for opc itself
	message string
}

func (e usageError) Error() string { return e.message }

// usagef makes a usage error of a command.
func usagef(c *cli.Context, format string, args ...any) error {
	return usageError{c.Command.Name, fmt.Sprintf(format, args...)}
}

// errFindings says that findings of error severity were printed; errDefect that one of them is opc's own fault.
var (
	errFindings = errors.New("there are errors")
	errDefect   = errors.New("there is a defect in opc")
)

// exitCode prints what has not been said yet and maps an error to the exit code.
func exitCode(env Env, err error) int {
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errFindings):
		return exitFindings
	case errors.Is(err, errDefect):
		return exitFailure
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(env.Stderr, "opc: interrupted")
		return exitFailure
	case errors.As(err, &usage):
		name := strings.TrimSpace("opc " + usage.command)
		fmt.Fprintf(env.Stderr, "%s: %s\nRun '%s --help' for usage.\n", name, usage.message, name)
		return exitUsage
	}
	fmt.Fprintf(env.Stderr, "opc: %v\n", err)
	return exitFailure
}

// usageErrorOf turns the flag parser's errors into usage errors, with a suggestion for misspelt flags.
func usageErrorOf(command *cli.Command) cli.OnUsageErrorFunc {
	return func(_ *cli.Context, err error, _ bool) error {
		if command == nil {
			return usageError{message: err.Error() + " (options stand after the command)"}
		}
		message := err.Error()
		if _, name, ok := strings.Cut(message, "flag provided but not defined: -"); ok {
			var known []string
			for _, f := range command.Flags {
				known = append(known, f.Names()...)
			}
			message = "there is no option " + dashed(name)
			if s := diag.Nearest(name, known); s != "" {
				message += "; did you mean " + dashed(s) + "?"
			}
		}
		return usageError{command.Name, message}
	}
}

// noCommand runs when the first argument is no command.
func noCommand(c *cli.Context) error {
	if c.Bool("version") {
		return printVersion(c.App.Writer)
	}
	if !c.Args().Present() {
		return cli.ShowAppHelp(c)
	}
	return usageError{message: unknownCommand(c.App.Commands, c.Args().First())}
}

func unknownCommand(list []*cli.Command, name string) string {
	var known []string
	for _, c := range list {
		known = append(known, c.Names()...)
	}
	return fmt.Sprintf("there is no command %q", name) + meant(name, known)
}

// meant asks for the name that a misspelt one was most likely meant as.
func meant(name string, known []string) string {
	if s := diag.Nearest(name, known); s != "" {
		return "; did you mean " + s + "?"
	}
	return ""
}

func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}
