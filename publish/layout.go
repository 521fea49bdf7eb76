package publish

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Annotations of the descriptors in a layout's index.json. The kind and the repository are opc's own; they let
// opc publish work from the layout alone.
const (
	refName        = "org.opencontainers.image.ref.name"
	kindKey        = "io.github.opc-project.kind"
	repositoryKey  = "io.github.opc-project.repository"
	versionKey     = "org.opencontainers.image.version"
	channelsKey    = "io.github.opc-project.channels"
	tagsKey        = "io.github.opc-project.tags"   // that never move
	holdsKey       = "io.github.opc-project.holds"  // the bundles of a catalog
	movingKey      = "io.github.opc-project.moving" // that the description names and later versions take over
	filesKey       = "io.github.opc-project.files"  // of the index: files of the user's targets in the folder packages, as JSON
	emptyJSON      = types.MediaType("application/vnd.oci.empty.v1+json")
	layoutFile     = "oci-layout"
	layoutContents = `{"imageLayoutVersion":"1.0.0"}`
)

// The kinds of artifacts.
const (
	KindImage      = "image"
	KindChart      = "chart"
	KindBundle     = "bundle"
	KindCatalog    = "catalog"
	KindSBOM       = "sbom"
	KindProvenance = "provenance"
	KindSignature  = "signature"
)

// store is an OCI layout that is being written.
type store struct {
	path  string
	tops  []v1.Descriptor
	files []string // of the user's targets, in the folder packages
}

func newStore(path string) (*store, error) {
	return &store{path: path}, os.MkdirAll(filepath.Join(path, "blobs", "sha256"), 0o777)
}

// blob writes bytes and returns their descriptor.
func (s *store) blob(mediaType types.MediaType, data []byte) (v1.Descriptor, error) {
	h, size, err := v1.SHA256(bytes.NewReader(data))
	if err != nil {
		return v1.Descriptor{}, err
	}
	return v1.Descriptor{MediaType: mediaType, Digest: h, Size: size}, os.WriteFile(s.blobPath(h), data, 0o666)
}

func (s *store) blobPath(h v1.Hash) string { return filepath.Join(s.path, "blobs", h.Algorithm, h.Hex) }

// copyLayer writes a layer of another image.
func (s *store) copyLayer(l v1.Layer) (v1.Descriptor, error) {
	h, err := l.Digest()
	if err != nil {
		return v1.Descriptor{}, err
	}
	mediaType, err := l.MediaType()
	if err != nil {
		return v1.Descriptor{}, err
	}
	r, err := l.Compressed()
	if err != nil {
		return v1.Descriptor{}, err
	}
	defer r.Close()
	f, err := os.Create(s.blobPath(h))
	if err != nil {
		return v1.Descriptor{}, err
	}
	n, err := io.Copy(f, r)
	return v1.Descriptor{MediaType: ociLayer(mediaType), Digest: h, Size: n}, errors.Join(err, f.Close())
}

// ociLayer is the name in OCI's words of a layer in Docker's: the bytes are the same, and an image has one style.
func ociLayer(t types.MediaType) types.MediaType {
	if t == types.DockerLayer {
		return types.OCILayer
	}
	return t
}

// json writes a value as JSON and returns its descriptor.
func (s *store) json(mediaType types.MediaType, value any) (v1.Descriptor, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return v1.Descriptor{}, err
	}
	return s.blob(mediaType, bytes.TrimRight(b.Bytes(), "\n"))
}

// finish writes what makes the folder a layout. The index is sorted by repository, kind and digest.
func (s *store) finish() error {
	slices.SortFunc(s.tops, func(a, b v1.Descriptor) int {
		return cmp.Or(
			cmp.Compare(a.Annotations[repositoryKey], b.Annotations[repositoryKey]),
			cmp.Compare(a.Annotations[kindKey], b.Annotations[kindKey]),
			cmp.Compare(a.Digest.String(), b.Digest.String()),
		)
	})
	manifest := v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: s.tops}
	if len(s.files) > 0 {
		files, err := json.Marshal(s.files)
		if err != nil {
			return err
		}
		manifest.Annotations = map[string]string{filesKey: string(files)}
	}
	index, err := json.MarshalIndent(manifest, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(s.path, layoutFile), []byte(layoutContents), 0o666); err != nil {
		return err
	}
	return writeFile(filepath.Join(s.path, "index.json"), append(index, '\n'))
}

// replace puts a finished folder where an older one stands, or nothing.
func replace(finished, at string) error {
	old := finished + ".old"
	err := os.Rename(at, old)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(finished, at); err != nil {
		return errors.Join(err, os.Rename(old, at))
	}
	return os.RemoveAll(old)
}
