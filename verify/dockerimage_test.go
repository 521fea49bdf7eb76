package verify

import (
	"os"
	"strings"
	"testing"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	target "github.com/opc-project/opc/emit/dockerfile"
)

// dockerized is the check of the Dockerfiles that an operator compiles to, with a change of what it says of its image and
// one of the files.
func dockerized(t *testing.T, change func(*model.Dockerfile), was, is string) []string {
	t.Helper()
	m := *compile(t, "database-operator", os.DirFS("../examples/database-operator")).model
	change(&m.Dockerfile)
	set, diags := target.Target.Emit(&m)
	failOn(t, "Dockerfile", diags)
	files := &emit.FileSet{}
	found := was == ""
	for _, name := range set.Names() {
		f, _ := set.File(name)
		text := string(f.Data)
		if !found && strings.HasPrefix(name, "Dockerfile") && strings.Contains(text, was) {
			found, text = true, strings.Replace(text, was, is, 1)
		}
		if err := files.Add(name, []byte(text), f.Origins...); err != nil {
			t.Fatal(err)
		}
	}
	if !found {
		t.Fatalf("no %q in the files", was)
	}
	var out []string
	for _, f := range newCheck(&m, files, Options{}).dockerClaims() {
		out = append(out, f.Message)
	}
	return out
}

var images = map[string]func(*model.Dockerfile){
	"compiled": func(*model.Dockerfile) {},
	"prebuilt": func(d *model.Dockerfile) { d.Package, d.Binary = "", "./bin/manager-${TARGETOS}-$TARGETARCH" },
	"cgo":      func(d *model.Dockerfile) { d.CGO, d.Base = true, "gcr.io/distroless/base-debian12:nonroot" },
	"foreign": func(d *model.Dockerfile) {
		d.Builder, d.Base = "registry.access.redhat.com/ubi9/go-toolset:1.26", "registry.access.redhat.com/ubi9/ubi-micro:9.5"
	},
	"scratch": func(d *model.Dockerfile) { d.Base = "scratch" },
	"files": func(d *model.Dockerfile) {
		d.Files, d.Licenses, d.Package = []string{"./bin/*", "config/crd/"}, "./LICENSE", "./dist"
	},
	"flags": func(d *model.Dockerfile) {
		d.Tags, d.Ldflags = []string{"a", "b"}, `-s -w -X main.v=${VERSION} -X 'main.home=$HOME'`
	},
	"labels": func(d *model.Dockerfile) { d.Labels = map[string]string{"a.b/c": `costs $HOME "and" \$5`} },
}

// What opc writes is what it should, however the image is made.
func TestDockerfiles(t *testing.T) {
	for name, change := range images {
		for _, text := range dockerized(t, change, "", "") {
			t.Errorf("%s: %s", name, text)
		}
	}
}

// What decides what the image is can't change unseen.
func TestDockerfileDiffers(t *testing.T) {
	for _, tc := range []struct{ image, was, is, want string }{
		{"compiled", "FROM gcr.io/distroless/static:nonroot", "FROM debian", `FROM is "debian"`},
		{"compiled", "USER 65532:65532", "USER 0", `USER is "0"`},
		{"compiled", "-o /out/manager ./cmd", "-o /out/manager ./tools", `"-o /out/manager ./cmd"`},
		{"compiled", "COPY . .", "COPY cmd .", `COPY . is "cmd"`},
		{"compiled", "--platform=$BUILDPLATFORM ", "", "PLATFORM is"},
		{"compiled", "ARG TARGETARCH\n", "", "uses TARGETARCH, which it does not declare"},
		{"compiled", "ARG GOPRIVATE\n", "", "argument GOPRIVATE"},
		{"compiled", "--from=build /out/manager /manager", "--from=build /out/manager /mgr", `COPY /manager is ""`},
		{"compiled", "title=\"Database Operator\"", "title=Other", "the label org.opencontainers.image.title"},
		{"compiled", "ARG VERSION=", "ARG VERSION=9", "the argument VERSION"},
		{"prebuilt", "!bin/manager-*-*\n", "", "keeps bin/manager-x-x from the builder"},
		{"prebuilt", "--chmod=0755 ", "", "COPY /manager is"},
		{"cgo", "CGO_ENABLED=1", "CGO_ENABLED=0", `"CGO_ENABLED=1"`},
		{"foreign", "USER 0\n", "", `USER is ""`},
		{"scratch", "COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/\n", "", "COPY /etc/ssl/certs is"},
		{"files", "COPY config/crd /config/crd\n", "", "nothing copies config/crd"},
		{"files", "!dist\n", "", "keeps dist from the builder"},
		{"files", "COPY LICENSE /licenses/\n", "", "COPY /licenses is"},
		{"flags", "-tags=a,b ", "", `"-tags=a,b"`},
	} {
		got := dockerized(t, images[tc.image], tc.was, tc.is)
		if !strings.Contains(strings.Join(got, "\n"), tc.want) {
			t.Errorf("%s: %q for %q: got %q, want %q", tc.image, tc.is, tc.was, got, tc.want)
		}
	}
}
