package dockerfile

import (
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"

	"github.com/opc-project/opc/compiler/model"
)

// parsed is a Dockerfile as BuildKit understands it.
type parsed struct {
	stages []instructions.Stage
	args   []instructions.ArgCommand
}

func parse(t testing.TB, text string) parsed {
	t.Helper()
	res, err := parser.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if len(res.Warnings) > 0 {
		t.Errorf("parser warns: %+v", res.Warnings)
	}
	stages, args, err := instructions.Parse(res.AST, nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return parsed{stages, args}
}

// last is the stage that becomes the image.
func (p parsed) last() instructions.Stage { return p.stages[len(p.stages)-1] }

// labels are the image's labels with the build arguments' defaults.
func (p parsed) labels(t testing.TB) map[string]string {
	t.Helper()
	env := environment{}
	for _, a := range p.args {
		for _, kv := range a.Args {
			env[kv.Key] = word(t, *kv.Value, nil)
		}
	}
	out := map[string]string{}
	for _, l := range all[*instructions.LabelCommand](p.last()) {
		for _, kv := range l.Labels {
			out[word(t, kv.Key, env)] = word(t, kv.Value, env)
		}
	}
	return out
}

// all returns the instructions of one kind in a stage.
func all[T instructions.Command](s instructions.Stage) []T {
	var out []T
	for _, c := range s.Commands {
		if x, ok := c.(T); ok {
			out = append(out, x)
		}
	}
	return out
}

// environment is what BuildKit expands variables from.
type environment map[string]string

func (e environment) Get(key string) (string, bool) { v, ok := e[key]; return v, ok }
func (e environment) Keys() []string                { return slices.Sorted(maps.Keys(e)) }

// word expands a word of an instruction as BuildKit does.
func word(t testing.TB, s string, env environment) string {
	t.Helper()
	out, unmatched, err := shell.NewLex('\\').ProcessWord(s, env)
	if err != nil || len(unmatched) > 0 {
		t.Errorf("%s: error %v, unknown variables %v", s, err, unmatched)
	}
	return out
}

// TestPractices asserts on every Dockerfile of an operator what is always asked of one.
func TestPractices(t *testing.T) {
	for _, tc := range cases {
		m := sample()
		tc.change(m)
		if m.Image.Repository == "" {
			continue
		}
		t.Run(tc.name, func(t *testing.T) {
			text := content(t, emitted(t, tc.change), "Dockerfile")
			if !strings.HasPrefix(text, "# syntax=docker/dockerfile:1\n") {
				t.Error("the first line does not choose the syntax")
			}
			p := parse(t, text)
			final := p.last()
			if final.BaseName != m.Dockerfile.Base || final.Platform != "" {
				t.Errorf("base %s on platform %q", final.BaseName, final.Platform)
			}
			if users := all[*instructions.UserCommand](final); len(users) != 1 || !userRule.MatchString(users[0].User) {
				t.Errorf("want one numeric user, got %+v", users)
			}
			entry := all[*instructions.EntrypointCommand](final)
			if len(entry) != 1 || entry[0].PrependShell || !slices.Equal(entry[0].CmdLine, []string{"/manager"}) {
				t.Errorf("entrypoint %+v: want the exec form of /manager", entry)
			}
			if len(all[*instructions.RunCommand](final)) > 0 {
				t.Error("the final stage runs a command, which distroless images can't")
			}
			if m.Dockerfile.Binary != "" {
				checkPrebuilt(t, p)
			} else {
				checkBuild(t, p.stages[0], m)
			}
		})
	}
}

func checkBuild(t *testing.T, s instructions.Stage, m *model.Operator) {
	t.Helper()
	wantPlatform := "$BUILDPLATFORM"
	if m.Dockerfile.CGO {
		wantPlatform = ""
	}
	if s.Platform != wantPlatform {
		t.Errorf("build stage on platform %q, want %q", s.Platform, wantPlatform)
	}
	var steps []string
	for _, c := range s.Commands {
		switch c := c.(type) {
		case *instructions.CopyCommand:
			steps = append(steps, "COPY "+strings.Join(c.SourcePaths, " "))
		case *instructions.RunCommand:
			if err := c.Expand(func(s string) (string, error) { return s, nil }); err != nil {
				t.Fatal(err)
			}
			for _, mount := range instructions.GetMounts(c) {
				steps = append(steps, string(mount.Type)+" "+mount.Target)
			}
			line := c.CmdLine[0]
			steps = append(steps, line[strings.Index(line, "go "):][:len("go build")])
		}
	}
	want := []string{
		"COPY go.mod go.sum*", "cache /go/pkg/mod", "secret /root/.netrc", "go mod d",
		"COPY .", "cache /go/pkg/mod", "cache /root/.cache/go-build", "secret /root/.netrc", "go build",
	}
	if diff := cmp.Diff(want, steps); diff != "" {
		t.Error(diff)
	}
}

func checkPrebuilt(t *testing.T, p parsed) {
	t.Helper()
	if len(p.stages) != 1 {
		t.Errorf("%d stages, want 1", len(p.stages))
	}
	var args []string
	for _, a := range all[*instructions.ArgCommand](p.last()) {
		args = append(args, a.Args[0].Key)
	}
	if diff := cmp.Diff([]string{"TARGETOS", "TARGETARCH", "VERSION", "REVISION", "CREATED"}, args); diff != "" {
		t.Error(diff)
	}
	c := all[*instructions.CopyCommand](p.last())[0]
	got := word(t, c.SourcePaths[0], environment{"TARGETOS": "linux", "TARGETARCH": "arm64"})
	if got != "bin/manager-linux-arm64" || c.DestPath != "/manager" || c.Chmod != "0755" {
		t.Errorf("COPY --chmod=%s %s %s", c.Chmod, got, c.DestPath)
	}
}

func TestImageLabels(t *testing.T) {
	const summary = `Runs "small" databases for $5 a month`
	p := parse(t, content(t, emitted(t, func(m *model.Operator) {
		m.Dockerfile.Profile, m.Dockerfile.Licenses = "redhat", "LICENSE"
		m.Summary, m.Homepage = summary, "https://example.com/db"
		m.Maintainers = append(m.Maintainers, model.Maintainer{Name: "Team"})
		m.Dockerfile.Labels = map[string]string{
			"quoted": `say "hi" to '$USER' and ${USER}`, "path": `C:\dir\`, "shell": "`id` $(id) # <<EOF", "empty": "",
			"vendor": "Example GmbH & Co", "umlaut": "ä",
		}
	}), "Dockerfile"))
	want := map[string]string{
		"quoted": `say "hi" to '$USER' and ${USER}`, "path": `C:\dir\`, "shell": "`id` $(id) # <<EOF", "empty": "", "umlaut": "ä",
		"name": "database-operator", "vendor": "Example GmbH & Co", "version": "0.2.0", "release": "1",
		"summary": summary, "description": "Runs databases in a cluster.", "maintainer": "Jo Example <jo@example.com>, Team",
		"io.k8s.display-name": "Database Operator", "io.k8s.description": summary,
		"org.opencontainers.image.authors":     "Jo Example <jo@example.com>, Team",
		"org.opencontainers.image.base.name":   "gcr.io/distroless/static:nonroot",
		"org.opencontainers.image.created":     "1970-01-01T00:00:00Z",
		"org.opencontainers.image.description": summary,
		"org.opencontainers.image.licenses":    "Apache-2.0",
		"org.opencontainers.image.revision":    "unknown",
		"org.opencontainers.image.source":      "https://github.com/example/database-operator",
		"org.opencontainers.image.title":       "Database Operator",
		"org.opencontainers.image.url":         "https://example.com/db",
		"org.opencontainers.image.vendor":      "Example",
		"org.opencontainers.image.version":     "0.2.0",
	}
	if diff := cmp.Diff(want, p.labels(t)); diff != "" {
		t.Error(diff)
	}
}

// TestBundleAndCatalog holds that the bundle's labels are its annotations, and that the copied folders are those of the
// output tree.
func TestBundleAndCatalog(t *testing.T) {
	for _, scorecard := range []any{nil, false} {
		m := sample()
		m.OLM.Scorecard = scorecard
		odd := "=v4.16 \"or\" $later"
		m.OLM.BundleAnnotations = map[string]*string{"com.example/odd": &odd}
		set, _ := Target.Emit(m)
		p := parse(t, content(t, set, "bundle.Dockerfile"))
		if diff := cmp.Diff(m.BundleAnnotations(), p.labels(t)); diff != "" {
			t.Error(diff)
		}
		want := map[string]string{"bundle/manifests": "/manifests/", "bundle/metadata": "/metadata/"}
		if scorecard == nil {
			want["bundle/tests/scorecard"] = "/tests/scorecard/"
		}
		checkScratch(t, p, want)

		p = parse(t, content(t, set, "catalog.Dockerfile"))
		if diff := cmp.Diff(map[string]string{configsLabel: "/configs"}, p.labels(t)); diff != "" {
			t.Error(diff)
		}
		checkScratch(t, p, map[string]string{"catalog": "/configs"})
	}
}

// TestCatalogOnABase reads the Dockerfile of a catalog that serves itself.
func TestCatalogOnABase(t *testing.T) {
	const base = "quay.io/operator-framework/opm@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	p := parse(t, content(t, emitted(t, func(m *model.Operator) { m.Catalog.Base = base }), "catalog.Dockerfile"))
	if len(p.stages) != 1 || p.last().BaseName != base {
		t.Errorf("%d stages, base %s", len(p.stages), p.last().BaseName)
	}
	if diff := cmp.Diff(map[string]string{configsLabel: "/configs"}, p.labels(t)); diff != "" {
		t.Error(diff)
	}
	run, entry, cmds := all[*instructions.RunCommand](p.last()), all[*instructions.EntrypointCommand](p.last()), all[*instructions.CmdCommand](p.last())
	if len(run) != 1 || len(entry) != 1 || len(cmds) != 1 {
		t.Fatal(run, entry, cmds)
	}
	serve := append(slices.Clone(entry[0].CmdLine), cmds[0].CmdLine...)
	if diff := cmp.Diff(append(serve, "--cache-only"), []string(run[0].CmdLine)); diff != "" {
		t.Error("the cache is made for another command", diff)
	}
}

func checkScratch(t *testing.T, p parsed, want map[string]string) {
	t.Helper()
	if len(p.stages) != 1 || p.last().BaseName != "scratch" {
		t.Errorf("%d stages, base %s: want one, from scratch", len(p.stages), p.last().BaseName)
	}
	got := map[string]string{}
	for _, c := range all[*instructions.CopyCommand](p.last()) {
		got[c.SourcePaths[0]] = c.DestPath
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestIgnoreFile asks BuildKit's matcher which files reach the builder.
func TestIgnoreFile(t *testing.T) {
	project := []string{
		"go.mod", "go.sum", "main.go", "cmd/main.go", "cmd/main_test.go", "api/v1/types.go", "internal/web/page.html",
		"internal/web/testdata/x.yaml", "vendor/example.com/x/x.go", "config/crd/bases/x.yaml", "docs/docs.go", "README.md",
		".git/HEAD", "bin/tool", "bin/other", "bin/manager-linux-amd64", "dist/chart/Chart.yaml", "assets/logo.svg",
		"LICENSE", "deploy/.env", "build/linux/arm/v7/manager",
	}
	goBuild := []string{
		"go.mod", "go.sum", "main.go", "cmd/main.go", "api/v1/types.go", "internal/web/page.html", "internal/web/testdata/x.yaml",
		"vendor/example.com/x/x.go", "config/crd/bases/x.yaml", "docs/docs.go", "README.md", "assets/logo.svg", "LICENSE",
		"build/linux/arm/v7/manager",
	}
	tests := []struct {
		name   string
		change func(*model.Dockerfile)
		want   []string
	}{
		{"sources, vendor and embedded files", func(*model.Dockerfile) {}, goBuild},
		{"what is copied, wherever it stands", func(d *model.Dockerfile) {
			d.Package, d.Files, d.Licenses = "./dist/chart", []string{"bin/tool", "deploy/.env"}, "./LICENSE"
		}, append([]string{"bin/tool", "deploy/.env", "dist/chart/Chart.yaml"}, goBuild...)},
		{"only the binaries", func(d *model.Dockerfile) {
			d.Binary, d.Files = "bin/manager-${TARGETOS}-$TARGETARCH", []string{"assets"}
		}, []string{"assets/logo.svg", "bin/manager-linux-amd64"}},
		{"a folder for each platform", func(d *model.Dockerfile) { d.Binary = "./build/$TARGETPLATFORM/manager" },
			[]string{"build/linux/arm/v7/manager"}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			set := emitted(t, func(m *model.Operator) { tc.change(&m.Dockerfile) })
			patterns, err := ignorefile.ReadAll(strings.NewReader(content(t, set, "Dockerfile.dockerignore")))
			if err != nil {
				t.Fatal(err)
			}
			pm, err := patternmatcher.New(patterns)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range project {
				if !fs.ValidPath(f) || path.Clean(f) != f {
					t.Fatalf("%s is no clean path", f)
				}
				if ignored, err := pm.MatchesOrParentMatches(f); err != nil {
					t.Fatal(err)
				} else if !ignored {
					got = append(got, f)
				}
			}
			slices.Sort(tc.want)
			slices.Sort(got)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
