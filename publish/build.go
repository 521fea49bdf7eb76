// Package publish makes images, packaged charts, bundle and catalog images as OCI content on disk, with no daemon, and
// moves them to registries. It is the fourth floor: it takes the model and the files that targets emit, and nothing
// below knows of it. It is the only importer of go-containerregistry. Read Build first, then Publish.
package publish

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/publish/sign"
	"github.com/opc-project/opc/schema/diag"
)

// Options are what a build needs beside the model.
type Options struct {
	Dir      string         // absolute folder of the description, which is the project's root
	Out      string         // absolute; the layout is its folder oci, the packages stand in its folder packages
	Base     string         // instead of the description's base: a reference, oci:FOLDER or scratch; "" for none
	Targets  []*emit.Target // all that there are
	Created  time.Time      // of everything that has a time; the zero value means the release's date, or 1970
	Revision string         // commit that is built; "" for unknown
	ChartKey *sign.ChartKey // signs the chart; nil for nobody
	Input    string         // digest of what the description says; "" leaves it out of the provenance
	Tell     func(string)   // is told what is being done; may be nil
}

// Result is what a build made.
type Result struct {
	Artifacts []Artifact // in the layout's order
	Packages  []string   // names of files in the folder packages, sorted
	Sizes     []Size     // one for each platform of the operator's image
	Base      string     // what the image stands on; "" for what opc has inside
}

// Artifact is one manifest that the layout's index lists.
type Artifact struct{ Kind, Repository, Tag, Digest string }

// unknownRevision is what labels say where nobody told the commit; the Dockerfile says the same.
const unknownRevision = "unknown"

// builder holds what the steps of a build share.
type builder struct {
	op       *model.Operator // a copy, in which digests are filled in as they become known
	opts     Options
	root     *os.Root
	store    *store
	created  time.Time
	stamp    model.Stamp
	packages map[string][]byte
	made     []made
	sizes    []Size
	baseName string
}

// Build makes everything that ships an operator: its image, its chart, its bundle and its catalog, each naming the one
// before by digest. The output replaces that of an earlier build as a whole, and only when there was no error.
func Build(ctx context.Context, op *model.Operator, opts Options) (*Result, diag.List, error) {
	root, err := os.OpenRoot(opts.Dir)
	if err != nil {
		return nil, nil, err
	}
	defer root.Close()
	if diags := refuse(op, opts.Out); diags.HasErrors() {
		return nil, diags, nil
	}
	if err := os.MkdirAll(opts.Out, 0o777); err != nil {
		return nil, nil, err
	}
	stage, err := os.MkdirTemp(opts.Out, ".opc-build-")
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		_ = os.RemoveAll(stage)
		_ = os.Remove(opts.Out) // when nothing stands in it
	}()
	store, err := newStore(filepath.Join(stage, "oci"))
	if err != nil {
		return nil, nil, err
	}
	own := *op
	b := &builder{op: &own, opts: opts, root: root, store: store, packages: map[string][]byte{}}
	if b.created, err = created(op, opts); err != nil {
		return nil, nil, err
	}
	b.stamp = model.Stamp{Version: op.Version, Revision: opts.Revision, Created: b.created.Format(time.RFC3339), Release: "1"}
	if opts.Revision == "" {
		b.stamp.Revision = unknownRevision
	}
	diags, err := b.all(ctx)
	if err != nil || diags.HasErrors() {
		return nil, diags, err
	}
	previous := sizesOf(filepath.Join(opts.Out, "oci"))
	for i := range b.sizes {
		b.sizes[i].Previous = previous[b.sizes[i].Platform]
	}
	if err := b.finish(); err != nil {
		return nil, nil, err
	}
	return b.result(), diags, nil
}

func created(op *model.Operator, opts Options) (time.Time, error) {
	switch {
	case !opts.Created.IsZero():
		return opts.Created.UTC().Truncate(time.Second), nil
	case op.Release.Date != "":
		t, err := time.Parse(time.RFC3339, op.Release.Date)
		return t.UTC(), err
	}
	return time.Unix(0, 0).UTC(), nil
}

// refuse finds what keeps a build from beginning.
func refuse(op *model.Operator, out string) diag.List {
	var diags diag.List
	if op.Dockerfile.CGO && op.Dockerfile.Binary == "" && op.Image.Repository != "" && op.Image.Digest == "" {
		diags = append(diags, diag.Errorf(diag.NotExpressible, op.Dockerfile.From.Child("cgo"), "opc build makes static programs, and this one uses cgo").
			WithHint("build it elsewhere and name it in dockerfile.binary, or build the Dockerfile"))
	}
	entries, err := os.ReadDir(filepath.Join(out, "oci"))
	if err == nil && len(entries) > 0 && !slices.ContainsFunc(entries, func(e os.DirEntry) bool { return e.Name() == layoutFile }) {
		diags = append(diags, diag.Errorf(diag.OutputForeign, "", "the folder oci in the output folder is not an OCI layout").
			WithHint("move it away, or choose another folder with --out"))
	}
	return diags
}

// all runs the steps in the order in which digests become known.
func (b *builder) all(ctx context.Context) (diag.List, error) {
	var diags diag.List
	if b.op.Image.Repository != "" && b.op.Image.Digest == "" {
		found, err := b.operator(ctx)
		diags = append(diags, found...)
		if err != nil || found.HasErrors() {
			return diags, err
		}
	}
	b.tell("packing chart, bundle and catalog")
	catalog := func(files *emit.FileSet) error {
		found, err := b.catalog(ctx, files)
		diags = append(diags, found...)
		return err
	}
	for _, step := range []struct {
		target, folder string
		write          func(*emit.FileSet) error
	}{{"helm", "chart", b.chart}, {"olm", "bundle", b.bundle}, {"catalog", "catalog", catalog}, {"manifests", "", b.manifests}} {
		files, found, err := b.emit(step.target)
		diags = append(diags, found...)
		if err != nil || found.HasErrors() {
			return diags, err
		}
		if step.folder != "" {
			files = files.Sub(step.folder)
		}
		if files.Len() == 0 {
			continue // the target said why
		}
		if err := step.write(files); err != nil {
			return diags, fmt.Errorf("packing %s: %w", step.target, err)
		}
		if diags.HasErrors() {
			return diags, nil
		}
	}
	if err := b.provenances(); err != nil {
		return diags, err
	}
	return diags, ctx.Err()
}

// emit runs one target again, now that digests are known. The warnings were told when all targets ran.
func (b *builder) emit(target string) (*emit.FileSet, diag.List, error) {
	i := slices.IndexFunc(b.opts.Targets, func(t *emit.Target) bool { return t.Name == target })
	if i < 0 {
		return nil, nil, fmt.Errorf("there is no target %s", target)
	}
	files, diags := b.opts.Targets[i].Emit(b.op)
	diags = slices.DeleteFunc(diags, func(d diag.Diagnostic) bool { return d.Severity != diag.Error })
	if files == nil {
		files = &emit.FileSet{}
	}
	return files, diags, nil
}

// manifests keeps the plain install manifest, which names the image by its digest.
func (b *builder) manifests(files *emit.FileSet) error {
	for _, name := range files.Names() {
		f, _ := files.File(name)
		b.packages[name] = f.Data
	}
	return nil
}

// top lists a manifest in the layout's index, with what opc publish must know of it. A tag that holds the version is for
// this version alone; another, such as a catalog's latest, moves on. It returns the first tag of this version.
func (b *builder) top(d v1.Descriptor, kind, repository string, tags ...string) string {
	var own, moving []string
	version := tagOf(b.op.Version)
	for _, tag := range tags {
		switch {
		case tag == "" || slices.Contains(own, tag):
		case strings.Contains(tag, version):
			own = append(own, tag)
		default:
			moving = append(moving, tag)
		}
	}
	d.Platform = nil
	d.Annotations = map[string]string{kindKey: kind, repositoryKey: repository, versionKey: b.op.Version}
	for key, list := range map[string][]string{tagsKey: own, movingKey: moving, channelsKey: b.op.Release.Channels} {
		if len(list) > 0 && len(tags) > 0 {
			d.Annotations[key] = strings.Join(list, ",")
		}
	}
	if len(own) > 0 {
		d.Annotations[refName] = repository + ":" + own[0]
	}
	b.store.tops = append(b.store.tops, d)
	return slices.Concat(own, []string{""})[0]
}

// annotated adds to a manifest's annotations what opc publish reads from a registry before it moves a tag.
func (b *builder) annotated(labels map[string]string) map[string]string {
	out := maps.Clone(labels)
	out[versionKey] = b.op.Version
	out[channelsKey] = strings.Join(b.op.Release.Channels, ",")
	return out
}

func (b *builder) tell(what string) {
	if b.opts.Tell != nil {
		b.opts.Tell(what)
	}
}

// finish puts layout and packages in place. Packages of other versions stay, as in a Helm repository.
func (b *builder) finish() error {
	if err := b.store.finish(); err != nil {
		return err
	}
	if err := replace(b.store.path, filepath.Join(b.opts.Out, "oci")); err != nil {
		return err
	}
	dir := filepath.Join(b.opts.Out, "packages")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(b.packages)) {
		if err := writeFile(filepath.Join(dir, name), b.packages[name]); err != nil {
			return err
		}
	}
	return nil
}

// writeFile writes a file whole or not at all.
func writeFile(path string, data []byte) error {
	staged := path + ".new"
	if err := os.WriteFile(staged, data, 0o666); err != nil {
		return err
	}
	return os.Rename(staged, path)
}

func (b *builder) result() *Result {
	r := &Result{Packages: slices.Sorted(maps.Keys(b.packages)), Sizes: b.sizes, Base: b.baseName}
	for _, d := range b.store.tops {
		_, tag := splitTag(d.Annotations[refName])
		r.Artifacts = append(r.Artifacts, Artifact{d.Annotations[kindKey], d.Annotations[repositoryKey], tag, d.Digest.String()})
	}
	return r
}

// tagOf makes a tag of a version: tags have no plus sign.
func tagOf(version string) string { return strings.ReplaceAll(version, "+", "_") }
