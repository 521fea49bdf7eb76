package olm

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// Registry is a registry on a free port of loopback. An image stands in it under its whole name, so that the names in
// bundles and catalogs stay as they were emitted: Conf tells clients where they are.
type Registry struct {
	server *httptest.Server
	host   string
}

// NewRegistry starts an empty registry.
func NewRegistry() *Registry {
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	return &Registry{server: server, host: strings.TrimPrefix(server.URL, "http://")}
}

// Stop ends it.
func (r *Registry) Stop() { r.server.Close() }

func (r *Registry) reference(image string) (name.Reference, error) {
	return name.ParseReference(r.host+"/"+image, name.Insecure)
}

// Push builds the image of an emitted Dockerfile and pushes it under a name.
func (r *Registry) Push(ctx context.Context, dockerfile, image string) error {
	ref, err := r.reference(image)
	if err != nil {
		return err
	}
	built, err := imageOf(dockerfile)
	if err != nil {
		return err
	}
	return remote.Write(ref, built, remote.WithContext(ctx))
}

// Extract pulls an image and writes its files below a folder.
func (r *Registry) Extract(ctx context.Context, image, dir string) (err error) {
	ref, err := r.reference(image)
	if err != nil {
		return err
	}
	pulled, err := remote.Image(ref, remote.WithContext(ctx))
	if err != nil {
		return err
	}
	content := mutate.Extract(pulled)
	defer func() { err = errors.Join(err, content.Close()) }()
	for files := tar.NewReader(content); ; {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if !filepath.IsLocal(h.Name) {
			return fmt.Errorf("%s holds %s", image, h.Name)
		}
		data, err := io.ReadAll(files)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, h.Name)), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, h.Name), data, 0o644); err != nil {
			return err
		}
	}
}

// Conf writes a registries.conf by which clients find the images of a host here.
func (r *Registry) Conf(file string, hosts ...string) error {
	var out strings.Builder
	for _, h := range hosts {
		fmt.Fprintf(&out, "[[registry]]\nprefix = %q\nlocation = %q\ninsecure = true\n\n", h, r.host+"/"+h)
	}
	return os.WriteFile(file, []byte(out.String()), 0o600)
}
