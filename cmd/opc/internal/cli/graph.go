package cli

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/operator-framework/operator-registry/alpha/declcfg"
	"github.com/urfave/cli/v2"

	"github.com/opc-project/opc/cmd/opc/internal/build"
	"github.com/opc-project/opc/diff/graph"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/emit/catalog"
	"github.com/opc-project/opc/internal/escape"
	"github.com/opc-project/opc/internal/regular"
)

// graphFormats print the upgrade graphs.
var graphFormats = map[string]func(io.Writer, []graph.Package) error{
	"text": graph.Text, "mermaid": graph.Mermaid, "svg": graph.SVG, "json": graph.JSON,
}

func graphCommand(env Env) *cli.Command {
	return &cli.Command{
		Name: "graph", Usage: "draw the upgrade graph of a description or of a catalog", ArgsUsage: "[DESCRIPTION | FOLDER | CATALOG]",
		Description: `Prints the versions of each channel, from new to old, and which versions OLM
upgrades to which: of the catalog that the description compiles to, or of a
file-based catalog, a file or a folder. What the description adds to the catalog
that it extends is marked as new. Versions from which no upgrade leads are marked.

text is for a terminal, mermaid for Markdown on GitHub and GitLab, svg for pages,
json for programs.

Examples:
  opc graph
  opc graph dist/catalog --package database-operator
  opc graph --format mermaid
  opc graph --format svg > upgrades.svg`,
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{Name: "format", Value: "text", Usage: "print as `FORMAT`: json, mermaid, svg or text"},
			&cli.StringFlag{Name: "package", Usage: "only the operator `NAME` of the catalog"},
			&cli.StringFlag{Name: "channel", Usage: "only the channel `NAME`"},
		}, inputFlags(), findingFlags()),
		Action: func(c *cli.Context) error { return drawGraph(c, env) },
	}
}

func drawGraph(c *cli.Context, env Env) error {
	p, err := newPrinter(c, env)
	if err != nil {
		return err
	}
	format, err := choice(c, "format", "json", "mermaid", "svg", "text")
	if err != nil {
		return err
	}
	if c.NArg() > 1 {
		return usagef(c, "expected one description or catalog, and there are %d", c.NArg())
	}
	inputs, missing, err := build.Find(env.Dir, c.Args().Slice())
	if err != nil {
		return err
	}
	var packages []graph.Package
	switch {
	case c.Args().Present() && isCatalog(env, c.Args().First(), inputs):
		packages, err = catalogGraph(c, absolute(env, c.Args().First()))
	case len(missing) > 0:
		return p.findings(missing)
	case len(inputs) != 1:
		return usagef(c, "expected one description, and there are %d", len(inputs))
	default:
		packages, err = descriptionGraph(c, env, p, inputs[0])
	}
	if err != nil {
		return err
	}
	if packages, err = chosen(c, packages); err != nil {
		return err
	}
	return graphFormats[format](env.Stdout, packages)
}

// isCatalog reports whether a path is a catalog: a folder without a description, or a file with documents of a catalog.
func isCatalog(env Env, arg string, inputs []build.Input) bool {
	path := absolute(env, arg)
	info, err := os.Stat(path)
	if err != nil || info.IsDir() {
		return err == nil && len(inputs) == 0 && !strings.HasSuffix(arg, "...")
	}
	cfg, err := readCatalog(path)
	return err == nil && len(cfg.Packages)+len(cfg.Channels) > 0
}

// readCatalog reads the file of a catalog.
func readCatalog(path string) (*declcfg.DeclarativeConfig, error) {
	data, err := regular.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return declcfg.LoadReader(bytes.NewReader(data))
}

// catalogGraph reads a catalog from disk.
func catalogGraph(c *cli.Context, path string) ([]graph.Package, error) {
	cfg, err := readCatalog(path)
	if info, statErr := os.Stat(path); statErr == nil && info.IsDir() {
		cfg, err = declcfg.LoadFS(c.Context, regular.Files(os.DirFS(path)))
	}
	switch {
	case err != nil:
		return nil, usagef(c, "%s holds no description, and no catalog that can be read: %s", c.Args().First(), escape.Line(strings.TrimSpace(err.Error())))
	case len(cfg.Channels) == 0:
		return nil, usagef(c, "%s holds no description, and no catalog with channels", c.Args().First())
	}
	return graph.Of(*cfg, nil), nil
}

// descriptionGraph compiles a description to its catalog.
func descriptionGraph(c *cli.Context, env Env, p *printer, in build.Input) ([]graph.Package, error) {
	opts, err := inputOptions(c, env, build.Emit)
	if err != nil {
		return nil, err
	}
	opts.Targets, opts.Partial, opts.Unverified = []*emit.Target{catalog.Target}, true, true
	r := build.Run(c.Context, in, opts)
	if err := p.findings(nil, r); err != nil {
		return nil, err
	}
	now, before := &declcfg.DeclarativeConfig{}, (*declcfg.DeclarativeConfig)(nil)
	for _, part := range r.Emitted {
		for _, name := range part.Files.Names() {
			f, _ := part.Files.File(name)
			if cfg, err := declcfg.LoadReader(bytes.NewReader(f.Data)); err == nil {
				now.Merge(cfg)
			}
		}
	}
	if len(now.Channels) == 0 {
		return nil, usagef(c, "the description compiles to a catalog without channels")
	}
	if existing := r.Operator.Catalog.Existing; len(existing) > 0 {
		before = &declcfg.DeclarativeConfig{}
		for _, name := range slices.Sorted(maps.Keys(existing)) {
			cfg, err := declcfg.LoadReader(bytes.NewReader(existing[name]))
			if err != nil {
				return nil, fmt.Errorf("can't read %s: %w", name, err)
			}
			before.Merge(cfg)
		}
	}
	return graph.Of(*now, before), nil
}

// chosen keeps what --package and --channel name.
func chosen(c *cli.Context, packages []graph.Package) ([]graph.Package, error) {
	var names, channels []string
	var out []graph.Package
	for _, p := range packages {
		names = append(names, p.Name)
		if c.IsSet("package") && p.Name != c.String("package") {
			continue
		}
		p.Channels = slices.DeleteFunc(p.Channels, func(ch graph.Channel) bool {
			channels = append(channels, ch.Name)
			return c.IsSet("channel") && ch.Name != c.String("channel")
		})
		if len(p.Channels) > 0 {
			out = append(out, p)
		}
	}
	switch {
	case c.IsSet("package") && !slices.Contains(names, c.String("package")):
		return nil, usagef(c, "there is no package %q; expected %s%s", c.String("package"), alternatives(names), meant(c.String("package"), names))
	case len(out) == 0:
		return nil, usagef(c, "there is no channel %q; expected %s%s", c.String("channel"), alternatives(channels), meant(c.String("channel"), channels))
	}
	return out, nil
}
