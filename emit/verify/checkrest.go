package verify

import (
	"io/fs"
	"maps"
	"path"

	"go.yaml.in/yaml/v3"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit/kustomize"
	"github.com/opc-project/opc/emit/manifests"
	"github.com/opc-project/opc/emit/olm"
	"github.com/opc-project/opc/emit/verify/bundle"
	"github.com/opc-project/opc/emit/verify/chart"
	"github.com/opc-project/opc/emit/verify/equal"
	"github.com/opc-project/opc/emit/verify/fbc"
	"github.com/opc-project/opc/emit/verify/manifest"
	"github.com/opc-project/opc/emit/verify/overlay"
	"github.com/opc-project/opc/schema/diag"
)

// chartLint runs Helm's linter on the chart.
func (c *check) chartLint() []manifest.Finding {
	files := c.files.Sub(chartDir)
	if files.Len() == 0 || c.opts.Scratch == nil { // opc's own schemas refer to nothing elsewhere
		return nil
	}
	return linted(c.opts.Scratch, files.FS(), chartDir)
}

// kustomizeDir is where kustomize's folders stand in the output tree.
const kustomizeDir = "kustomize"

// kustomize builds the base and every overlay, and holds each against the model.
func (c *check) kustomize() []manifest.Finding {
	files := map[string][]byte{}
	for name, data := range c.below(kustomizeDir) {
		files[path.Join(kustomizeDir, name)] = data
	}
	if len(files) == 0 {
		return nil
	}
	tree, out := overlay.Open(files)
	base := with(c.m.DefaultOverlay(), func(ov *model.Overlay) {
		for name := range ov.Features {
			ov.Features[name] = false
		}
		ov.CreateNamespace = false
		ov.Labels, ov.Annotations = c.m.Kustomize.Labels, c.m.Kustomize.Annotations
	})
	out = append(out, c.built(tree, path.Join(kustomizeDir, "base"), "the kustomize base", base, false)...)
	for _, ov := range c.m.Overlays {
		out = append(out, c.overlay(files, tree, ov)...)
	}
	return append(out, c.components(files)...)
}

// components builds the base with every component, and each parameter changed, as an overlay would that asks for all of
// them: those of the description may ask for none.
func (c *check) components(files map[string][]byte) []manifest.Finding {
	if len(c.m.Features)+len(c.m.Parameters) == 0 {
		return nil
	}
	ov := with(c.m.DefaultOverlay(), func(ov *model.Overlay) {
		for name := range ov.Features {
			ov.Features[name] = true
		}
		ov.Name, ov.Parameters = "every-component", changed(c.m)
	})
	m := *c.m
	m.Overlays, m.Kustomize.Kustomization = []model.Overlay{ov}, nil
	made, diags := kustomize.Target.Emit(&m)
	if diags.HasErrors() {
		return nil // told of the overlays that people wrote
	}
	dir := path.Join(kustomizeDir, "overlays", ov.Name)
	own := maps.Clone(files)
	for name, data := range contents(made.Sub(dir)) {
		own[path.Join(dir, name)] = data
	}
	tree, _ := overlay.Open(own)
	ov.Labels, ov.Annotations = c.m.Kustomize.Labels, c.m.Kustomize.Annotations
	return c.built(tree, dir, "an overlay of every component", ov, false)
}

// overlay builds one overlay. One with raw patches is judged as it is, and compared without them.
func (c *check) overlay(files map[string][]byte, tree *overlay.Tree, ov model.Overlay) []manifest.Finding {
	dir, name := path.Join(kustomizeDir, "overlays", ov.Name), "the overlay "+ov.Name
	ov.Labels, ov.Annotations = joined(c.m.Kustomize.Labels, ov.Labels), joined(c.m.Kustomize.Annotations, ov.Annotations)
	raw := c.m.Kustomize.Kustomization
	if len(ov.Patches)+len(raw) == 0 {
		return c.built(tree, dir, name, ov, true)
	}
	var out []manifest.Finding
	if got, err := tree.Build(dir); err != nil {
		out = append(out, notBuilt(dir, name, err))
	} else {
		out = append(out, c.bench.Set(manifest.Set{Name: name, Objects: got}, c.install(ov, false))...)
	}
	bare := maps.Clone(files)
	file := path.Join(dir, "kustomization.yaml")
	data, err := without(bare[file], len(ov.Patches), raw)
	if err != nil {
		return append(out, notBuilt(dir, name, err))
	}
	bare[file] = data
	bareTree, _ := overlay.Open(bare)
	return append(out, c.built(bareTree, dir, name, ov, false)...)
}

// without takes the raw patches, which stand last, and the fields of the raw overlay out of a kustomization.
func without(data []byte, patches int, raw model.Tree) ([]byte, error) {
	var tree map[string]any
	if err := yaml.Unmarshal(data, &tree); err != nil {
		return nil, err
	}
	for field := range raw {
		if field != "patches" {
			delete(tree, field)
		}
	}
	list, _ := tree["patches"].([]any)
	if more, ok := raw["patches"].([]any); ok {
		patches += len(more)
	}
	if patches <= len(list) {
		tree["patches"] = list[:len(list)-patches]
	}
	return yaml.Marshal(tree)
}

func joined(a, b map[string]string) map[string]string {
	out := map[string]string{}
	maps.Copy(out, a)
	maps.Copy(out, b)
	return out
}

// built builds a folder, holds it against an install, and lets the judges see it where it is what people apply.
func (c *check) built(tree *overlay.Tree, dir, name string, ov model.Overlay, judged bool) []manifest.Finding {
	got, err := tree.Build(dir)
	if err != nil {
		return []manifest.Finding{notBuilt(dir, name, err)}
	}
	want := equal.Truth(c.m, ov, "kustomize")
	out := c.compare(equal.Case{Installer: equal.Kustomize, Name: name, Overlay: ov}, want, got)
	if !judged {
		return out
	}
	lend(want, got)
	return append(out, c.bench.Set(manifest.Set{Name: name, Objects: got}, c.install(ov, false))...)
}

// lend tells objects that lost their place on the way, as those of kustomize do, where the model says they come from.
func lend(want, got []*manifest.Object) {
	from := map[manifest.ID]*manifest.Object{}
	id := func(o *manifest.Object) manifest.ID {
		id := o.ID()
		if o.APIVersion() == "" {
			id.Namespace = "" // kustomize can't know that the kind has none
		}
		return id
	}
	for _, o := range want {
		from[id(o)] = o
	}
	for _, o := range got {
		if w := from[id(o)]; w != nil {
			o.From = w.From
		}
	}
}

func notBuilt(dir, name string, err error) manifest.Finding {
	at := manifest.Place{File: path.Join(dir, "kustomization.yaml")}
	return manifest.InFile(at, diag.NotRendered, diag.Error, "%s does not build: kustomize: %v", name, err)
}

// manifests holds install.yaml against the install that it follows.
func (c *check) manifests() []manifest.Finding {
	f, ok := c.files.File(manifests.File)
	if !ok {
		return nil
	}
	got, faults := manifest.Objects(manifests.File, f.Data)
	out := bundle.Faults(faults)
	ov := manifests.Overlay(c.m)
	out = append(out, c.compare(equal.Case{Installer: equal.Manifests, Name: manifests.File, Overlay: ov}, equal.Truth(c.m, ov, "kustomize"), got)...)
	return append(out, c.bench.Set(manifest.Set{Name: manifests.File, Objects: got}, c.install(ov, false))...)
}

// Where the bundle and the catalog stand in the output tree.
const (
	bundleDir  = "bundle"
	catalogDir = "catalog"
)

// bundle judges the bundle, holds what OLM makes of it against the model, and the catalog against it.
func (c *check) bundle() []manifest.Finding {
	var out []manifest.Finding
	var b *bundle.Bundle
	if files := c.below(bundleDir); len(files) > 0 {
		b, out = bundle.Load(bundleDir, files)
		ov := equal.OLMOverlay(c.m)
		out = append(out, c.installed(b, ov)...)
		out = append(out, judged(b, c.bench, c.opts, c.install(ov, true), c.m.Namespace, false)...)
	}
	files := c.below(catalogDir)
	if len(files) == 0 {
		return out
	}
	catalog, more := fbc.Load(catalogDir, files)
	out = append(append(out, more...), catalog.Judge()...)
	if b != nil {
		out = append(out, catalog.Against(b)...)
	}
	return out
}

// installed holds what OLM makes of the bundle against the model.
func (c *check) installed(b *bundle.Bundle, ov model.Overlay) []manifest.Finding {
	if b.CSV == nil {
		return nil
	}
	if equal.OverlaysInstall(c.m) {
		files, _ := olm.Target.Emit(equal.WithoutOverlay(c.m))
		b, _ = bundle.Load(bundleDir, contents(files.Sub(bundleDir)))
		if b.CSV == nil {
			return nil
		}
	}
	kase := equal.Case{Installer: equal.OLM, Name: "OLM, of the bundle,", Overlay: ov}
	return c.compare(kase, equal.OLMTruth(c.m, ov), b.Install(c.m.Namespace))
}

// linted runs Helm's linter on a chart, from a folder that it makes for that.
func linted(scratch Scratch, files fs.FS, dir string) []manifest.Finding {
	folder, remove, err := scratch(files)
	if err != nil {
		at := manifest.Place{File: path.Join(dir, "Chart.yaml")}
		return []manifest.Finding{manifest.InFile(at, diag.Internal, diag.Error, "no folder for Helm's linter: %v", err)}
	}
	defer remove()
	return chart.Lint(folder, dir)
}
