package publish

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/opc-project/opc/schema/diag"
)

// item is one entry of a layout's index on its way to a repository.
type item struct {
	v1.Descriptor
	kind       string
	repository string   // in the place it goes to
	origin     string   // as the artifacts name it
	version    string   // of the operator
	tags       []string // that never move
	moving     []string // that the description names, and later versions take over
	channels   []string
}

// shipment is what a layout holds.
type shipment struct {
	path  layout.Path
	items []item
}

// open reads a layout that opc build wrote. The folder may be the layout or the output folder that holds it.
func open(dir string) (*shipment, diag.List) {
	path, err := layout.FromPath(dir)
	if err != nil {
		path, err = layout.FromPath(filepath.Join(dir, "oci"))
	}
	unusable := func(format string, args ...any) (*shipment, diag.List) {
		return nil, diag.List{diag.Errorf(diag.LayoutUnusable, "", format, args...).WithHint("run opc build first")}
	}
	if err != nil {
		return unusable("%s holds no OCI layout", filepath.ToSlash(dir))
	}
	index, err := path.ImageIndex()
	if err != nil {
		return unusable("%v", err)
	}
	m, err := index.IndexManifest()
	if err != nil {
		return unusable("index.json: %v", err)
	}
	s := &shipment{path: path}
	for _, d := range m.Manifests {
		a := d.Annotations
		if a[kindKey] == "" || a[repositoryKey] == "" {
			return unusable("index.json lists %s, which opc build did not write", d.Digest)
		}
		s.items = append(s.items, item{
			Descriptor: d, kind: a[kindKey], repository: a[repositoryKey], origin: a[repositoryKey], version: a[versionKey],
			tags: list(a[tagsKey]), moving: list(a[movingKey]), channels: list(a[channelsKey]),
		})
	}
	for _, it := range s.items {
		if err := s.whole(it.Descriptor); err != nil {
			return unusable("%s %s: %v", it.kind, it.Digest, err)
		}
	}
	slices.SortStableFunc(s.items, func(a, b item) int { return kindRank(a.kind) - kindRank(b.kind) })
	return s, nil
}

// kindRank is the order in which artifacts get their tags: what is named by others comes first.
func kindRank(kind string) int {
	return slices.Index([]string{KindImage, KindSBOM, KindProvenance, KindSignature, KindChart, KindBundle, KindCatalog}, kind)
}

func list(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}

// raw is a manifest as bytes, as registries take it.
type raw struct {
	bytes     []byte
	mediaType types.MediaType
}

// RawManifest implements remote.Taggable.
func (r raw) RawManifest() ([]byte, error) { return r.bytes, nil }

// MediaType implements remote.Taggable.
func (r raw) MediaType() (types.MediaType, error) { return r.mediaType, nil }

// content is what a manifest refers to.
type content struct {
	blobs, manifests []v1.Descriptor
	annotations      map[string]string
}

// contents reads what a manifest or an index refers to.
func contents(data []byte, mediaType types.MediaType) (content, error) {
	if mediaType.IsIndex() {
		m, err := v1.ParseIndexManifest(strings.NewReader(string(data)))
		if err != nil {
			return content{}, err
		}
		return content{manifests: m.Manifests, annotations: m.Annotations}, nil
	}
	m, err := v1.ParseManifest(strings.NewReader(string(data)))
	if err != nil {
		return content{}, err
	}
	return content{blobs: append([]v1.Descriptor{m.Config}, m.Layers...), annotations: m.Annotations}, nil
}

// whole checks that everything below a manifest is there and is what it should be, before anything is sent.
func (s *shipment) whole(d v1.Descriptor) error {
	blobs, manifests, err := s.below(d)
	if err != nil {
		return err
	}
	for _, d := range slices.Concat(blobs, manifests) {
		f, err := s.path.Blob(d.Digest)
		if err != nil {
			return fmt.Errorf("%s is missing", d.Digest)
		}
		h, size, err := v1.SHA256(f)
		f.Close()
		if err != nil {
			return err
		}
		if h != d.Digest || size != d.Size {
			return fmt.Errorf("%s is damaged", d.Digest)
		}
	}
	return nil
}

// below lists the blobs and the manifests that belong to a manifest, with itself, children first.
func (s *shipment) below(d v1.Descriptor) (blobs, manifests []v1.Descriptor, err error) {
	r, err := s.read(d)
	if err != nil {
		return nil, nil, err
	}
	c, err := contents(r.bytes, d.MediaType)
	if err != nil {
		return nil, nil, err
	}
	blobs = c.blobs
	for _, child := range c.manifests {
		b, m, err := s.below(child)
		if err != nil {
			return nil, nil, err
		}
		blobs, manifests = append(blobs, b...), append(manifests, m...)
	}
	return blobs, append(manifests, d), nil
}

func (s *shipment) read(d v1.Descriptor) (raw, error) {
	f, err := s.path.Blob(d.Digest)
	if err != nil {
		return raw{}, fmt.Errorf("%s is missing", d.Digest)
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	return raw{data, d.MediaType}, err
}
