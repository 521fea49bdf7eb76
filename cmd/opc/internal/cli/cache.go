package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/opc-project/opc"
	"github.com/opc-project/opc/cmd/opc/internal/proofcache"
)

// cacheFlags are for commands that need not verify again what did not change.
func cacheFlags() []cli.Flag {
	return []cli.Flag{boolFlag("no-cache", "verify everything again, also what did not change")}
}

// proofsOf is the cache of verification results; nil for --no-cache.
func proofsOf(c *cli.Context, env Env) opc.Proofs {
	if c.Bool("no-cache") || env.Cache == "" {
		return nil
	}
	return proofcache.Open(proofsDir(env), proofcache.Build(), env.Now)
}

// proofsDir is where the results are kept.
func proofsDir(env Env) string { return filepath.Join(env.Cache, "proofs") }

// catalogsDir is where catalog images are kept.
func catalogsDir(env Env) string { return filepath.Join(env.Cache, "catalogs") }

func cacheCommand(env Env) *cli.Command {
	return &cli.Command{
		Name: "cache", Usage: "print or clean the cache of verification results", ArgsUsage: "[clean]",
		Description: `compile and check keep the results of verification in the user's cache folder, or
in the folder that OPC_CACHE names.
What did not change is not verified again: the description, the files that it
names, the options and opc itself. build, publish and release always verify.
Without an argument, the command prints where the cache is and how large; clean
removes it, and the catalog images that catalog.extends names.

Examples:
  opc cache
  opc cache clean
  opc compile --check --no-cache`,
		Action: func(c *cli.Context) error { return cache(c, env) },
	}
}

func cache(c *cli.Context, env Env) error {
	if c.Args().Len() > 1 || c.Args().Present() && c.Args().First() != "clean" {
		return usagef(c, "expected clean, or nothing, not %q", c.Args().First())
	}
	if env.Cache == "" {
		_, err := fmt.Fprintln(env.Stdout, "no cache: the user has no cache folder")
		return err
	}
	dir := proofsDir(env)
	n, bytes := proofcache.Size(dir)
	word := ""
	if c.Args().Present() {
		word = ", removed"
		if err := errors.Join(os.RemoveAll(dir), os.RemoveAll(catalogsDir(env))); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(env.Stdout, "%s: %s, %d kB%s\n", dir, counted(n, "result"), (bytes+999)/1000, word)
	return err
}
