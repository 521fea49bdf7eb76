package dockerfile

import (
	"path"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
)

// image is what the template of the operator's Dockerfile shows; all its strings are safe where they stand.
type image struct {
	Args       []arg
	Build      *build // nil with a prebuilt binary
	Binary     string
	BinaryArgs []string
	Base       string
	NoCerts    bool // the base has no certificates of public authorities
	Entrypoint string
	Files      []copied
	Licenses   string
	User       string
	Labels     string
}

// arg is a build argument that the labels use, and the linker flags may.
type arg struct{ Name, Doc, Default string }

// copied is a file or folder of the project in the image.
type copied struct{ From, To string }

// build is the stage that compiles the program.
type build struct {
	From     string
	CGO      bool
	Foreign  bool // not Go's own image
	Args     []string
	Variants []string // branches that set the variant of an architecture
	Env      string
	Flags    string
	Program  string
	Package  string
}

func newImage(m *model.Operator, c *checker) image {
	d := m.Dockerfile
	img := image{
		Args:       arguments(m),
		Base:       c.image(d.Base, d.From.Child("base")),
		NoCerts:    d.Base == "scratch" || strings.Contains(d.Base, "/ubi-micro"),
		Entrypoint: c.entrypoint(d.Entrypoint, d.From.Child("entrypoint")),
		User:       c.user(d.User, d.From.Child("user")),
	}
	if d.Binary != "" {
		img.Binary, img.BinaryArgs = c.binary(d.Binary, m.Image, d.From.Child("binary"))
	} else {
		img.Build = newBuild(m, c)
	}
	for i, f := range d.Files {
		if p := c.source(f, d.From.Child("files").Index(i)); p != "" {
			img.Files = append(img.Files, copied{p, destination(p)})
		}
	}
	if d.Licenses != "" {
		img.Licenses = c.source(d.Licenses, d.From.Child("licenses"))
	}
	img.Labels = instruction(imageLabels(m, c))
	c.cgoBase(d)
	return img
}

// arguments are the build arguments. Their defaults come from the description alone, since the clock and the
// repository are none of the compiler's business: whoever builds can say better.
func arguments(m *model.Operator) []arg {
	created := m.Release.Date
	if created == "" {
		created = "1970-01-01T00:00:00Z"
	}
	out := []arg{
		{"VERSION", "of the operator.", quote(m.Version)},
		{"REVISION", "is the commit that is built.", "unknown"},
		{"CREATED", "is when the image is built, in RFC 3339.", quote(created)},
	}
	if m.Dockerfile.Profile == model.ProfileRedHat {
		out = append(out, arg{"RELEASE", "counts the builds of one version.", "1"})
	}
	return out
}

func newBuild(m *model.Operator, c *checker) *build {
	d := m.Dockerfile
	flags, used := c.ldflags(d.Ldflags, d.From.Child("ldflags"))
	b := &build{
		From:    c.builder(d),
		CGO:     d.CGO,
		Foreign: !isGolang(d.Builder),
		Program: path.Base(d.Entrypoint),
		Package: c.goPackage(d.Package, d.From.Child("package")),
	}
	b.Flags = strings.Join(slices.Concat([]string{"-trimpath", "-buildvcs=false"}, c.tags(d), flags), " ")
	if b.CGO {
		b.Args, b.Env = used, "CGO_ENABLED=1"
		return b
	}
	b.Args = []string{"TARGETOS", "TARGETARCH"}
	if b.Variants = variants(m.Image.Platforms); len(b.Variants) > 0 {
		b.Args = append(b.Args, "TARGETVARIANT")
	}
	b.Args = append(b.Args, used...)
	b.Env = "CGO_ENABLED=0 GOOS=${TARGETOS:-linux} GOARCH=${TARGETARCH}"
	return b
}

// isGolang reports whether a builder is Go's own image or a copy of it, whose user and folders are known.
func isGolang(ref string) bool {
	name, _, _ := strings.Cut(path.Base(ref), "@")
	name, _, _ = strings.Cut(name, ":")
	return name == "golang"
}

// variants are the branches of a shell's case that tell Go which variant of an architecture to compile for. Go refuses
// a variant of another architecture, so each is set for its own only.
func variants(platforms []string) []string {
	var amd64, arm bool
	for _, p := range platforms {
		parts := strings.Split(p, "/")
		arm = arm || len(parts) > 1 && parts[1] == "arm"
		amd64 = amd64 || len(parts) > 2 && parts[1] == "amd64"
	}
	var out []string
	if amd64 {
		out = append(out, "amd64) export GOAMD64=${TARGETVARIANT:-v1}")
	}
	if arm {
		out = append(out, "arm) export GOARM=${TARGETVARIANT#v}")
	}
	return out
}

// destination is where a file or folder of the project stands in the image: at the same path. What matches a pattern
// keeps its folder.
func destination(source string) string {
	if strings.ContainsAny(source, "*?") {
		dir := path.Dir(source)
		if dir == "." {
			return "/"
		}
		return "/" + dir + "/"
	}
	return "/" + source
}
