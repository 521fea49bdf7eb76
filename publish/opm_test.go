package publish

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/validate"
	"github.com/operator-framework/operator-registry/pkg/cache"

	"github.com/opc-project/opc/schema/diag"
)

// TestCatalogOnABase builds a catalog on a base, twice, and lets opm's own code compare the cache with the catalog.
func TestCatalogOnABase(t *testing.T) {
	to := server(t)
	base := to + "/ring-operator@" + digestOf(mustPublish(t, Delivery{From: prebuilt(t, "0.9.0", "stable"), To: to}), KindImage)
	text := replaced(replaced(description+"\x00dockerfile: {binary: manager}") + "\x00catalog: {base: \"" + base + "\"}")
	var digests []string
	var dist string
	for _, mask := range []int{0o000, 0o077} {
		dir := project(t, map[string]string{"operator.yaml": text, "manager": "second"})
		old := umask(mask)
		r, diags, err := Build(context.Background(), compiled(t, dir), Options{Dir: dir, Out: filepath.Join(dir, "dist")})
		umask(old)
		if err != nil || diags.HasErrors() {
			t.Fatal(err, diags)
		}
		for _, a := range r.Artifacts {
			if a.Kind == KindCatalog {
				digests = append(digests, a.Digest)
			}
		}
		dist = filepath.Join(dir, "dist")
	}
	if len(digests) != 2 || digests[0] != digests[1] {
		t.Errorf("two builds give %v", digests)
	}
	index, kinds := openLayout(t, filepath.Dir(dist))
	images, err := index.ImageIndex(kinds[KindCatalog][0].Digest)
	if err == nil {
		err = validate.Index(images)
	}
	if err != nil {
		t.Fatal(err)
	}
	m, err := images.IndexManifest()
	if err != nil || len(m.Manifests) != 2 {
		t.Fatal(m, err)
	}
	for _, d := range m.Manifests {
		img, err := images.Image(d.Digest)
		if err != nil {
			t.Fatal(err)
		}
		checkServes(t, img, d.Platform)
	}
	done := mustPublish(t, Delivery{From: dist, To: to})
	if parts, diags, err := VerifyRelease(context.Background(), Verification{Ref: to + "/ring-operator-catalog:v1.2.3"}); err != nil || len(diags) > 0 || len(parts) != 4 {
		t.Error(parts, diags, err)
	}
	install, err := Install(dist, done)
	if err != nil || strings.Contains(string(install.Text), "extractContent") {
		t.Errorf("%v\n%s", err, install.Text)
	}
}

// checkServes unpacks a catalog's image and lets opm's code read it.
func checkServes(t *testing.T, img v1.Image, p *v1.Platform) {
	t.Helper()
	cfg, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	got := append(cfg.Config.Entrypoint, cfg.Config.Cmd...)
	if diff := cmp.Diff([]string{"/bin/opm", "serve", "/configs", "--cache-dir=/tmp/cache"}, got); diff != "" {
		t.Error(diff)
	}
	if cfg.Config.Labels[configsLabel] != "/configs" || cfg.Config.User == "" || cfg.Architecture != p.Architecture {
		t.Errorf("%+v", cfg.Config)
	}
	root := t.TempDir()
	layers, err := img.Layers()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int64{}
	for _, l := range layers {
		r, err := l.Compressed()
		if err != nil {
			t.Fatal(err)
		}
		for name, e := range untar(t, r) {
			path := filepath.Join(root, name)
			if strings.HasSuffix(name, "/") {
				err = os.MkdirAll(path, 0o755)
			} else if err = os.MkdirAll(filepath.Dir(path), 0o755); err == nil {
				err = os.WriteFile(path, e.data, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			seen[name] = e.mode
		}
		r.Close()
	}
	for name, mode := range seen {
		if err := os.Chmod(filepath.Join(root, name), os.FileMode(mode&0o777)); err != nil {
			t.Fatal(err)
		}
	}
	if seen["tmp/"] != 0o1777 || seen["manager"] == 0 && len(layers) < 4 {
		t.Errorf("the base is not as it was: %v", seen)
	}
	c, err := cache.New(filepath.Join(root, "tmp", "cache"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.CheckIntegrity(context.Background(), os.DirFS(filepath.Join(root, "configs"))); err != nil {
		t.Error(err)
	}
	if err := c.Load(context.Background()); err != nil {
		t.Fatal(err)
	}
	bundles, err := c.ListBundles(context.Background())
	if err != nil || len(bundles) != 2 || bundles[0].Version != "1.2.3" {
		t.Error(bundles, err)
	}
}

// TestCatalogBaseFaults names bases that can't be used.
func TestCatalogBaseFaults(t *testing.T) {
	to := server(t)
	missing := "@sha256:" + strings.Repeat("0", 64)
	for base, want := range map[string]diag.Code{to + "/opm:v1": diag.BaseUnpinned, to + "/opm" + missing: diag.BaseMissing} {
		text := replaced(replaced(description+"\x00dockerfile: {binary: manager}") + "\x00catalog: {base: \"" + base + "\"}")
		dir := project(t, map[string]string{"operator.yaml": text, "manager": "second"})
		_, diags, err := Build(context.Background(), compiled(t, dir), Options{Dir: dir, Out: filepath.Join(dir, "dist")})
		if err != nil || len(diags) != 1 || diags[0].Code != want || diags[0].Path != "/catalog/base" {
			t.Errorf("%s: %v %v", base, diags, err)
		}
	}
}
