package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/opc-project/opc/cmd/opc/internal/build"
	"github.com/opc-project/opc/cmd/opc/internal/cases"
	"github.com/opc-project/opc/emit/sink"
)

func testCommand(env Env) *cli.Command {
	return &cli.Command{
		Name: "test", Usage: "compare the output of test cases with golden files", ArgsUsage: "[FOLDER]",
		Description: `Tests a description with cases: folders in FOLDER (default cases). A case has its
own description, or a file named set, whose lines PATH=VALUE change the description
next to FOLDER. Its golden files are in want/. Differences are printed as a patch.
--update writes the golden files, if the output is valid.

Examples:
  opc test
  opc test operators/db/cases --only helm,olm
  opc test --update`,
		Flags: slices.Concat([]cli.Flag{
			boolFlag("update", "write the golden files"), targetFlag(),
		}, inputFlags(), findingFlags()),
		Action: func(c *cli.Context) error { return testCases(c, env) },
	}
}

func testCases(c *cli.Context, env Env) error {
	p, err := newReporter(c, env)
	if err != nil {
		return err
	}
	opts, err := inputOptions(c, env, build.Emit)
	if err != nil {
		return err
	}
	opts.Unverified = !c.Bool("update") // nothing is recorded that would not install
	folder := "cases"
	if c.Args().Present() {
		if folder, err = oneArg(c, "FOLDER"); err != nil {
			return err
		}
	}
	list, err := cases.Find(absolute(env, folder))
	if errors.Is(err, fs.ErrNotExist) {
		return usagef(c, "there is no folder %s with cases", folder)
	}
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return usagef(c, "%s holds no cases: folders with a description, or a file called set", folder)
	}
	var inputs []build.Input
	for _, one := range list {
		inputs = append(inputs, one.Input)
	}
	if err := checkOnly(c, opts, inputs); err != nil {
		return err
	}
	return p.runCases(c, list, opts, "opc test --update")
}

// runCases compiles cases, and compares each with its golden files, or writes them. update is the command that does.
func (p *printer) runCases(c *cli.Context, list []cases.Case, opts build.Options, update string) error {
	failed := false
	var results []*build.Result
	for _, one := range list {
		result := cases.Run(c.Context, one, opts)
		results = append(results, result.Result)
		passes, err := p.tested(one, result, c.Bool("update"), update)
		if err != nil {
			return err
		}
		failed = failed || !passes
	}
	if !p.text { // one document for all cases
		if err := p.findings(nil, results...); err != nil {
			return err
		}
	}
	if failed {
		return errFindings
	}
	return nil
}

// tested prints what came of one case, and records it if that is wanted and right.
func (p *printer) tested(one cases.Case, r *cases.Result, update bool, command string) (passes bool, err error) {
	err = r.Err
	if p.text {
		err = p.findings(nil, r.Result)
	}
	if err != nil && !errors.Is(err, errFindings) {
		return false, err
	}
	word := "ok"
	switch {
	case r.Plan == nil:
		word = "FAIL"
	case !r.Plan.UpToDate() && update:
		if err := r.Record(); err != nil {
			return false, err
		}
		word = "recorded"
	case !r.Plan.UpToDate() && !r.Recorded():
		word = "FAIL"
		fmt.Fprintf(p.env.Stderr, "opc test: no golden files for %s yet: run %s to create them\n", one.Name, command)
	case !r.Plan.UpToDate():
		word = "FAIL"
		if _, err := p.results.Write(r.Plan.Diff(sink.Create, sink.Change, sink.Delete)); err != nil {
			return false, err
		}
	}
	if !p.quiet || word == "FAIL" {
		fmt.Fprintf(p.results, "%s\t%s\n", word, one.Name)
	}
	return word != "FAIL", nil
}
