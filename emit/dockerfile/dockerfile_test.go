package dockerfile

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/schema/diag"
)

// sample is a project of kubebuilder's with nothing said about Dockerfiles: examples/database-operator.
func sample() *model.Operator {
	return &model.Operator{
		Name: "database-operator", Version: "0.2.0", DisplayName: "Database Operator",
		Summary:     "Runs PostgreSQL databases",
		Description: "# Database Operator\n\nRuns databases\nin a cluster.\n\nMore.\n",
		License:     "Apache-2.0", Source: "https://github.com/example/database-operator",
		Provider:    model.Provider{Name: "Example", URL: "https://example.com"},
		Maintainers: []model.Maintainer{{Name: "Jo Example", Email: "jo@example.com"}},
		Image: model.Image{
			Repository: "ghcr.io/example/database-operator", Tag: "0.2.0",
			Platforms: []string{"linux/amd64", "linux/arm64"},
		},
		Release: model.Release{Node: model.Node{From: "/release"}, Channels: []string{"stable"}},
		Dockerfile: model.Dockerfile{
			Node: model.Node{From: "/dockerfile"}, Package: "./cmd", Entrypoint: "/manager", GoVersion: "1.26",
			Builder: "docker.io/library/golang", Base: "gcr.io/distroless/static:nonroot", User: "65532:65532", Ldflags: "-s -w",
		},
		OLM:     model.OLM{Node: model.Node{From: "/olm"}, Package: "database-operator"},
		Catalog: model.Catalog{Node: model.Node{From: "/catalog"}},
	}
}

// cases are the forms a Dockerfile can have; each has a golden folder.
var cases = []struct {
	name   string
	change func(*model.Operator)
}{
	{"kubebuilder", func(*model.Operator) {}},
	{"variants", func(m *model.Operator) {
		m.Image.Platforms = []string{"linux/amd64/v3", "linux/arm/v7", "linux/arm64"}
		d := &m.Dockerfile
		d.Builder, d.GoVersion, d.Base = "registry.access.redhat.com/ubi9/go-toolset", "1.25", "scratch"
		d.Tags = []string{"netgo", "osusergo"}
		d.Ldflags = `-s -w -X main.version=$VERSION -X 'main.commit=${REVISION}' -X "main.home=$HOME"`
		d.Files = []string{"assets", "bin/tool", "config/*.yaml"}
		d.Labels = map[string]string{"com.example.team": `the "db" team's \ $TEAM`, "org.opencontainers.image.vendor": "Example & Co"}
		m.Summary, m.Homepage = `Runs "small" databases for $5 a month`, "https://example.com/db"
		m.Maintainers = append(m.Maintainers, model.Maintainer{Name: "Team"})
		m.Release.Date = "2026-11-01T00:00:00Z"
		m.Release.Channels, m.Release.DefaultChannel = []string{"candidate", "stable"}, "stable"
		m.OLM.Scorecard = false
	}},
	{"cgo", func(m *model.Operator) {
		m.Dockerfile.CGO = true
		m.Dockerfile.Builder = "docker.io/library/golang@sha256:0000000000000000000000000000000000000000000000000000000000000000"
		m.Dockerfile.Base = "gcr.io/distroless/base-debian12:nonroot@sha256:1111111111111111111111111111111111111111111111111111111111111111"
		m.Dockerfile.Ldflags = ""
		m.Dockerfile.Package = "example.com/database-operator/cmd/manager"
	}},
	{"prebuilt", func(m *model.Operator) {
		m.Dockerfile.Package, m.Dockerfile.Binary = "", "./bin/manager-$TARGETOS-${TARGETARCH}"
		m.Dockerfile.Files = []string{"templates"}
		m.Dockerfile.Licenses = "LICENSE"
	}},
	{"redhat", func(m *model.Operator) {
		m.Dockerfile.Profile, m.Dockerfile.Licenses = "redhat", "licenses/"
		m.Dockerfile.Base = "registry.access.redhat.com/ubi9/ubi-micro:latest"
		m.Dockerfile.User = "1001"
		versions := "v4.16"
		m.OLM.BundleAnnotations = map[string]*string{"com.redhat.openshift.versions": &versions}
	}},
	{"foreign-image", func(m *model.Operator) { m.Image.Repository = "" }},
}

// emitted runs the target and fails the test on findings.
func emitted(t testing.TB, change func(*model.Operator)) *emit.FileSet {
	t.Helper()
	m := sample()
	change(m)
	set, diags := Target.Emit(m)
	for _, d := range diags {
		t.Errorf("%s: %s", d.Path, d.Message)
	}
	return set
}

func content(t testing.TB, set *emit.FileSet, name string) string {
	t.Helper()
	f, ok := set.File(name)
	if !ok {
		t.Fatalf("%s is missing; there are %v", name, set.Names())
	}
	return string(f.Data)
}

// TestGolden compares with testdata/<case>; OPC_UPDATE=1 writes it.
func TestGolden(t *testing.T) {
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			set, dir := emitted(t, tc.change), filepath.Join("testdata", tc.name)
			if os.Getenv("OPC_UPDATE") != "" {
				update(t, dir, set)
			}
			if diff := cmp.Diff(tree(t, os.DirFS(dir)), tree(t, set.FS())); diff != "" {
				t.Errorf("%s (-want +got):\n%s", dir, diff)
			}
		})
	}
	entries, err := os.ReadDir("testdata")
	if err != nil || len(entries) != len(cases) {
		t.Errorf("testdata has %d folders for %d cases (%v)", len(entries), len(cases), err)
	}
}

func update(t *testing.T, dir string, set *emit.FileSet) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range set.Names() {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content(t, set, name)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func tree(t *testing.T, fsys fs.FS) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(fsys, name)
		out[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestOrigins(t *testing.T) {
	set := emitted(t, func(*model.Operator) {})
	want := map[string]diag.Path{
		"Dockerfile": "/dockerfile", "Dockerfile.dockerignore": "/dockerfile", "bundle.Dockerfile": "/olm", "catalog.Dockerfile": "/catalog",
	}
	got := map[string]diag.Path{}
	for _, name := range set.Names() {
		got[name] = set.Trace(name, "")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestSameBytes would show a map that is ranged over.
func TestSameBytes(t *testing.T) {
	for _, tc := range cases {
		first := emitted(t, tc.change).Digest()
		for range 20 {
			if emitted(t, tc.change).Digest() != first {
				t.Fatalf("%s: two runs differ", tc.name)
			}
		}
	}
}

// TestDocs holds the documentation to what is really emitted.
func TestDocs(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "targets", "dockerfile.md"))
	if err != nil {
		t.Fatal(err)
	}
	set := emitted(t, func(*model.Operator) {})
	for _, name := range []string{"Dockerfile", "bundle.Dockerfile", "catalog.Dockerfile"} {
		if !strings.Contains(string(page), "```dockerfile\n"+content(t, set, name)+"```\n") {
			t.Errorf("docs/targets/dockerfile.md does not show %s as it is", name)
		}
	}
}
