package cli

import (
	"cmp"
	"errors"
	"path/filepath"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/opc-project/opc/cmd/opc/internal/build"
	"github.com/opc-project/opc/diff"
	diffsource "github.com/opc-project/opc/diff/source"
	"github.com/opc-project/opc/schema/diag"
)

func checkCommand(env Env) *cli.Command {
	return &cli.Command{
		Name: "check", Usage: "report problems without writing files", ArgsUsage: inputUsage,
		Description: `Compiles descriptions in memory, verifies the output, and prints the findings.
For findings that a description can accept, it also prints the entries of accept.
If a version tag is reachable from HEAD, OLM must be able to upgrade from it.

Examples:
  opc check
  opc check ./... --error-format github
  opc check operator.yaml --only helm`,
		Flags: slices.Concat([]cli.Flag{targetFlag()}, verifyFlags(), cacheFlags(), inputFlags(), findingFlags()),
		Action: func(c *cli.Context) error {
			p, err := newReporter(c, env)
			if err != nil {
				return err
			}
			opts, err := inputOptions(c, env, build.Emit)
			if err != nil {
				return err
			}
			if err := verifyOptions(c, &opts); err != nil {
				return err
			}
			opts.Proofs = proofsOf(c, env)
			inputs, missing, err := build.Find(env.Dir, c.Args().Slice())
			if err != nil {
				return err
			}
			if err := checkOnly(c, opts, inputs); err != nil {
				return err
			}
			g := p.newProgress(len(inputs))
			results := build.All(c.Context, inputs, opts, g.start)
			for _, r := range results {
				if !r.Findings.HasErrors() && r.Operator != nil {
					r.Findings = append(r.Findings, brokenGraph(c, env, r)...)
				}
			}
			g.end()
			err = p.findings(missing, results...)
			if errors.Is(err, errFindings) {
				err = cmp.Or(p.waivers(results), err)
			}
			return err
		},
	}
}

// brokenGraph finds an upgrade from the version before, if git knows one, that the description leaves out.
func brokenGraph(c *cli.Context, env Env, r *build.Result) diag.List {
	opts := sideOptions(c, env)
	opts.Set = nil
	before, err := diffsource.Before(c.Context, r.Input.Dir, r.Operator, opts)
	if err != nil { // there is no such version, or no git
		return nil
	}
	defer before.Close()
	if before.Operator == nil {
		return nil
	}
	var out diag.List
	for _, f := range diff.Broken(before.Operator, r.Operator, diff.Options{Accept: r.Document.Spec.Accept, Today: opts.Today, OLM: before.Bundle}) {
		d := diag.Errorf(diag.ReleaseGraph, f.New.Path, "%s (%s)", f.Message, before.Name).
			WithHint("add it to release.replaces or release.skips, or include it in release.skipRange; accept %s if there should be no upgrade", f.ID)
		d.Pos, _ = r.Document.Index.Locate(f.New.Path)
		d.Pos.File = build.Show(env.Dir, filepath.Join(r.Input.Dir, filepath.FromSlash(d.Pos.File)))
		out = append(out, d)
	}
	return out
}
