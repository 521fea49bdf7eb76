package publish

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/opc-project/opc"
	"github.com/opc-project/opc/schema/diag"
)

const description = `name: ring-operator
version: 1.2.3
license: MIT
source: https://example.com/ring
image: {repository: registry.example.com/team/ring-operator, platforms: [linux/amd64, linux/arm64]}
crds: [crd.yaml]
dockerfile: {ldflags: "-s -w -X main.version=${VERSION}", files: [assets], labels: {team: ring}}
release: {channels: [stable, fast]}
`

const crd = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: rings.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Ring, plural: rings, singular: ring, listKind: RingList}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object}}}}
`

const program = `package main

import "os"

var version = "none"

func main() { os.Stdout.WriteString(version + "\n") }
`

// project writes a small operator into a new folder. More are files that replace or join its own.
func project(t testing.TB, more map[string]string) string {
	t.Helper()
	files := map[string]string{
		"operator.yaml": description, "crd.yaml": crd, "cmd/main.go": program, "go.mod": "module example.com/ring\n\ngo 1.26\n",
		"assets/a/one.txt": "one\n", "assets/run.sh": "#!/bin/sh\n",
	}
	maps.Copy(files, more)
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		mode := os.FileMode(0o666)
		if strings.HasSuffix(name, ".sh") {
			mode = 0o777
		}
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// compiled is what a project compiles to; an error is a fault of the test.
func compiled(t testing.TB, dir string) *opc.Output {
	t.Helper()
	r, err := opc.Compile(t.Context(), os.DirFS(dir), "operator.yaml", opc.Options{})
	if err != nil || r.Output == nil {
		t.Fatal(err, r.Findings)
	}
	return r.Output
}

// make builds a project and fails the test on any finding.
func mustBuild(t *testing.T, dir string) *Result {
	t.Helper()
	r, diags, err := Build(context.Background(), compiled(t, dir), Options{Dir: dir, Out: filepath.Join(dir, "dist")})
	if err != nil || len(diags) > 0 {
		t.Fatal(err, diags)
	}
	return r
}

// TestSameSourceSameBytes builds in two folders, under another umask, time zone and locale.
func TestSameSourceSameBytes(t *testing.T) {
	first := project(t, nil)
	mustBuild(t, first)
	t.Setenv("TZ", "Pacific/Chatham")
	t.Setenv("LC_ALL", "tr_TR.UTF-8")
	t.Setenv("GOFLAGS", "-tags=other")
	t.Setenv("GOAMD64", "v3")
	t.Setenv("GOFIPS140", "latest")
	written := filepath.Join(t.TempDir(), "env") // as go env -w writes it
	if err := os.WriteFile(written, []byte("GOFLAGS=-tags=other\nGOEXPERIMENT=jsonv2\nGOFIPS140=latest\nGO111MODULE=off\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOENV", written)
	old := umask(0o077)
	defer umask(old)
	second := project(t, nil)
	mustBuild(t, second)
	if diff := cmp.Diff(digests(t, filepath.Join(first, "dist")), digests(t, filepath.Join(second, "dist"))); diff != "" {
		t.Error(diff)
	}
}

// TestGoEnvironment passes on what the user set for downloads, and nothing that is secret or changes bytes.
func TestGoEnvironment(t *testing.T) {
	written := filepath.Join(t.TempDir(), "env")
	if err := os.WriteFile(written, []byte("GOSUMDB=sums.example.com\nGOFLAGS=-tags=other\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"GOENV": written, "GOPRIVATE": "example.com/own", "https_proxy": "http://proxy:3128", "CI_TOKEN": "s3cret", "GOROOT_FINAL": "/x",
		"GOEXPERIMENT": "jsonv2", "GOWORK": "/elsewhere/go.work", "GIT_CONFIG_KEY_0": "url.x", "GIT_DIR": "/elsewhere",
	} {
		t.Setenv(name, value)
	}
	settings, err := readGoSettings(context.Background(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	got := baseEnv(os.Environ(), settings)
	for _, want := range []string{"GOENV=off", "GOSUMDB=sums.example.com", "GOPRIVATE=example.com/own", "https_proxy=http://proxy:3128", "GIT_CONFIG_KEY_0=url.x"} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is missing", want)
		}
	}
	for _, v := range got {
		name, _, _ := strings.Cut(v, "=")
		if slices.Contains([]string{"CI_TOKEN", "GOFLAGS", "GOROOT_FINAL", "GOEXPERIMENT", "GOWORK", "GIT_DIR"}, name) {
			t.Errorf("%s reaches the Go tool", v)
		}
	}
}

// digests returns the digest of each file below a folder.
func digests(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		h, _, err := v1.SHA256(bytes.NewReader(data))
		rel, _ := filepath.Rel(dir, path)
		out[rel] = h.String()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func openLayout(t *testing.T, dir string) (v1.ImageIndex, map[string][]v1.Descriptor) {
	t.Helper()
	index, err := layout.ImageIndexFromPath(filepath.Join(dir, "dist", "oci"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]v1.Descriptor{}
	for _, d := range m.Manifests {
		out[d.Annotations[kindKey]] = append(out[d.Annotations[kindKey]], d)
	}
	return index, out
}

// TestEverythingIsValid is what crane validate asks of each image, and that each names the one before by digest.
func TestEverythingIsValid(t *testing.T) {
	dir := project(t, map[string]string{"targets/note.cue": `files: "team/image.txt": model.image.ref`})
	result := mustBuild(t, dir)
	index, kinds := openLayout(t, dir)
	want := map[string]int{KindImage: 1, KindChart: 1, KindBundle: 1, KindCatalog: 1, KindSBOM: 2, KindProvenance: 4}
	got := map[string]int{}
	for kind, list := range kinds {
		got[kind] = len(list)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
	for kind, list := range kinds {
		for _, d := range list {
			if d.MediaType.IsIndex() {
				images, err := index.ImageIndex(d.Digest)
				if err == nil {
					err = validate.Index(images)
				}
				if err != nil {
					t.Errorf("%s: %v", kind, err)
				}
				continue
			}
			img, err := index.Image(d.Digest)
			if err != nil {
				t.Fatal(err)
			}
			if kind == KindBundle || kind == KindCatalog {
				err = validate.Image(img)
			}
			if err != nil {
				t.Errorf("%s: %v", kind, err)
			}
		}
	}
	operator, bundle := kinds[KindImage][0].Digest.String(), kinds[KindBundle][0].Digest.String()
	holds := func(where string, files map[string]string, suffix, text string) {
		t.Helper()
		for name, data := range files {
			if strings.HasSuffix(name, suffix) && strings.Contains(data, text) {
				return
			}
		}
		t.Errorf("%s: no %s names %s", where, suffix, text)
	}
	holds("bundle", unpacked(t, index, kinds[KindBundle][0]), "clusterserviceversion.yaml", "ring-operator@"+operator)
	holds("catalog", unpacked(t, index, kinds[KindCatalog][0]), "catalog.yaml", "ring-operator-bundle@"+bundle)
	holds("chart", unpacked(t, index, kinds[KindChart][0]), "values.yaml", operator)
	if diff := cmp.Diff([]string{"install.yaml", "note/team/image.txt", "ring-operator-1.2.3.tgz"}, result.Packages); diff != "" {
		t.Error(diff)
	}
	note, err := os.ReadFile(filepath.Join(dir, "dist", "packages", "note", "team", "image.txt"))
	if err != nil || !strings.HasSuffix(string(note), "/ring-operator@"+operator) {
		t.Errorf("the file of a target does not name the image by its digest: %s, %v", note, err)
	}
}

// unpacked returns the files of a manifest's layers.
func unpacked(t *testing.T, index v1.ImageIndex, d v1.Descriptor) map[string]string {
	t.Helper()
	img, err := index.Image(d.Digest)
	if err != nil {
		t.Fatal(err)
	}
	layers, err := img.Layers()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, l := range layers {
		r, err := l.Compressed()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		for name, e := range untar(t, r) {
			out[name] = string(e.data)
		}
	}
	return out
}

func untar(t *testing.T, r io.Reader) map[string]entry {
	t.Helper()
	z, err := gzip.NewReader(r)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]entry{}
	for tr := tar.NewReader(z); ; {
		h, err := tr.Next()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(tr)
		if err != nil {
			t.Fatal(err)
		}
		if h.Uid != 0 || h.Gid != 0 || h.Uname != "" || h.ModTime.Unix() != 0 {
			t.Errorf("%s is %d:%d %q of %v", h.Name, h.Uid, h.Gid, h.Uname, h.ModTime)
		}
		out[h.Name] = entry{h.Name, h.Mode, data}
	}
}

func TestOperatorImage(t *testing.T) {
	dir := project(t, nil)
	result := mustBuild(t, dir)
	index, kinds := openLayout(t, dir)
	images, err := index.ImageIndex(kinds[KindImage][0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	m, err := images.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	var platforms []string
	for _, d := range m.Manifests {
		platforms = append(platforms, d.Platform.String())
	}
	if diff := cmp.Diff([]string{"linux/amd64", "linux/arm64"}, platforms); diff != "" {
		t.Error(diff)
	}
	img, err := images.Image(m.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Config.User != "65532:65532" || !slices.Equal(cfg.Config.Entrypoint, []string{"/manager"}) || cfg.Created.Unix() != 0 {
		t.Errorf("%+v", cfg)
	}
	wantLabels := map[string]string{
		"org.opencontainers.image.version": "1.2.3", "org.opencontainers.image.licenses": "MIT", "org.opencontainers.image.revision": "unknown",
		"org.opencontainers.image.created": "1970-01-01T00:00:00Z", "team": "ring", "org.opencontainers.image.base.name": "",
	}
	for key, want := range wantLabels {
		if got := cfg.Config.Labels[key]; got != want {
			t.Errorf("label %s is %q, want %q", key, got, want)
		}
	}
	layers, err := img.Layers()
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]entry{}
	for _, l := range layers {
		r, err := l.Compressed()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		maps.Copy(files, untar(t, r))
	}
	for name, mode := range map[string]int64{
		"manager": 0o755, "assets/a/one.txt": 0o644, "assets/run.sh": 0o755, "etc/passwd": 0o644, "tmp/": 0o1777, "assets/a/": 0o755,
		"etc/ssl/certs/ca-certificates.crt": 0o644, "usr/share/zoneinfo/Europe/Berlin": 0o644,
	} {
		if f, ok := files[name]; !ok || f.mode != mode {
			t.Errorf("%s: there %v, mode %o", name, ok, f.mode)
		}
	}
	if !bytes.Contains(files["manager"].data, []byte("1.2.3")) {
		t.Error("the program has no version")
	}
	if s := result.Sizes[0]; s.Program != int64(len(files["manager"].data)) || s.Base == 0 || s.Layers != 3 || s.Previous != 0 {
		t.Errorf("%+v", s)
	}
	if again := mustBuild(t, dir); again.Sizes[0].Previous != result.Sizes[0].Total {
		t.Errorf("%+v", again.Sizes)
	}
}

// TestReferrers reads the documents about the image.
func TestReferrers(t *testing.T) {
	dir := project(t, nil)
	mustBuild(t, dir)
	index, kinds := openLayout(t, dir)
	subjects := map[string]bool{}
	for _, d := range slices.Concat(kinds[KindSBOM], kinds[KindProvenance]) {
		img, err := index.Image(d.Digest)
		if err != nil {
			t.Fatal(err)
		}
		m, err := img.Manifest()
		if err != nil {
			t.Fatal(err)
		}
		subjects[m.Subject.Digest.String()] = true
		data, err := os.ReadFile(filepath.Join(dir, "dist/oci/blobs/sha256", m.Layers[0].Digest.Hex))
		if err != nil {
			t.Fatal(err)
		}
		var document map[string]any
		if err := json.Unmarshal(data, &document); err != nil {
			t.Fatal(err)
		}
		if d.Annotations[kindKey] == KindSBOM && (document["spdxVersion"] != "SPDX-2.3" || !bytes.Contains(data, []byte("pkg:golang/stdlib@go1."))) {
			t.Errorf("%s", data)
		}
		if d.Annotations[kindKey] == KindProvenance && document["_type"] != "https://in-toto.io/Statement/v1" {
			t.Errorf("%s", data)
		}
	}
	if len(subjects) != 6 { // two platforms, the index, chart, bundle, catalog
		t.Errorf("%d subjects", len(subjects))
	}
}

func TestBuildFindings(t *testing.T) {
	tests := map[string]struct {
		files map[string]string
		base  string
		want  diag.Code
		path  diag.Path
	}{
		"syntax":   {files: map[string]string{"cmd/main.go": "package main\n\nfunc main() { x }\n"}, want: diag.ProgramBroken, path: "/dockerfile/package"},
		"library":  {files: map[string]string{"cmd/main.go": "package cmd\n"}, want: diag.ProgramBroken, path: "/dockerfile/package"},
		"prebuilt": {files: map[string]string{"operator.yaml": description + "\x00dockerfile: {binary: \"bin/x-$TARGETARCH\"}"}, want: diag.ProgramBroken, path: "/dockerfile/binary"},
		"files":    {files: map[string]string{"operator.yaml": description + "\x00dockerfile: {files: [nothing]}"}, want: diag.FileMissing, path: "/dockerfile/files/0"},
		"cgo":      {files: map[string]string{"operator.yaml": description + "\x00dockerfile: {cgo: true, base: scratch}"}, want: diag.NotExpressible, path: "/dockerfile/cgo"},
		"unpinned": {files: map[string]string{"operator.yaml": description + "\x00dockerfile: {base: \"docker.io/library/debian:13\"}"}, want: diag.BaseUnpinned, path: "/dockerfile/base"},
		"layout":   {base: "oci:/nowhere", want: diag.BaseMissing, path: "/dockerfile/base"},
		"budget":   {files: map[string]string{"operator.yaml": description + "\x00image: {repository: r.example.com/a/b, budget: 100kB}"}, want: diag.OverBudget, path: "/image/budget"},
		"foreign":  {files: map[string]string{"dist/oci/mine": ""}, want: diag.OutputForeign, path: ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if text := test.files["operator.yaml"]; text != "" {
				test.files["operator.yaml"] = replaced(text)
			}
			dir := project(t, test.files)
			out := filepath.Join(dir, "dist")
			before := digests(t, dir)
			_, diags, err := Build(context.Background(), compiled(t, dir), Options{Dir: dir, Out: out, Base: test.base})
			if err != nil {
				t.Fatal(err)
			}
			if len(diags) == 0 || diags[0].Code != test.want || diags[0].Path != test.path || !diags.HasErrors() {
				t.Errorf("%+v", diags)
			}
			if diff := cmp.Diff(before, digests(t, dir)); diff != "" {
				t.Errorf("something was written: %s", diff)
			}
		})
	}
}

// replaced lets the line behind a NUL stand for the description's line of that field.
func replaced(text string) string {
	text, line, ok := strings.Cut(text, "\x00")
	if !ok {
		return text
	}
	field, _, _ := strings.Cut(line, ":")
	var out []string
	for l := range strings.Lines(text) {
		if !strings.HasPrefix(l, field+":") {
			out = append(out, l)
		}
	}
	return strings.Join(out, "") + line + "\n"
}

func TestPrebuiltProgram(t *testing.T) {
	dir := project(t, map[string]string{
		"operator.yaml":     replaced(description + "\x00dockerfile: {binary: \"bin/x-${TARGETOS}-$TARGETARCH\", entrypoint: /usr/bin/ring}"),
		"bin/x-linux-amd64": "amd64", "bin/x-linux-arm64": "arm64",
	})
	mustBuild(t, dir)
	index, kinds := openLayout(t, dir)
	images, err := index.ImageIndex(kinds[KindImage][0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	m, err := images.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range m.Manifests {
		if got := unpacked(t, images, d)["usr/bin/ring"]; got != d.Platform.Architecture {
			t.Errorf("%s: %q", d.Platform, got)
		}
	}
}
