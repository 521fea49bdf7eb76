package publish

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// keeper is a registry that knows what it holds, and may keep it in an OCI layout: the library's registry has blobs on
// disk, but forgets manifests and tags.
type keeper struct {
	registry http.Handler
	dir      string // of the layout; "" for memory alone

	mu   sync.Mutex
	refs map[keptAt]v1.Descriptor
}

// keptAt is a tag or digest of a repository.
type keptAt struct{ repository, ref string }

// newKeeper makes a registry with what a layout kept.
func newKeeper(dir string) (*keeper, error) {
	opts := []registry.Option{registry.WithReferrersSupport(true), registry.Logger(log.New(io.Discard, "", 0))}
	k := &keeper{dir: dir, refs: map[keptAt]v1.Descriptor{}}
	if dir == "" {
		k.registry = registry.New(opts...)
		return k, nil
	}
	blobs := filepath.Join(dir, "blobs")
	if err := os.MkdirAll(filepath.Join(blobs, "sha256"), 0o777); err != nil {
		return nil, err
	}
	k.registry = registry.New(append(opts, registry.WithBlobHandler(registry.NewDiskBlobHandler(blobs)))...)
	return k, k.restore()
}

// restore sets all manifests and tags that the layout lists.
func (k *keeper) restore() error {
	index, err := readIndex(k.dir)
	if err != nil {
		return err
	}
	for _, d := range index.Manifests {
		at := keptAt{d.Annotations[repositoryKey], cmp.Or(d.Annotations[refName], d.Digest.String())}
		d.Annotations = nil
		k.refs[at] = d
	}
	for _, at := range k.places() {
		if err := k.put(at.repository, at.ref, k.refs[at]); err != nil {
			return fmt.Errorf("%s in %s: %w", at.ref, at.repository, err)
		}
	}
	return nil
}

// put sets a kept manifest in the registry, after those that it lists.
func (k *keeper) put(repository, ref string, d v1.Descriptor) error {
	data, err := os.ReadFile(filepath.Join(k.dir, "blobs", d.Digest.Algorithm, d.Digest.Hex))
	if err != nil {
		return err
	}
	c, err := contents(data, d.MediaType)
	if err != nil {
		return err
	}
	for _, child := range c.manifests {
		if err := k.put(repository, child.Digest.String(), child); err != nil {
			return err
		}
	}
	_, err = k.ask(http.MethodPut, repository+"/manifests/"+ref, string(d.MediaType), data)
	return err
}

// places are all tags and digests, sorted.
func (k *keeper) places() []keptAt {
	return slices.SortedFunc(maps.Keys(k.refs), func(a, b keptAt) int {
		return cmp.Or(cmp.Compare(a.repository, b.repository), cmp.Compare(a.ref, b.ref))
	})
}

// ServeHTTP implements http.Handler.
func (k *keeper) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	repository, ref, ok := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v2/"), "/manifests/")
	if !ok || r.Method != http.MethodPut && r.Method != http.MethodDelete {
		k.registry.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	answer := &memory{header: w.Header()}
	r.Body = io.NopCloser(bytes.NewReader(body))
	k.registry.ServeHTTP(answer, r)
	if answer.code < 300 {
		if err := k.note(r, keptAt{repository, ref}, body); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
	}
	w.WriteHeader(answer.code)
	_, _ = w.Write(answer.body.Bytes())
}

// note writes down a change of manifests and tags.
func (k *keeper) note(r *http.Request, at keptAt, body []byte) error {
	if r.Method == http.MethodDelete {
		delete(k.refs, at)
		return k.save()
	}
	h, size, err := v1.SHA256(bytes.NewReader(body))
	if err != nil {
		return err
	}
	d := v1.Descriptor{MediaType: types.MediaType(r.Header.Get("Content-Type")), Digest: h, Size: size}
	k.refs[at], k.refs[keptAt{at.repository, h.String()}] = d, d
	if k.dir == "" {
		return nil
	}
	if err := writeFile(filepath.Join(k.dir, "blobs", h.Algorithm, h.Hex), body); err != nil {
		return err
	}
	return k.save()
}

// save writes the layout's index, in which tags and repositories stand as annotations.
func (k *keeper) save() error {
	if k.dir == "" {
		return nil
	}
	index := v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: []v1.Descriptor{}}
	for _, at := range k.places() {
		d := k.refs[at]
		d.Annotations = map[string]string{repositoryKey: at.repository}
		if at.ref != d.Digest.String() {
			d.Annotations[refName] = at.ref
		}
		index.Manifests = append(index.Manifests, d)
	}
	data, err := json.MarshalIndent(index, "", "  ")
	if err != nil {
		return err
	}
	if err := writeFile(filepath.Join(k.dir, layoutFile), []byte(layoutContents)); err != nil {
		return err
	}
	return writeFile(filepath.Join(k.dir, "index.json"), append(data, '\n'))
}

// ask asks the registry without a network.
func (k *keeper) ask(method, path, mediaType string, body []byte) ([]byte, error) {
	req, err := http.NewRequest(method, "/v2/"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", mediaType)
	answer := &memory{header: http.Header{}}
	k.registry.ServeHTTP(answer, req)
	switch {
	case answer.code == http.StatusNotFound:
		return nil, fs.ErrNotExist
	case answer.code >= 300:
		return nil, errors.New(strings.TrimSpace(answer.body.String()))
	}
	return answer.body.Bytes(), nil
}

// memory is an answer that is kept.
type memory struct {
	header http.Header
	code   int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (m *memory) Header() http.Header { return m.header }

// WriteHeader implements http.ResponseWriter.
func (m *memory) WriteHeader(code int) { m.code = cmp.Or(m.code, code) }

// Write implements http.ResponseWriter.
func (m *memory) Write(p []byte) (int, error) {
	m.WriteHeader(http.StatusOK)
	return m.body.Write(p)
}
