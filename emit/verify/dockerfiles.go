package verify

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/opc-project/opc/emit/verify/manifest"
	"github.com/opc-project/opc/schema/diag"
)

// annotations holds the bundle's annotations against the model.
func (c *check) annotations() []manifest.Finding {
	want := map[string]any{}
	for k, v := range c.m.BundleAnnotations() {
		want[k] = v
		if scalar, ok := c.m.OLM.BundleScalars[k]; ok {
			want[k] = scalar
		}
	}
	return c.facts(bundleDir+"/metadata/annotations.yaml", []fact{{pointer: "/annotations", want: want}})
}

// dockerfiles reads the Dockerfiles with BuildKit's parser, and holds them against the model: what runs and as whom, and
// the labels by which OLM finds its way in an image.
func (c *check) dockerfiles() []manifest.Finding {
	var out []manifest.Finding
	out = append(out, c.dockerfile("Dockerfile", map[string]string{
		"FROM": c.m.Dockerfile.Base, "USER": c.m.Dockerfile.User, "ENTRYPOINT": c.m.Dockerfile.Entrypoint,
	}, nil)...)
	copies := map[string]string{"FROM": "scratch", "COPY /manifests/": "bundle/manifests", "COPY /metadata/": "bundle/metadata"}
	if c.m.HasScorecard() {
		copies["COPY /tests/scorecard/"] = "bundle/tests/scorecard"
	}
	out = append(out, c.dockerfile("bundle.Dockerfile", copies, c.m.BundleAnnotations())...)
	const configs = "/configs"
	catalog := map[string]string{"COPY " + configs: "catalog"}
	if base := c.m.Catalog.Base; base != "" {
		catalog["FROM"], catalog["ENTRYPOINT"] = base, "/bin/opm"
	}
	return append(out, c.dockerfile("catalog.Dockerfile", catalog, map[string]string{
		"operators.operatorframework.io.index.configs.v1": configs,
	})...)
}

// dockerfile holds the last stage of a Dockerfile against what it must say.
func (c *check) dockerfile(name string, want, labels map[string]string) []manifest.Finding {
	f, ok := c.files.File(name)
	if !ok {
		return nil
	}
	at := manifest.Place{File: name}
	parsed, err := parser.Parse(bytes.NewReader(f.Data))
	if err != nil {
		return []manifest.Finding{manifest.InFile(at, diag.NotRendered, diag.Error, "buildkit: %v", err)}
	}
	stages, _, err := instructions.Parse(parsed.AST, nil)
	if err != nil {
		return []manifest.Finding{manifest.InFile(at, diag.NotRendered, diag.Error, "buildkit: %v", err)}
	}
	got, gotLabels := said(stages[len(stages)-1])
	var out []manifest.Finding
	for _, k := range slices.Sorted(maps.Keys(want)) {
		if want[k] != "" && strings.Trim(got[strings.TrimRight(k, "/")], "/") != strings.Trim(want[k], "/") {
			out = append(out, manifest.InFile(at, diag.MetadataDiffers, diag.Error, "%s is %q: expected %q", k, got[strings.TrimRight(k, "/")], want[k]))
		}
	}
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		if gotLabels[k] != labels[k] {
			out = append(out, manifest.InFile(at, diag.MetadataDiffers, diag.Error, "the label %s is %q: expected %q", k, gotLabels[k], labels[k]))
		}
	}
	return out
}

// said lists what a stage says: its base, user and entry point, what it copies by its destination, and its labels.
func said(stage instructions.Stage) (lines, labels map[string]string) {
	lines, labels = map[string]string{"FROM": stage.BaseName}, map[string]string{}
	for _, command := range stage.Commands {
		switch x := command.(type) {
		case *instructions.UserCommand:
			lines["USER"] = x.User
		case *instructions.EntrypointCommand:
			lines["ENTRYPOINT"] = strings.Join(x.CmdLine, " ")
		case *instructions.CopyCommand:
			lines["COPY "+strings.TrimRight(x.DestPath, "/")] = strings.Join(x.SourcePaths, " ")
		case *instructions.LabelCommand:
			for _, l := range x.Labels {
				labels[unquoted(l.Key)] = unquoted(l.Value)
			}
		}
	}
	return lines, labels
}

// unquoted reads a word as the builder does.
func unquoted(word string) string {
	if len(word) < 2 || word[0] != '"' || word[len(word)-1] != '"' {
		return word
	}
	return strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\$`, `$`).Replace(word[1 : len(word)-1])
}
