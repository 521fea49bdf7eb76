package cli

import (
	"bytes"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/opc-project/opc/emit/all"
	"github.com/opc-project/opc/emit/sink"
	"github.com/opc-project/opc/importer"
	"github.com/opc-project/opc/schema/diag"
)

// outputs are the files and folders that opc compile writes below dist.
func outputs() []string {
	var out []string
	for _, t := range all.Targets {
		out = append(out, t.Outputs...)
	}
	return out
}

// asideName is the folder beside dist that takes what stood in the way there.
const asideName = "dist.before-opc"

// aside is what other tools left in dist where opc writes its own: kubebuilder puts its chart and its install.yaml there.
// opc overwrites nobody's files, and a chart with templates of both would install both, so they are moved.
type aside struct {
	dir   string   // of the project
	names []string // of outputs
}

// findAside finds what stands in the way. A dist that opc wrote has an opc.lock, and is left to opc compile.
func findAside(dir string, r *importer.Result) aside {
	a := aside{dir: dir}
	if _, err := os.Lstat(filepath.Join(dir, "dist", sink.LockName)); err == nil {
		return a
	}
	for _, name := range outputs() {
		if _, err := os.Lstat(filepath.Join(dir, "dist", name)); err != nil {
			continue
		}
		if !bytes.Contains(r.Text, []byte(`dist/`+name)) { // what the description reads stays
			a.names = append(a.names, name)
		}
	}
	return a
}

// taken finds files of the folder that things are moved to: nothing is overwritten there either.
func (a aside) taken(label string) diag.List {
	var out diag.List
	for _, name := range a.names {
		at := path.Join(asideName, name)
		if _, err := os.Lstat(filepath.Join(a.dir, filepath.FromSlash(at))); err == nil {
			out = append(out, diag.Errorf(diag.OutputForeign, "", "can't move dist/%[2]s out of the way of the output: %[1]s already exists", path.Join(filepath.ToSlash(label), at), name).
				WithHint("move or delete one of them"))
		}
	}
	return out
}

// move moves what was found.
func (a aside) move() error {
	for _, name := range a.names {
		if err := os.MkdirAll(filepath.Join(a.dir, asideName), 0o755); err != nil {
			return err
		}
		if err := os.Rename(filepath.Join(a.dir, "dist", name), filepath.Join(a.dir, asideName, name)); err != nil {
			return err
		}
	}
	if len(a.names) > 0 {
		_ = os.Remove(filepath.Join(a.dir, "dist")) // unless more stands in it
	}
	return nil
}

// String says what is moved.
func (a aside) String() string {
	return "dist/" + strings.Join(a.names, ", dist/") + " to " + asideName + ": opc compile writes its own there"
}
