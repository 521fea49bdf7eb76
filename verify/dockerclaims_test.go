package verify

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/finding"
)

// Where the program is built, and where it stands then.
const (
	buildStage  = "build"
	buildFolder = "/out/"
)

// image holds the Dockerfile of the operator's image against the model: what stands in the image, and who runs it; how
// the program is built; and that what is used is declared.
func (c *check) image(d dockerfile) []string {
	m := c.m.Dockerfile
	last := d.stages[len(d.stages)-1]
	want := map[string]string{"FROM": m.Base, "USER": m.User, "ENTRYPOINT": m.Entrypoint, "WORKDIR": "/"}
	if m.Binary != "" {
		want["COPY "+m.Entrypoint] = "--chmod=0755 " + braced(strings.TrimPrefix(m.Binary, "./"))
	} else {
		want["COPY "+m.Entrypoint] = "--from=" + buildStage + " " + buildFolder + path.Base(m.Entrypoint)
	}
	if m.Binary == "" && (m.Base == "scratch" || strings.Contains(m.Base, "/ubi-micro")) { // they have no public authorities
		want["COPY /etc/ssl/certs"] = "--from=" + buildStage + " /etc/ssl/certs/ca-certificates.crt"
	}
	if m.Licenses != "" {
		want["COPY /licenses"] = strings.TrimPrefix(m.Licenses, "./")
	}
	out := differing(last, want)
	out = append(out, unlabelled(last, c.m.ImageLabels(model.Stamp{Version: "${VERSION}", Revision: "${REVISION}", Created: "${CREATED}", Release: "${RELEASE}"}))...)
	for _, file := range m.Files {
		if p := strings.TrimSuffix(strings.TrimPrefix(file, "./"), "/"); !slices.Contains(copied(last), p) {
			out = append(out, fmt.Sprintf("nothing copies %s", p))
		}
	}
	if m.Binary == "" {
		out = append(out, c.compiled(d)...)
	}
	out = append(out, defaults(d, c.m)...)
	for _, s := range d.stages {
		out = append(out, undeclared(s)...)
	}
	return append(out, c.unsent(d)...)
}

// compiled holds how the program is built: from which package, for which platform, with which flags.
func (c *check) compiled(d dockerfile) []string {
	m := c.m.Dockerfile
	stage := d.stages[0]
	platform, words := "$BUILDPLATFORM", []string{"CGO_ENABLED=0", "GOOS=${TARGETOS:-linux}", "GOARCH=${TARGETARCH}"}
	if m.CGO {
		platform, words = "", []string{"CGO_ENABLED=1"}
	}
	words = append(words, "-trimpath", "-buildvcs=false", "-o "+buildFolder+path.Base(m.Entrypoint)+" "+m.Package, "id=netrc")
	if len(m.Tags) > 0 {
		words = append(words, "-tags="+strings.Join(m.Tags, ","))
	}
	if m.Ldflags != "" {
		words = append(words, "-ldflags=")
	}
	want := map[string]string{"PLATFORM": platform, "WORKDIR": "/src", "COPY .": "."}
	if name, _, _ := strings.Cut(path.Base(m.Builder), ":"); name != "golang" {
		want["USER"], want["ENV GOMODCACHE"], want["ENV GOCACHE"] = "0", "/go/pkg/mod", "/root/.cache/go-build"
	}
	out := differing(stage, want)
	if from, _ := said(stage); from["FROM"] != m.Builder && !strings.HasPrefix(from["FROM"], m.Builder+":") {
		out = append(out, fmt.Sprintf("the builder is %s: expected %s", from["FROM"], m.Builder))
	}
	run := ""
	for _, command := range stage.Commands {
		if text := strings.Join(strings.Fields(fmt.Sprint(command)), " "); strings.Contains(text, "go build ") {
			run = text
		}
	}
	for _, w := range words {
		if !strings.Contains(run, w) {
			out = append(out, fmt.Sprintf("the program is not built with %q", w))
		}
	}
	for _, arg := range []string{"GOPROXY", "GOPRIVATE"} {
		if !slices.Contains(declared(stage), arg) {
			out = append(out, fmt.Sprintf("the build does not take the argument %s, which modules that are not public need", arg))
		}
	}
	return out
}

// defaults holds what the description says of the arguments that stand for what only a build knows.
func defaults(d dockerfile, m *model.Operator) []string {
	want := map[string]string{"VERSION": m.Version, "REVISION": "unknown", "CREATED": m.Release.Date}
	if m.Release.Date == "" {
		want["CREATED"] = "1970-01-01T00:00:00Z"
	}
	if m.Dockerfile.Profile == model.ProfileRedHat {
		want["RELEASE"] = "1"
	}
	return different(d.args, want, "the argument ")
}

// argument is the name of an argument that an instruction uses.
var argument = regexp.MustCompile(`(?:^|[^\\])\$\{?([A-Z_]+)`)

// undeclared finds arguments that a stage uses and does not know: they would be empty. An instruction's own variables,
// as those of a shell, are written small.
func undeclared(s instructions.Stage) []string {
	known := declared(s)
	var out []string
	for _, command := range s.Commands {
		for _, m := range argument.FindAllStringSubmatch(fmt.Sprint(command), -1) {
			if !slices.Contains(known, m[1]) {
				known = append(known, m[1])
				out = append(out, fmt.Sprintf("the stage from %s uses %s, which it does not declare: it is empty there", s.BaseName, m[1]))
			}
		}
	}
	return out
}

// declared are the arguments and the environment of a stage.
func declared(s instructions.Stage) []string {
	var out []string
	for _, command := range s.Commands {
		switch x := command.(type) {
		case *instructions.ArgCommand:
			for _, a := range x.Args {
				out = append(out, a.Key)
			}
		case *instructions.EnvCommand:
			for _, e := range x.Env {
				out = append(out, e.Key)
			}
		}
	}
	return out
}

// copied are the files of the context that a stage copies.
func copied(s instructions.Stage) []string {
	var out []string
	for _, command := range s.Commands {
		if x, ok := command.(*instructions.CopyCommand); ok && x.From == "" {
			out = append(out, x.SourcePaths...)
		}
	}
	return out
}

// unsent finds what the Dockerfile copies, or compiles, and its ignore file keeps from the builder.
func (c *check) unsent(d dockerfile) []string {
	const file = "Dockerfile.dockerignore"
	f, ok := c.files.File(file)
	if !ok {
		return nil
	}
	patterns, err := ignorefile.ReadAll(strings.NewReader(string(f.Data)))
	if err != nil {
		return []string{fmt.Sprintf("%s: %v", file, err)}
	}
	ignored, err := patternmatcher.New(patterns)
	if err != nil {
		return []string{fmt.Sprintf("%s: %v", file, err)}
	}
	var out []string
	for _, s := range d.stages {
		for _, p := range append(copied(s), c.m.Dockerfile.Package) {
			p = path.Clean(strings.NewReplacer("*", "x", "?", "x").Replace(reference.ReplaceAllString(p, "x")))
			if left, err := ignored.MatchesOrParentMatches(p); p != "." && (left || err != nil) {
				out = append(out, fmt.Sprintf("%s keeps %s from the builder", file, p))
			}
		}
	}
	return out
}

// reference is a variable as people write it in a path.
var reference = regexp.MustCompile(`\$\{?([A-Z]+)\}?`)

// braced writes variables as the Dockerfile does.
func braced(s string) string { return reference.ReplaceAllString(s, "$${$1}") }

// dockerfile is a Dockerfile as BuildKit reads it.
type dockerfile struct {
	stages []instructions.Stage
	args   map[string]string // those of all stages, with their defaults
}

// dockerClaims compares the Dockerfiles with the model: what runs and as whom, and the labels by which OLM finds its way
// in an image.
func (c *check) dockerClaims() []finding.Finding {
	return slices.Concat(c.dockerClaim("Dockerfile", c.image), c.dockerClaim("bundle.Dockerfile", c.bundleImage), c.dockerClaim("catalog.Dockerfile", c.catalogImage))
}

// dockerClaim reports what differs in a Dockerfile.
func (c *check) dockerClaim(name string, differs func(dockerfile) []string) []finding.Finding {
	f, ok := c.files.File(name)
	if !ok {
		return nil
	}
	stages, args, err := parseDockerfile(f.Data)
	if err != nil {
		return nil // dockerfiles reports it
	}
	d := dockerfile{stages, map[string]string{}}
	for _, command := range args {
		for _, a := range command.Args {
			d.args[a.Key] = unquoted(a.ValueString())
		}
	}
	var out []finding.Finding
	for _, text := range differs(d) {
		out = append(out, finding.InFile(kube.Place{File: name}, diag.MetadataDiffers, diag.Error, "%s", text))
	}
	return out
}

// annotations holds the bundle's annotations against the model.
func (c *check) annotations() []finding.Finding {
	want := map[string]any{}
	for k, v := range c.m.BundleAnnotations() {
		want[k] = v
		if scalar, ok := c.m.OLM.BundleScalars[k]; ok {
			want[k] = scalar
		}
	}
	return c.facts(bundleDir+"/metadata/annotations.yaml", []fact{{pointer: "/annotations", want: want}})
}

// bundleImage holds the image of the bundle against the bundle format.
func (c *check) bundleImage(d dockerfile) []string {
	last := d.stages[len(d.stages)-1]
	want := map[string]string{"FROM": "scratch", "COPY /manifests": "bundle/manifests", "COPY /metadata": "bundle/metadata"}
	if c.m.HasScorecard() {
		want["COPY /tests/scorecard"] = "bundle/tests/scorecard"
	}
	return append(differing(last, want), unlabelled(last, c.m.BundleAnnotations())...)
}

// catalogImage holds the image of the catalog against what OLM expects of it.
func (c *check) catalogImage(d dockerfile) []string {
	const configs = "/configs"
	last := d.stages[len(d.stages)-1]
	want := map[string]string{"FROM": "scratch", "COPY " + configs: "catalog"}
	if base := c.m.Catalog.Base; base != "" {
		const serve = "serve /configs --cache-dir=/tmp/cache"
		want["FROM"], want["ENTRYPOINT"], want["CMD"], want["RUN"] = base, "/bin/opm", serve, "/bin/opm "+serve+" --cache-only"
	}
	return append(differing(last, want), unlabelled(last, map[string]string{"operators.operatorframework.io.index.configs.v1": configs})...)
}

// differing holds a stage against what it must say.
func differing(s instructions.Stage, want map[string]string) []string {
	got, _ := said(s)
	return different(got, want, "")
}

// unlabelled holds the labels of a stage.
func unlabelled(s instructions.Stage, want map[string]string) []string {
	_, got := said(s)
	return different(got, want, "the label ")
}

func different(got, want map[string]string, what string) []string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(want)) {
		if got[k] != want[k] {
			out = append(out, fmt.Sprintf("%s%s is %q: expected %q", what, k, got[k], want[k]))
		}
	}
	return out
}

// said lists what a stage says: where it begins, who runs what in it, what it copies by its destination, and its labels.
func said(stage instructions.Stage) (lines, labels map[string]string) {
	lines, labels = map[string]string{"FROM": stage.BaseName, "PLATFORM": stage.Platform}, map[string]string{}
	for _, command := range stage.Commands {
		switch x := command.(type) {
		case *instructions.UserCommand:
			lines["USER"] = x.User
		case *instructions.WorkdirCommand:
			lines["WORKDIR"] = x.Path
		case *instructions.EntrypointCommand:
			lines["ENTRYPOINT"] = strings.Join(x.CmdLine, " ")
		case *instructions.CmdCommand:
			lines["CMD"] = strings.Join(x.CmdLine, " ")
		case *instructions.RunCommand:
			lines["RUN"] = strings.Join(x.CmdLine, " ")
		case *instructions.EnvCommand:
			for _, e := range x.Env {
				lines["ENV "+e.Key] = unquoted(e.Value)
			}
		case *instructions.CopyCommand:
			lines["COPY "+strings.TrimRight(x.DestPath, "/")] = copying(x)
		case *instructions.LabelCommand:
			for _, l := range x.Labels {
				labels[unquoted(l.Key)] = unquoted(l.Value)
			}
		}
	}
	return lines, labels
}

// copying is what is copied, and how.
func copying(x *instructions.CopyCommand) string {
	out := strings.Join(x.SourcePaths, " ")
	if x.Chmod != "" {
		out = "--chmod=" + x.Chmod + " " + out
	}
	if x.From != "" {
		out = "--from=" + x.From + " " + out
	}
	return out
}

// unquoted reads a word as the builder does.
func unquoted(word string) string {
	if len(word) < 2 || word[0] != '"' || word[len(word)-1] != '"' {
		return word
	}
	return strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\$`, `$`).Replace(word[1 : len(word)-1])
}
