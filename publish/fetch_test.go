package publish

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

func TestFetch(t *testing.T) {
	dist := prebuilt(t, "1.2.3", "stable")
	to := server(t) + "/team"
	mustPublish(t, Delivery{From: dist, To: to})
	for ref, want := range map[string]struct{ kind, file string }{
		"oci:" + dist:                            {KindBundle, "metadata/annotations.yaml"},
		"oci:" + dist + "/oci":                   {KindBundle, "metadata/annotations.yaml"},
		"oci:" + dist + ":v1.2.3":                {KindBundle, "metadata/annotations.yaml"},
		"oci:" + dist + ":1.2.3":                 {KindChart, "Chart.yaml"},
		"oci:" + dist + ":ring-operator-catalog": {KindCatalog, "ring-operator/catalog.yaml"},
		to + "/ring-operator-bundle:v1.2.3":      {KindBundle, "manifests/ring-operator.clusterserviceversion.yaml"},
		to + "/charts/ring-operator:1.2.3":       {KindChart, "values.yaml"},
		to + "/ring-operator-catalog:latest":     {KindCatalog, "ring-operator/catalog.yaml"},
		to + "/ring-operator-catalog@" + digest(t, to+"/ring-operator-catalog:latest"): {KindCatalog, "ring-operator/catalog.yaml"},
	} {
		got, err := Fetch(context.Background(), ref, nil)
		if err != nil {
			t.Error(err)
			continue
		}
		if _, err := fs.Stat(got.Files, want.file); err != nil || got.Kind != want.kind || !strings.Contains(got.Name, "@sha256:") {
			t.Errorf("%s: %s, %s, %v", ref, got.Kind, got.Name, err)
		}
	}
}

func digest(t *testing.T, ref string) string {
	t.Helper()
	r, err := name.ParseReference(ref)
	if err != nil {
		t.Fatal(err)
	}
	d, err := remote.Head(r)
	if err != nil {
		t.Fatal(err)
	}
	return d.Digest.String()
}

// withLayers is an image that anybody could have made.
func withLayers(t *testing.T, labels map[string]string, layers ...[]entry) v1.Image {
	t.Helper()
	img, err := mutate.Config(empty.Image, v1.Config{Labels: labels})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range layers {
		img = withLayer(t, img, l)
	}
	return img
}

func withLayer(t *testing.T, img v1.Image, entries []entry) v1.Image {
	t.Helper()
	data, _, err := archive(entries, false, time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	if img, err = mutate.AppendLayers(img, static.NewLayer(data, types.DockerLayer)); err != nil {
		t.Fatal(err)
	}
	return img
}

func layoutWith(t *testing.T, images ...v1.Image) (dir string) {
	t.Helper()
	dir = t.TempDir()
	p, err := layout.Write(dir, empty.Index)
	if err != nil {
		t.Fatal(err)
	}
	for _, img := range images {
		if err := p.AppendImage(img); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestFetchForeign takes bundles as other tools build them: with folders of other names, in several layers, one of which
// takes a file away, and for several platforms.
func TestFetchForeign(t *testing.T) {
	img := withLayers(t, map[string]string{manifestsLabel: "/deploy/olm/", metadataLabel: "meta/"},
		[]entry{{"deploy/olm/a.yaml", 0o644, []byte("a")}, {"deploy/olm/old.yaml", 0o644, []byte("old")}, {"etc/passwd", 0o644, []byte("root")}},
		[]entry{{"meta/annotations.yaml", 0o644, []byte("m")}, {"deploy/olm/.wh.old.yaml", 0o644, nil}})
	index := mutate.AppendManifests(empty.Index,
		mutate.IndexAddendum{Add: withLayers(t, nil), Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "arm64"}}},
		mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "amd64"}}})
	ref, err := name.NewTag(server(t) + "/bundle:v1")
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.WriteIndex(ref, index); err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{"oci:" + layoutWith(t, img), ref.String()} {
		got, err := Fetch(context.Background(), at, nil)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		if err := fs.WalkDir(got.Files, ".", func(name string, d fs.DirEntry, err error) error {
			if !d.IsDir() {
				names = append(names, name)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"manifests/a.yaml", "metadata/annotations.yaml"}, names); diff != "" || got.Kind != KindBundle {
			t.Errorf("%s: %s %s", at, got.Kind, diff)
		}
	}
}

func TestFetchFaults(t *testing.T) {
	bundle := map[string]string{manifestsLabel: "manifests/"}
	good := []entry{{"manifests/a.yaml", 0o644, []byte("a")}}
	damaged := layoutWith(t, withLayers(t, bundle, good))
	blobs, err := os.ReadDir(filepath.Join(damaged, "blobs", "sha256"))
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range blobs { // the layer is the only one that is no JSON
		path := filepath.Join(damaged, "blobs", "sha256", b.Name())
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(data, []byte("{")) {
			other, _, err := archive([]entry{{"manifests/b.yaml", 0o644, []byte("b")}}, false, time.Unix(0, 0))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, other, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	linked := t.TempDir()
	if err := os.MkdirAll(filepath.Join(linked, "blobs", "sha256"), 0o755); err != nil {
		t.Fatal(err)
	}
	secret := strings.Repeat("ab", 32)
	write(t, filepath.Join(linked, "index.json"), `{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","size":2,"digest":"sha256:`+secret+`"}]}`)
	if err := os.Symlink("/etc/passwd", filepath.Join(linked, "blobs", "sha256", secret)); err != nil {
		t.Fatal(err)
	}
	host := server(t)
	for ref, want := range map[string]string{
		"oci:" + layoutWith(t, withLayers(t, nil, good)):                                                  ErrNothing.Error(),
		"oci:" + layoutWith(t, withLayers(t, map[string]string{databaseLabel: "/db"})):                    "a catalog in its old form",
		"oci:" + layoutWith(t, withLayers(t, bundle)):                                                     "its layers hold no file of it",
		"oci:" + layoutWith(t, withLayers(t, bundle, good), withLayers(t, bundle, good, nil)):             "it holds more than one bundle",
		"oci:" + layoutWith(t, withLayers(t, bundle, good)) + ":v9":                                       "it has nothing called v9",
		"oci:" + layoutWith(t, withLayers(t, bundle, []entry{{"manifests/../../x", 0o644, []byte("x")}})): "leads out of the archive",
		"oci:" + damaged:     "is damaged",
		"oci:" + linked:      "path escapes from parent",
		"oci:" + t.TempDir(): "it is not an OCI layout",
		"not a reference":    "it is no reference of an image",
		host + "/nothing:v1": "there is no such image",
	} {
		got, err := Fetch(context.Background(), ref, nil)
		if err == nil || !strings.HasPrefix(err.Error(), ref+": ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v; want %s", ref, got, err, want)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// broken answers some requests with the wrong bytes.
type broken struct{ only string }

// RoundTrip implements http.RoundTripper.
func (b broken) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err == nil && strings.Contains(req.URL.Path, b.only) {
		resp.Body = http.NoBody
	}
	return resp, err
}

func TestFetchChecksDigests(t *testing.T) {
	img := withLayers(t, map[string]string{manifestsLabel: "manifests/"}, []entry{{"manifests/a.yaml", 0o644, []byte("a")}})
	ref, err := name.NewTag(server(t) + "/bundle:v1")
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(ref, img); err != nil {
		t.Fatal(err)
	}
	if _, err := Fetch(context.Background(), ref.String(), broken{"/blobs/"}); err == nil {
		t.Error("took empty blobs")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Fetch(ctx, ref.String(), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestFetchFolders(t *testing.T) {
	keep := folders(map[string]string{"/manifests/": "manifests", "a/b": "metadata", "": "none"})
	for name, want := range map[string]string{"manifests/x.yaml": "manifests/x.yaml", "a/b/c/d": "metadata/c/d", "a/bc": "", "manifestsx/y": "", "x": ""} {
		if got, ok := keep(name); got != want || ok != (want != "") {
			t.Errorf("%s: %q", name, got)
		}
	}
	all := folders(map[string]string{"/": "."})
	if got, ok := all("x/y"); !ok || got != "x/y" {
		t.Errorf("the whole image: %q", got)
	}
}
