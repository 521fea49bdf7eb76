package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/opc-project/opc/publish"
)

func serveCommand(env Env) *cli.Command {
	return &cli.Command{
		Name: "serve", Usage: "run a local registry with the built artifacts", ArgsUsage: "[FOLDER]",
		Description: `Runs a registry and a Helm repository on the loopback interface, with the output of
opc build (FOLDER, default dist), until it is interrupted. It accepts pushes, and
lists pushed charts in the Helm repository. --data keeps all content for the next
run.

The artifacts refer to the repositories of the description. To refer to this
registry, build with --set image.repository=localhost:5000/NAME.

Examples:
  opc serve
  helm install db oci://localhost:5000/charts/database-operator --plain-http
  helm install db database-operator --repo http://localhost:5000/charts
  opc serve --data registry  # keep what is pushed, and versions served before`,
		Flags: slices.Concat([]cli.Flag{
			&cli.IntFlag{Name: "port", Value: 5000, Usage: "listen at `PORT` of 127.0.0.1; 0 for any that is free"},
			&cli.StringFlag{Name: "data", Usage: "keep what is pushed in `FOLDER`, an OCI layout, and serve what it holds; dist may be missing then"},
		}, findingFlags()),
		Action: func(c *cli.Context) error { return serve(c, env) },
	}
}

func serve(c *cli.Context, env Env) error {
	p, err := newPrinter(c, env)
	if err != nil {
		return err
	}
	from, err := builtFolder(c, env)
	if err != nil {
		return err
	}
	port := c.Int("port")
	if port < 0 || port > 65535 {
		return usagef(c, "--port takes a number from 0 to 65535, not %d", port)
	}
	s := publish.Service{From: from, Address: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), Ready: func(at string, done []publish.Published) {
		for _, d := range done {
			fmt.Fprintf(env.Stdout, "%s@%s %s\n", d.Repository, d.Digest, strings.Join(d.Tags, " "))
		}
		fmt.Fprintf(env.Stdout, "http://%s/charts\n", at)
		if !p.quiet {
			fmt.Fprintln(env.Stderr, "serving until interrupted")
		}
	}}
	if c.IsSet("data") {
		s.Data = absolute(env, c.String("data"))
		if _, err := os.Stat(from); c.NArg() == 0 && errors.Is(err, fs.ErrNotExist) {
			s.From = ""
		}
	}
	diags, err := publish.Serve(c.Context, s)
	if err != nil {
		return err
	}
	return p.findings(diags)
}
