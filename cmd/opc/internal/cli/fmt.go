package cli

import (
	"bytes"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/opc-project/opc/cmd/opc/internal/build"
	"github.com/opc-project/opc/emit/sink"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

func fmtCommand(env Env) *cli.Command {
	return &cli.Command{
		Name: "fmt", Usage: "format descriptions in CUE", ArgsUsage: inputUsage,
		Description: `Rewrites operator.cue, and the other files of its package, in CUE's own style, and
prints the names of the files that changed. Descriptions in YAML and JSON are left
alone.

Examples:
  opc fmt
  opc fmt ./... --check`,
		Flags: slices.Concat([]cli.Flag{
			boolFlag("check", "write nothing, and fail when a file is not formatted"),
		}, findingFlags()),
		Action: func(c *cli.Context) error { return formatAll(c, env) },
	}
}

func formatAll(c *cli.Context, env Env) error {
	p, err := newPrinter(c, env)
	if err != nil {
		return err
	}
	inputs, found, err := build.Find(env.Dir, c.Args().Slice())
	if err != nil {
		return err
	}
	unformatted := false
	for _, in := range inputs {
		changed, diags, err := format(c, env, in)
		if err != nil {
			return err
		}
		found = append(found, diags...)
		for _, name := range changed {
			unformatted = true
			if !p.quiet {
				fmt.Fprintln(env.Stdout, name)
			}
		}
	}
	if err := p.findings(found); err != nil {
		return err
	}
	if unformatted && c.Bool("check") {
		return errFindings
	}
	return nil
}

// format formats the files of one description and returns the names of those that were not.
func format(c *cli.Context, env Env, in build.Input) (changed []string, _ diag.List, _ error) {
	if path.Ext(in.Name) != ".cue" {
		return nil, nil, nil
	}
	read := build.Run(c.Context, in, build.Options{Mode: build.Load, Cwd: env.Dir})
	if read.Err != nil || read.Document == nil {
		return nil, read.Findings, read.Err
	}
	sources := read.Document.Sources
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		file := filepath.Join(in.Dir, filepath.FromSlash(name))
		text, err := schema.Format(sources[name])
		if err != nil {
			return changed, read.Findings, nil // the findings say where and why
		}
		if bytes.Equal(text, sources[name]) {
			continue
		}
		changed = append(changed, build.Show(env.Dir, file))
		if c.Bool("check") {
			continue
		}
		if err := sink.Replace(file, text); err != nil {
			return changed, nil, err
		}
	}
	return changed, nil, nil
}
