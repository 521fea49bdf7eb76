package cli

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/opc-project/opc/cmd/opc/internal/build"
	"github.com/opc-project/opc/publish"
	"github.com/opc-project/opc/schema/diag"
)

func buildCommand(env Env) *cli.Command {
	return &cli.Command{
		Name: "build", Usage: "build image, chart, bundle and catalog without Docker", ArgsUsage: "[DESCRIPTION | FOLDER]",
		Description: `Compiles the operator's program for each platform, and writes image, chart, bundle
and catalog as an OCI layout (oci in the output folder), and the packaged chart and
the install manifest (packages). Nothing is pushed, and the same source gives the
same digests on every machine.

The image is built on the base in the description, if that has a digest. The
default base is built into opc: users, certificates and time zones. With --helm-key
the chart gets a provenance file for helm verify. Timestamps are set to
SOURCE_DATE_EPOCH, the release date, or 1970.

Examples:
  opc build
  opc build operators/db --out out
  opc build --base scratch                 # without a network
  opc build --base oci:../base             # on a base from an OCI layout
  opc build --revision $(git rev-parse HEAD)
  opc build --helm-key 'Jo Example' --helm-keyring secring.gpg`,
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{
				Name: "out", Aliases: []string{"o"}, Usage: "write to `FOLDER` (default: dist in the description's folder)",
			},
		}, buildFlags(), inputFlags(), findingFlags()),
		Action: func(c *cli.Context) error { return buildAll(c, env) },
	}
}

// buildFlags change what is built.
func buildFlags() []cli.Flag {
	return append([]cli.Flag{
		&cli.StringFlag{Name: "base", Usage: "build on `IMAGE`: a reference, oci:FOLDER, or scratch (default: the base in the description)"},
		&cli.StringFlag{Name: "revision", Usage: "record `COMMIT` as the source of the image (default: unknown)"},
	}, chartKeyFlags()...)
}

// buildOptions reads the flags that change what is built.
func buildOptions(c *cli.Context, env Env) (publish.Options, diag.List, error) {
	opts := publish.Options{Base: layoutPath(env, c.String("base")), Revision: c.String("revision")}
	var err error
	if opts.Created, err = sourceDate(c, env); err != nil {
		return opts, nil, err
	}
	var diags diag.List
	opts.ChartKey, diags, err = chartKey(c, env)
	return opts, diags, err
}

// oneInput finds the only description that a command is about.
func oneInput(c *cli.Context, env Env) (build.Input, diag.List, error) {
	return inputNamed(c, env, c.Args().Slice())
}

// inputNamed finds the only description that args name: those of the command, or what follows its first.
func inputNamed(c *cli.Context, env Env, args []string) (build.Input, diag.List, error) {
	inputs, missing, err := build.Find(env.Dir, args)
	switch {
	case err != nil || len(missing) > 0:
		return build.Input{}, missing, err
	case len(inputs) != 1:
		return build.Input{}, nil, usagef(c, "expected one description, and there are %d", len(inputs))
	}
	return inputs[0], nil, nil
}

func buildAll(c *cli.Context, env Env) error {
	p, err := newReporter(c, env)
	if err != nil {
		return err
	}
	opts, err := inputOptions(c, env, build.Emit)
	if err != nil {
		return err
	}
	opts.Catalogs = freshCatalogs()
	own, diags, err := buildOptions(c, env)
	if err != nil {
		return err
	}
	in, missing, err := oneInput(c, env)
	if err != nil {
		return err
	}
	if diags = append(diags, missing...); len(diags) > 0 {
		return p.findings(diags)
	}
	r := build.Run(c.Context, in, opts)
	if r.Err != nil || r.Findings.HasErrors() {
		return p.findings(nil, r)
	}
	out := filepath.Join(r.Input.Dir, "dist")
	if c.IsSet("out") {
		out = absolute(env, c.String("out"))
	}
	g := p.newProgress(1)
	own.Dir, own.Out, own.Input, own.Tell = r.Input.Dir, out, r.InputDigest(), g.tell
	made, diags, err := publish.Build(c.Context, r.Output, own)
	g.end()
	if err != nil {
		return err
	}
	if !r.Found(diags) && !p.quiet {
		if err := buildSummary(p.results, build.Show(env.Dir, out), made); err != nil {
			return err
		}
	}
	return p.findings(nil, r)
}

// layoutPath makes the folder of oci:FOLDER absolute.
func layoutPath(env Env, ref string) string {
	if dir, ok := strings.CutPrefix(ref, "oci:"); ok {
		return "oci:" + absolute(env, dir)
	}
	return ref
}

// sourceDate reads the time that builds are to carry (https://reproducible-builds.org/specs/source-date-epoch/).
func sourceDate(c *cli.Context, env Env) (time.Time, error) {
	text := env.Getenv("SOURCE_DATE_EPOCH")
	if text == "" {
		return time.Time{}, nil
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil || seconds < 0 {
		return time.Time{}, usagef(c, "SOURCE_DATE_EPOCH is %q: expected seconds since 1970", text)
	}
	return time.Unix(seconds, 0), nil
}

// buildSummary prints what was made, and what it weighs.
func buildSummary(w io.Writer, out string, made *publish.Result) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s/oci written\n", out)
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, a := range made.Artifacts {
		if a.Tag != "" {
			fmt.Fprintf(t, "  %s\t%s:%s\t%s\n", a.Kind, a.Repository, a.Tag, a.Digest)
		}
	}
	_ = t.Flush() // into memory
	for _, name := range made.Packages {
		fmt.Fprintf(&b, "%s/packages/%s written\n", out, name)
	}
	if len(made.Sizes) > 0 {
		sizes(&b, made)
	}
	_, err := w.Write(b.Bytes())
	return err
}

func sizes(b *bytes.Buffer, made *publish.Result) {
	on := made.Base
	if on == "" {
		on = "what opc has inside"
	}
	fmt.Fprintf(b, "sizes, on %s\n", on)
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprint(t, "  platform\tbase\tprogram\tlayers\tpulled\tbefore\n")
	for _, s := range made.Sizes {
		before := "-"
		if s.Previous > 0 {
			before = publish.Bytes(s.Previous)
		}
		fmt.Fprintf(t, "  %s\t%s\t%s\t%d\t%s\t%s\n", s.Platform, publish.Bytes(s.Base), publish.Bytes(s.Program), s.Layers, publish.Bytes(s.Total), before)
	}
	_ = t.Flush() // into memory
}
