package cli

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/opc-project/opc/cmd/opc/internal/build"
	"github.com/opc-project/opc/internal/regular"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/submit"
	"github.com/opc-project/opc/verify"
)

func submitCommand(env Env) *cli.Command {
	return &cli.Command{
		Name: "submit", Usage: "write a version into a checkout of a catalog of operators", ArgsUsage: "CHECKOUT [DESCRIPTION | FOLDER]",
		Description: `Writes the OLM bundle into a checkout of a repository such as community-operators,
as operators/NAME/VERSION, with ci.yaml, and release-config.yaml for operators with
a file-based catalog. First it runs the static checks of the repository's
pipeline; with an error, nothing is written. opc adds to ci.yaml, and removes
neither fields nor comments. Then it prints the commands for the branch, the commit
and the pull request. It runs none of them, and pushes nothing.

Examples:
  opc submit ../community-operators
  opc submit ../community-operators operators/db --reviewer jo
  opc submit ../community-operators-prod --catalogs v4.18,v4.19
  opc submit ../community-operators --set image.digest=sha256:… --dry-run`,
		Flags: slices.Concat([]cli.Flag{
			&cli.StringSliceFlag{Name: "reviewer", Usage: "add `NAME` on GitHub to the reviewers in ci.yaml; may be repeated"},
			&cli.StringFlag{Name: "catalogs", Usage: "use a file-based catalog for a new operator, in these `CATALOGS`, such as v4.18,v4.19"},
			&cli.StringFlag{Name: "cert-project", Usage: "set `ID` as cert_project_id in ci.yaml, for certified operators"},
			boolFlag("dry-run", "write nothing, and print what would be written"),
			boolFlag("force", "replace the version if it is in the checkout with other content"),
		}, inputFlags(), findingFlags()),
		Action: func(c *cli.Context) error { return submitTo(c, env) },
	}
}

func submitTo(c *cli.Context, env Env) error {
	p, err := newReporter(c, env)
	if err != nil {
		return err
	}
	if !c.Args().Present() {
		return usagef(c, "CHECKOUT is missing")
	}
	opts, err := inputOptions(c, env, build.Emit)
	if err != nil {
		return err
	}
	opts.Catalogs, opts.Profiles = freshCatalogs(), []verify.Profile{verify.Community}
	in, missing, err := inputNamed(c, env, c.Args().Tail())
	switch {
	case err != nil:
		return err
	case len(missing) > 0:
		return p.findings(missing)
	}
	dir := absolute(env, c.Args().First())
	root, err := os.OpenRoot(dir)
	if err != nil {
		d := diag.Errorf(diag.Checkout, "", "can't open the checkout %s", build.Show(env.Dir, dir))
		return p.findings(diag.List{d.WithHint("clone your fork of the repository, and name its folder")})
	}
	defer root.Close()
	r := build.Run(c.Context, in, opts)
	if r.Err != nil || r.Findings.HasErrors() {
		return p.findings(nil, r)
	}
	planned, diags := submit.Plan(regular.Files(root.FS()), r.Output, submit.Options{
		Reviewers: c.StringSlice("reviewer"), Catalogs: words(c.String("catalogs")), CertProject: c.String("cert-project"),
		Force: c.Bool("force"), Label: build.Show(env.Dir, dir),
	})
	report(r, diags)
	if !r.Findings.HasErrors() && c.Context.Err() == nil {
		if !c.Bool("dry-run") {
			if err := putSubmission(root, planned); err != nil {
				return err
			}
		}
		if !p.quiet {
			if _, err := p.results.Write(submitted(planned, build.Show(env.Dir, dir), c.Bool("dry-run"))); err != nil {
				return err
			}
		}
	}
	return p.findings(nil, r)
}

// report adds findings: those about the checkout have a position already, which is not in the description's folder.
func report(r *build.Result, diags diag.List) {
	var own, others diag.List
	for _, d := range diags {
		if d.Pos.File != "" {
			others = append(others, d)
		} else {
			own = append(own, d)
		}
	}
	r.Found(own)
	r.Findings = append(r.Findings, others...).Place(nil)
}

// words splits a list at its commas.
func words(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}

// putSubmission writes a submission. ci.yaml comes last: a run that is stopped before leaves the operator as it was, but for a
// folder of the version that the next run completes.
func putSubmission(root *os.Root, s *submit.Submission) error {
	names := s.Names()
	slices.SortStableFunc(names, func(a, b string) int {
		return strings.Compare(fmt.Sprint(path.Base(a) == "ci.yaml"), fmt.Sprint(path.Base(b) == "ci.yaml"))
	})
	for _, name := range names {
		if err := putFile(root, filepath.FromSlash(name), s.Files[name]); err != nil {
			return err
		}
	}
	for _, name := range s.Delete {
		if err := root.Remove(filepath.FromSlash(name)); err != nil {
			return err
		}
	}
	return nil
}

// putFile writes a file whole or not at all. A link in its place is replaced, not followed.
func putFile(root *os.Root, name string, data []byte) error {
	if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	staged := name + ".opc-new"
	if err := root.WriteFile(staged, data, fs.FileMode(0o644)); err != nil {
		return err
	}
	return root.Rename(staged, name)
}

// submitted says what was written and what to do next.
func submitted(s *submit.Submission, checkout string, dry bool) []byte {
	var b bytes.Buffer
	word := "written"
	if dry {
		word = "would be written"
	}
	if len(s.Files)+len(s.Delete) == 0 {
		fmt.Fprintf(&b, "%s is up to date\n", path.Join(checkout, s.Folder))
	}
	for _, name := range s.Names() {
		fmt.Fprintf(&b, "%s %s\n", path.Join(checkout, name), word)
	}
	for _, name := range s.Delete {
		fmt.Fprintf(&b, "%s %s\n", path.Join(checkout, name), strings.Replace(word, "written", "deleted", 1))
	}
	git := "git -C " + shellWord(checkout)
	fmt.Fprintf(&b, "\nTo submit, run:\n  %s switch -c %s\n  %s add operators/%s\n  %s commit --signoff -m '%s'\n  %s push -u origin %s\n",
		git, s.Branch, git, s.Operator, git, s.Title, git, s.Branch)
	fmt.Fprintf(&b, "and open a pull request with the title:\n  %s\n", s.Title)
	return b.Bytes()
}
