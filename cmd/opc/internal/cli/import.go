package cli

import (
	"context"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"github.com/opc-project/opc/importer"
	"github.com/opc-project/opc/schema/diag"
)

func importCommand(env Env) *cli.Command {
	return &cli.Command{
		Name: "import", Usage: "write the description of an existing chart, bundle or manifests", ArgsUsage: "SOURCE",
		Description: `Reads what ships an operator today and writes the description that a person would
have written of it, with the files that it names. SOURCE is one of

  the folder of an OLM bundle (with manifests and metadata)
  a file or folder of manifests, or - for standard input
  the folder of a kustomization
  a project of kubebuilder or operator-sdk, by its config/default
  a Helm chart, its folder or what helm package made of it
  an image that holds a bundle, a chart or a catalog: in a registry, by a tag or
  digest, or oci:FOLDER[:NAME] in an OCI layout

A chart is rendered with its default values, in a process of its own with limits of
time and memory; then again with each value changed, to find what becomes a
parameter or a feature. Of a catalog, the head of a package's default channel is
taken.

What can't be carried over is reported with its place. In the end the description
is compiled in memory and compared with the source by meaning: any difference is an
error, and nothing is written. What it compiles to is proven as opc compile does;
faults that the source has already are told, and accepted in the description, so
that it compiles. In a project of your own, opc init describes it and
copies nothing.

Examples:
  opc import bundle
  opc import --out operators/db ../db-operator/bundle
  opc import --out operators/db install.yaml
  kubectl kustomize config/default | opc import --out operators/db -
  opc import --out operators/db db-operator-1.2.0.tgz
  opc import ghcr.io/example/charts/db-operator:1.2.0
  opc import --package db-operator oci:catalog
  opc import --diff bundle           # what would change in ./operator.cue?
  opc import --format yaml bundle`,
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{Name: "out", Aliases: []string{"o"}, Value: ".", Usage: "write to `FOLDER`"},
			&cli.StringFlag{Name: "format", Value: "cue", Usage: "write the description as `FORMAT`: cue or yaml"},
			boolFlag("no-verify", "do not prove that the description gives back the source, nor what it compiles to"),
			&cli.StringFlag{Name: "package", Usage: "of a catalog, take the package `NAME`; needed where it has several"},
			&cli.StringFlag{Name: "version", Usage: "of a catalog, take `VERSION` and not the head of the default channel"},
			boolFlag("diff", "write nothing, and print what would change as a patch"),
			boolFlag("force", "overwrite files that stand in the way"),
		}, findingFlags()),
		Action: func(c *cli.Context) error { return importSource(c, env) },
	}
}

func importSource(c *cli.Context, env Env) error {
	p, err := newPrinter(c, env)
	if err != nil {
		return err
	}
	format, err := choice(c, "format", "cue", "yaml")
	if err != nil {
		return err
	}
	source, err := oneArg(c, "SOURCE")
	if err != nil {
		return err
	}
	src, faults := openSource(c.Context, env, source, importer.Choice{Package: c.String("package"), Version: c.String("version")})
	if faults != nil {
		return p.findings(faults)
	}
	defer src.close()
	result, found := src.read(importer.Options{Format: format, Verify: !c.Bool("no-verify")})
	return p.described(c.Context, result, src.place(found), destination{
		source: src.label, label: c.String("out"), dir: absolute(env, c.String("out")), force: c.Bool("force"), diff: c.Bool("diff"), unproven: c.Bool("no-verify"),
	})
}

// described prints what was found out about a source, and writes its description unless something speaks against it.
func (p *printer) described(ctx context.Context, result *importer.Result, found diag.List, out destination) error {
	result, found, err := provenImport(ctx, result, found, out)
	if err != nil {
		return err
	}
	var before aside
	if !found.HasErrors() && !out.diff {
		in, err := out.inTheWay(result)
		if err != nil {
			return err
		}
		if out.own {
			before = findAside(out.dir, result)
			in = append(in, before.taken(out.label)...)
		}
		found = append(found, in...)
	}
	if err := p.findings(found.Place(nil)); err != nil {
		return err
	}
	if out.diff {
		patch, err := out.patch(result)
		if err != nil {
			return err
		}
		_, err = p.env.Stdout.Write(patch)
		return err
	}
	if err := out.write(result); err != nil {
		return err
	}
	if err := before.move(); err != nil {
		return fmt.Errorf("can't move %s: %w", before, cause(err))
	}
	if p.quiet {
		return nil
	}
	return imported(p.env, result, out.label, before)
}

// unequal tells the fields that do not come back equal.
func unequal(r *importer.Result) diag.List {
	var out diag.List
	for _, u := range r.Unequal {
		out = append(out, diag.Errorf(diag.ImportUnequal, "", "%s", u).
			WithHint("this is a fault of opc: please report it; --no-verify writes the description all the same"))
	}
	return out
}

// imported prints what was found, assumed and written, and what to run next.
func imported(env Env, r *importer.Result, label string, before aside) error {
	t := tabwriter.NewWriter(env.Stdout, 0, 0, 2, ' ', 0)
	for _, f := range r.Found {
		fmt.Fprintf(t, "%s\t%s\n", f.What, f.Value)
	}
	for i, a := range r.Assumed {
		what := "assumed"
		if i > 0 {
			what = ""
		}
		fmt.Fprintf(t, "%s\t%s\n", what, a)
	}
	if len(before.names) > 0 {
		fmt.Fprintf(t, "moved\t%s\n", before)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	dir := filepath.ToSlash(filepath.Clean(label))
	command := "opc compile " + dir
	if dir == "." {
		command = "opc compile"
	}
	beside := ""
	switch n := len(r.Files); n {
	case 0:
	case 1:
		beside = ", and 1 file that it names"
	default:
		beside = fmt.Sprintf(", and %d files that it names", n)
	}
	_, err := fmt.Fprintf(env.Stdout, "%s written%s\nnow run: %s\n", path.Join(dir, r.Name), beside, command)
	return err
}
