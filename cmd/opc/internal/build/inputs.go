package build

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/opc-project/opc/emit/sink"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// Input is one description: a file in a folder.
type Input struct {
	Dir  string // absolute
	Name string // relative to Dir
}

// OutputOf is the folder that an input is written to; out is the one of the options, or "".
func OutputOf(in Input, out string) string {
	if out != "" {
		return out
	}
	return filepath.Join(in.Dir, "dist")
}

// Find turns what stands on the command line into descriptions: a file, a folder that holds one, or a folder with
// "/..." for all below it. Nothing means the folder in which opc runs.
func Find(cwd string, args []string) ([]Input, diag.List, error) {
	if len(args) == 0 {
		args = []string{"."}
	}
	var inputs []Input
	var diags diag.List
	for _, arg := range args {
		found, named, err := find(cwd, arg)
		switch {
		case errors.Is(err, errNoInput) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission):
			diags = append(diags, noInput(arg, err))
		case err != nil:
			return nil, diags, err
		}
		for _, in := range found {
			if names := descriptions(in.Dir); !named && len(names) > 1 {
				diags = append(diags, diag.Errorf(diag.TwoDescriptions, "", "%s has two descriptions: %s", Show(cwd, in.Dir), strings.Join(names, " and ")).
					WithHint("keep one of them, or name the one to use"))
				continue
			}
			if !slices.Contains(inputs, in) {
				inputs = append(inputs, in)
			}
		}
	}
	return inputs, diags, nil
}

var errNoInput = errors.New("there is no description in it")

func noInput(arg string, err error) diag.Diagnostic {
	return diag.Errorf(diag.NoInput, "", "%s: %v", filepath.ToSlash(arg), reason(err)).
		WithHint("name a description, or a folder that holds %s", strings.Join(schema.Names, ", "))
}

// find returns the descriptions that one argument means, and whether it names a file.
func find(cwd, arg string) (found []Input, named bool, err error) {
	name, below := strings.CutSuffix(filepath.ToSlash(arg), "/...")
	if arg == "..." {
		name, below = ".", true
	}
	path := filepath.FromSlash(name)
	if !filepath.IsAbs(path) {
		path = filepath.Join(cwd, path)
	}
	if below {
		found, err = findBelow(path)
		return found, false, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, false, err
	}
	if !info.IsDir() {
		return []Input{{filepath.Dir(path), filepath.Base(path)}}, true, nil
	}
	if in, ok := inFolder(path); ok {
		return []Input{in}, false, nil
	}
	return nil, false, errNoInput
}

// descriptions returns the names of the descriptions in a folder.
func descriptions(dir string) []string {
	var names []string
	for _, name := range schema.Names {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && !info.IsDir() {
			names = append(names, name)
		}
	}
	return names
}

func inFolder(dir string) (Input, bool) {
	name, ok := schema.Find(os.DirFS(dir))
	return Input{dir, name}, ok
}

// findBelow walks a folder, but not into hidden folders, what opc or others wrote, and dependencies.
func findBelow(dir string) ([]Input, error) {
	var inputs []Input
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.IsDir() {
			return err
		}
		if path != dir && skipped(path) {
			return fs.SkipDir
		}
		if in, ok := inFolder(path); ok {
			inputs = append(inputs, in)
		}
		return nil
	})
	if err == nil && len(inputs) == 0 {
		err = fmt.Errorf("%w, nor in a folder below", errNoInput)
	}
	return inputs, err
}

func skipped(path string) bool {
	base := filepath.Base(path)
	if strings.HasPrefix(base, ".") || base == "vendor" || base == "node_modules" {
		return true
	}
	_, err := os.Lstat(filepath.Join(path, sink.LockName))
	if err != nil {
		return false
	}
	_, own := inFolder(path)
	return !own // a folder may be its own output folder
}
