package publish

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/opc-project/opc/schema/diag"
)

// TestBases builds on an image from a registry and from a layout. The base is one that opc built, whose files and
// settings the new image must keep.
func TestBases(t *testing.T) {
	to := server(t)
	baseDist := prebuilt(t, "1.2.3", "stable")
	digest := digestOf(mustPublish(t, Delivery{From: baseDist, To: to}), KindImage)
	repository := to + "/ring-operator"
	carried := layoutOf(t, baseDist)
	tests := map[string]struct{ described, told, name string }{
		"digest in the description": {described: repository + "@" + digest, name: repository},
		"tag on the command line":   {told: repository + ":latest", name: repository + ":latest"},
		"layout":                    {told: "oci:" + carried},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			text := replaced(description + "\x00dockerfile: {binary: manager, entrypoint: /other, base: \"" + test.described + "\"}")
			if test.described == "" {
				text = strings.Replace(text, ", base: \"\"", "", 1)
			}
			dir := project(t, map[string]string{"operator.yaml": text, "manager": "second"})
			r, diags, err := Build(context.Background(), compiled(t, dir), Options{Dir: dir, Out: filepath.Join(dir, "dist"), Base: test.told})
			if err != nil || diags.HasErrors() {
				t.Fatal(err, diags)
			}
			if r.Base != test.name+"@"+digest {
				t.Errorf("base %s", r.Base)
			}
			index, kinds := openLayout(t, dir)
			images, err := index.ImageIndex(kinds[KindImage][0].Digest)
			if err != nil {
				t.Fatal(err)
			}
			if err := validate.Index(images); err != nil {
				t.Error(err)
			}
			checkOnBase(t, images, test.name, digest)
		})
	}
}

func checkOnBase(t *testing.T, images v1.ImageIndex, name, digest string) {
	t.Helper()
	m, err := images.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range m.Manifests {
		img, err := images.Image(d.Digest)
		if err != nil {
			t.Fatal(err)
		}
		cfg, err := img.ConfigFile()
		if err != nil {
			t.Fatal(err)
		}
		files := unpacked(t, images, d)
		if files["manager"] != "1.2.3" || files["other"] != "second" || files["etc/passwd"] == "" {
			t.Errorf("%s: %q, %q", d.Platform, files["manager"], files["other"])
		}
		if !slices.ContainsFunc(cfg.Config.Env, func(e string) bool { return strings.HasPrefix(e, "SSL_CERT_FILE=") }) {
			t.Errorf("%s: %v", d.Platform, cfg.Config.Env)
		}
		got := []string{cfg.Config.Labels["org.opencontainers.image.base.name"], cfg.Config.Labels["org.opencontainers.image.base.digest"]}
		if diff := cmp.Diff([]string{name, digest}, got); diff != "" {
			t.Error(diff)
		}
	}
}

// layoutOf copies the image of a build into a layout of its own.
func layoutOf(t *testing.T, dist string) string {
	t.Helper()
	index, kinds := openLayout(t, filepath.Dir(dist))
	images, err := index.ImageIndex(kinds[KindImage][0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if _, err := layout.Write(dir, mutate.AppendManifests(empty.Index, mutate.IndexAddendum{Add: images})); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestBaseWithoutThePlatform(t *testing.T) {
	carried := layoutOf(t, prebuilt(t, "1.2.3", "stable"))
	text := replaced(replaced(description+"\x00dockerfile: {binary: manager}") + "\x00image: {repository: r.example.com/a/b, platforms: [linux/s390x]}")
	dir := project(t, map[string]string{"operator.yaml": text, "manager": "x"})
	_, diags, err := Build(context.Background(), compiled(t, dir), Options{Dir: dir, Out: filepath.Join(dir, "dist"), Base: "oci:" + carried})
	if err != nil || len(diags) != 1 || diags[0].Code != diag.BaseMissing || !strings.Contains(diags[0].Message, "linux/s390x") {
		t.Error(err, diags)
	}
}
