package build

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/opc-project/opc/diff/source"
)

// Path is the description's file.
func (r *Result) Path() string { return filepath.Join(r.Input.Dir, r.Input.Name) }

// Inputs lists the files that the result was made from, by absolute path: the description and what it names. Of Go
// packages with markers only what was made of them is known.
func (r *Result) Inputs() []string {
	if r.reads == nil || r.Document == nil {
		return []string{r.Path()}
	}
	return slices.Compact(r.reads.paths(r.Input.Dir, r.Document.Sources))
}

// Touched reports whether changes in a work tree can change what the input compiles to, or the output that is committed.
// It is true where that is not known: a deleted file may have been one of a pattern or of a CUE package, and any Go file
// may be imported by packages with markers.
func (r *Result) Touched(changes []source.Change) bool {
	if r.Findings.HasErrors() {
		return true
	}
	real, err := filepath.EvalSymlinks(r.Input.Dir)
	if err != nil {
		return true
	}
	inputs := map[string]bool{}
	for _, path := range r.reads.paths(real, r.Document.Sources) {
		inputs[path] = true
		if target, err := filepath.EvalSymlinks(path); err == nil {
			inputs[target] = true
		}
	}
	out := OutputOf(Input{Dir: real}, "")
	return slices.ContainsFunc(changes, func(c source.Change) bool {
		return inputs[c.Path] || c.Gone && within(real, c.Path) || within(out, c.Path) || r.reads.generated() && ofGo(c.Path)
	})
}

// within reports whether a path is below a folder.
func within(dir, path string) bool { return strings.HasPrefix(path, dir+string(filepath.Separator)) }

// ofGo reports whether the Go tool may read a file.
func ofGo(path string) bool {
	base := filepath.Base(path)
	return filepath.Ext(base) == ".go" || base == "go.mod" || base == "go.sum" || base == "go.work"
}
