package source

import (
	"bytes"
	"context"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing/fstest"

	"github.com/opc-project/opc/compiler"
	"github.com/opc-project/opc/importer"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// bundleIn finds a bundle in a folder: the folder itself, or bundle/ in what opc compile wrote.
func bundleIn(files fs.FS) (string, bool) {
	for _, folder := range []string{".", "bundle", "dist/bundle"} {
		if stat, err := fs.Stat(files, path.Join(folder, "manifests")); err == nil && stat.IsDir() {
			return folder, true
		}
	}
	return "", false
}

// imported reads a bundle as the description that a person would have written of it. label stands in front of the
// names of its files.
func imported(ctx context.Context, name string, files fs.FS, label string) *Side {
	s := &Side{Name: name, Bundle: true, bundle: files}
	result, findings := importer.Bundle(files, importer.Options{Format: "yaml"})
	if bad := unreadable(findings); result == nil && bad != "" {
		// OLM's tools leave these files out without a word when they can't read them.
		result, findings = importer.Bundle(without{files, bad}, importer.Options{Format: "yaml"})
	}
	for i := range findings {
		if pos := &findings[i].Pos; pos.IsValid() {
			pos.File = label + pos.File
		}
	}
	if result == nil {
		s.Findings = findings
		return s
	}
	proposed := fstest.MapFS{result.Name: {Data: result.Text}}
	original := manifests(files)
	for file, data := range result.Files {
		proposed[file] = &fstest.MapFile{Data: original.of(file, data)}
	}
	doc, faults := schema.Load(proposed, result.Name, schema.Options{})
	if !faults.HasErrors() {
		var more diag.List
		s.Operator, more = compiler.Lower(ctx, doc, proposed, compiler.Options{})
		faults = append(faults, more...)
	}
	if faults.HasErrors() {
		s.Operator, s.Findings = nil, faults.Place(nil)
	}
	s.Index = &origins{Locator: doc.Index, proposed: proposed, bundle: original, label: label}
	return s
}

// contents are the manifests of a bundle by name.
type contents map[string][]byte

func manifests(files fs.FS) contents {
	out := contents{}
	list, _ := fs.ReadDir(files, "manifests")
	for _, e := range list {
		name := path.Join("manifests", e.Name())
		if data, err := fs.ReadFile(files, name); err == nil {
			out[name] = data
		}
	}
	return out
}

// of returns the bundle's own text of a CustomResourceDefinition that the importer tidied, so that its places are those
// of the bundle: lowering tidies it again.
func (c contents) of(file string, tidied []byte) []byte {
	base := strings.TrimSuffix(path.Base(file), ".yaml")
	group, plural, ok := strings.Cut(base, "_")
	if path.Dir(file) != "crds" || !ok || c.same(tidied) != "" {
		return tidied
	}
	named := regexp.MustCompile(`(?m)^  name: ["']?` + regexp.QuoteMeta(plural+"."+group) + `["']?\s*$`)
	for _, name := range slices.Sorted(maps.Keys(c)) {
		data := c[name]
		alone := !bytes.Contains(bytes.TrimPrefix(data, []byte("---")), []byte("\n---"))
		if alone && bytes.Contains(data, []byte("kind: CustomResourceDefinition")) && named.Match(data) {
			return data
		}
	}
	return tidied
}

// same finds the manifest with a text, but for its end.
func (c contents) same(text []byte) string {
	text = bytes.TrimRight(text, "\n ")
	for _, name := range slices.Sorted(maps.Keys(c)) {
		if bytes.Equal(bytes.TrimRight(c[name], "\n "), text) {
			return name
		}
	}
	return ""
}

// csv finds the ClusterServiceVersion.
func (c contents) csv() string {
	for _, name := range slices.Sorted(maps.Keys(c)) {
		if bytes.Contains(c[name], []byte("kind: ClusterServiceVersion")) {
			return name
		}
	}
	return ""
}

// unreadable names a file that a bundle can be read without, of which the findings say that it can't be.
func unreadable(findings diag.List) string {
	for _, d := range findings {
		if d.Severity == diag.Error && (d.Pos.File == "metadata/dependencies.yaml" || d.Pos.File == "metadata/properties.yaml") {
			return d.Pos.File
		}
	}
	return ""
}

// without is a file system that lacks a file.
type without struct {
	fs.FS
	name string
}

// Open implements fs.FS.
func (w without) Open(name string) (fs.File, error) {
	if name == w.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return w.FS.Open(name)
}

// ReadDir implements fs.ReadDirFS.
func (w without) ReadDir(name string) ([]fs.DirEntry, error) {
	list, err := fs.ReadDir(w.FS, name)
	var out []fs.DirEntry
	for _, e := range list {
		if path.Join(name, e.Name()) != w.name {
			out = append(out, e)
		}
	}
	return out, err
}

// origins places what was imported in the files of the bundle: a proposed file that is one of the bundle's stands
// there; all else was read from the ClusterServiceVersion.
type origins struct {
	diag.Locator
	proposed fstest.MapFS
	bundle   contents
	label    string
}

// Locate implements diag.Locator.
func (o *origins) Locate(p diag.Path) (diag.Pos, bool) {
	pos, exact := o.Locator.Locate(p)
	if f := o.proposed[pos.File]; pos.IsValid() && f != nil {
		if name := o.bundle.same(f.Data); name != "" {
			pos.File = o.label + name
			return pos, exact
		}
	}
	if csv := o.bundle.csv(); csv != "" {
		return diag.Pos{File: o.label + csv, Line: 1, Col: 1}, false
	}
	return diag.Pos{}, false
}
