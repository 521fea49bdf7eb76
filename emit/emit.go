// Package emit defines what a target is: a pure function from the model to files in memory. It holds the file set that
// targets return and the one YAML encoder. Targets stand in folders below; emit/all lists them.
package emit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing/fstest"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema/diag"
)

// Target is one output format. Emit is pure: it sees no clock, environment, disk or network.
type Target struct {
	Name string // as --only takes it
	Doc  string // one sentence
	Emit func(*model.Operator) (*FileSet, diag.List)
	// Outputs are the files and folders that it writes, by their names in the output folder.
	Outputs []string
	// Whole are folders of which its installer takes every file, also one that opc did not write.
	Whole []string
	// Lost says why the target can't carry an object that an install in a namespace leaves, as the warning that Emit gives
	// of it; ok is false for one that it can. Where Lost is nil, the target carries every object.
	Lost func(m *model.Operator, o model.Object, namespace string) (loss diag.Diagnostic, ok bool)
}

// Writes reports whether a file belongs to the target.
func (t *Target) Writes(name string) bool {
	return slices.ContainsFunc(t.Outputs, func(o string) bool { return name == o || strings.HasPrefix(name, o+"/") })
}

// Named returns the target of a name; nil where there is none.
func Named(targets []*Target, name string) *Target {
	for _, t := range targets {
		if t.Name == name {
			return t
		}
	}
	return nil
}

// Origin says which part of the description a part of a file was made from. Pointer is a JSON pointer (RFC 6901) into
// the file's object; "" stands for the whole file, and every file has one such origin. In a file of several YAML
// documents the first element is the document's number, from 0: "/2/spec" is the spec of the third.
type Origin struct {
	Pointer string
	Path    diag.Path
	Whole   bool // what stands below Pointer was said below Path, under the same names
}

// File is one emitted file.
type File struct {
	Data    []byte
	Origins []Origin
}

// FileSet is a set of files in memory, named by slash-separated paths relative to the output folder.
type FileSet struct {
	files  map[string]File
	folded map[string]string // by fold
}

// Add puts a file into the set. It refuses absolute paths, "..", a name used before, also with other capitals, and a
// file without an origin.
func (s *FileSet) Add(name string, data []byte, origins ...Origin) error {
	if !fs.ValidPath(name) || name == "." {
		return fmt.Errorf("%q is not a path below the output folder", name)
	}
	if other, ok := s.folded[fold(name)]; ok {
		return fmt.Errorf("%s and %s have the same name", other, name)
	}
	if !slices.ContainsFunc(origins, func(o Origin) bool { return o.Pointer == "" }) {
		return fmt.Errorf("%s has no origin", name)
	}
	s.put(name, File{Data: data, Origins: origins})
	return nil
}

func (s *FileSet) put(name string, f File) {
	if s.files == nil {
		s.files, s.folded = map[string]File{}, map[string]string{}
	}
	s.files[name], s.folded[fold(name)] = f, name
}

// fold is a name as file systems see it that don't tell capitals apart.
func fold(name string) string { return strings.ToLower(strings.ToUpper(name)) }

// Merge adds all files of another set.
func (s *FileSet) Merge(other *FileSet) error {
	for _, name := range other.Names() {
		f := other.files[name]
		if err := s.Add(name, f.Data, f.Origins...); err != nil {
			return err
		}
	}
	return nil
}

// Names lists the files in order.
func (s *FileSet) Names() []string { return slices.Sorted(maps.Keys(s.files)) }

// Len is the number of files.
func (s *FileSet) Len() int { return len(s.files) }

// File returns one file.
func (s *FileSet) File(name string) (File, bool) { f, ok := s.files[name]; return f, ok }

// Sub returns the files below a folder, with their names relative to it.
func (s *FileSet) Sub(dir string) *FileSet {
	out := &FileSet{}
	for name, f := range s.files {
		if rest, ok := strings.CutPrefix(name, dir+"/"); ok {
			out.put(rest, f)
		}
	}
	return out
}

// Trace maps a place in a file to where it was said: the origin with the longest pointer that is the place or stands
// above it.
func (s *FileSet) Trace(name, pointer string) diag.Path {
	best, length := diag.Path(""), -1
	for _, o := range s.files[name].Origins {
		if len(o.Pointer) > length && model.Within(pointer, o.Pointer) {
			best, length = o.Path, len(o.Pointer)
			if o.Whole {
				best = best.Join(pointer[length:])
			}
		}
	}
	return best
}

// FS shows the set as a file system, for libraries that read one.
func (s *FileSet) FS() fs.FS {
	m := fstest.MapFS{}
	for name, f := range s.files {
		m[name] = &fstest.MapFile{Data: f.Data, Mode: 0o644}
	}
	return m
}

// Digest is the SHA-256 of all names and contents, in hexadecimal.
func (s *FileSet) Digest() string {
	h := sha256.New()
	for _, name := range s.Names() {
		fmt.Fprintf(h, "%s\x00%d\x00", name, len(s.files[name].Data))
		_, _ = io.Copy(h, bytes.NewReader(s.files[name].Data))
	}
	return hex.EncodeToString(h.Sum(nil))
}
