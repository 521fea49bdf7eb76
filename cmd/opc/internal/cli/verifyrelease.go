package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/opc-project/opc/publish"
	"github.com/opc-project/opc/publish/sign"
	"github.com/opc-project/opc/schema/diag"
)

func verifyReleaseCommand(env Env) *cli.Command {
	return &cli.Command{
		Name: "verify-release", Usage: "hold a published release against itself", ArgsUsage: "REF",
		Description: `Verifies a release as it stands in a registry, or in an OCI layout, beginning with
any artifact of it: image, chart, bundle or catalog. The provenance of one names
the others, also where they were published below another registry or prefix.

All of it must be there and have the content of its digests. The tags of the
version must stand at it. Provenance and parts lists must speak of these digests
and this program, labels of this version. Chart, bundle and catalog must name the
digests of this release. With --key, each of it must be signed with that key.

A line on stdout for each artifact. Every fault is a finding, and the exit code 1.

Examples:
  opc verify-release --key cosign.pub ghcr.io/example/database-operator:v0.2.0
  opc verify-release localhost:5000/database-operator-catalog:v0.2.0
  opc verify-release oci:carry             # every release in a layout
  opc verify-release oci:carry:v0.2.0`,
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{Name: "key", Usage: "demand signatures of the public key in `FILE`, or in a variable as env://NAME"},
			&cli.StringFlag{Name: "ca-file", Usage: "trust the certificates in `FILE` (PEM), besides the system's"},
		}, findingFlags()),
		Action: func(c *cli.Context) error { return verifyRelease(c, env) },
	}
}

func verifyRelease(c *cli.Context, env Env) error {
	p, err := newPrinter(c, env)
	if err != nil {
		return err
	}
	ref, err := oneArg(c, "REF")
	if err != nil {
		return err
	}
	key, diags := publicKey(c, env)
	if diags.HasErrors() {
		return p.findings(diags)
	}
	in := publish.Verification{Ref: layoutPath(env, ref), Key: key}
	if c.IsSet("ca-file") {
		in.CAFile = absolute(env, c.String("ca-file"))
	}
	g := p.newProgress(1)
	in.Tell = g.tell
	done, diags, err := publish.VerifyRelease(c.Context, in)
	g.end()
	if err != nil {
		return err
	}
	for _, d := range done {
		line := fmt.Sprintf("%s %s@%s", d.Kind, d.Repository, d.Digest)
		if d.Tag != "" {
			line += " " + d.Tag
		}
		line += ", " + counted(d.Documents, "document")
		if key != nil {
			line += ", " + counted(d.Signatures, "signature")
		}
		if _, err := fmt.Fprintln(env.Stdout, line); err != nil {
			return err
		}
	}
	if key == nil && len(done) > 0 && !p.quiet {
		fmt.Fprintln(env.Stderr, "signatures are not checked: name a public key with --key")
	}
	return p.findings(diags.Place(nil))
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// publicKey reads the key of --key; nil for none.
func publicKey(c *cli.Context, env Env) (*sign.Public, diag.List) {
	name := c.String("key")
	if name == "" {
		return nil, nil
	}
	text, err := keyText(env, name)
	if err != nil {
		return nil, unusable(name, err)
	}
	key, err := sign.LoadPublic(text)
	if err != nil {
		diags := unusable(name, err)
		if strings.Contains(string(text), "PRIVATE KEY") {
			diags[0] = diags[0].WithHint("name the public half of the pair, such as cosign.pub")
		}
		return nil, diags
	}
	return key, nil
}
