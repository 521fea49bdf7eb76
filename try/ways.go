package try

import (
	"path"
	"reflect"
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/emit/helm"
	"github.com/opc-project/opc/emit/manifests"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/verify/bundle"
	"github.com/opc-project/opc/verify/chart"
	"github.com/opc-project/opc/verify/equal"
	"github.com/opc-project/opc/verify/overlay"
)

// Where the artifacts stand in the output tree.
const chartDir, kustomizeDir, bundleDir = "chart", "kustomize", "bundle"

// Way is one way to install what was emitted.
type Way struct {
	Name    string // for people, such as "the chart"
	Overlay model.Overlay
	Objects []*kube.Object // in the order in which they are applied; each knows where the description says it
	Case    equal.Case
	Truth   []*kube.Object // what the description says that the way leaves

	certificates []string // Secrets that OLM makes for webhooks
}

// Ways lists the ways that the files offer: the chart at its default values and with those of each overlay, each overlay,
// install.yaml, and the bundle as OLM expands it.
func Ways(m *model.Operator, files *emit.FileSet) ([]*Way, error) {
	var out []*Way
	for _, list := range []func(*model.Operator, *emit.FileSet) ([]*Way, error){charts, overlays, manifest, bundles} {
		more, err := list(m, files)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	for _, w := range out {
		w.Case.Model, w.Case.Name, w.Case.Overlay = m, w.Name, w.Overlay
		w.settle(m)
	}
	return out, nil
}

func contents(files *emit.FileSet, dir, prefix string) map[string][]byte {
	sub := files.Sub(dir)
	out := make(map[string][]byte, sub.Len())
	for _, name := range sub.Names() {
		f, _ := sub.File(name)
		out[path.Join(prefix, name)] = f.Data
	}
	return out
}

func charts(m *model.Operator, files *emit.FileSet) ([]*Way, error) {
	parts := contents(files, chartDir, "")
	if len(parts) == 0 {
		return nil, nil
	}
	ch, err := chart.Load(chartDir, parts)
	if err != nil {
		return nil, err
	}
	release := m.NamePrefix
	if release == "" {
		release = m.Name
	}
	facts := equal.Facts{Release: release, ChartLabel: ch.Label(), AppVersion: chart.LabelValue(ch.AppVersion())}
	plain := m.DefaultOverlay()
	var out []*Way
	for _, ov := range append([]model.Overlay{plain}, m.Overlays...) {
		name, values := "the chart", map[string]any(nil)
		if len(out) > 0 {
			name, values = "the chart with the values of the overlay "+ov.Name, helm.Values(m, ov)
			if ov.Namespace == plain.Namespace && reflect.DeepEqual(values, helm.Values(m, plain)) {
				continue // it is the same install
			}
		}
		objects, _, err := ch.Render(chart.Release{Name: release, Namespace: ov.Namespace, Values: values})
		if err != nil {
			return nil, err
		}
		objects = slices.DeleteFunc(objects, isTest)
		out = append(out, &Way{Name: name, Overlay: ov, Objects: objects, Truth: equal.Truth(m, ov, "Helm"), Case: equal.Case{Installer: equal.Helm, Facts: facts}})
	}
	return out, nil
}

// isTest reports whether an object is made by `helm test` alone.
func isTest(o *kube.Object) bool {
	return model.At(o.Tree, "metadata", "annotations", "helm.sh/hook") == "test"
}

func overlays(m *model.Operator, files *emit.FileSet) ([]*Way, error) {
	parts := contents(files, kustomizeDir, kustomizeDir)
	if len(parts) == 0 {
		return nil, nil
	}
	tree, _ := overlay.Open(parts)
	var out []*Way
	for _, ov := range m.Overlays {
		dir := path.Join(kustomizeDir, "overlays", ov.Name)
		if !tree.Local(dir) {
			continue // it names what only the user's machine has
		}
		objects, err := tree.Build(dir)
		if err != nil {
			return nil, err
		}
		out = append(out, &Way{Name: "the overlay " + ov.Name, Overlay: ov, Objects: objects, Truth: equal.Truth(m, ov, "kustomize"), Case: equal.Case{Installer: equal.Kustomize}})
	}
	return out, nil
}

func manifest(m *model.Operator, files *emit.FileSet) ([]*Way, error) {
	f, ok := files.File(manifests.File)
	if !ok {
		return nil, nil
	}
	ov := manifests.Overlay(m)
	objects, _ := kube.Objects(manifests.File, f.Data)
	return []*Way{{Name: manifests.File, Overlay: ov, Objects: objects, Truth: equal.Truth(m, ov, "kustomize"), Case: equal.Case{Installer: equal.Manifests}}}, nil
}

func bundles(m *model.Operator, files *emit.FileSet) ([]*Way, error) {
	parts := contents(files, bundleDir, "")
	if len(parts) == 0 {
		return nil, nil
	}
	b, _ := bundle.Load(bundleDir, parts)
	if b.CSV == nil {
		return nil, nil
	}
	ov := equal.OLMOverlay(m)
	return []*Way{{
		Name: "the bundle", Overlay: ov, Objects: b.Install(m.Namespace), Truth: equal.OLMTruth(m, ov), Case: equal.Case{Installer: equal.OLM},
		certificates: b.Certificates(),
	}}, nil
}

// settle gives each object the place in the description where it is said, and puts what others refer to first. The
// namespace of the install is among them, whoever makes it.
func (w *Way) settle(m *model.Operator) {
	from := map[kube.ID]*kube.Object{}
	for _, o := range w.Truth {
		from[o.ID()] = o
	}
	named := false
	for i, o := range w.Objects {
		id := o.ID()
		said := from[id]
		if said == nil && id.Namespace == "" {
			id.Namespace = w.Overlay.Namespace
			said = from[id]
		}
		if said != nil && o.From == nil && o.Inner == nil {
			copied := *o
			copied.From = said.From
			w.Objects[i] = &copied
		}
		named = named || o.Is("", "Namespace") && o.Name() == w.Overlay.Namespace
	}
	if !named {
		w.Objects = append(w.Objects, &kube.Object{Tree: namespace(w.Overlay.Namespace)})
	}
	slices.SortStableFunc(w.Objects, func(a, b *kube.Object) int { return rank(a) - rank(b) })
}

func namespace(name string) kube.Tree {
	return kube.Tree{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": name}}
}

// rank is the order in which objects are applied: webhooks come last, since they judge what comes after them.
func rank(o *kube.Object) int {
	switch {
	case o.Is("", "Namespace"):
		return 0
	case o.Is(definitions, "CustomResourceDefinition"):
		return 1
	case o.Group() == kube.AdmissionGroup:
		return 3
	}
	return 2
}

const definitions = "apiextensions.k8s.io"
