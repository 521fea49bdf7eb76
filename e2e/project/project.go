// Package project is what the tests on a control plane start from: the example operator, compiled by the opc of this
// tree, and the APIs of its neighbours.
package project

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
)

// The example's own names.
const (
	Name      = "database-operator"
	Namespace = "database-operator-system"
	CRD       = "databases.db.opc.example.com"
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

// Compiler is the opc of this tree.
type Compiler struct {
	Example string // folder of the example's description
	path    string
}

// Build builds opc into a folder.
func Build(ctx context.Context, dir string) (*Compiler, error) {
	root, err := Root()
	if err != nil {
		return nil, err
	}
	c := &Compiler{Example: filepath.Join(root, "examples", Name), path: filepath.Join(dir, "opc")}
	return c, Command(ctx, root, "go", "build", "-o", c.path, "./cmd/opc")
}

// Compile writes the example's files to the folder out. Flags are those of `opc compile`.
func (c *Compiler) Compile(ctx context.Context, out string, flags ...string) error {
	args := append([]string{"compile", "--quiet", "--out", out}, flags...)
	return Command(ctx, ".", c.path, append(args, c.Example)...)
}

// Copy copies the example, without what was compiled of it, for a test that changes it.
func (c *Compiler) Copy(dir string) error {
	return fs.WalkDir(os.DirFS(c.Example), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name == "dist":
			return fs.SkipDir
		case d.IsDir():
			return os.MkdirAll(filepath.Join(dir, name), 0o755)
		}
		data, err := os.ReadFile(filepath.Join(c.Example, name))
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, name), data, 0o644)
	})
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
