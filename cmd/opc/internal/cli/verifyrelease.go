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
		Name: "verify-release", Usage: "check that a published release is complete and consistent", ArgsUsage: "REF",
		Description: `Verifies a release in a registry or an OCI layout. Name any of its artifacts:
image, chart, bundle or catalog. Its provenance lists the others, also if they
were published to another registry or prefix.

All artifacts must exist and match their digests, and the tags of the version must
point to them. Provenance and SBOMs must describe these digests and this program,
and labels this version. Chart, bundle and catalog must refer to the digests of
this release. The provenance must name the requested repository: at least the last
part of its name, which mirrors keep. With --key, all artifacts and documents must
be signed with that key for this repository; attached documents without a
signature are ignored.

Tags are not signed. The tag of a version is checked against the release, but any
other tag may have been moved to an older release signed with the same key. Name a
version or a digest.

Prints a line to stdout for each artifact. Exits with 1 if there are problems.

Examples:
  opc verify-release --key cosign.pub ghcr.io/example/database-operator:v0.2.0
  opc verify-release localhost:5000/database-operator-catalog:v0.2.0
  opc verify-release oci:carry             # every release in a layout
  opc verify-release oci:carry:v0.2.0`,
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{Name: "key", Usage: "require signatures of the public key in `FILE`, or in a variable as env://NAME"},
			&cli.StringFlag{Name: "source", Usage: "require that the artifact was built for `REPOSITORY`, such as ghcr.io/example/database-operator"},
			&cli.StringFlag{Name: "ca-file", Usage: "trust the certificates in `FILE` (PEM), besides the system's"},
		}, findingFlags()),
		Action: func(c *cli.Context) error { return verifyRelease(c, env) },
	}
}

func verifyRelease(c *cli.Context, env Env) error {
	p, err := newReporter(c, env)
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
	in := publish.Verification{Ref: layoutPath(env, ref), Key: key, From: c.String("source")}
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
		if _, err := fmt.Fprintln(p.results, line); err != nil {
			return err
		}
	}
	if len(done) > 0 && !p.quiet && !diags.HasErrors() {
		tellProven(env, done[0], key != nil)
	}
	return p.findings(diags.Place(nil))
}

// tellProven says what a verification without findings shows, and what it does not.
func tellProven(env Env, first publish.Verified, signed bool) {
	if !signed {
		fmt.Fprintln(env.Stderr, "complete and consistent; signatures were not checked: set a public key with --key")
		return
	}
	fmt.Fprintf(env.Stderr, "signed with this key, built for %s as %s; tags are not signed: only the digests above are verified\n", first.Origin, first.Tag)
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
