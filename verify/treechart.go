package verify

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
	"testing/fstest"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/chart"
	"github.com/opc-project/opc/verify/finding"
	"github.com/opc-project/opc/verify/judge"
)

// someNamespace is where a chart of unknown making is rendered: none that it may have taken for granted.
const someNamespace = "some-namespace"

// chart judges a chart of unknown making: linted, rendered at default values and over its toggles, and for two releases.
func (t *tree) chart(dir string, files map[string][]byte) []finding.Finding {
	file := kube.Place{File: path.Join(dir, "Chart.yaml")}
	ch, err := chart.Load(dir, files)
	if err != nil {
		return []finding.Finding{chart.Unloaded(dir, err)}
	}
	if ch.Metadata().Type == "library" {
		return nil // it renders nothing
	}
	if t.opts.Engine != nil {
		engine, end, err := t.opts.Engine(files)
		if err != nil {
			return unrendered(dir, err)
		}
		defer end()
		ch.Elsewhere(engine)
	} else if f, err := chart.LoadForeign(files); err == nil {
		ch.Elsewhere(f)
	}
	var out []finding.Finding
	if t.opts.Scratch != nil && !ch.Fetches() {
		disk := fstest.MapFS{}
		for name, data := range files {
			disk[name] = &fstest.MapFile{Data: data, Mode: 0o644}
		}
		out = linted(t.opts.Scratch, disk, dir, ch.Lint)
	}
	if _, ok := files["values.schema.json"]; !ok {
		out = append(out, finding.InFile(file, diag.ChartUnchecked, diag.Warning, "the chart has no values.schema.json: misspelt values are silently accepted"))
	}
	out = append(out, ch.Range()...)
	out = append(out, ch.Size(chart.Release{Name: ch.Name(), Namespace: someNamespace})...)
	out = append(out, ch.Missing()...)
	install := judge.Install{}
	objects, findings, err := ch.Render(chart.Release{Name: ch.Name(), Namespace: someNamespace})
	if err != nil {
		return append(out, unrendered(dir, err)...)
	}
	out = append(append(out, findings...), t.bench.Set(kube.Set{Name: dir, Objects: objects, Namespace: someNamespace}, install)...)
	out = append(out, forgotten(objects)...)
	// Who switches off what makes certificates brings them, where the chart has a place for their CA, and is told of the
	// Secret that must be there.
	switched := judge.Install{Provided: func(kind, _ string) bool { return kind == "CA" && ch.Writes("caBundle") }}
	for _, s := range ch.Toggles(func(string) bool { return true }) {
		objects, findings, err := ch.Render(chart.Release{Name: ch.Name(), Namespace: someNamespace, Values: s.Values})
		if err != nil {
			out = append(out, finding.With(s.Name, unrendered(dir, err))...)
			continue
		}
		out = append(out, findings...)
		out = append(out, finding.With(s.Name, unchosen(t.bench.Set(kube.Set{Name: dir, Objects: objects, Namespace: someNamespace}, switched)))...)
	}
	return append(out, t.twoReleases(ch)...)
}

// twoReleases judges what two releases of a chart have in common, and the names in one with a long name. Few people give
// names as long as Helm allows, so that what only those have in common is told in one finding.
func (t *tree) twoReleases(ch *chart.Chart) []finding.Finding {
	var out []finding.Finding
	known := map[string]bool{}
	where := func(f finding.Finding) string { return f.Object.Kind() + " " + f.At.File + f.Message }
	if first, second, err := pair(ch, "one", "two", someNamespace, nil); err == nil {
		out = eased(collisions(first, second))
		for _, f := range out {
			known[where(f)] = true
		}
	}
	first, second, err := pair(ch, longest, alsoLongest, someNamespace, nil)
	if err != nil {
		return out
	}
	out = append(out, finding.With("a long release name", eased(unchosen(t.bench.Objects(first))))...)
	long := slices.DeleteFunc(collisions(first, second), func(f finding.Finding) bool { return known[where(f)] })
	if len(long) > 0 {
		f := eased(long[:1])[0]
		f.Message = fmt.Sprintf("two releases with long names that begin alike make the same %d objects, this one among them: their names are cut", len(long))
		out = append(out, f)
	}
	return out
}

// unrendered tells why a chart does not render. A chart may ask for values, and say so by its own words.
func unrendered(dir string, err error) []finding.Finding {
	var out []finding.Finding
	for _, fault := range chart.Faults(err) {
		severity := diag.Error
		if fault.Asked {
			severity = diag.Warning
		}
		at := kube.Place{File: path.Join(dir, cmp.Or(fault.File, "Chart.yaml")), Pointer: fault.Pointer}
		f := finding.InFile(at, diag.ChartValues, severity, "the chart does not render: helm: %s", fault.Message)
		f.Line = fault.Line
		out = append(out, f)
	}
	return out
}

// forgotten finds CustomResourceDefinitions that go with the release.
func forgotten(objects []*kube.Object) []finding.Finding {
	var out []finding.Finding
	for _, o := range objects {
		if !o.Is("apiextensions.k8s.io", "CustomResourceDefinition") || !strings.Contains(o.At.File, "/templates/") && !strings.HasPrefix(o.At.File, "templates/") {
			continue
		}
		annotations := kube.Map(model.At(o.Tree, "metadata", "annotations"))
		if annotations["helm.sh/resource-policy"] != "keep" {
			out = append(out, finding.Of(o, diag.ChartForgets, diag.Warning, "/metadata/annotations", "helm uninstall deletes the definition, and every %v with it", model.At(o.Tree, "spec", "names", "kind")).
				WithHint("add the annotation helm.sh/resource-policy: keep"))
		}
	}
	return out
}

// eased makes warnings of errors: they are about an install that few people make.
func eased(findings []finding.Finding) []finding.Finding {
	for i := range findings {
		findings[i].Severity = diag.Warning
	}
	return findings
}
