package verify

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// annotations holds the bundle's annotations against the model.
func (c *check) annotations() []kube.Finding {
	want := map[string]any{}
	for k, v := range c.m.BundleAnnotations() {
		want[k] = v
		if scalar, ok := c.m.OLM.BundleScalars[k]; ok {
			want[k] = scalar
		}
	}
	return c.facts(bundleDir+"/metadata/annotations.yaml", []fact{{pointer: "/annotations", want: want}})
}

// dockerfile is a Dockerfile as BuildKit reads it.
type dockerfile struct {
	stages []instructions.Stage
	args   map[string]string // those of all stages, with their defaults
}

// dockerfiles reads the Dockerfiles with BuildKit's parser, and holds them against the model: what runs and as whom, and
// the labels by which OLM finds its way in an image.
func (c *check) dockerfiles() []kube.Finding {
	return slices.Concat(c.dockerfile("Dockerfile", c.image), c.dockerfile("bundle.Dockerfile", c.bundleImage), c.dockerfile("catalog.Dockerfile", c.catalogImage))
}

// dockerfile reads a Dockerfile and tells what differs in it.
func (c *check) dockerfile(name string, differs func(dockerfile) []string) []kube.Finding {
	f, ok := c.files.File(name)
	if !ok {
		return nil
	}
	at := kube.Place{File: name}
	d := dockerfile{args: map[string]string{}}
	parsed, err := parser.Parse(bytes.NewReader(f.Data))
	if err == nil {
		var args []instructions.ArgCommand
		d.stages, args, err = instructions.Parse(parsed.AST, nil)
		for _, command := range args {
			for _, a := range command.Args {
				d.args[a.Key] = unquoted(a.ValueString())
			}
		}
	}
	if err == nil && len(d.stages) == 0 {
		err = errors.New("it builds nothing")
	}
	if err != nil {
		return []kube.Finding{kube.InFile(at, diag.NotRendered, diag.Error, "buildkit: %v", err)}
	}
	var out []kube.Finding
	for _, text := range differs(d) {
		out = append(out, kube.InFile(at, diag.MetadataDiffers, diag.Error, "%s", text))
	}
	return out
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
