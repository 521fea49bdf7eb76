package cli

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/opc-project/opc/cmd/opc/internal/build"
	"github.com/opc-project/opc/publish"
	"github.com/opc-project/opc/schema/diag"
)

func publishCommand(env Env) *cli.Command {
	return &cli.Command{
		Name: "publish", Usage: "push the built artifacts to a registry", ArgsUsage: "[FOLDER]",
		Description: `Pushes the output of opc build (FOLDER, default dist) to the repositories in the
description, or to others with --to: image, chart, bundle and catalog, with SBOMs
and provenance. Prints a line for each digest: its repository and its tags.

The tags of a version never move. v1.2, v1, latest, stable and the channels only
move forward, and not for a prerelease. Tags are set only after all content is
uploaded, so the next run completes an interrupted one. opc uses the credentials of
Docker, Podman or a credential helper.

With --sign-key, each digest is signed before it gets a tag, in the format of
cosign. The key is from cosign generate-key-pair, or a PEM file with an ECDSA or
RSA key. Set COSIGN_PASSWORD to its password.

Examples:
  opc publish
  opc publish --to registry.example.com/team
  opc publish --to oci:carry && opc publish carry --to registry.internal/team
  opc publish --to helm:charts           # a classic Helm repository's folder
  opc publish --sign-key cosign.key
  opc publish --dry-run`,
		Flags: slices.Concat(deliveryFlags(), []cli.Flag{
			boolFlag("dry-run", "push nothing, and print what would be pushed"),
		}, findingFlags()),
		Action: func(c *cli.Context) error { return publishAll(c, env) },
	}
}

// deliveryFlags say where to and how something is published.
func deliveryFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "to", Usage: "push to `PLACE`: REGISTRY[/PREFIX], oci:FOLDER or helm:FOLDER (default: the repositories in the description)"},
		signKeyFlag(),
		&cli.IntFlag{Name: "jobs", Value: 4, Usage: "upload `N` blobs at once"},
		&cli.StringFlag{Name: "ca-file", Usage: "trust the certificates in `FILE` (PEM), besides the system's"},
	}
}

// delivery reads the flags that say where to and how something is published.
func delivery(c *cli.Context, env Env) (publish.Delivery, diag.List, error) {
	d := publish.Delivery{To: place(env, c.String("to")), DryRun: c.Bool("dry-run"), Jobs: c.Int("jobs")}
	if d.Jobs < 1 {
		return d, nil, usagef(c, "--jobs takes a number from 1, not %d", d.Jobs)
	}
	if c.IsSet("ca-file") {
		d.CAFile = absolute(env, c.String("ca-file"))
	}
	var diags diag.List
	d.Key, diags = signKey(c, env)
	if d.Key != nil && strings.HasPrefix(d.To, "helm:") {
		return d, nil, usagef(c, "--sign-key signs what stands in a registry or a layout; for charts in a Helm repository, see opc build --helm-key")
	}
	return d, diags, nil
}

func publishAll(c *cli.Context, env Env) error {
	p, err := newPrinter(c, env)
	if err != nil {
		return err
	}
	from, err := builtFolder(c, env)
	if err != nil {
		return err
	}
	d, diags, err := delivery(c, env)
	if err != nil {
		return err
	}
	if diags.HasErrors() {
		return p.findings(diags)
	}
	d.From = from
	return p.deliver(c.Context, d)
}

// deliver publishes, prints a line for each digest, and says how to install what was published.
func (p *printer) deliver(ctx context.Context, d publish.Delivery) error {
	u := p.newUploads()
	d.Tell, d.Sent = u.tell, u.sent
	done, diags, err := publish.Publish(ctx, d)
	u.end()
	if err != nil {
		return err
	}
	if diags.HasErrors() {
		return p.findings(diags)
	}
	for _, a := range done {
		if _, err := fmt.Fprintf(p.env.Stdout, "%s@%s %s\n", a.Repository, a.Digest, strings.Join(a.Tags, " ")); err != nil {
			return err
		}
		if len(a.Kept) > 0 && !p.quiet {
			fmt.Fprintf(p.env.Stderr, "%s: %s stay at a newer version\n", a.Repository, strings.Join(a.Kept, ", "))
		}
	}
	if d.DryRun || isFolder(d.To) {
		return p.findings(diags)
	}
	return p.writeInstall(d.From, done)
}

// writeInstall says how to install what was published. The text stands beside what was built.
func (p *printer) writeInstall(from string, done []publish.Published) error {
	if _, err := os.Stat(filepath.Join(from, "oci")); err != nil {
		return nil // a layout alone: its folder takes nothing else
	}
	how, err := publish.Install(from, done)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(how.Manifests)) {
		if err := os.WriteFile(filepath.Join(from, "packages", name), how.Manifests[name], 0o666); err != nil {
			return err
		}
	}
	path := filepath.Join(from, "INSTALL.md")
	if err := os.WriteFile(path, how.Text, 0o666); err != nil {
		return err
	}
	if p.quiet {
		return nil
	}
	for _, c := range how.Commands(build.Show(p.env.Dir, from)) {
		fmt.Fprintf(p.env.Stderr, "%-8s%s\n", c[0], c[1])
	}
	fmt.Fprintf(p.env.Stderr, "%s says more\n", build.Show(p.env.Dir, path))
	return nil
}

// builtFolder is the only argument of a command that takes what opc build wrote.
func builtFolder(c *cli.Context, env Env) (string, error) {
	switch c.NArg() {
	case 0:
		return absolute(env, "dist"), nil
	case 1:
		return absolute(env, c.Args().First()), nil
	}
	return "", usagef(c, "unexpected argument %q", c.Args().Get(1))
}

// isFolder reports whether a place is on this machine.
func isFolder(to string) bool { return strings.HasPrefix(to, "oci:") || strings.HasPrefix(to, "helm:") }

// place makes the folder of oci:FOLDER and helm:FOLDER absolute.
func place(env Env, to string) string {
	if isFolder(to) {
		kind, dir, _ := strings.Cut(to, ":")
		return kind + ":" + absolute(env, dir)
	}
	return to
}
