package lsp

import (
	"context"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing/fstest"

	"github.com/opc-project/opc/internal/escape"
	"github.com/opc-project/opc/internal/regular"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// Compile takes the description name in files, which stand in the folder dir, through the pipeline: all of it, or the
// description alone. Findings name files by absolute paths.
type Compile func(ctx context.Context, dir string, files fs.FS, name string, whole bool) diag.List

// reported is a finding with where the editor shows it.
type reported struct {
	diag.Diagnostic
	shown       diagnostic
	description string // whose finding it is
}

// typed reports what the description itself says is wrong, at once: the rest waits until the file is saved.
func (s *server) typed(path string) {
	if dir, name, ok := describedBy(path); ok && filepath.Join(dir, name) == path {
		s.check(dir, name, false)
	}
}

// verified takes the description that a file belongs to through the whole pipeline.
func (s *server) verified(path string) {
	if dir, name, ok := describedBy(path); ok {
		s.check(dir, name, true)
	}
}

// describedBy finds the description that a file belongs to: itself, or the nearest one above it.
func describedBy(path string) (dir, name string, ok bool) {
	if path == "" {
		return "", "", false
	}
	if base := filepath.Base(path); slices.Contains(schema.Names, base) {
		return filepath.Dir(path), base, true
	}
	for dir = filepath.Dir(path); ; dir = filepath.Dir(dir) {
		if name, ok := schema.Find(os.DirFS(dir)); ok {
			return dir, name, true
		}
		if dir == filepath.Dir(dir) {
			return "", "", false
		}
	}
}

// check compiles a description in the background. A newer check of it ends one that still runs.
func (s *server) check(dir, name string, whole bool) {
	ctx, cancel := context.WithCancel(context.Background())
	description := filepath.Join(dir, name)
	s.mu.Lock()
	if before := s.running[description]; before != nil {
		before()
	}
	s.running[description] = cancel
	files := &overlay{FS: regular.Files(os.DirFS(dir)), open: fstest.MapFS{}}
	for path, d := range s.documents {
		if rel, err := filepath.Rel(dir, path); err == nil && filepath.IsLocal(rel) {
			files.open[filepath.ToSlash(rel)] = &fstest.MapFile{Data: d.text, Mode: 0o644}
		}
	}
	s.mu.Unlock()
	s.work.Go(func() {
		defer cancel()
		found := s.opts.Compile(ctx, dir, files, name, whole)
		s.mu.Lock()
		defer s.mu.Unlock()
		if ctx.Err() == nil {
			s.publish(description, found)
		}
	})
}

// publish shows the findings of a description, and clears those that it had in other files.
func (s *server) publish(description string, found diag.List) {
	files := map[string]bool{description: true}
	byFile := map[string][]reported{}
	for _, d := range found {
		d.Pos = placed(d.Pos, description)
		files[d.Pos.File] = true
		byFile[d.Pos.File] = append(byFile[d.Pos.File], reported{d, s.shownAs(d), description})
	}
	maps.Copy(files, s.shown[description])
	s.shown[description] = map[string]bool{}
	for _, file := range slices.Sorted(maps.Keys(files)) {
		others := slices.DeleteFunc(slices.Clone(s.found[file]), func(r reported) bool { return r.description == description })
		s.found[file] = append(others, byFile[file]...)
		s.shown[description][file] = len(byFile[file]) > 0
		message := publishDiagnostics{URI: uriOf(file), Diagnostics: []diagnostic{}}
		if d := s.documents[file]; d != nil {
			message.Version = &d.version
		}
		for _, r := range s.found[file] {
			message.Diagnostics = append(message.Diagnostics, r.shown)
		}
		s.notify("textDocument/publishDiagnostics", message)
	}
}

// placed gives a finding without a place, or of a file that is no file, the first line of the description.
func placed(pos diag.Pos, description string) diag.Pos {
	if !pos.IsValid() || !filepath.IsAbs(pos.File) {
		return diag.Pos{File: description, Line: 1, Col: 1}
	}
	return pos
}

func (s *server) shownAs(d diag.Diagnostic) diagnostic {
	out := diagnostic{
		Range: rangeAt(s.known(d.Pos.File), d.Pos), Severity: 1, Code: string(d.Code), Source: "opc", Message: escape.Text(d.Message),
		CodeDescription: &codeDescription{d.Code.URL()},
	}
	if d.Severity != diag.Error {
		out.Severity = 2
	}
	if d.Hint != "" {
		out.Message += "\n" + escape.Text(d.Hint)
	}
	for _, r := range d.Related {
		if r.Pos.IsValid() && filepath.IsAbs(r.Pos.File) {
			out.RelatedInformation = append(out.RelatedInformation, related{location{uriOf(r.Pos.File), rangeAt(s.known(r.Pos.File), r.Pos)}, escape.Text(r.Message)})
		}
	}
	return out
}

// known is text for who holds the lock.
func (s *server) known(path string) []byte {
	if d := s.documents[path]; d != nil {
		return d.text
	}
	return onDisk(path)
}

func onDisk(path string) []byte {
	data, err := regular.ReadFile(path)
	if err != nil {
		return nil
	}
	return data
}

// overlay shows texts as the editor has them in place of the files on disk. A file that was never saved can be read, but
// is in no folder yet.
type overlay struct {
	fs.FS
	open fstest.MapFS
}

// Open implements fs.FS.
func (o *overlay) Open(name string) (fs.File, error) {
	if o.open[name] != nil {
		return o.open.Open(name)
	}
	return o.FS.Open(name)
}

// acceptable reports whether a description may accept a finding, and how the entry would name its place.
func acceptable(d diag.Diagnostic) (path string, ok bool) {
	return strings.TrimLeft(string(d.Path), "/@"), d.Waivable()
}
