package cli

import (
	"path/filepath"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/opc-project/opc/cmd/opc/internal/build"
	"github.com/opc-project/opc/emit/sink"
	"github.com/opc-project/opc/schema/diag"
)

func compileCommand(env Env) *cli.Command {
	return &cli.Command{
		Name: "compile", Usage: "write Dockerfile, chart, overlays, manifests, bundle and catalog", ArgsUsage: inputUsage,
		Description: `Compiles descriptions and writes an output folder for each. Files that opc wrote
before and no longer needs are deleted; other files are kept. If a file was edited
by hand, or the output is not valid, nothing is written: every installer must
install the same objects, and the output must pass the validation of Helm,
kustomize, OLM and Kubernetes.

Examples:
  opc compile                        # ./operator.cue to ./dist
  opc compile operators/db --out out
  opc compile ./... --check          # in CI: is everything up to date?
  opc compile --only helm --diff     # what would change in the chart?
  opc compile --set version=1.2.3
  opc compile --report report.html   # objects, settings, permissions, sizes
  opc compile --watch                # until Ctrl-C`,
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{
				Name: "out", Aliases: []string{"o"}, Usage: "write to `FOLDER` (default: dist in the description's folder)",
			},
			targetFlag(),
			boolFlag("check", "write nothing, and fail if the output folder is not up to date"),
			boolFlag("diff", "write nothing, and print what would change as a patch"),
			boolFlag("watch", "compile again whenever a file in the description's folder changes", "w"),
			&cli.StringFlag{Name: "report", Usage: "also write an HTML page about the output to `FILE`"},
			boolFlag("force", "overwrite files that were edited by hand or that opc did not write"),
			boolFlag("no-verify", "skip verification, to inspect the output; requires --out or --diff"),
		}, verifyFlags(), cacheFlags(), inputFlags(), findingFlags()),
		Action: func(c *cli.Context) error { return compile(c, env) },
	}
}

func compile(c *cli.Context, env Env) error {
	print := newReporter
	if c.Bool("diff") {
		print = newPrinter // stdout is a patch
	}
	p, err := print(c, env)
	if err != nil {
		return err
	}
	mode := build.Write
	if c.Bool("check") || c.Bool("diff") {
		mode = build.Compare
	}
	opts, err := inputOptions(c, env, mode)
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
	page := c.String("report")
	if page != "" && (len(inputs) > 1 || filepath.Ext(page) != ".html") {
		return usagef(c, "--report takes one description and a file that ends in .html")
	}
	if opts.Force = c.Bool("force"); opts.Force && c.Bool("check") {
		return usagef(c, "--force is for writing, and --check writes nothing")
	}
	if c.IsSet("out") {
		if len(inputs) > 1 {
			return usagef(c, "--out is for one description, and there are %d", len(inputs))
		}
		opts.Out = absolute(env, c.String("out"))
	} else if opts.Unverified && mode == build.Write {
		return usagef(c, "--no-verify is for inspecting the output: set a folder with --out, or print it with --diff")
	}
	for i, in := range inputs {
		if j := slices.IndexFunc(inputs, func(other build.Input) bool { return other.Dir == in.Dir }); j < i {
			return usagef(c, "%s and %s would be written to the same folder: compile them one by one, with --out",
				inputs[j].Name, in.Name)
		}
	}
	run := func(inputs []build.Input) error {
		g := p.newProgress(len(inputs))
		results := build.All(c.Context, inputs, opts, g.start)
		g.end()
		if page != "" && len(results) == 1 && results[0].Plan != nil && results[0].Err == nil && !results[0].Findings.HasErrors() {
			if err := writeReport(absolute(env, page), results[0]); err != nil {
				return err
			}
		}
		return p.compiled(missing, results, c.Bool("check"), c.Bool("diff"))
	}
	if !c.Bool("watch") {
		return run(inputs)
	}
	if mode == build.Compare || !p.text {
		return usagef(c, "--watch writes files and prints text: --check, --diff and other formats don't go with it")
	}
	return p.watch(c.Context, inputs, opts.Out, run)
}

// compiled prints what came of a run: patches, summaries, then findings.
func (p *printer) compiled(missing diag.List, results []*build.Result, check, diff bool) error {
	for _, r := range results {
		if r.Plan == nil || r.Err != nil {
			continue
		}
		if diff {
			patch := r.Plan.Diff(sink.Create, sink.Change, sink.Delete, sink.Edited, sink.Foreign)
			if _, err := p.env.Stdout.Write(patch); err != nil {
				return err
			}
		}
		if check {
			r.Findings = append(r.Findings, r.Plan.Stale()...)
		} else {
			r.Findings = append(r.Findings, r.Conflicts...)
		}
		if !diff && !check && p.text {
			if _, err := p.to.Write(r.Plan.Diff(sink.Edited)); err != nil {
				return err
			}
		}
		if !p.quiet && !diff && !r.Findings.HasErrors() {
			if err := summary(p.results, r.Plan, p.changes); err != nil {
				return err
			}
		}
	}
	return p.findings(missing, results...)
}
