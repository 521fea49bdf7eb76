package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/opc-project/opc/cmd/opc/internal/build"
	diffsource "github.com/opc-project/opc/diff/source"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/emit/all"
	"github.com/opc-project/opc/publish"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/try"
	"github.com/opc-project/opc/try/plane"
)

func tryCommand(env Env) *cli.Command {
	return &cli.Command{
		Name: "try", Usage: "install the operator on a real API server, and run its manager there", ArgsUsage: "[DESCRIPTION | FOLDER]",
		Description: `Starts etcd and kube-apiserver on this machine, installs what the description
compiles to by each way (the chart, the chart with the values of each overlay, each
overlay, install.yaml, the bundle as OLM expands it), and reports what the API
server refuses or warns about, and what a way leaves that the others do not.

Then it builds the manager, runs it with the arguments, the environment and the
permissions of its Deployment, calls its webhooks, applies the examples, waits
until the operator is quiet, and deletes them. From the audit log it reports the
permissions that are missing, and those that were not used. No container runs,
and no other cluster is touched.

etcd and kube-apiserver are taken from KUBEBUILDER_ASSETS, or from bin/k8s in
the project's folder. Where they are missing, opc prints the command that
downloads them. See docs/try.md.

Examples:
  opc try
  opc try --no-run                        # install only
  opc try --binary bin/manager            # do not build the manager
  opc try --from git:v0.1.0               # upgrade from that version, too
  opc try --way "the bundle" --way install.yaml
  opc try --report try.md --error-format junit > try.xml`,
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{Name: "assets", Usage: "take etcd and kube-apiserver from `FOLDER`"},
			&cli.StringFlag{Name: "binary", Usage: "run `FILE` as the manager, instead of building it"},
			boolFlag("no-run", "do not run the manager"),
			&cli.StringSliceFlag{Name: "way", Usage: "install only by the way `NAME`; may be repeated"},
			&cli.StringFlag{Name: "from", Usage: "upgrade from `VERSION` by each way, too: git:REVISION, latest (the newest tag), a folder, a chart or a bundle"},
			boolFlag("rollback", "and go back to that version"),
			&cli.DurationFlag{Name: "timeout", Value: time.Minute, Usage: "wait at most `TIME` until the manager is ready, and until it is quiet"},
			&cli.StringFlag{Name: "report", Usage: "write a report to `FILE`: JSON, or Markdown if it ends in .md"},
		}, cacheFlags(), inputFlags(), findingFlags(), []cli.Flag{boolFlag("strict", "fail on warnings, too")}),
		Action: func(c *cli.Context) error { return tryOperator(c, env) },
	}
}

func tryOperator(c *cli.Context, env Env) error {
	p, err := newReporter(c, env)
	if err != nil {
		return err
	}
	opts, err := inputOptions(c, env, build.Emit)
	if err != nil {
		return err
	}
	if c.Bool("rollback") && !c.IsSet("from") {
		return usagef(c, "--rollback goes back to the version that --from names")
	}
	if c.Bool("no-run") && c.IsSet("binary") {
		return usagef(c, "--no-run does not run the manager, and --binary names it")
	}
	opts.Strict = c.Bool("strict")
	opts.Proofs = proofsOf(c, env)
	in, missing, err := oneInput(c, env)
	if err != nil {
		return err
	}
	if len(missing) > 0 {
		return p.findings(missing)
	}
	programs, err := plane.Assets(assetsFolder(c, env), env.Getenv, in.Dir)
	if err != nil {
		return usagef(c, "%v", err)
	}
	t := &trial{env: env, programs: programs}
	opts.Then = func(r *build.Result) {
		t.Result = r
		err = t.tryIt(c, p)
	}
	r := build.Run(c.Context, in, opts)
	if err != nil {
		return err
	}
	return p.findings(nil, r)
}

// tryIt tries what was compiled, and prints what came of it but the findings.
func (t *trial) tryIt(c *cli.Context, p *printer) error {
	dir, err := os.MkdirTemp("", "opc-try-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	report, err := t.run(c, p, dir)
	switch {
	case errors.Is(err, try.ErrNoWay):
		return usagef(c, "%v", err)
	case err != nil:
		return err
	}
	if c.IsSet("report") {
		if err := t.write(absolute(t.env, c.String("report")), report); err != nil {
			return err
		}
	}
	t.Found(report.Findings)
	if p.quiet {
		return nil
	}
	return t.summary(p.results, report)
}

func assetsFolder(c *cli.Context, env Env) string {
	if !c.IsSet("assets") {
		return ""
	}
	return absolute(env, c.String("assets"))
}

// trial is one description on its way.
type trial struct {
	*build.Result
	env      Env
	programs plane.Programs
	broken   diag.List // why the manager's program could not be built
}

func (t *trial) run(c *cli.Context, p *printer, dir string) (*try.Report, error) {
	files := &emit.FileSet{}
	for _, part := range t.Emitted {
		if err := files.Merge(part.Files); err != nil {
			return nil, err
		}
	}
	g := p.newProgress(1)
	defer g.end()
	opts := try.Options{
		Programs: t.programs, Ways: c.StringSlice("way"), Timeout: c.Duration("timeout"),
		Tell: func(format string, args ...any) { g.tell(fmt.Sprintf(format, args...)) },
	}
	switch {
	case c.Bool("no-run"):
	case c.IsSet("binary"):
		opts.Program = func(context.Context) (string, error) { return absolute(t.env, c.String("binary")), nil }
	default:
		opts.Program = func(ctx context.Context) (string, error) { return t.program(ctx, dir) }
	}
	if c.IsSet("from") {
		var diags diag.List
		var err error
		if opts.From, diags, err = t.previous(c); err != nil {
			return nil, err
		}
		if len(diags) > 0 {
			return &try.Report{Findings: diags}, nil
		}
	}
	report, err := try.Run(c.Context, t.Operator, files, opts)
	if err == nil || len(t.broken) > 0 {
		report.Findings = append(t.broken, report.Findings...)
		err = nil
	}
	return report, err
}

// previous reads the version that is upgraded from, and writes it as this opc writes it.
func (t *trial) previous(c *cli.Context) (*try.Previous, diag.List, error) {
	name, opts, near := c.String("from"), sideOptions(c, t.env), diffsource.Described(t.Input.Dir, t.Operator)
	if name == "latest" {
		var err error
		if name, err = diffsource.Last(c.Context, near); err != nil {
			return nil, nil, usagef(c, "--from latest: %v", err)
		}
	}
	opts.Set = nil
	side, err := diffsource.Open(c.Context, name, near, opts)
	if err != nil {
		return nil, nil, sideError(c, t.env, name, err)
	}
	defer side.Close()
	if side.Operator == nil {
		return nil, onlyErrors(side.Findings), nil
	}
	files := &emit.FileSet{}
	for _, target := range all.Targets {
		made, _ := target.Emit(side.Operator) // what it says of the version before does not count
		if made == nil {
			continue
		}
		if err := files.Merge(made); err != nil {
			return nil, nil, err
		}
	}
	return &try.Previous{Name: name, Model: side.Operator, Files: files, Rollback: c.Bool("rollback")}, nil, nil
}

// errBroken ends a run: what is wrong with the program is told as findings.
var errBroken = errors.New("the manager's program can't be built")

// program builds the manager's program into a folder.
func (t *trial) program(ctx context.Context, dir string) (string, error) {
	data, diags, err := publish.Native(ctx, t.Operator, t.Input.Dir)
	if err != nil {
		return "", err
	}
	if len(diags) > 0 {
		t.broken = diags
		return "", errBroken
	}
	path := filepath.Join(dir, "manager")
	return path, os.WriteFile(path, data, 0o700)
}
