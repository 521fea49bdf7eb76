package cli

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/opc-project/opc/cmd/opc/internal/build"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/schema/diag/render"
)

// findingFlags say how findings are printed.
func findingFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "error-format", Value: "text", Usage: "print findings as `FORMAT`: " + alternatives(errorFormats())},
		&cli.StringFlag{Name: "color", Value: "auto", Usage: "show lines and colours `WHEN`: auto, always or never"},
		boolFlag("quiet", "print findings only", "q"),
	}
}

// errorFormats are the values of --error-format.
func errorFormats() []string {
	return []string{"text", "json", "github", "gitlab", "sarif", "junit", "checkstyle"}
}

// printer prints findings as the flags say.
type printer struct {
	ctx     context.Context
	env     Env
	format  render.Format
	to      io.Writer // for findings
	results io.Writer // for what else the command prints for people
	text    bool      // for people
	quiet   bool
	strict  bool // warnings count
	changes bool // the files of an output folder that changed are listed
}

// newReporter is for commands that report findings: they go to stdout, and nothing else does if programs read them.
func newReporter(c *cli.Context, env Env) (*printer, error) {
	p, err := printerTo(c, env, env.Stdout, env.Screen)
	if err == nil && !p.text {
		p.results = env.Stderr
	}
	return p, err
}

// newPrinter is for commands that print data to stdout: findings go to stderr.
func newPrinter(c *cli.Context, env Env) (*printer, error) {
	return printerTo(c, env, env.Stderr, env.Terminal)
}

func printerTo(c *cli.Context, env Env, to io.Writer, terminal bool) (*printer, error) {
	formats := render.Formats()
	name, err := choice(c, "error-format", errorFormats()...)
	if err != nil {
		return nil, err
	}
	when, err := choice(c, "color", "auto", "always", "never")
	if err != nil {
		return nil, err
	}
	p := &printer{
		ctx: c.Context, env: env, format: formats[name], to: to, results: env.Stdout,
		text: name == "text", quiet: c.Bool("quiet"), strict: c.Bool("strict"),
	}
	colour := terminal && env.Getenv("NO_COLOR") == "" && env.Getenv("TERM") != "dumb"
	if p.text && (terminal || when == "always") {
		p.format = render.Terminal(when == "always" || when == "auto" && colour)
	}
	return p, nil
}

// findings prints what is known about all inputs, in one document, and returns the error that gives the exit code.
func (p *printer) findings(list diag.List, results ...*build.Result) error {
	if err := p.ctx.Err(); err != nil {
		return err // an interrupt is no finding, but a stage may take it for one
	}
	for _, r := range results {
		list = append(list, r.Findings...)
	}
	if err := p.format(p.to, list, p.source); err != nil {
		return err
	}
	for _, r := range results {
		if r.Err != nil {
			return r.Err
		}
	}
	switch {
	case slices.ContainsFunc(list, func(d diag.Diagnostic) bool { return d.Code == diag.Internal }):
		return errDefect
	case list.HasErrors(), p.strict && list.Count(diag.Warning) > 0:
		return errFindings
	}
	return nil
}

// source reads a file that a finding names, to show its line.
func (p *printer) source(name string) []byte {
	data, err := os.ReadFile(absolute(p.env, filepath.FromSlash(name)))
	if err != nil {
		return nil
	}
	return data
}
