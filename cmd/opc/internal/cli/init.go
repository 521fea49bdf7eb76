package cli

import (
	"os"
	"path/filepath"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/opc-project/opc/importer"
	"github.com/opc-project/opc/internal/regular"
	"github.com/opc-project/opc/schema/diag"
)

func initCommand(env Env) *cli.Command {
	return &cli.Command{
		Name: "init", Usage: "write the description of the project in a folder", ArgsUsage: "[FOLDER]",
		Description: `Looks at the project in FOLDER (default: here) and writes its description. What the
project's files say already (config/crd/bases, config/rbac/role.yaml,
config/webhook/manifests.yaml, samples and more) is read where it stands: nothing
is copied. The description is compiled in memory, and the default overlay compared
with what kustomize builds from config/default: any difference is an error.

A folder that holds just a bundle is imported, as by opc import. Of a project
without config/default, what its files tell is said. An empty folder gets a small
operator to start from.

What other tools left in dist where opc compile writes its own, such as
kubebuilder's chart and install.yaml, is moved to dist.before-opc.

Examples:
  opc init
  opc init operators/db
  opc init --diff                    # what would change in ./operator.cue?`,
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{Name: "format", Value: "cue", Usage: "write the description as `FORMAT`: cue or yaml"},
			boolFlag("no-verify", "do not prove that the description gives back what the project installs"),
			boolFlag("diff", "write nothing, and print what would change as a patch"),
		}, findingFlags()),
		Action: func(c *cli.Context) error { return initialise(c, env) },
	}
}

func initialise(c *cli.Context, env Env) error {
	p, err := newPrinter(c, env)
	if err != nil {
		return err
	}
	format, err := choice(c, "format", "cue", "yaml")
	if err != nil {
		return err
	}
	folder := "."
	if c.NArg() > 0 {
		if folder, err = oneArg(c, "FOLDER"); err != nil {
			return err
		}
	}
	dir := absolute(env, folder)
	root, err := os.OpenRoot(dir)
	if err != nil {
		return p.findings(diag.List{diag.Errorf(diag.ImportSource, "", "can't read %s: %v", folder, cause(err))})
	}
	defer root.Close()
	result, found := importer.Init(regular.Files(root.FS()), filepath.Base(dir), importer.Options{Format: format, Verify: !c.Bool("no-verify")})
	src := source{label: filepath.ToSlash(folder)}
	return p.described(c.Context, result, src.place(found), destination{source: src.label, label: folder, dir: dir, diff: c.Bool("diff"), unproven: c.Bool("no-verify"), own: true})
}
