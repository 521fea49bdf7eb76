package verify

import (
	"path"
	"strings"
	"testing/fstest"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit/verify/chart"
	"github.com/opc-project/opc/emit/verify/judge"
	"github.com/opc-project/opc/emit/verify/manifest"
	"github.com/opc-project/opc/schema/diag"
)

// someNamespace is where a chart of unknown making is rendered: none that it may have taken for granted.
const someNamespace = "some-namespace"

// chart judges a chart of unknown making: linted, rendered at default values and over its toggles, and for two releases.
func (t *tree) chart(dir string, files map[string][]byte) []manifest.Finding {
	file := manifest.Place{File: path.Join(dir, "Chart.yaml")}
	ch, err := chart.Load(dir, files)
	if err != nil {
		return []manifest.Finding{manifest.InFile(file, diag.NotRendered, diag.Error, "helm: %v", err)}
	}
	if ch.Metadata().Type == "library" {
		return nil // it renders nothing
	}
	if t.opts.Engine != nil {
		engine, end, err := t.opts.Engine(files)
		if err != nil {
			return []manifest.Finding{t.unrendered(dir, "any values", err)}
		}
		defer end()
		ch.Elsewhere(engine)
	}
	var out []manifest.Finding
	if t.opts.Scratch != nil && !ch.Fetches() {
		disk := fstest.MapFS{}
		for name, data := range files {
			disk[name] = &fstest.MapFile{Data: data, Mode: 0o644}
		}
		out = linted(t.opts.Scratch, disk, dir, ch.Lint)
	}
	if _, ok := files["values.schema.json"]; !ok {
		out = append(out, manifest.InFile(file, diag.ChartUnchecked, diag.Warning, "the chart has no values.schema.json: a misspelt value is taken in silence"))
	}
	out = append(out, ch.Range()...)
	install := judge.Install{}
	objects, findings, err := ch.Render(chart.Release{Name: ch.Name(), Namespace: someNamespace})
	if err != nil {
		return append(out, t.unrendered(dir, "its default values", err))
	}
	out = append(append(out, findings...), t.bench.Set(manifest.Set{Name: dir, Objects: objects, Namespace: someNamespace}, install)...)
	out = append(out, forgotten(objects)...)
	// Who switches off what makes certificates brings them, where the chart has a place for their CA, and is told of the
	// Secret that must be there.
	switched := judge.Install{Provided: func(kind, _ string) bool { return kind == "CA" && ch.Writes("caBundle") }}
	for _, s := range ch.Toggles(func(string) bool { return true }) {
		objects, findings, err := ch.Render(chart.Release{Name: ch.Name(), Namespace: someNamespace, Values: s.Values})
		if err != nil {
			out = append(out, t.unrendered(dir, s.Name, err))
			continue
		}
		out = append(out, findings...)
		out = append(out, manifest.With(s.Name, unchosen(t.bench.Set(manifest.Set{Name: dir, Objects: objects, Namespace: someNamespace}, switched)))...)
	}
	if first, second, err := pair(ch, someNamespace, nil); err == nil {
		out = append(out, manifest.With("a long release name", eased(unchosen(t.bench.Objects(first))))...)
		out = append(out, eased(collisions(first, second))...)
	}
	return out
}

// unrendered tells that a chart does not render. A chart may ask for values, and say so by its own words.
func (t *tree) unrendered(dir, settings string, err error) manifest.Finding {
	file, message := chart.Fault(err)
	at := manifest.Place{File: path.Join(dir, file)}
	if file == "" {
		at.File = path.Join(dir, "Chart.yaml")
	}
	severity := diag.Error
	if strings.Contains(message, "error calling fail") || strings.Contains(message, "error calling required") {
		severity = diag.Warning
	}
	return manifest.InFile(at, diag.ChartValues, severity, "the chart does not render with %s: helm: %s", settings, message)
}

// forgotten finds CustomResourceDefinitions that go with the release.
func forgotten(objects []*manifest.Object) []manifest.Finding {
	var out []manifest.Finding
	for _, o := range objects {
		if !o.Is("apiextensions.k8s.io", "CustomResourceDefinition") || !strings.Contains(o.At.File, "/templates/") && !strings.HasPrefix(o.At.File, "templates/") {
			continue
		}
		annotations, _ := model.At(o.Tree, "metadata", "annotations").(map[string]any)
		if annotations["helm.sh/resource-policy"] != "keep" {
			out = append(out, manifest.Of(o, diag.ChartForgets, diag.Warning, "/metadata/annotations", "helm uninstall deletes the definition, and every %v with it", model.At(o.Tree, "spec", "names", "kind")).
				WithHint("add the annotation helm.sh/resource-policy: keep"))
		}
	}
	return out
}

// eased makes warnings of errors: they are about an install that few people make.
func eased(findings []manifest.Finding) []manifest.Finding {
	for i := range findings {
		findings[i].Severity = diag.Warning
	}
	return findings
}
