package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/opc-project/opc/diff"
	"github.com/opc-project/opc/diff/crdify"
	"github.com/opc-project/opc/diff/render"
	diffsource "github.com/opc-project/opc/diff/source"
)

func diffCommand(env Env) *cli.Command {
	return &cli.Command{
		Name: "diff", Usage: "show what changes for users, and which version that requires", ArgsUsage: "[NEW]",
		Description: `Compares two versions of an operator: what changes for its users, whether each
change is major, minor or a patch, and which version number they require. Each side
is a description or its folder; the folder of a bundle, a chart, a catalog or the
output of opc compile; git:REVISION[#PATH] for any of these; a packaged chart
(.tgz); or a bundle, chart or catalog in an OCI layout (oci:FOLDER[:TAG]) or in a
registry, by its reference. By default, the description in the current folder is
compared with the newest version tag reachable from HEAD.

Two catalogs are compared by their channels and by the newest version of the
default channel; CATALOG#CHANNEL or CATALOG#PACKAGE/CHANNEL chooses a channel.
A bundle and a chart are compared by what they install.

--fail-on sets what fails: version (default: the version number is too low for the
changes), or minor or major (there is such a change). Findings that the new
description accepts are ignored. --profile olm-v1 fails for changes of CRDs that
OLM v1 rejects.

Examples:
  opc diff
  opc diff --against git:v0.1.0
  opc diff operators/db --against published/bundle --fail-on major
  opc diff --against ghcr.io/example/db-bundle:v0.1.0
  opc diff --against db-0.1.0.tgz
  opc diff dist/catalog --against ghcr.io/example/db-catalog:latest
  opc diff --format markdown > comment.md
  opc diff --changelog`,
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{Name: "against", Usage: "compare with `OLD` (default: the newest version tag reachable from HEAD)"},
			&cli.StringFlag{Name: "fail-on", Value: "version", Usage: "fail on `WHAT`: version, minor or major"},
			&cli.StringFlag{Name: "profile", Usage: "apply the rules of `PROFILE`, too: olm-v1"},
			&cli.StringFlag{Name: "format", Value: "text", Usage: "print as `FORMAT`: " + alternatives(diffFormats())},
			boolFlag("changelog", "print a changelog, and the annotation for Artifact Hub"),
		}, inputFlags(), findingFlags()),
		Action: func(c *cli.Context) error { return compareSides(c, env) },
	}
}

// diffFormats are the values of --format; the changelog has an option of its own.
func diffFormats() []string {
	return []string{"text", "json", "markdown", "html", "github", "gitlab", "sarif", "junit", "checkstyle"}
}

// diffFlags are the flags of a comparison, read.
type diffFlags struct {
	format  render.Format
	text    bool
	gate    diff.Gate
	profile diff.Profile
}

func readDiffFlags(c *cli.Context) (f diffFlags, err error) {
	formats := render.Formats()
	name, err := choice(c, "format", diffFormats()...)
	if err != nil {
		return f, err
	}
	f.format, f.text = formats[name], name == "text"
	if c.Bool("changelog") {
		f.format, f.text = render.Changelog, false
	}
	gate, err := choice(c, "fail-on", "major", "minor", "version")
	if err != nil {
		return f, err
	}
	profile := ""
	if c.String("profile") != "" {
		profile, err = choice(c, "profile", string(diff.OLMv1))
	}
	f.gate, f.profile = diff.Gate(gate), diff.Profile(profile)
	return f, err
}

func compareSides(c *cli.Context, env Env) error {
	p, err := newPrinter(c, env)
	if err != nil {
		return err
	}
	flags, err := readDiffFlags(c)
	if err != nil {
		return err
	}
	name := "."
	if c.Args().Present() {
		if name, err = oneArg(c, "NEW"); err != nil {
			return err
		}
	}
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // two large bundles are read and soon forgotten
	now, before, err := openSides(c, env, name)
	if err != nil {
		return err
	}
	defer now.Close()
	if before == nil { // the first version breaks nobody
		if !p.quiet {
			fmt.Fprintf(env.Stderr, "opc diff: %v\n", diffsource.ErrFirst)
		}
		return p.findings(now.Findings)
	}
	defer before.Close()
	if err := p.findings(slices.Concat(before.Findings, now.Findings)); err != nil {
		return err
	}
	report := judgeSides(env, now, before)
	if err := flags.format(env.Stdout, p.diffView(c, report, now, before, flags)); err != nil {
		return err
	}
	if len(report.Against(flags.gate, flags.profile)) > 0 {
		return errFindings
	}
	return nil
}

// judgeSides compares two sides that hold no errors.
func judgeSides(env Env, now, before *diffsource.Side) *diff.Report {
	report := diff.Judge(before.Operator, now.Operator, diff.Options{
		Preflight: crdify.Check, Accept: now.Accept, Today: env.Now().Format(time.DateOnly), OLM: now.Bundle || before.Bundle,
		Published: now.Bundle != before.Bundle,
	})
	report.Place(before.Index, now.Index)
	return report
}

// diffView is a comparison as it is shown.
func (p *printer) diffView(c *cli.Context, report *diff.Report, now, before *diffsource.Side, flags diffFlags) *render.View {
	view := &render.View{Report: report, OldName: before.Name, NewName: now.Name, Gate: flags.gate, Profile: flags.profile, YAML: now.YAML, Sources: p.source}
	if flags.text {
		when := c.String("color")
		view.Lines = p.env.Screen || when == "always"
		view.Colour = when == "always" || when == "auto" && p.env.Screen && p.env.Getenv("NO_COLOR") == "" && p.env.Getenv("TERM") != "dumb"
	}
	return view
}

// alike makes a side a chart where the other one is.
func alike(c *cli.Context, env Env, now, before *diffsource.Side) (*diffsource.Side, *diffsource.Side, error) {
	diffsource.Pair(now, before)
	if now.Chart == before.Chart {
		return now, before, nil
	}
	opts := sideOptions(c, env)
	x, y := now.AsChart(c.Context, before, opts), before.AsChart(c.Context, now, opts)
	if x == nil || y == nil { // a bundle without a chart
		return diffsource.Installed(now), diffsource.Installed(before), nil
	}
	return x, y, nil
}

// openSides reads both sides, at once where neither waits for the other. before is nil where there is none yet.
func openSides(c *cli.Context, env Env, name string) (now, before *diffsource.Side, err error) {
	opts := sideOptions(c, env)
	past := opts
	past.Set = nil // what is set is of the new version
	type read struct {
		*diffsource.Side
		err error
	}
	old := make(chan read, 1)
	against := c.String("against")
	waits := against == "" || strings.HasPrefix(against, "git:")
	open := func(near *diffsource.Side) {
		s, err := diffsource.Open(c.Context, against, near, past)
		old <- read{s, err}
	}
	if !waits {
		go open(nil)
	}
	now, err = openSide(c, env, name, opts)
	if err != nil {
		return nil, nil, err
	}
	if waits {
		if against == "" {
			if now.Operator == nil {
				return now, &diffsource.Side{}, nil // its faults are all there is to say
			}
			against, err = diffsource.Last(c.Context, now)
			if errors.Is(err, diffsource.ErrFirst) {
				return now, nil, nil
			}
			if err != nil {
				now.Close()
				return nil, nil, usagef(c, "%v", err)
			}
		}
		open(now)
	}
	r := <-old
	if r.err != nil {
		now.Close()
		return nil, nil, sideError(c, env, against, r.err)
	}
	return alike(c, env, now, r.Side)
}

func sideOptions(c *cli.Context, env Env) diffsource.Options {
	return diffsource.Options{Cwd: env.Dir, Tags: c.StringSlice("tag"), Set: c.StringSlice("set"), Today: env.Now().Format(time.DateOnly), Renderer: env.Renderer}
}

func openSide(c *cli.Context, env Env, name string, opts diffsource.Options) (*diffsource.Side, error) {
	s, err := diffsource.Open(c.Context, name, nil, opts)
	if err != nil {
		return nil, sideError(c, env, name, err)
	}
	return s, nil
}

// sideError tells a name that leads nowhere from what went wrong while it was read. A bare revision is not read as one,
// since a file may have its name.
func sideError(c *cli.Context, env Env, name string, err error) error {
	if errors.Is(err, os.ErrNotExist) && diffsource.IsRevision(c.Context, env.Dir, name) {
		return usagef(c, "there is no file %s; did you mean git:%s?", name, name)
	}
	if errors.Is(err, diffsource.ErrUnknown) || errors.Is(err, diffsource.ErrUnreadable) || errors.Is(err, os.ErrNotExist) {
		return usagef(c, "%v", filepath.ToSlash(err.Error()))
	}
	return err
}
