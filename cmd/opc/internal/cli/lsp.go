package cli

import (
	"context"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/opc-project/opc"
	"github.com/opc-project/opc/cmd/opc/internal/build"
	"github.com/opc-project/opc/cmd/opc/internal/lsp"
	"github.com/opc-project/opc/cmd/opc/internal/proofcache"
	"github.com/opc-project/opc/compiler/gomarkers"
	"github.com/opc-project/opc/schema/diag"
)

func lspCommand(env Env) *cli.Command {
	return &cli.Command{
		Name: "lsp", Usage: "run the language server for editors",
		Description: `Speaks the Language Server Protocol on standard input and output. Editors start
it: docs/editors.md has the settings for VS Code, Neovim and Helix.

Errors of the description are shown while you type; when you save, the output is
verified as by opc check. The server explains and completes fields, opens the
files that the description names, and offers corrections.

Examples:
  opc lsp`,
		Flags: []cli.Flag{
			boolFlag("stdio", "speak on standard input and output, as it always does; editors pass it"),
		},
		Action: func(c *cli.Context) error {
			if err := noArgs(c); err != nil {
				return err
			}
			clean, err := lsp.Serve(c.Context, env.Stdin, env.Stdout, lsp.Options{Version: strings.TrimPrefix(version(), "opc "), Compile: compileForEditor(env)})
			if err == nil && !clean && c.Context.Err() == nil {
				return errFindings // the protocol wants exit code 1 where exit comes without shutdown
			}
			return err
		},
	}
}

// compileForEditor compiles what the editor has: the description alone while people type, and everything, verified, when
// they save.
func compileForEditor(env Env) lsp.Compile {
	return func(ctx context.Context, dir string, files fs.FS, name string, whole bool) diag.List {
		opts := opc.Options{
			Generator: &gomarkers.Generator{Dir: dir}, Scratch: build.Scratch, Catalogs: catalogImagesOf(env), Today: env.Now().Format(time.DateOnly),
			Show: func(file string) string { return filepath.Join(dir, filepath.FromSlash(file)) },
		}
		if !whole {
			opts.Last = opc.Loaded
		}
		if env.Cache != "" {
			opts.Proofs = proofcache.Open(proofsDir(env), proofcache.Build(), env.Now)
		}
		r, err := opc.Compile(ctx, files, name, opts)
		if err != nil {
			return nil
		}
		return r.Findings
	}
}
