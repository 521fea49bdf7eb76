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
		Name: "init", Usage: "write the description of a project", ArgsUsage: "[FOLDER]",
		Description: `Writes the description of the project in FOLDER (default: the current folder). It
refers to the files of the project (config/crd/bases, config/rbac/role.yaml,
config/webhook/manifests.yaml, samples and more) and copies none of them. opc
compiles the description in memory and compares the default overlay with the output
of kustomize for config/default: any difference is an error.

A folder that contains only a bundle is imported, as by opc import. If there is no
config/default, the description is written from the files that there are. An empty
folder gets a small operator to start from.

Files of other tools in dist that opc compile would overwrite, such as
kubebuilder's chart and install.yaml, are moved to dist.before-opc.

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
