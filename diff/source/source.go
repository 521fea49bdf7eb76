// Package source reads what the two sides of a comparison may be: a description, a bundle or a chart, on disk, in a
// revision of a git repository, in an OCI layout or in a registry. It knows nothing of flags and streams. Read Open first.
package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing/fstest"

	"github.com/opc-project/opc"
	"github.com/opc-project/opc/compiler"
	"github.com/opc-project/opc/compiler/gomarkers"
	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/importer"
	"github.com/opc-project/opc/internal/regular"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// Side is one version of an operator. Operator is nil when Findings holds errors.
type Side struct {
	Name     string // what the user called it
	Operator *model.Operator
	Accept   []schema.Waiver
	Bundle   bool         // it was read from a bundle, which can't say everything
	Chart    bool         // it was read from a chart, or made like one
	YAML     bool         // its description is YAML, and not CUE
	Index    diag.Locator // of the operator's places: files are named as the user would
	Findings diag.List    // placed

	catalog *importer.Chosen // of a catalog: what it holds
	channel string           // of a catalog: the channel that was chosen, or ""
	bundle  fs.FS            // of a bundle: its files
	dir     string           // of a description on disk
	chart   func(context.Context, Options) *Side
	close   func()
}

// Close ends what reading needed.
func (s *Side) Close() {
	if s.close != nil {
		s.close()
	}
}

// AsChart is the side as its chart says it: that which a description compiles to, or which stands beside a bundle that opc
// emitted. It is nil where there is none. like is the other side.
func (s *Side) AsChart(ctx context.Context, like *Side, opts Options) *Side {
	switch {
	case s.Operator == nil || like.Operator == nil || s.Chart:
		return s
	case s.chart != nil:
		return s.chart(ctx, opts)
	case s.Bundle:
		return nil
	}
	return asChart(ctx, s, like, opts)
}

// Options are what reading a side needs.
type Options struct {
	Cwd       string // absolute
	Tags, Set []string
	Today     string
	Renderer  []string // the program that renders charts; without one they are rendered here
}

// ErrUnknown says that a name leads to nothing that can be compared.
var ErrUnknown = errors.New("is neither a description nor a bundle nor a chart nor a catalog")

// ErrUnreadable says that what a name leads to is there and can't be read: it is no regular file, or damaged.
var ErrUnreadable = errors.New("can't read")

// ErrFirst says that no version was tagged yet.
var ErrFirst = errors.New("there is no version tag below HEAD: nothing to compare with")

// Open reads a side by its name: a description or its folder, the folder of a bundle or a chart or one that holds bundle/
// or chart/, git:REVISION[#PATH] for any of these, a packaged chart, a bundle or chart in an OCI layout or a registry, or
// a catalog in any of these, with #CHANNEL or #PACKAGE/CHANNEL for one of its channels. near is where PATH begins when it is left out: the other side's folder.
func Open(ctx context.Context, name string, near *Side, opts Options) (*Side, error) {
	if rest, ok := strings.CutPrefix(name, "git:"); ok {
		return openRevision(ctx, name, rest, near, opts)
	}
	full := name
	name, choice := catalogName(full)
	if _, err := os.Stat(absolute(opts.Cwd, full)); err == nil {
		name, choice = full, importer.Choice{} // a file may have a # in its name
	}
	s, err := opened(ctx, name, choice, opts)
	if err == nil {
		s.Name = full
		unchosen(s, name, choice)
	}
	return s, err
}

// opened reads a side on disk, in an OCI layout or in a registry.
func opened(ctx context.Context, name string, choice importer.Choice, opts Options) (*Side, error) {
	if ref := reference(opts.Cwd, name); ref != "" {
		return fetched(ctx, name, ref, choice, opts)
	}
	target := absolute(opts.Cwd, name)
	stat, err := os.Stat(target)
	if err != nil {
		return nil, fmt.Errorf("%w %s: %w", ErrUnreadable, name, cause(err))
	}
	if !stat.IsDir() && (strings.HasSuffix(target, ".tgz") || strings.HasSuffix(target, ".tar.gz")) {
		return packaged(ctx, name, target, opts)
	}
	if !stat.IsDir() {
		return openFile(ctx, name, target, choice, opts)
	}
	root, err := os.OpenRoot(target)
	if err != nil {
		return nil, fmt.Errorf("%w %s: %w", ErrUnreadable, name, cause(err))
	}
	files := regular.Files(root.FS())
	if description, ok := schema.Find(files); ok {
		root.Close()
		return described(ctx, name, target, description, opts)
	}
	s, err := shipped(ctx, name, files, show(opts.Cwd, target), opts)
	if errors.Is(err, ErrUnknown) && isCatalog(files) {
		s, err = catalogOnDisk(ctx, name, target, files, choice, opts)
	}
	if err != nil {
		root.Close()
		return nil, err
	}
	s.close = func() { root.Close() }
	return s, nil
}

// openFile reads a description or a catalog of one file.
func openFile(ctx context.Context, name, target string, choice importer.Choice, opts Options) (*Side, error) {
	dir, base := filepath.Dir(target), filepath.Base(target)
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("%w %s: %w", ErrUnreadable, name, cause(err))
	}
	defer root.Close()
	files := regular.Files(root.FS())
	if !holdsBlobs(files, base) {
		return described(ctx, name, dir, base, opts)
	}
	data, err := fs.ReadFile(files, base)
	if err != nil {
		return nil, fmt.Errorf("%w %s: %w", ErrUnreadable, name, cause(err))
	}
	return catalogOnDisk(ctx, name, target, fstest.MapFS{base: {Data: data, Mode: 0o644}}, choice, opts)
}

// shipped reads a folder with a bundle or a chart. A bundle says more; a chart beside it is there for who asks.
func shipped(ctx context.Context, name string, files fs.FS, label string, opts Options) (*Side, error) {
	chartFolder, hasChart := chartIn(files)
	var inChart fs.FS
	if hasChart {
		var err error
		if inChart, err = fs.Sub(files, chartFolder); err != nil {
			return nil, err
		}
	}
	folder, ok := bundleIn(files)
	if !ok || chartFolder == "." {
		if !hasChart {
			return nil, fmt.Errorf("%s %w", name, ErrUnknown)
		}
		return charted(ctx, name, inChart, path.Join(label, chartFolder)+"/", opts), nil
	}
	bundle, err := fs.Sub(files, folder)
	if err != nil {
		return nil, err
	}
	s := imported(ctx, name, bundle, path.Join(label, folder)+"/")
	if hasChart {
		s.chart = func(ctx context.Context, opts Options) *Side {
			return charted(ctx, name, inChart, path.Join(label, chartFolder)+"/", opts)
		}
	}
	return s, nil
}

// described reads a description on disk, as every other command does. Its folder stays open until Close: its files are
// read again for the places of what is found.
func described(ctx context.Context, name, dir, file string, opts Options) (*Side, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("%w %s: %w", ErrUnreadable, name, cause(err))
	}
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		root.Close()
		return nil, fmt.Errorf("%w %s: %w", ErrUnreadable, name, cause(err))
	}
	r, err := opc.Compile(ctx, regular.Files(root.FS()), file, opc.Options{
		Last: opc.Lowered, Tags: opts.Tags, Set: opts.Set, Today: opts.Today, Generator: gomarkers.Generator{Dir: real}, Catalogs: unread{},
		Show: func(file string) string { return show(opts.Cwd, filepath.Join(dir, filepath.FromSlash(file))) },
	})
	if err != nil {
		root.Close()
		return nil, err
	}
	s := &Side{Name: name, Operator: r.Operator, Findings: r.Findings, Index: r, dir: dir, YAML: path.Ext(file) != ".cue"}
	s.close = func() { root.Close() }
	if r.Document != nil {
		s.Accept = r.Document.Spec.Accept
	}
	return s, nil
}

// unread leaves catalog images unread: earlier versions of a catalog are not compared.
type unread struct{}

// Catalog implements compiler.Catalogs.
func (unread) Catalog(context.Context, string) (map[string][]byte, error) { return nil, nil }

// openRevision reads a side from a git repository.
func openRevision(ctx context.Context, name, rest string, near *Side, opts Options) (*Side, error) {
	dir := opts.Cwd
	if near != nil && near.dir != "" {
		dir = near.dir
	}
	r, err := openRepository(ctx, dir)
	if err != nil {
		return nil, err
	}
	revision, at, said := strings.Cut(rest, "#")
	if !said {
		if at, err = r.below(dir); err != nil {
			return nil, err
		}
	}
	at = path.Clean(strings.Trim(at, "/"))
	folder, file := at, ""
	if isDescription(at) {
		folder, file = path.Split(at)
		folder = path.Clean(folder)
	}
	t, err := r.tree(ctx, revision, folder)
	if err != nil {
		return nil, err
	}
	label := "git:" + revision + ":" + strings.TrimPrefix(folder+"/", "./")
	if file == "" {
		var ok bool
		if file, ok = schema.Find(t); !ok {
			return revisionShipped(ctx, name, label, t, opts)
		}
	}
	s := &Side{Name: name, YAML: path.Ext(file) != ".cue", close: t.Close}
	doc, findings := schema.Load(t, file, schema.Options{Tags: opts.Tags})
	s.Index = shown{doc.Index, func(file string) string { return label + file }}
	s.Accept = doc.Spec.Accept
	if !findings.HasErrors() {
		var more diag.List
		g := &generator{repository: r, revision: revision, folder: folder}
		defer g.close()
		s.Operator, more = compiler.Lower(ctx, doc, t, compiler.Options{Generator: g, Catalogs: unread{}})
		findings = append(findings, more...)
	}
	s.Findings = findings.Place(s.Index)
	if s.Findings.HasErrors() {
		s.Operator = nil
	}
	return s, nil
}

// revisionShipped reads a bundle or a chart from a folder of a revision.
func revisionShipped(ctx context.Context, name, label string, t *tree, opts Options) (*Side, error) {
	s, err := shipped(ctx, name, t, strings.TrimSuffix(label, "/"), opts)
	if err != nil {
		t.Close()
		return nil, err
	}
	s.close = t.Close
	return s, nil
}

func isDescription(name string) bool {
	for _, n := range schema.Names {
		if path.Ext(name) == path.Ext(n) {
			return true
		}
	}
	return false
}

// Described is the side of a description in a folder that was compiled elsewhere.
func Described(dir string, op *model.Operator) *Side { return &Side{Operator: op, dir: dir} }

// Before opens the version before a description in a folder: that of the newest version tag below HEAD. The error is
// ErrFirst where there is none, or says why none can be found.
func Before(ctx context.Context, dir string, op *model.Operator, opts Options) (*Side, error) {
	of := Described(dir, op)
	name, err := Last(ctx, of)
	if err != nil {
		return nil, err
	}
	return Open(ctx, name, of, opts)
}

// Last is the name of the side that a description is held against when nobody says one: the newest version tag below
// HEAD.
func Last(ctx context.Context, of *Side) (string, error) {
	if of.dir == "" {
		return "", errors.New("there is no version to compare with: name one with --against")
	}
	r, err := openRepository(ctx, of.dir)
	if err != nil {
		return "", fmt.Errorf("%w; name the other side with --against", err)
	}
	tag, err := r.lastTag(ctx, of.Operator.Name, of.Operator.Version)
	if err != nil {
		return "", err
	}
	if tag == "" {
		if shallow, err := r.git(ctx, "rev-parse", "--is-shallow-repository"); err != nil || strings.TrimSpace(shallow) == "true" {
			return "", errors.New("this is a shallow clone, which may lack tags: fetch all history, or name the other side with --against")
		}
		return "", ErrFirst
	}
	return "git:" + tag, nil
}

// shown is a locator whose files are named as the user would.
type shown struct {
	diag.Locator
	name func(file string) string
}

// Locate implements diag.Locator.
func (s shown) Locate(p diag.Path) (diag.Pos, bool) {
	pos, exact := s.Locator.Locate(p)
	if pos.IsValid() {
		pos.File = s.name(pos.File)
	}
	return pos, exact
}

// show returns a path as users see it: relative to where they ran, with slashes.
func show(cwd, path string) string {
	if rel, err := filepath.Rel(cwd, path); err == nil {
		path = rel
	}
	return filepath.ToSlash(path)
}

func absolute(cwd, name string) string {
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(cwd, filepath.FromSlash(name))
}

// cause leaves out of an error the path, which the message says.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
