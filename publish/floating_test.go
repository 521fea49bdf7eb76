package publish

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/Masterminds/semver/v3"
)

func TestCompareVersions(t *testing.T) {
	ordered := []string{"1.2.0-rc.1", "1.2.0", "1.2.0+20250102", "1.2.0+b2", "1.2.0+b9", "1.2.0+b10", "1.2.0+b10.1", "1.2.1"}
	for i, a := range ordered {
		for j, b := range ordered {
			got := compareVersions(semver.MustParse(a), semver.MustParse(b))
			if i < j && got >= 0 || i == j && got != 0 || i > j && got <= 0 {
				t.Errorf("%s and %s: %d", a, b, got)
			}
		}
	}
}

// extended builds a version whose catalog has the bundles of another one, whose dist is given, or of none.
func extended(t *testing.T, version, release, before string) string {
	t.Helper()
	text := description
	for _, line := range []string{"dockerfile: {binary: manager}", "version: " + version, "release: {" + release + "}"} {
		text = replaced(text + "\x00" + line)
	}
	files := map[string]string{"manager": version}
	if before != "" {
		data, err := os.ReadFile(filepath.Join(before, "catalog", "ring-operator", "catalog.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		files["released.yaml"] = string(data)
		text += "catalog: {extends: released.yaml}\n"
	}
	files["operator.yaml"] = text
	dir := project(t, files)
	out := compiled(t, dir)
	dist := filepath.Join(dir, "dist")
	if _, diags, err := Build(context.Background(), out, Options{Dir: dir, Out: dist}); err != nil || diags.HasErrors() {
		t.Fatal(err, diags)
	}
	for _, name := range out.Files("catalog").Names() {
		at := filepath.Join(dist, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, out.Files("catalog").Data(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dist
}

// TestCatalogTagsFollowContent publishes catalogs that each have the bundles of the one before: tags that people poll move
// to the one that holds all, whichever version was added last, and never back to one that lacks a bundle.
func TestCatalogTagsFollowContent(t *testing.T) {
	to := server(t)
	first := extended(t, "1.1.0", "channels: [stable-v1.1, stable], defaultChannel: stable", "")
	second := extended(t, "1.2.0", "channels: [stable], replaces: 1.1.0", first)
	fix := extended(t, "1.1.5", "channels: [stable-v1.1], defaultChannel: stable, replaces: 1.1.0", second)
	candidate := extended(t, "1.3.0-rc.1", "channels: [candidate], defaultChannel: stable, skipRange: \">=1.1.0 <1.3.0-rc.1\"", fix)
	alone := extended(t, "1.4.0-rc.1", "channels: [candidate]", "")
	for _, step := range []struct {
		dist         string
		catalog, app string // versions that the tags latest stand at
	}{
		{first, "1.1.0", "1.1.0"}, {second, "1.2.0", "1.2.0"}, {fix, "1.1.5", "1.2.0"}, {second, "1.1.5", "1.2.0"}, {first, "1.1.5", "1.2.0"},
		{candidate, "1.3.0-rc.1", "1.2.0"}, {fix, "1.3.0-rc.1", "1.2.0"}, {alone, "1.3.0-rc.1", "1.2.0"},
	} {
		mustPublish(t, Delivery{From: step.dist, To: to})
		for repository, want := range map[string]string{"ring-operator-catalog": step.catalog, "ring-operator": step.app} {
			got := standing(t, to+"/"+repository)
			if got["latest"] == "" || got["latest"] != got["v"+want] {
				t.Errorf("%s: latest of %s is %s, want %s", strings.TrimPrefix(step.dist, os.TempDir()), repository, tagsAt(got, got["latest"]), want)
			}
		}
	}
	got := standing(t, to+"/ring-operator-catalog")
	for tag, want := range map[string]string{"v1": "v1.1.5", "v1.1": "v1.1.5", "v1.2": "v1.2.0", "stable": "v1.3.0-rc.1", "stable-v1.1": "v1.1.5"} {
		if got[tag] != got[want] {
			t.Errorf("%s stands at %s, want %s", tag, tagsAt(got, got[tag]), want)
		}
	}
	if got["v1.3"] != "" {
		t.Error("a prerelease has the tag v1.3")
	}
}

func tagsAt(tags map[string]string, digest string) string {
	var out []string
	for tag, d := range tags {
		if d == digest {
			out = append(out, tag)
		}
	}
	return fmt.Sprint(out)
}

// TestBuildsOfAVersion publishes builds of one version, and the first again: its tags stay where the last one put them.
func TestBuildsOfAVersion(t *testing.T) {
	to := server(t)
	plain, ninth, tenth := prebuilt(t, "1.2.0", "stable"), prebuilt(t, "1.2.0+b9", "stable"), prebuilt(t, "1.2.0+b10", "stable")
	for _, step := range []struct{ dist, want string }{
		{plain, "v1.2.0"}, {ninth, "v1.2.0_b9"}, {tenth, "v1.2.0_b10"}, {plain, "v1.2.0_b10"}, {ninth, "v1.2.0_b10"},
	} {
		mustPublish(t, Delivery{From: step.dist, To: to})
		if got := standing(t, to+"/ring-operator"); got["latest"] != got[step.want] || got["v1.2"] != got[step.want] {
			t.Errorf("latest stands at %s, want %s", tagsAt(got, got["latest"]), step.want)
		}
	}
}
