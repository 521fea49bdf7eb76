package dockerfile

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema/diag"
)

// checker collects what is wrong with strings that go into a Dockerfile. Its methods return the string when it is fit
// for its place. A Dockerfile has no escape for a line break, so whatever holds one would start an instruction of its
// own: that is refused everywhere.
type checker struct{ diags diag.List }

func (c *checker) add(d diag.Diagnostic) { c.diags = append(c.diags, d) }

// match reports a string that breaks its field's rule.
func (c *checker) match(rule *regexp.Regexp, s string, at diag.Path, want string) string {
	if rule.MatchString(s) {
		return s
	}
	c.add(diag.Errorf(diag.BadValue, at, "%q can't stand in a Dockerfile: want %s", s, want))
	return ""
}

// line reports a string with line breaks or other control characters.
func (c *checker) line(s string, at diag.Path) string {
	if strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || r == unicode.ReplacementChar }) {
		c.add(diag.Errorf(diag.NotExpressible, at, "%q holds a line break or control character, which a Dockerfile can't say",
			s).WithHint("write it on one line"))
		return ""
	}
	return s
}

var (
	imageRule = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:/@-]*$`)
	tagRule   = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*$`)
	userRule  = regexp.MustCompile(`^[0-9]+(:[0-9]+)?$`)
	pathRule  = regexp.MustCompile(`^[\pL\pN._/+@=~*?][\pL\pN._/+@=~*?-]*$`)
	absRule   = regexp.MustCompile(`^(/[A-Za-z0-9._+-]+)+$`)
	buildTag  = regexp.MustCompile(`^[\pL\pN_.]+$`)
	labelRule = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]*$`)
)

func (c *checker) image(ref string, at diag.Path) string {
	return c.match(imageRule, ref, at, "an image reference such as gcr.io/distroless/static:nonroot")
}

// builder is the image that compiles: with a tag or digest as it is, else tagged with the version of Go.
func (c *checker) builder(d model.Dockerfile) string {
	ref := c.image(d.Builder, d.From.Child("builder"))
	if strings.ContainsAny(ref[strings.LastIndexByte(ref, '/')+1:], ":@") {
		return ref
	}
	return ref + ":" + c.match(tagRule, d.GoVersion, d.From.Child("goVersion"), "a version of Go such as 1.26")
}

func (c *checker) entrypoint(s string, at diag.Path) string {
	return c.match(absRule, s, at, "the absolute path of the program in the image, such as /manager")
}

func (c *checker) user(s string, at diag.Path) string {
	return c.match(userRule, s, at, "numbers such as 65532:65532")
}

// packageRule allows ".", a path that begins with "./", an import path whose first element has a dot, and a Go file:
// "cmd" alone is a package of the standard library to Go.
var packageRule = regexp.MustCompile(`^(\.|\./[\w.~/-]+|[A-Za-z0-9][\w-]*\.[\w.~/-]+|[A-Za-z0-9][\w.~/-]*\.go)$`)

func (c *checker) goPackage(s string, at diag.Path) string {
	return c.match(packageRule, s, at, "a Go package, such as ./cmd")
}

// stampable are the build arguments that linker flags may name.
var stampable = []string{"VERSION", "REVISION", "CREATED"}

// ldflags returns the flag and the build arguments that it uses.
func (c *checker) ldflags(s string, at diag.Path) (flag, used []string) {
	if c.line(s, at) == "" {
		return nil, nil
	}
	word, used := shellQuote(s, stampable)
	return []string{"-ldflags=" + word}, used
}

func (c *checker) tags(d model.Dockerfile) []string {
	for i, t := range d.Tags {
		c.match(buildTag, t, d.From.Child("tags").Index(i), "a build tag of letters, digits, _ and .")
	}
	if len(d.Tags) == 0 {
		return nil
	}
	return []string{"-tags=" + strings.Join(d.Tags, ",")}
}

// source is a path in the build context, cleaned of what does not change it.
func (c *checker) source(s string, at diag.Path) string {
	p := strings.TrimSuffix(strings.TrimPrefix(s, "./"), "/")
	if strings.HasPrefix(p, "/") || slices.Contains(strings.Split(p, "/"), "..") {
		c.add(diag.Errorf(diag.FileOutside, at, "%q is outside the project, which is all that the builder sees", s).
			WithHint("name a path below the project's root, without .."))
		return ""
	}
	return c.match(pathRule, p, at, "a path of letters, digits and . _ / + @ = ~ -, or a pattern with * and ?")
}

// targetArgs are the platform's parts that the path of a prebuilt binary may name.
var targetArgs = []string{"TARGETPLATFORM", "TARGETOS", "TARGETARCH", "TARGETVARIANT"}

// binary is the path of a prebuilt binary and the build arguments in it. One path for several platforms is most likely
// a mistake: the wrong program would be in all images but one.
func (c *checker) binary(s string, img model.Image, at diag.Path) (string, []string) {
	var used []string
	bare := variable.ReplaceAllStringFunc(s, func(ref string) string {
		used = append(used, variable.ReplaceAllString(ref, "$1$2"))
		return "x"
	})
	for _, name := range used {
		if !slices.Contains(targetArgs, name) {
			c.add(diag.Errorf(diag.BadValue, at, "the path of the binary names $%s: want one of %s", name,
				strings.Join(targetArgs, ", ")))
		}
	}
	if c.source(bare, at) == "" {
		return "", nil
	}
	if len(used) == 0 && len(img.Platforms) > 1 {
		c.add(diag.Warnf(diag.BadValue, at, "the images of %d platforms get the same binary %s", len(img.Platforms), s).
			WithHint("name the platform in the path, such as bin/manager-${TARGETOS}-${TARGETARCH}"))
	}
	return variable.ReplaceAllString(strings.TrimPrefix(s, "./"), "$${$1$2}"), inOrder(used, targetArgs)
}

// label reports a key or value that a LABEL can't hold.
func (c *checker) label(key, value string, at diag.Path) {
	c.match(labelRule, key, at.Child(key), "a label of letters, digits and . _ / -")
	c.line(value, at.Child(key))
}

// identity reports what would break the labels that are made of the operator's identity.
func (c *checker) identity(m *model.Operator) {
	c.line(m.Version, m.From.Child("version"))
	c.line(m.Release.Date, m.Release.From.Child("date"))
	c.line(m.Source, m.From.Child("source"))
	c.line(m.Homepage, m.From.Child("homepage"))
	c.line(model.OneLine(m.DisplayName), m.From.Child("displayName"))
	c.line(model.OneLine(m.Summary), m.From.Child("summary"))
	c.line(model.FirstParagraph(m.Description), m.From.Child("description"))
	c.line(model.OneLine(m.License), m.From.Child("license"))
	c.line(model.OneLine(m.Provider.Name), m.From.Child("provider").Child("name"))
	for i, p := range m.Maintainers {
		c.line(model.OneLine(p.Name+" "+p.Email), m.From.Child("maintainers").Index(i))
	}
}

// cgoBase warns of a base in which a program that is linked to the C library can't start.
func (c *checker) cgoBase(d model.Dockerfile) {
	static := d.Base == "scratch" || strings.Contains(d.Base, "distroless/static")
	if d.CGO && d.Binary == "" && static && !strings.Contains(d.Ldflags, "-static") {
		c.add(diag.Warnf(diag.Conflict, d.From.Child("base"), "%s has no C library, which a program built with cgo needs",
			d.Base).WithHint("use gcr.io/distroless/base-debian12:nonroot, or link it in with ldflags -extldflags=-static"))
	}
}
