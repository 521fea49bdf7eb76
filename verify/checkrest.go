package verify

import (
	"io/fs"
	"path"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit/manifests"
	"github.com/opc-project/opc/emit/olm"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/bundle"
	"github.com/opc-project/opc/verify/chart"
	"github.com/opc-project/opc/verify/equal"
	"github.com/opc-project/opc/verify/fbc"
	"github.com/opc-project/opc/verify/finding"
	"github.com/opc-project/opc/verify/judge"
)

// chartLint runs Helm's linter on the chart.
func (c *check) chartLint() []finding.Finding {
	files := c.files.Sub(chartDir)
	if files.Len() == 0 || c.opts.Scratch == nil { // opc's own schemas refer to nothing elsewhere
		return nil
	}
	return linted(c.opts.Scratch, files.FS(), chartDir, func(folder string) ([]chart.Message, error) {
		return chart.Lint(folder, chartDir), nil
	})
}

// manifests holds install.yaml against the install that it follows.
func (c *check) manifests() []finding.Finding {
	f, ok := c.files.File(manifests.File)
	if !ok {
		return nil
	}
	got, faults := kube.Objects(manifests.File, f.Data)
	out := finding.OfFaults(faults)
	ov := manifests.Overlay(c.m)
	want := equal.Truth(c.m, ov, "kustomize")
	out = append(out, c.compare(equal.Case{Installer: equal.Manifests, Name: manifests.File, Overlay: ov}, want, got)...)
	return append(out, sourced(want, c.bench.Set(kube.Set{Name: manifests.File, Objects: got}, c.install(ov, false)))...)
}

// Where the bundle and the catalog stand in the output tree.
const (
	bundleDir  = "bundle"
	catalogDir = "catalog"
)

// bundle judges the bundle, holds what OLM makes of it against the model, and the catalog against it.
func (c *check) bundle() []finding.Finding {
	var out []finding.Finding
	var b *bundle.Bundle
	if files := c.below(bundleDir); len(files) > 0 {
		b, out = bundle.Load(bundleDir, files)
		b.Converted = c.convertThemselves()
		ov := equal.OLMOverlay(c.m)
		out = append(out, c.installed(b, ov)...)
		out = append(out, judged(b, c.bench, c.opts, c.installByOLM(ov), c.m.Namespace, false)...)
	}
	files := c.below(catalogDir)
	if len(files) == 0 {
		return out
	}
	catalog, more := fbc.Load(catalogDir, files)
	out = append(append(out, more...), catalog.Judge()...)
	if b != nil && b.Readable() {
		out = append(out, catalog.Against(b)...)
	}
	return out
}

// convertThemselves are the definitions that name a conversion webhook of their own, and those whose webhook a workload
// serves that OLM does not install; the compiler warns about each.
func (c *check) convertThemselves() []string {
	var out []string
	for _, crd := range c.m.CRDs {
		if c.m.ConvertsItself(crd) {
			out = append(out, crd.Name)
		}
	}
	for _, h := range c.m.Webhooks.Hooks {
		if c.m.UnservedByOLM(h) {
			out = append(out, h.CRDs...)
		}
	}
	return out
}

// installByOLM is an install that lacks the objects that a bundle can't hold, the pods of which they are owners, and the
// Secrets that others make of them, and the Services of webhooks that they would serve.
func (c *check) installByOLM(ov model.Overlay) judge.Install {
	install := c.install(ov, true)
	install.Unmade = map[string]string{}
	unserved := slices.ContainsFunc(c.m.Webhooks.Hooks, c.m.UnservedByOLM)
	for _, o := range c.m.Install(ov, "") {
		if o.Role == model.RoleWebhookService && unserved { // OLM makes those of the others itself, under other names
			install.Unmade["Service "+o.Name()] = "workload"
		}
		if _, lost := olm.Target.Lost(c.m, o, ov.Namespace); !lost {
			continue
		}
		for _, made := range kube.Makes(o.Tree) {
			install.Unmade[made[0]+" "+made[1]] = o.Kind() + " " + o.Name()
		}
		if pod, ok, err := unstructured.NestedStringMap(o.Tree, "spec", "template", "metadata", "labels"); ok && err == nil {
			install.Lost = append(install.Lost, pod)
		}
	}
	return install
}

// installed holds what OLM makes of the bundle against the model.
func (c *check) installed(b *bundle.Bundle, ov model.Overlay) []finding.Finding {
	if b.CSV == nil {
		return nil
	}
	if equal.OverlaysInstall(c.m) { // the manifests are held as they are
		files, _ := olm.Target.Emit(lean(equal.WithoutOverlay(c.m)))
		plain, _ := bundle.Load(bundleDir, contents(files.Sub(bundleDir)))
		if plain.CSV == nil {
			return nil
		}
		plain.Converted = b.Converted
		own := *b
		own.CSV, b = plain.CSV, &own
	}
	kase := equal.Case{Installer: equal.OLM, Name: "OLM, of the bundle,", Overlay: ov}
	return c.compare(kase, equal.OLMTruth(c.m, ov), b.Install(c.m.Namespace))
}

// linted runs Helm's linter on a chart, from a folder that it makes for that.
func linted(scratch Scratch, files fs.FS, dir string, lint func(folder string) ([]chart.Message, error)) []finding.Finding {
	folder, remove, err := scratch(files)
	if err != nil {
		at := kube.Place{File: path.Join(dir, "Chart.yaml")}
		return []finding.Finding{finding.InFile(at, diag.Internal, diag.Error, "can't create a folder for Helm's linter: %v", err)}
	}
	defer remove()
	messages, err := lint(folder)
	if err != nil {
		messages = append(messages, chart.Message{File: path.Join(dir, "Chart.yaml"), Text: err.Error(), Error: true})
	}
	return chart.Linted(messages)
}
