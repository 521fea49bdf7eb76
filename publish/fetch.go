package publish

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/opc-project/opc/publish/packed"
)

// Labels of a bundle's image that say where its parts stand
// (https://olm.operatorframework.io/docs/tasks/creating-operator-bundle/).
const (
	manifestsLabel = "operators.operatorframework.io.bundle.manifests.v1"
	metadataLabel  = "operators.operatorframework.io.bundle.metadata.v1"
	scorecardLabel = "operators.operatorframework.io.test.config.v1"
	databaseLabel  = "operators.operatorframework.io.index.database.v1"
)

// Bounds of what is read before any file is.
const (
	maxManifest = 4 << 20 // what registries take
	maxConfig   = 8 << 20
	maxLayers   = 1000
	maxTops     = 1000 // manifests that one index lists
)

// inCatalog are the limits of a catalog, which holds all bundles of a vendor.
var inCatalog = packed.Limits{File: 256 << 20, Kept: 256 << 20, Read: 4 << 30, Files: 20_000, Entries: 400_000}

// Fetched is what an image or artifact turned out to hold.
type Fetched struct {
	Kind   string            // KindBundle, KindChart or KindCatalog
	Name   string            // where it was found, with its digest
	Labels map[string]string // of the image
	// Files are a bundle's manifests/, metadata/ and tests/scorecard/, whatever its labels call them; a chart's own
	// folder; or a catalog's, in which each file holds blobs.
	Files fs.FS

	layout string // folder of the layout that it was read from; "" for a registry
}

// ErrNothing says that an image was found, and holds nothing that opc reads.
var ErrNothing = errors.New("it holds no OLM bundle, no Helm chart and no file-based catalog")

// Fetch reads a bundle, chart or catalog into memory: from oci:FOLDER[:NAME], a layout on disk, or from a registry. NAME
// is a tag, a repository or both; where it leaves a choice, a bundle is taken before a chart, and a chart before a
// catalog. Nothing is written, and what is read is bounded. An error names ref. via is how registries are reached; nil is the usual way.
func Fetch(ctx context.Context, ref string, via http.RoundTripper) (*Fetched, error) {
	dir, onDisk := strings.CutPrefix(ref, "oci:")
	fetch := func() (*Fetched, error) { return fetchRegistry(ctx, ref, via) }
	if onDisk {
		fetch = func() (*Fetched, error) { return fetchLayout(ctx, dir) }
	}
	out, err := fetch()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", ref, err)
	}
	return out, nil
}

// Beside reads an image that a catalog names: from the layout that holds the catalog, if it holds the image too, or else
// from its registry.
func (f *Fetched) Beside(ctx context.Context, image string, via http.RoundTripper) (*Fetched, error) {
	if _, digest, ok := strings.Cut(image, "@"); ok && f.layout != "" {
		if out, err := fetchLayout(ctx, f.layout+":"+digest); err == nil {
			return out, nil
		}
	}
	return Fetch(ctx, image, via)
}

// blobs is where the parts of an image are read from. What it gives is checked against the digest at its end.
type blobs interface {
	manifest(ctx context.Context, d v1.Descriptor) ([]byte, error)
	open(ctx context.Context, d v1.Descriptor) (io.ReadCloser, error)
}

// found is an image or artifact before its layers are read.
type found struct {
	kind   string
	from   blobs
	layers []v1.Descriptor
	labels map[string]string
}

// look finds out what a manifest, or the manifest for one platform of an index, is of. Nil is nothing that opc reads.
func look(ctx context.Context, from blobs, d v1.Descriptor, deep int) (*found, error) {
	data, err := from.manifest(ctx, d)
	if err != nil {
		return nil, err
	}
	if d.MediaType.IsIndex() {
		m, err := v1.ParseIndexManifest(strings.NewReader(string(data)))
		if err != nil {
			return nil, fmt.Errorf("%s is no index: %w", d.Digest, err)
		}
		child := ofPlatform(m.Manifests)
		if child == nil || deep > 2 {
			return nil, nil
		}
		return look(ctx, from, *child, deep+1)
	}
	m, err := v1.ParseManifest(strings.NewReader(string(data)))
	if err != nil {
		return nil, fmt.Errorf("%s is no manifest: %w", d.Digest, err)
	}
	out := &found{from: from, layers: m.Layers}
	if m.Config.MediaType == chartConfig {
		out.kind = KindChart
		out.layers = slices.DeleteFunc(out.layers, func(l v1.Descriptor) bool { return l.MediaType != chartContent })
		if len(out.layers) != 1 {
			return nil, fmt.Errorf("%s is a chart without its content", d.Digest)
		}
		return out, nil
	}
	if m.Config.MediaType != types.OCIConfigJSON && m.Config.MediaType != types.DockerConfigJSON {
		return nil, nil
	}
	return out, out.config(ctx, m.Config)
}

// ofPlatform is the manifest for linux/amd64 or else the first for any platform: bundles and catalogs hold files, which
// are the same for all.
func ofPlatform(all []v1.Descriptor) *v1.Descriptor {
	var best *v1.Descriptor
	for i, d := range all {
		if !d.MediaType.IsImage() && !d.MediaType.IsIndex() || d.Platform != nil && d.Platform.OS == "unknown" {
			continue
		}
		if best == nil || d.Platform != nil && d.Platform.OS == "linux" && d.Platform.Architecture == "amd64" {
			best = &all[i]
		}
	}
	return best
}

// config reads the labels of an image.
func (f *found) config(ctx context.Context, d v1.Descriptor) error {
	data, err := readBlob(ctx, f.from, d, maxConfig)
	if err != nil {
		return err
	}
	c, err := v1.ParseConfigFile(strings.NewReader(string(data)))
	if err != nil {
		return fmt.Errorf("the configuration %s is not readable: %w", d.Digest, err)
	}
	f.labels = c.Config.Labels
	switch {
	case f.labels[configsLabel] != "":
		f.kind = KindCatalog
	case f.labels[manifestsLabel] != "" || f.labels[metadataLabel] != "":
		f.kind = KindBundle
	}
	return nil
}

// files unpacks the layers.
func (f *found) files(ctx context.Context) (fs.FS, error) {
	r := &packed.Reader{Limits: packed.Small}
	switch f.kind {
	case KindBundle:
		r.Keep = folders(map[string]string{
			f.labels[manifestsLabel]: "manifests", f.labels[metadataLabel]: "metadata", f.labels[scorecardLabel]: "tests/scorecard",
		})
	case KindCatalog:
		r.Limits, r.Keep = inCatalog, folders(map[string]string{f.labels[configsLabel]: "."})
	case KindChart:
		r.Keep = withoutFirst
	}
	if len(f.layers) > maxLayers {
		return nil, fmt.Errorf("it has %d layers", len(f.layers))
	}
	for _, l := range f.layers {
		if err := f.unpack(ctx, r, l); err != nil {
			return nil, fmt.Errorf("the layer %s: %w", l.Digest, err)
		}
	}
	if r.Len() == 0 {
		return nil, errors.New("its layers hold no file of it")
	}
	return r.FS(), nil
}

func (f *found) unpack(ctx context.Context, r *packed.Reader, l v1.Descriptor) error {
	src, err := f.from.open(ctx, l)
	if err != nil {
		return err
	}
	defer src.Close()
	return r.Add(src)
}

// folders keeps what stands below certain folders, under other names for them.
func folders(as map[string]string) func(string) (string, bool) {
	clean := map[string]string{}
	for from, to := range as {
		if from != "" {
			clean[strings.Trim(path.Clean("/"+from), "/")] = to
		}
	}
	return func(name string) (string, bool) {
		for dir := name; ; dir = path.Dir(dir) {
			at := dir
			if dir == "." {
				at = ""
			}
			if to, ok := clean[at]; ok {
				return path.Join(to, strings.TrimPrefix(name, at)), true
			}
			if dir == "." {
				return "", false
			}
		}
	}
}

// withoutFirst takes the chart's own folder off a name.
func withoutFirst(name string) (string, bool) {
	_, rest, ok := strings.Cut(name, "/")
	return rest, ok
}

// readBlob reads a small blob whole.
func readBlob(ctx context.Context, from blobs, d v1.Descriptor, limit int64) ([]byte, error) {
	if d.Size > limit {
		return nil, fmt.Errorf("%s has %d bytes", d.Digest, d.Size)
	}
	r, err := from.open(ctx, d)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%s is larger than %d MiB", d.Digest, limit>>20)
	}
	return data, err
}

// fetched unpacks what was found.
func (f *found) fetched(ctx context.Context, name string) (*Fetched, error) {
	if f != nil && f.kind == "" && f.labels[databaseLabel] != "" {
		return nil, errors.New("it is a catalog in its old form, a database: opm migrate makes a file-based one of it")
	}
	if f == nil || f.kind == "" {
		return nil, ErrNothing
	}
	files, err := f.files(ctx)
	if err != nil {
		return nil, err
	}
	return &Fetched{Kind: f.kind, Name: name, Labels: f.labels, Files: files}, nil
}
