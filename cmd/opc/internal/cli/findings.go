package cli

import (
	"context"
	"maps"
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
		&cli.StringFlag{Name: "error-format", Value: "text", Usage: "print findings as `FORMAT`: text, json, github or sarif"},
		&cli.StringFlag{Name: "color", Value: "auto", Usage: "show lines and colours `WHEN`: auto, always or never"},
		boolFlag("quiet", "print findings only", "q"),
	}
}

// printer prints findings as the flags say.
type printer struct {
	ctx    context.Context
	env    Env
	format render.Format
	text   bool // for people
	quiet  bool
	strict bool // warnings count
}

func newPrinter(c *cli.Context, env Env) (*printer, error) {
	formats := render.Formats()
	name, err := choice(c, "error-format", slices.Sorted(maps.Keys(formats))...)
	if err != nil {
		return nil, err
	}
	when, err := choice(c, "color", "auto", "always", "never")
	if err != nil {
		return nil, err
	}
	p := &printer{ctx: c.Context, env: env, format: formats[name], text: name == "text", quiet: c.Bool("quiet"), strict: c.Bool("strict")}
	colour := env.Terminal && env.Getenv("NO_COLOR") == "" && env.Getenv("TERM") != "dumb"
	if p.text && (env.Terminal || when == "always") {
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
	if err := p.format(p.env.Stderr, list, p.source); err != nil {
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
