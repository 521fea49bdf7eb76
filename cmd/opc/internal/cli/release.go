package cli

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/opc-project/opc/cmd/opc/internal/build"
	"github.com/opc-project/opc/diff"
	"github.com/opc-project/opc/diff/render"
	diffsource "github.com/opc-project/opc/diff/source"
	"github.com/opc-project/opc/emit/sink"
	"github.com/opc-project/opc/publish"
	"github.com/opc-project/opc/schema/diag"
)

func releaseCommand(env Env) *cli.Command {
	return &cli.Command{
		Name: "release", Usage: "check, compile, diff, build and publish in one run", ArgsUsage: "[DESCRIPTION | FOLDER]",
		Description: `Runs opc check, compile, diff, build and publish, and stops at the first error:

  1. checks the description, verifies the output (--strict and --profile as in
     opc check), and writes it;
  2. compares the version number with the changes (--against and --fail-on as in
     opc diff), if a version tag is reachable from HEAD;
  3. builds image, chart, bundle and catalog;
  4. publishes them, and signs them with --sign-key.

Every step is reproducible, so an interrupted release is completed by running it
again. --snapshot stops before publishing. Prints a line to stdout for each digest,
as opc publish does, and progress to stderr.

Examples:
  opc release --sign-key cosign.key --revision $(git rev-parse HEAD)
  opc release --snapshot
  opc release --to registry.example.com/team --strict
  opc release --against git:v0.1.0 --fail-on major`,
		Flags: slices.Concat([]cli.Flag{
			boolFlag("snapshot", "publish nothing"),
			boolFlag("allow-dirty", "release even if tracked files have uncommitted changes"),
			&cli.StringFlag{Name: "against", Usage: "compare with `OLD` (default: the newest version tag reachable from HEAD)"},
			&cli.StringFlag{Name: "fail-on", Value: "version", Usage: "fail on `WHAT`: version, minor or major"},
			boolFlag("no-diff", "do not compare with another version"),
			&cli.StringFlag{
				Name: "out", Aliases: []string{"o"}, Usage: "write to `FOLDER` (default: dist in the description's folder)",
			},
		}, deliveryFlags(), buildFlags(), verifyFlags(), inputFlags(), findingFlags()),
		Action: func(c *cli.Context) error { return releaseAll(c, env) },
	}
}

// release is a run of opc release.
type release struct {
	*printer
	c        *cli.Context
	compile  build.Options
	build    publish.Options
	delivery publish.Delivery
	diff     diffFlags
	result   *build.Result
}

// releaseAll reads all flags before it begins: a wrong one should not be found after minutes.
func releaseAll(c *cli.Context, env Env) error {
	p, err := newPrinter(c, env)
	if err != nil {
		return err
	}
	r := &release{printer: p, c: c}
	in, err := r.read()
	if err != nil {
		return err
	}
	for _, step := range []func(build.Input) error{r.committed, r.writeOutput, r.holdVersion, r.buildImages, r.send} {
		if err := step(in); err != nil {
			return err
		}
	}
	return nil
}

func (r *release) read() (build.Input, error) {
	var in build.Input
	var err error
	if r.compile, err = inputOptions(r.c, r.env, build.Write); err != nil {
		return in, err
	}
	r.compile.Catalogs = freshCatalogs()
	if err = verifyOptions(r.c, &r.compile); err != nil {
		return in, err
	}
	gate, err := choice(r.c, "fail-on", "major", "minor", "version")
	if err != nil {
		return in, err
	}
	r.diff = diffFlags{format: render.Formats()["text"], text: true, gate: diff.Gate(gate)}
	if slices.Contains(strings.Split(r.c.String("profile"), ","), string(diff.OLMv1)) {
		r.diff.profile = diff.OLMv1
	}
	if r.c.Bool("no-diff") && (r.c.IsSet("against") || r.c.IsSet("fail-on")) {
		return in, usagef(r.c, "--against and --fail-on configure the comparison, and --no-diff skips it")
	}
	own, diags, err := buildOptions(r.c, r.env)
	if err != nil {
		return in, err
	}
	r.build = own
	way, more, err := delivery(r.c, r.env)
	if err != nil {
		return in, err
	}
	r.delivery = way
	in, missing, err := oneInput(r.c, r.env)
	if err != nil {
		return in, err
	}
	out := filepath.Join(in.Dir, "dist")
	if r.c.IsSet("out") {
		out = absolute(r.env, r.c.String("out"))
	}
	r.compile.Out, r.build.Dir, r.build.Out, r.delivery.From = out, in.Dir, out, out
	return in, r.findings(slices.Concat(diags, more, missing))
}

// told says on stderr what was done.
func (r *release) told(format string, args ...any) {
	if !r.quiet {
		fmt.Fprintf(r.env.Stderr, format+"\n", args...)
	}
}

// committed holds that what is released is what is committed: nobody could build it again otherwise. What opc compile
// writes is left out, since it follows the description.
func (r *release) committed(in build.Input) error {
	changed, err := diffsource.Changed(r.c.Context, in.Dir)
	if err != nil || r.c.Bool("snapshot") || r.c.Bool("allow-dirty") {
		return err
	}
	out := filepath.ToSlash(filepath.Base(r.compile.Out)) + "/"
	changed = slices.DeleteFunc(changed, func(name string) bool { return strings.Contains("/"+name, "/"+out) })
	if len(changed) == 0 {
		return nil
	}
	more := ""
	if n := len(changed) - 1; n > 0 {
		more = fmt.Sprintf(" and %d more", n)
	}
	return r.findings(diag.List{diag.Errorf(diag.NotCommitted, "", "%s%s changed since the last commit: the release would differ from the commit that it names", changed[0], more).
		WithHint("commit the changes, or release with --allow-dirty")})
}

// writeOutput checks the description, proves what it compiles to and writes it.
func (r *release) writeOutput(in build.Input) error {
	g := r.newProgress(1)
	r.result = build.Run(r.c.Context, in, r.compile)
	g.end()
	res := r.result
	if res.Plan != nil && r.text {
		if _, err := r.env.Stderr.Write(res.Plan.Diff(sink.Edited)); err != nil {
			return err
		}
	}
	res.Findings = append(res.Findings, res.Conflicts...)
	if err := r.findings(nil, res); err != nil {
		return err
	}
	what := "written"
	if res.Plan.UpToDate() {
		what = "is up to date"
	}
	r.told("compiled: %s %s", res.Plan.Dir.Label, what)
	return nil
}

// holdVersion holds the version number against what changed.
func (r *release) holdVersion(in build.Input) error {
	if r.c.Bool("no-diff") {
		return nil
	}
	now, before, err := openSides(r.c, r.env, build.Show(r.env.Dir, filepath.Join(in.Dir, in.Name)))
	if err != nil {
		return err
	}
	defer now.Close()
	if before == nil {
		r.told("compared: %v", diffsource.ErrFirst)
		return nil
	}
	defer before.Close()
	if before.Findings.HasErrors() { // those of the new version were told
		return r.findings(before.Findings)
	}
	report := judgeSides(r.env, now, before)
	if len(report.Against(r.diff.gate, r.diff.profile)) > 0 {
		if err := r.diff.format(r.env.Stdout, r.diffView(r.c, report, now, before, r.diff)); err != nil {
			return err
		}
		return errFindings
	}
	r.told("compared with %s: %s", before.Name, report.Version())
	return nil
}

// buildImages makes image, chart, bundle and catalog.
func (r *release) buildImages(build.Input) error {
	g := r.newProgress(1)
	r.build.Input, r.build.Tell = r.result.InputDigest(), g.tell
	made, diags, err := publish.Build(r.c.Context, r.result.Output, r.build)
	g.end()
	if err != nil {
		return err
	}
	r.result.Findings = nil // told by now
	r.result.Found(diags)
	if err := r.findings(nil, r.result); err != nil {
		return err
	}
	out := build.Show(r.env.Dir, r.build.Out)
	if r.c.Bool("snapshot") && !r.quiet {
		return buildSummary(r.env.Stdout, out, made)
	}
	r.told("built: %s/oci, %s", out, counted(len(made.Artifacts), "manifest"))
	for _, s := range made.Sizes {
		r.told("  %s: %s pulled", s.Platform, publish.Bytes(s.Total))
	}
	return nil
}

// send sends what was built.
func (r *release) send(build.Input) error {
	if r.c.Bool("snapshot") {
		r.told("published: nothing, this is a snapshot")
		return nil
	}
	return r.deliver(r.c.Context, r.delivery)
}
