package cli

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/opc-project/opc/cmd/opc/internal/build"
	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/target"
)

func modelCommand(env Env) *cli.Command {
	return &cli.Command{
		Name: "model", Usage: "print the intermediate model of a description", ArgsUsage: "[DESCRIPTION | FOLDER]",
		Description: `Prints the intermediate model: the operator with all defaults, before a target
writes it. Values that differ between installers are in double brackets, such as
⟦namespace⟧.

--targets prints the model as your own targets see it: plain data, documented and
versioned. --schema prints its documentation, a definition in CUE.

Examples:
  opc model
  opc model operators/db --format json
  opc model --targets
  opc model --schema`,
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{Name: "format", Value: "yaml", Usage: "print as `FORMAT`: json or yaml"},
			boolFlag("targets", "print the model that your own targets see"),
			boolFlag("schema", "print the definition of the model that your own targets see"),
		}, inputFlags(), findingFlags()),
		Action: func(c *cli.Context) error { return printModel(c, env) },
	}
}

func printModel(c *cli.Context, env Env) error {
	if c.Bool("schema") {
		if err := noArgs(c); err != nil {
			return err
		}
		_, err := env.Stdout.Write(target.Schema)
		return err
	}
	p, err := newPrinter(c, env)
	if err != nil {
		return err
	}
	format, err := choice(c, "format", "json", "yaml")
	if err != nil {
		return err
	}
	opts, err := inputOptions(c, env, build.Lower)
	if err != nil {
		return err
	}
	in, missing, err := oneInput(c, env)
	switch {
	case err != nil:
		return err
	case len(missing) > 0:
		return p.findings(missing)
	}
	result := build.Run(c.Context, in, opts)
	if err := p.findings(nil, result); err != nil {
		return err
	}
	if c.Bool("targets") {
		return printTree(env, format, target.NewView(result.Operator).Tree)
	}
	tree, err := readable(result.Operator)
	if err != nil {
		return err
	}
	return printTree(env, format, tree)
}

// printTree prints a tree of JSON values.
func printTree(env Env, format string, tree any) error {
	if format == "yaml" {
		_, err := env.Stdout.Write(emit.PlainYAML(tree, ""))
		return err
	}
	e := json.NewEncoder(env.Stdout)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(tree)
}

// readable turns the model into a tree of JSON values whose expressions people can read.
func readable(op *model.Operator) (any, error) {
	data, err := json.Marshal(op)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var tree any
	if err := d.Decode(&tree); err != nil {
		return nil, err
	}
	return readableTree(tree), nil
}

func readableTree(v any) any {
	switch t := v.(type) {
	case string:
		return model.Readable(t)
	case json.Number:
		if i, err := t.Int64(); err == nil {
			return i
		}
		f, _ := t.Float64()
		return f
	case []any:
		for i, e := range t {
			t[i] = readableTree(e)
		}
	case map[string]any:
		out := make(map[string]any, len(t))
		for k, e := range t {
			out[model.Readable(k)] = readableTree(e)
		}
		return out
	}
	return v
}
