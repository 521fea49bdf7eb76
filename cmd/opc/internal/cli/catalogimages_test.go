package cli

import (
	"archive/tar"
	"bytes"
	"context"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// TestCatalogImages reads a catalog image once from its registry, and then from the cache, where the registry is gone.
func TestCatalogImages(t *testing.T) {
	server := httptest.NewServer(registry.New())
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	catalog := pushed(t, host+"/shop-catalog", "operators.operatorframework.io.index.configs.v1", "configs/shop/catalog.yaml", "schema: olm.package\n")
	bundle := pushed(t, host+"/shop-bundle", "operators.operatorframework.io.bundle.manifests.v1", "manifests/a.yaml", "kind: A\n")
	env := Env{Cache: t.TempDir(), Now: time.Now}
	got, err := catalogImagesOf(env).Catalog(context.Background(), catalog)
	if err != nil || string(got["shop/catalog.yaml"]) != "schema: olm.package\n" {
		t.Fatalf("%v, %v", got, err)
	}
	if _, err := catalogImagesOf(env).Catalog(context.Background(), bundle); err == nil || !strings.Contains(err.Error(), "not a catalog") {
		t.Errorf("a bundle is read as a catalog: %v", err)
	}
	server.Close()
	if again, err := catalogImagesOf(env).Catalog(context.Background(), catalog); err != nil || len(again) != len(got) {
		t.Errorf("without the registry: %v, %v", again, err)
	}
	if _, err := catalogImagesOf(Env{}).Catalog(context.Background(), catalog); err == nil {
		t.Error("without cache and registry, there is a catalog")
	}
}

// pushed pushes an image with one file, and returns its reference with the digest.
func pushed(t *testing.T, repository, label, file, text string) string {
	t.Helper()
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		var buf bytes.Buffer
		w := tar.NewWriter(&buf)
		if err := w.WriteHeader(&tar.Header{Name: file, Mode: 0o644, Size: int64(len(text))}); err != nil {
			return nil, err
		}
		if _, err := w.Write([]byte(text)); err != nil {
			return nil, err
		}
		return io.NopCloser(&buf), w.Close()
	})
	if err != nil {
		t.Fatal(err)
	}
	image, err := mutate.AppendLayers(empty.Image, layer)
	if err != nil {
		t.Fatal(err)
	}
	folder, _, _ := strings.Cut(file, "/")
	image, err = mutate.Config(image, v1.Config{Labels: map[string]string{label: "/" + folder}})
	if err != nil {
		t.Fatal(err)
	}
	ref, err := name.ParseReference(repository + ":v1")
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(ref, image); err != nil {
		t.Fatal(err)
	}
	digest, err := image.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return repository + "@" + digest.String()
}
