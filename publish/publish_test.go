package publish

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/opc-project/opc/schema/diag"
)

// prebuilt is a project of a version whose build takes no compiler.
func prebuilt(t testing.TB, version string, channels string) string {
	t.Helper()
	text := replaced(description + "\x00dockerfile: {binary: manager}")
	text = replaced(text + "\x00version: " + version)
	text = replaced(text + "\x00release: {channels: [" + channels + "]}")
	dir := project(t, map[string]string{"operator.yaml": text, "manager": version})
	if _, diags, err := Build(context.Background(), compiled(t, dir), Options{Dir: dir, Out: filepath.Join(dir, "dist")}); err != nil || diags.HasErrors() {
		t.Fatal(err, diags)
	}
	return filepath.Join(dir, "dist")
}

// server is a registry in this process; to names it.
func server(t testing.TB, opts ...registry.Option) (to string) {
	t.Helper()
	s := httptest.NewServer(registry.New(append(opts, registry.Logger(log.New(io.Discard, "", 0)))...))
	t.Cleanup(s.Close)
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

func mustPublish(t testing.TB, d Delivery) []Published {
	t.Helper()
	done, diags, err := Publish(context.Background(), d)
	if err != nil || len(diags) > 0 {
		t.Fatal(err, diags)
	}
	return done
}

// standing maps the tags of a repository to what they stand at.
func standing(t *testing.T, repository string) map[string]string {
	t.Helper()
	repo, err := name.NewRepository(repository)
	if err != nil {
		t.Fatal(err)
	}
	tags, err := remote.List(repo)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, tag := range tags {
		d, err := remote.Head(repo.Tag(tag))
		if err != nil {
			t.Fatal(err)
		}
		out[tag] = d.Digest.String()
	}
	return out
}

func digestOf(done []Published, kind string) string {
	i := slices.IndexFunc(done, func(p Published) bool { return p.Kind == kind })
	return done[i].Digest
}

func TestPublish(t *testing.T) {
	dist := prebuilt(t, "1.2.3", "stable, fast")
	for _, referrers := range []bool{true, false} {
		to := server(t, registry.WithReferrersSupport(referrers)) + "/team"
		plan := mustPublish(t, Delivery{From: dist, To: to, DryRun: true})
		done := mustPublish(t, Delivery{From: dist, To: to})
		if diff := cmp.Diff(plan, done); diff != "" {
			t.Errorf("the plan is another: %s", diff)
		}
		image := digestOf(done, KindImage)
		want := map[string]string{}
		for _, tag := range []string{"1.2.3", "v1.2.3", "v1.2", "v1", "latest", "stable", "fast"} {
			want[tag] = image
		}
		got := standing(t, to+"/ring-operator")
		for tag := range got {
			if strings.HasPrefix(tag, "sha256-") { // where a registry keeps no list of referrers
				if referrers {
					t.Errorf("tag %s", tag)
				}
				delete(got, tag)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		chart := standing(t, to+"/charts/ring-operator")
		if chart["1.2.3"] != digestOf(done, KindChart) || chart["latest"] != "" {
			t.Errorf("chart: %v", chart)
		}
		complete(t, to)
		ref, _ := name.NewDigest(to + "/ring-operator@" + image)
		list, err := remote.Referrers(ref) // this registry's own list gives the config's type
		if err != nil {
			t.Fatal(err)
		}
		if m, _ := list.IndexManifest(); len(m.Manifests) != 1 || !referrers && m.Manifests[0].ArtifactType != inTotoMedia {
			t.Errorf("referrers: %+v", m)
		}
		// Again, from the output folder of a moved layout: nothing changes.
		if diff := cmp.Diff(done, mustPublish(t, Delivery{From: filepath.Join(dist, "oci"), To: to})); diff != "" {
			t.Error(diff)
		}
	}
}

// complete checks that everything below every tag is there and valid.
func complete(t *testing.T, to string) {
	t.Helper()
	for _, r := range []string{"ring-operator", "ring-operator-bundle", "ring-operator-catalog", "charts/ring-operator"} {
		repo, err := name.NewRepository(to + "/" + r)
		if err != nil {
			t.Fatal(err)
		}
		tags, err := remote.List(repo)
		if err != nil {
			continue // a repository that nothing was sent to
		}
		for _, tag := range tags {
			d, err := remote.Get(repo.Tag(tag))
			if err != nil {
				t.Fatal(err)
			}
			if err := whole(repo, d); err != nil {
				t.Errorf("%s:%s: %v", r, tag, err)
			}
		}
	}
}

func whole(repo name.Repository, d *remote.Descriptor) error {
	c, err := contents(d.Manifest, d.MediaType)
	if err != nil {
		return err
	}
	for _, m := range c.manifests {
		child, err := remote.Get(repo.Digest(m.Digest.String()))
		if err != nil {
			return err
		}
		if err := whole(repo, child); err != nil {
			return err
		}
	}
	for _, b := range c.blobs {
		l, err := remote.Layer(repo.Digest(b.Digest.String()))
		if err != nil {
			return err
		}
		r, err := l.Compressed()
		if err != nil {
			return err
		}
		h, _, err := v1.SHA256(r)
		r.Close()
		if err != nil || h != b.Digest {
			return fmt.Errorf("%s is %s, %v", b.Digest, h, err)
		}
	}
	return nil
}

func TestPublishedImagesAreValid(t *testing.T) {
	to := server(t)
	for _, p := range mustPublish(t, Delivery{From: prebuilt(t, "1.2.3", "stable"), To: to}) {
		ref, err := name.NewDigest(p.Repository + "@" + p.Digest)
		if err != nil {
			t.Fatal(err)
		}
		switch p.Kind {
		case KindImage:
			index, err := remote.Index(ref)
			if err == nil {
				err = validate.Index(index)
			}
			if err != nil {
				t.Error(err)
			}
		case KindBundle, KindCatalog:
			img, err := remote.Image(ref)
			if err == nil {
				err = validate.Image(img)
			}
			if err != nil {
				t.Error(err)
			}
		}
	}
}

// TestTagsOnlyMoveForward publishes versions in an order that is not theirs.
func TestTagsOnlyMoveForward(t *testing.T) {
	to := server(t)
	digests := map[string]string{}
	for _, v := range []struct{ version, channels string }{
		{"1.3.0", "stable"}, {"1.2.4", "stable, old"}, {"2.0.0-rc.1", "candidate"}, {"1.2.3", "stable, old"}, {"2.0.0", "fast"}, {"1.3.1", "stable"},
	} {
		digests[v.version] = digestOf(mustPublish(t, Delivery{From: prebuilt(t, v.version, v.channels), To: to}), KindImage)
	}
	want := map[string]string{}
	for tag, version := range map[string]string{
		"v1": "1.3.1", "v1.2": "1.2.4", "v1.3": "1.3.1", "v2": "2.0.0", "v2.0": "2.0.0", "latest": "2.0.0", "stable": "2.0.0", "fast": "2.0.0", "old": "1.2.4",
	} {
		want[tag] = digests[version]
	}
	for version, digest := range digests {
		want[version], want["v"+version] = digest, digest
	}
	got := standing(t, to+"/ring-operator")
	for tag := range got {
		if strings.HasPrefix(tag, "sha256-") {
			delete(got, tag)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestVersionTagNeverMoves(t *testing.T) {
	to := server(t)
	mustPublish(t, Delivery{From: prebuilt(t, "1.2.3", "stable"), To: to})
	before := standing(t, to+"/ring-operator")
	_, diags, err := Publish(context.Background(), Delivery{From: prebuilt(t, "1.2.3", "stable, more"), To: to})
	if err != nil || len(diags) == 0 || diags[0].Code != diag.TagTaken {
		t.Error(err, diags)
	}
	if diff := cmp.Diff(before, standing(t, to+"/ring-operator")); diff != "" {
		t.Error(diff)
	}
}

// TestConcurrentPublishers ends right whoever comes last.
func TestConcurrentPublishers(t *testing.T) {
	versions := []string{"1.2.3", "1.2.4", "1.3.0"}
	var dists []string
	for _, v := range versions {
		dists = append(dists, prebuilt(t, v, "stable"))
	}
	for range 10 {
		to := server(t)
		newest := make([]string, len(versions))
		var wg sync.WaitGroup
		for i := range versions {
			wg.Go(func() {
				done, diags, err := Publish(context.Background(), Delivery{From: dists[i], To: to, Wait: time.Millisecond})
				if err != nil || len(diags) > 0 {
					t.Error(err, diags)
					return
				}
				newest[i] = digestOf(done, KindImage)
			})
		}
		wg.Wait()
		got := standing(t, to+"/ring-operator")
		for tag, want := range map[string]string{"latest": newest[2], "v1": newest[2], "v1.2": newest[1], "v1.3": newest[2], "stable": newest[2]} {
			if got[tag] != want {
				t.Errorf("%s is at %s, want %s", tag, got[tag], want)
			}
		}
	}
}

func TestToLayout(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "carry")
	first, second := prebuilt(t, "1.2.3", "stable"), prebuilt(t, "1.2.4", "stable")
	mustPublish(t, Delivery{From: first, To: "oci:" + dir})
	mustPublish(t, Delivery{From: second, To: "oci:" + dir})
	mustPublish(t, Delivery{From: second, To: "oci:" + dir})
	to := server(t)
	mustPublish(t, Delivery{From: dir, To: to})
	got := standing(t, to+"/ring-operator")
	if got["v1.2.3"] == "" || got["latest"] == "" || got["latest"] != got["v1.2.4"] {
		t.Error(got)
	}
	_, diags, err := Publish(context.Background(), Delivery{From: prebuilt(t, "1.2.4", "other"), To: "oci:" + dir})
	if err != nil || len(diags) == 0 || diags[0].Code != diag.TagTaken {
		t.Error(err, diags)
	}
}

func TestToHelm(t *testing.T) {
	dir := t.TempDir()
	const others = "apiVersion: v1\nentries:\n  other:\n  - name: other\n    version: 0.1.0\n    x: kept\n  ring-operator:\n  - name: ring-operator\n    version: 1.3.0\n    digest: abc\n"
	if err := os.WriteFile(filepath.Join(dir, "index.yaml"), []byte(others), 0o666); err != nil {
		t.Fatal(err)
	}
	dist := prebuilt(t, "1.2.3", "stable")
	mustPublish(t, Delivery{From: dist, To: "helm:" + dir})
	mustPublish(t, Delivery{From: dist, To: "helm:" + dir})
	mustPublish(t, Delivery{From: prebuilt(t, "1.2.4", "stable"), To: "helm:" + dir})
	index, err := readHelmIndex(filepath.Join(dir, "index.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	entries := index["entries"].(map[string]any)
	var versions []string
	for _, e := range entries["ring-operator"].([]any) {
		versions = append(versions, text(e.(map[string]any), "version"))
	}
	if diff := cmp.Diff([]string{"1.3.0", "1.2.4", "1.2.3"}, versions); diff != "" {
		t.Error(diff)
	}
	if other := entries["other"].([]any)[0].(map[string]any); other["x"] != "kept" {
		t.Error(other)
	}
	if _, err := os.Stat(filepath.Join(dir, "ring-operator-1.2.3.tgz")); err != nil {
		t.Error(err)
	}
}

func TestDamagedLayout(t *testing.T) {
	dist := prebuilt(t, "1.2.3", "stable")
	blobs, err := filepath.Glob(filepath.Join(dist, "oci/blobs/sha256/*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range blobs {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, append([]byte("x"), data...), 0o666); err != nil {
			t.Fatal(err)
		}
		_, diags, err := Publish(context.Background(), Delivery{From: dist, To: "127.0.0.1:1"})
		if err != nil || len(diags) != 1 || diags[0].Code != diag.LayoutUnusable {
			t.Errorf("%s: %v %v", filepath.Base(path), err, diags)
		}
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if len(blobs) < 15 {
		t.Errorf("%d blobs", len(blobs))
	}
}
