// Package publish makes images, packaged charts, bundle and catalog images as OCI content on disk, with no daemon, and
// moves them to registries. It packs an opc.Output and nothing else, so what it ships was verified, and nothing below
// knows of it. It is the only importer of go-containerregistry. Read Build first, then Publish.
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

	"github.com/opc-project/opc"
	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/publish/sign"
	"github.com/opc-project/opc/schema/diag"
)

// Options are what a build needs beside what a description compiled to.
type Options struct {
	Dir      string         // absolute folder of the description, which is the project's root
	Out      string         // absolute; the layout is its folder oci, the packages stand in its folder packages
	Base     string         // instead of the description's base: a reference, oci:FOLDER or scratch; "" for none
	Created  time.Time      // of everything that has a time; the zero value means the release's date, or 1970
	Revision string         // commit that is built; "" for unknown
	ChartKey *sign.ChartKey // signs the chart; nil for nobody
	Input    string         // digest of what the description says; "" leaves it out of the provenance
	Tell     func(string)   // is told what is being done; may be nil

	// tamper changes the files of a target as they are packed. Only the tests of what finds a forged release set it.
	tamper func(target, name string, data []byte) []byte
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
	out      *opc.Output     // what the description compiled to
	op       *model.Operator // a copy of its model, in which digests are filled in as they become known
	opts     Options
	root     *os.Root
	store    *store
	created  time.Time
	stamp    model.Stamp
	packages map[string][]byte
	made     []made
	sizes    []Size
	baseName string
	holds    []string // bundles of the catalog, while that is written
}

// Build makes everything that ships an operator: its image, its chart, its bundle and its catalog, each naming the one
// before by digest: files that name digests are written once more, and verified again. The output replaces that of an
// earlier build as a whole, and only when there was no error.
func Build(ctx context.Context, out *opc.Output, opts Options) (*Result, diag.List, error) {
	op := out.Operator()
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
	b := &builder{out: out, op: &own, opts: opts, root: root, store: store, packages: map[string][]byte{}}
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
	for _, step := range []func(context.Context) (diag.List, error){b.installable, b.catalog} {
		found, err := step(ctx)
		diags = append(diags, found...)
		if err != nil || found.HasErrors() {
			return diags, err
		}
	}
	if err := b.provenances(); err != nil {
		return diags, err
	}
	return diags, ctx.Err()
}

// installable packs the chart, the bundle and the install manifest. What they say of the image was verified before the
// image was built, so they are written and verified once more, now that its digest is known.
func (b *builder) installable(ctx context.Context) (diag.List, error) {
	pinned := b.out
	if b.op.Image.Digest != b.out.Operator().Image.Digest {
		var diags diag.List
		var err error
		if pinned, diags, err = b.out.With(ctx, b.op, append(b.out.Own(), "helm", "olm", "manifests")...); pinned == nil {
			return diags, err
		}
	}
	for _, name := range b.out.Own() {
		files := pinned.Files(name)
		b.keep(files)
		b.store.files = append(b.store.files, files.Names()...)
	}
	for _, step := range []struct {
		files opc.Files
		write func(opc.Files) error
	}{{pinned.Files("helm").Sub("chart"), b.chart}, {pinned.Files("olm").Sub("bundle"), b.bundle}, {pinned.Files("manifests"), b.manifests}} {
		if step.files.Len() == 0 {
			continue // the target said why
		}
		if err := step.write(step.files); err != nil {
			return nil, fmt.Errorf("packing %s: %w", step.files.Names()[0], err)
		}
	}
	return nil, nil
}

// manifests keeps the plain install manifest, which names the image by its digest.
func (b *builder) manifests(files opc.Files) error {
	b.keep(files)
	return nil
}

// keep puts files of a target among the packages, as they are.
func (b *builder) keep(files opc.Files) {
	for _, name := range files.Names() {
		b.packages[name] = files.Data(name)
	}
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
	if len(b.holds) > 0 {
		out[holdsKey] = strings.Join(b.holds, ",")
	}
	return out
}

func (b *builder) tell(what string) {
	if b.opts.Tell != nil {
		b.opts.Tell(what)
	}
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
