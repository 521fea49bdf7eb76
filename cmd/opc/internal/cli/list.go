package cli

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"github.com/opc-project/opc/cmd/opc/internal/build"
	diffsource "github.com/opc-project/opc/diff/source"
	"github.com/opc-project/opc/schema/diag"
)

func listCommand(env Env) *cli.Command {
	return &cli.Command{
		Name: "list", Usage: "list descriptions, or split them among machines", ArgsUsage: inputUsage,
		Description: `Prints each description with the operator's name and version, and the digest of
everything that it is made from: what it says, and the files that it names. JSON
also lists these files.

--changed-since lists only the descriptions that a change since a git revision can
affect: a change of the description, of a file that it names or imports, or of its
dist folder, committed or not. If REVISION is on another branch, the changes since
the branches parted count.

--shards splits the list into at most N parts of about the same size, one for each
machine of a CI system: json, a matrix for github, a child pipeline for gitlab,
an array of parameters for tekton, or one line of paths per part as text. See
docs/ci.md for the workflows.

Examples:
  opc list ./...
  opc list ./... --format json
  opc list ./... --changed-since origin/main --paths | xargs opc compile --check
  opc list ./... --shards 4 --format github`,
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{Name: "changed-since", Usage: "only descriptions that changed since the git `REVISION`"},
			&cli.IntFlag{Name: "shards", Usage: "split the list into at most `N` parts"},
			&cli.StringFlag{Name: "format", Value: "text", Usage: "print as `FORMAT`: " + strings.Join(listFormats(), ", ")},
			boolFlag("paths", "print only the paths of the descriptions, one per line, quoted for xargs"),
		}, inputFlags(), findingFlags()),
		Action: func(c *cli.Context) error { return list(c, env) },
	}
}

func listFormats() []string { return slices.Sorted(maps.Keys(matrices)) }

func list(c *cli.Context, env Env) error {
	p, err := newPrinter(c, env)
	if err != nil {
		return err
	}
	format, err := choice(c, "format", listFormats()...)
	if err != nil {
		return err
	}
	switch {
	case c.IsSet("shards") && c.Int("shards") < 1:
		return usagef(c, "--shards takes a number from 1")
	case !c.IsSet("shards") && format != "text" && format != "json":
		return usagef(c, "--format %s prints parts: set their number with --shards", format)
	case c.Bool("paths") && (c.IsSet("shards") || format != "text"):
		return usagef(c, "--paths prints one path per line: --shards and --format don't go with it")
	}
	opts, err := inputOptions(c, env, build.Lower)
	if err != nil {
		return err
	}
	inputs, missing, err := build.Find(env.Dir, c.Args().Slice())
	if err != nil {
		return err
	}
	g := p.newProgress(len(inputs))
	results := build.All(c.Context, inputs, opts, g.start)
	g.end()
	results, err = changedOnly(c, env, results)
	if err != nil {
		return err
	}
	if err := c.Context.Err(); err != nil {
		return err
	}
	if err := printList(c, env, format, results); err != nil {
		return err
	}
	return p.findings(onlyErrors(missing), withErrors(results)...)
}

// changedOnly keeps what --changed-since asks for.
func changedOnly(c *cli.Context, env Env, results []*build.Result) ([]*build.Result, error) {
	revision := c.String("changed-since")
	if revision == "" {
		if c.IsSet("changed-since") {
			return nil, usagef(c, "--changed-since takes a git revision, such as origin/main")
		}
		return results, nil
	}
	changes, err := diffsource.ChangedSince(c.Context, env.Dir, revision)
	if err != nil {
		return nil, usagef(c, "--changed-since %s: %v", revision, err)
	}
	return slices.DeleteFunc(results, func(r *build.Result) bool { return !r.Touched(changes) }), nil
}

func printList(c *cli.Context, env Env, format string, results []*build.Result) error {
	list := []listed{}
	for _, r := range results {
		list = append(list, entryOf(env, r))
	}
	switch {
	case c.IsSet("shards"):
		return matrices[format](env.Stdout, deal(list, c.Int("shards")))
	case format == "json":
		return printTree(env, format, list)
	case c.Bool("paths"):
		for _, l := range list {
			if _, err := fmt.Fprintln(env.Stdout, shard{Descriptions: []string{l.Description}}.words()); err != nil {
				return err
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(env.Stdout, 0, 0, 2, ' ', 0)
	for _, l := range list {
		if l.Digest == "" {
			fmt.Fprintf(w, "%s\thas errors\n", l.Description)
			continue
		}
		fmt.Fprintf(w, "%s\t%s %s\t%s\n", l.Description, l.Name, l.Version, l.Digest)
	}
	return w.Flush()
}

// entryOf is what the list says of a description.
func entryOf(env Env, r *build.Result) listed {
	l := listed{Description: build.Show(env.Dir, r.Path())}
	for _, path := range r.Inputs() {
		l.Inputs = append(l.Inputs, build.Show(env.Dir, path))
		if info, err := os.Stat(path); err == nil {
			l.size += info.Size()
		}
	}
	if r.Operator != nil && !r.Findings.HasErrors() {
		l.Name, l.Version, l.Digest = r.Operator.Name, r.Operator.Version, r.InputDigest()
	}
	return l
}

// withErrors are the results that could not be read whole, with the errors alone: listing judges nothing else.
func withErrors(results []*build.Result) []*build.Result {
	for _, r := range results {
		r.Findings = onlyErrors(r.Findings)
	}
	return results
}

func onlyErrors(found diag.List) diag.List {
	return slices.DeleteFunc(slices.Clone(found), func(d diag.Diagnostic) bool { return d.Severity != diag.Error })
}
