package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"github.com/opc-project/opc/compiler/importer"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

func importCommand(env Env) *cli.Command {
	return &cli.Command{
		Name: "import", Usage: "write the description of an operator that is shipped already", ArgsUsage: "SOURCE",
		Description: `Reads what ships an operator today and writes the description that a person would
have written of it, with the files that it names. SOURCE is the folder of an OLM
bundle. What can't be carried over is reported with its place. In the end the
description is compiled in memory and compared with the source by meaning: any
difference is an error, and nothing is written. What it compiles to is proven as
opc compile does; faults that the source has already are told, and accepted in
the description, so that it compiles.

Examples:
  opc import bundle
  opc import --out operators/db ../db-operator/bundle
  opc import --format yaml bundle`,
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{Name: "out", Aliases: []string{"o"}, Value: ".", Usage: "write to `FOLDER`"},
			&cli.StringFlag{Name: "format", Value: "cue", Usage: "write the description as `FORMAT`: cue or yaml"},
			boolFlag("no-verify", "do not prove that the description gives back the source, nor what it compiles to"),
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
	root, err := os.OpenRoot(absolute(env, source))
	if err != nil {
		return p.findings(diag.List{diag.Errorf(diag.ImportSource, "", "can't read %s: %v", source, cause(err)).
			WithHint("name the folder of an OLM bundle")})
	}
	defer root.Close()
	result, found := importer.Bundle(root.FS(), importer.Options{Format: format, Verify: !c.Bool("no-verify")})
	for i := range found {
		if pos := &found[i].Pos; pos.IsValid() {
			pos.File = path.Join(filepath.ToSlash(source), pos.File)
		}
	}
	if result != nil {
		found = append(found, unequal(result)...)
	}
	if result != nil && !found.HasErrors() && !c.Bool("no-verify") {
		faults, err := proven(result, c.String("out"))
		if err != nil {
			return err
		}
		found = append(found, faults...)
	}
	out := destination{label: c.String("out"), dir: absolute(env, c.String("out")), force: c.Bool("force")}
	if !found.HasErrors() {
		in, err := out.inTheWay(result)
		if err != nil {
			return err
		}
		found = append(found, in...)
	}
	if err := p.findings(found.Place(nil)); err != nil {
		return err
	}
	if err := out.write(result); err != nil {
		return err
	}
	if p.quiet {
		return nil
	}
	return imported(env, result, out.label)
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

// imported prints what was found and written, and what to run next.
func imported(env Env, r *importer.Result, label string) error {
	t := tabwriter.NewWriter(env.Stdout, 0, 0, 2, ' ', 0)
	for _, f := range r.Found {
		fmt.Fprintf(t, "%s\t%s\n", f.What, f.Value)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	dir := filepath.ToSlash(filepath.Clean(label))
	command := "opc compile " + dir
	if dir == "." {
		command = "opc compile"
	}
	_, err := fmt.Fprintf(env.Stdout, "%s written, and %d files that it names\nnow run: %s\n", path.Join(dir, r.Name), len(r.Files), command)
	return err
}

// cause leaves out of an error the path, which the message says.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// destination is the folder that an import writes to.
type destination struct {
	label, dir string
	force      bool
}

// inTheWay finds files that an import would overwrite, or that its description would take for its own.
func (d destination) inTheWay(r *importer.Result) (diag.List, error) {
	if d.force {
		return nil, nil
	}
	root, err := os.OpenRoot(d.dir)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("can't write to %s: %w", d.label, cause(err))
	}
	defer root.Close()
	var out diag.List
	add := func(name string) {
		out = append(out, diag.Errorf(diag.OutputForeign, "", "%s stands in the way", path.Join(filepath.ToSlash(d.label), name)).
			WithHint("import into another folder, or use --force"))
	}
	for _, name := range schema.Names {
		if _, err := root.Lstat(name); err == nil {
			add(name)
		}
	}
	for dir := range folders(r) {
		err := fs.WalkDir(root.FS(), dir, func(name string, e fs.DirEntry, err error) error {
			if err == nil && !e.IsDir() {
				add(name)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out.Place(nil), nil
}

// folders are those that the description's files stand in.
func folders(r *importer.Result) map[string]bool {
	out := map[string]bool{}
	for name := range r.Files {
		dir, _, _ := strings.Cut(name, "/")
		out[dir] = true
	}
	return out
}

// write writes the description last, so that an interrupted import leaves none. No link leads out of the folder.
func (d destination) write(r *importer.Result) error {
	if err := os.MkdirAll(d.dir, 0o755); err != nil {
		return fmt.Errorf("can't write to %s: %w", d.label, cause(err))
	}
	root, err := os.OpenRoot(d.dir)
	if err != nil {
		return fmt.Errorf("can't write to %s: %w", d.label, cause(err))
	}
	defer root.Close()
	put := func(name string, data []byte) error {
		if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
			return fmt.Errorf("can't write %s: %w", name, cause(err))
		}
		if err := root.WriteFile(name, data, 0o644); err != nil {
			return fmt.Errorf("can't write %s: %w", name, cause(err))
		}
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(r.Files)) {
		if err := put(name, r.Files[name]); err != nil {
			return err
		}
	}
	return put(r.Name, r.Text)
}
