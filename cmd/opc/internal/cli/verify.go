package cli

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing/fstest"

	"github.com/urfave/cli/v2"

	"github.com/opc-project/opc/cmd/opc/internal/build"
	"github.com/opc-project/opc/internal/regular"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify"
	"github.com/opc-project/opc/verify/chart"
	"github.com/opc-project/opc/verify/chart/sandbox"
)

func verifyCommand(env Env) *cli.Command {
	return &cli.Command{
		Name: "verify", Usage: "validate charts, overlays, bundles, catalogs and manifests from any tool", ArgsUsage: "[FOLDER | FILE]...",
		Description: `Finds artifacts in folders and validates them with the libraries of Helm,
kustomize, OLM, operator-registry and Kubernetes. Nothing is downloaded or written.
Findings point to the lines of the files.

Examples:
  opc verify dist
  opc verify bundle --profile community --strict
  opc verify deploy/chart --error-format github
  opc verify shop-1.2.3.tgz`,
		Flags:  slices.Concat(verifyFlags(), findingFlags()),
		Action: func(c *cli.Context) error { return verifyTrees(c, env) },
	}
}

func verifyTrees(c *cli.Context, env Env) error {
	p, err := newReporter(c, env)
	if err != nil {
		return err
	}
	profiles, err := profilesOf(c)
	if err != nil {
		return err
	}
	args := c.Args().Slice()
	if len(args) == 0 {
		args = []string{"."}
	}
	var all diag.List
	for _, arg := range args {
		path := absolute(env, arg)
		files, dir, end, err := treeOf(path)
		if err != nil {
			all = append(all, diag.Errorf(diag.ImportSource, "", "can't read %s: %v", build.Show(env.Dir, path), cause(err)))
			continue
		}
		defer end()
		found, list, err := verify.Tree(c.Context, files, verify.Options{Profiles: profiles, Scratch: build.Scratch, Engine: engine(c.Context, env)})
		if err != nil {
			return err
		}
		for i := range list {
			list[i].Pos.File = build.Show(env.Dir, filepath.Join(dir, filepath.FromSlash(list[i].Pos.File)))
		}
		shown := build.Show(env.Dir, path)
		if found.Len() == 0 {
			list = append(list, diag.Errorf(diag.NoInput, "", "nothing to judge in %s: expected a chart, a kustomization, a bundle, a catalog or manifests", shown))
		}
		all = append(all, list...)
		if !p.quiet && found.Len() > 0 {
			if err := judgedLine(p.results, shown, found); err != nil {
				return err
			}
		}
	}
	return p.findings(all.Place(nil))
}

// engine renders charts in a process of its own, since nobody vouches for them.
func engine(ctx context.Context, env Env) func(map[string][]byte) (chart.Engine, func(), error) {
	if len(env.Renderer) == 0 {
		return nil
	}
	return func(files map[string][]byte) (chart.Engine, func(), error) {
		c, err := sandbox.Start(ctx, env.Renderer, files, sandbox.Standard)
		if err != nil {
			return nil, nil, err
		}
		return c, c.Close, nil
	}
}

// treeOf shows a folder, a packaged chart or one file as a tree; dir is where its names begin. Links of a folder may lead
// to what else its project holds, and no further.
func treeOf(path string) (files fs.FS, dir string, end func(), err error) {
	end = func() {}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, "", end, err
	case info.IsDir():
		files, root, err := projectFolder(path)
		if err != nil {
			return nil, "", end, err
		}
		return files, path, func() { root.Close() }, nil
	case isPackage(path):
		files, err := unpack(path)
		return files, path, end, err
	}
	data, err := regular.ReadFile(path)
	return fstest.MapFS{filepath.Base(path): {Data: data, Mode: 0o644}}, filepath.Dir(path), end, err
}

// judgedLine says what was judged.
func judgedLine(w io.Writer, path string, found verify.Found) error {
	var parts []string
	for _, kind := range []struct {
		one, many string
		count     int
	}{
		{"chart", "charts", len(found.Charts)}, {"kustomization", "kustomizations", len(found.Overlays)}, {"bundle", "bundles", len(found.Bundles)},
		{"catalog", "catalogs", len(found.Catalogs)}, {"set of manifests", "sets of manifests", len(found.Manifests)},
	} {
		switch kind.count {
		case 0:
		case 1:
			parts = append(parts, "1 "+kind.one)
		default:
			parts = append(parts, fmt.Sprintf("%d %s", kind.count, kind.many))
		}
	}
	_, err := fmt.Fprintf(w, "%s: judged %s\n", path, strings.Join(parts, ", "))
	return err
}
