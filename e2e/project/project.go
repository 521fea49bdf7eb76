// Package project is what the tests on a control plane install: operators, compiled by the opc of this tree, and the
// APIs of their neighbours.
package project

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/opc-project/opc/compiler"
	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/equal"
)

// Root is the repository's root folder, found from the working directory upwards.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "cmd", "opc")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("the working directory is not in the repository")
		}
		dir = filepath.Dir(dir)
	}
}

// Build builds the opc of this tree into a folder, and returns its path.
func Build(ctx context.Context, dir string) (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	opc := filepath.Join(dir, "opc")
	return opc, Command(ctx, root, "go", "build", "-o", opc, "./cmd/opc")
}

// Project is the folder of a description, and the opc that compiles it.
type Project struct {
	Name string // for people
	Dir  string
	OPC  string
}

// Version is what a project compiled to under certain settings.
type Version struct {
	Dist  string          // the folder of the files
	Model *model.Operator // what the description says, by which an install is judged
}

// Compile writes the project's files to the folder out, by the command that people run. Settings are what `opc compile
// --set` takes.
func (p *Project) Compile(ctx context.Context, out string, settings ...string) (*Version, error) {
	args := []string{"compile", "--quiet", "--out", out}
	for _, s := range settings {
		args = append(args, "--set", s)
	}
	if err := Command(ctx, ".", p.OPC, append(args, p.Dir)...); err != nil {
		return nil, err
	}
	m, err := p.Lower(ctx, settings...)
	return &Version{Dist: out, Model: m}, err
}

// Lower is what the description says under settings.
func (p *Project) Lower(ctx context.Context, settings ...string) (*model.Operator, error) {
	files := os.DirFS(p.Dir)
	name, ok := schema.Find(files)
	if !ok {
		return nil, fmt.Errorf("%s holds no description", p.Dir)
	}
	doc, diags := schema.Load(files, name, schema.Options{Set: settings})
	if !diags.HasErrors() {
		m, more := compiler.Lower(ctx, doc, files, compiler.Options{})
		if !more.HasErrors() {
			return m, nil
		}
		diags = more
	}
	for _, d := range diags {
		if d.Severity == diag.Error {
			return nil, fmt.Errorf("%s: %s: %s", p.Dir, d.Path, d.Message)
		}
	}
	return nil, nil
}

// Program builds the project's own program into a folder, and returns its path.
func (p *Project) Program(ctx context.Context, dir string) (string, error) {
	out := filepath.Join(dir, p.Name+"-manager")
	return out, Command(ctx, p.Dir, "go", "build", "-o", out, "./cmd")
}

// Copy copies the project to a folder, without what was compiled of it, for a test that changes it.
func (p *Project) Copy(dir string, without ...string) (*Project, error) {
	err := fs.WalkDir(os.DirFS(p.Dir), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains(append(without, "dist"), name):
			return fs.SkipDir
		case d.IsDir():
			return os.MkdirAll(filepath.Join(dir, name), 0o755)
		}
		data, err := os.ReadFile(filepath.Join(p.Dir, name))
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, name), data, 0o644)
	})
	return &Project{Name: p.Name, Dir: dir, OPC: p.OPC}, err
}

// Command runs a command; its error holds what it printed.
func Command(ctx context.Context, dir, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %v: %w\n%s", name, args, err, out)
	}
	return nil
}

// Release is the name of a Helm release whose objects have the names of a plain install.
func (v *Version) Release() string { return cmp.Or(v.Model.NamePrefix, v.Model.Name) }

// Facts are what Helm alone knows of an install of the version's chart.
func (v *Version) Facts() (equal.Facts, error) {
	text, err := os.ReadFile(filepath.Join(v.Dist, "chart", "Chart.yaml"))
	if err != nil {
		return equal.Facts{}, err
	}
	var chart struct{ Name, Version, AppVersion string }
	label := func(s string) string { return strings.ReplaceAll(s, "+", "_") }
	err = yaml.Unmarshal(text, &chart)
	return equal.Facts{Release: v.Release(), ChartLabel: label(chart.Name + "-" + chart.Version), AppVersion: label(chart.AppVersion)}, err
}

// BreakAPI makes the texts in the status of an API numbers, which breaks those who read them.
func (p *Project) BreakAPI() error {
	files, err := filepath.Glob(filepath.Join(p.Dir, "config/crd/bases/*.yaml"))
	if err != nil || len(files) != 1 {
		return fmt.Errorf("%s: one definition of an API was expected, there are %d", p.Dir, len(files))
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		return err
	}
	var crd model.Tree
	if err := yaml.Unmarshal(text, &crd); err != nil {
		return err
	}
	broken := false
	versions, _ := model.At(crd, "spec", "versions").([]any)
	for _, v := range versions {
		fields, _ := model.At(v.(model.Tree), "schema", "openAPIV3Schema", "properties", "status", "properties").(model.Tree)
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			if model.At(fields, name, "type") == "string" {
				fields[name], broken = model.Tree{"type": "integer"}, true
			}
		}
	}
	if !broken {
		return fmt.Errorf("%s: no status has a text", files[0])
	}
	out, err := yaml.Marshal(crd)
	if err != nil {
		return err
	}
	return os.WriteFile(files[0], out, 0o644)
}
