package helm

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/compiler/model"
)

// variants are overlays that differ from the default in what an overlay can say.
func variants(m *model.Operator) map[string]model.Overlay {
	out := map[string]model.Overlay{"default": m.DefaultOverlay()}
	change := func(name string, f func(*model.Overlay)) {
		ov := m.DefaultOverlay()
		f(&ov)
		settleFeatures(m, ov.Features)
		out[name] = ov
	}
	all := func(on bool) func(*model.Overlay) {
		return func(ov *model.Overlay) {
			for name := range ov.Features {
				ov.Features[name] = on
			}
		}
	}
	change("all on", all(true))
	change("all off", all(false))
	for i, f := range m.Features {
		for _, on := range []bool{true, false} {
			change(fmt.Sprintf("%s %v", f.Name, on), func(ov *model.Overlay) { ov.Features[f.Name] = on })
			for _, g := range m.Features[:i] {
				for _, also := range []bool{true, false} {
					change(fmt.Sprintf("%s %v, %s %v", f.Name, on, g.Name, also), func(ov *model.Overlay) { ov.Features[f.Name], ov.Features[g.Name] = on, also })
				}
			}
		}
	}
	for _, p := range m.Parameters {
		change("parameter "+p.Name, func(ov *model.Overlay) { ov.Parameters = map[string]string{p.Name: another(p)} })
	}
	if m.Watch.Env != "" {
		change("watch one", func(ov *model.Overlay) { ov.Watch = []string{"team-a"} })
		if m.Watch.Supports("MultiNamespace") {
			change("watch two", func(ov *model.Overlay) { ov.Watch = []string{"team-a", "team-b"} })
		}
	}
	change("elsewhere", func(ov *model.Overlay) { ov.Namespace = "123" })
	if len(m.Workloads) > 0 && m.Workloads[0].Key == "manager" {
		change("resources", func(ov *model.Overlay) { ov.Resources = model.Tree{"limits": map[string]any{"memory": "1Gi"}} })
	}
	for _, ov := range m.Overlays {
		ov.Labels, ov.Annotations, ov.Patches = nil, nil, nil // kustomize's own
		out["overlay "+ov.Name] = ov
	}
	return out
}

// settleFeatures switches off what requires something that is off, as the chart does.
func settleFeatures(m *model.Operator, on map[string]bool) {
	for range m.Features {
		for _, f := range m.Features {
			for _, need := range f.Requires {
				on[f.Name] = on[f.Name] && on[need]
			}
		}
	}
}

// another is a value of a parameter that is not its default.
func another(p model.Parameter) string {
	switch {
	case len(p.Enum) > 0:
		return p.Enum[len(p.Enum)-1]
	case p.Type == model.TypeBoolean:
		return fmt.Sprint(p.Default != "true")
	case p.Maximum != "":
		return p.Maximum
	case p.Type == model.TypeInteger:
		return "12345678"
	case p.Type == model.TypeNumber:
		return "0.125"
	case p.Pattern != "":
		return p.Default
	}
	return "1e3 # \"x\"\n{{ .Values }}: y"
}

// ownName is the name of a release that gives the names of a plain install.
func ownName(m *model.Operator) string {
	if m.NamePrefix == "" {
		return m.Name
	}
	return m.NamePrefix
}

// TestChartInstallsWhatTheModelSays is the law of the chart: rendered for a release that is called as the operator, it
// gives the objects of model.Install, whatever is switched or set.
func TestChartInstallsWhatTheModelSays(t *testing.T) {
	for name, m := range operators(t) {
		t.Run(name, func(t *testing.T) { holdsToModel(t, m, variants(m)) })
	}
}

func holdsToModel(t *testing.T, m *model.Operator, all map[string]model.Overlay) {
	t.Helper()
	files, diags := Target.Emit(m)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	ch := loaded(t, files.Sub("chart"))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		ov := all[name]
		ov.CreateNamespace = false
		values := Values(m, ov)
		if name == "default" && m.Helm.Values == nil {
			values = nil
		}
		rendered, err := render(t, ch, release{ownName(m), ov.Namespace, values})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var want []model.Tree
		for _, o := range m.Install(ov, "Helm") {
			want = append(want, o.Tree)
		}
		a, b := byIdentity(t, want, false), byIdentity(t, objectsOf(t, rendered), true)
		if diff := cmp.Diff(slices.Sorted(maps.Keys(a)), slices.Sorted(maps.Keys(b))); diff != "" {
			t.Errorf("%s (-model +chart):\n%s", name, diff)
		}
		for _, key := range slices.Sorted(maps.Keys(a)) {
			if diff := cmp.Diff(a[key], b[key]); diff != "" {
				t.Errorf("%s: %s (-model +chart):\n%s", name, key, diff)
			}
		}
	}
}

// byIdentity keys objects, as text that can be read in a difference; what only Helm has is taken away.
func byIdentity(t *testing.T, list []model.Tree, helm bool) map[string]any {
	t.Helper()
	out := map[string]any{}
	for _, o := range list {
		if annotations, _ := model.At(o, "metadata", "annotations").(map[string]any); annotations["helm.sh/hook"] != nil {
			continue
		}
		o = likeNumbers(t, o)
		key := fmt.Sprintf("%s %s/%s", o["kind"], model.MetaString(o, "namespace"), model.MetaString(o, "name"))
		if out[key] != nil {
			t.Errorf("%s stands twice", key)
		}
		dropAdditions(t, o, helm)
		out[key] = o
	}
	return out
}

// likeNumbers makes all numbers floating point.
func likeNumbers(t *testing.T, o model.Tree) model.Tree {
	t.Helper()
	data, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	var out model.Tree
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// dropAdditions takes away what the chart adds to objects, and holds that it is there: the recommended labels of every
// object, the instance in selectors of the chart's own pods, and the policy that keeps CustomResourceDefinitions.
func dropAdditions(t *testing.T, o model.Tree, helm bool) {
	t.Helper()
	meta := o["metadata"].(map[string]any)
	labels, _ := meta["labels"].(map[string]any)
	fixed := labels == nil && o["kind"] == "CustomResourceDefinition" // Helm takes the folder crds as it is
	for _, k := range []string{labelChart, model.LabelName, model.LabelInstance, model.LabelVersion, model.LabelManagedBy} {
		if helm && !fixed && labels[k] == nil {
			t.Errorf("%s %s has no label %s", o["kind"], meta["name"], k)
		}
	}
	for _, k := range []string{labelChart, model.LabelInstance, model.LabelManagedBy} {
		delete(labels, k)
	}
	if v := labels[model.LabelVersion]; v != "9" {
		delete(labels, model.LabelVersion)
	}
	if v := labels[model.LabelName]; v != "something-else" {
		delete(labels, model.LabelName)
	}
	prune(meta, "labels")
	if annotations, ok := meta["annotations"].(map[string]any); ok && o["kind"] == "CustomResourceDefinition" {
		delete(annotations, "helm.sh/resource-policy")
		prune(meta, "annotations")
	}
	for _, path := range [][]string{
		{"spec", "selector", "matchLabels"}, {"spec", "selector"}, {"spec", "podSelector", "matchLabels"}, {"spec", "template", "metadata", "labels"},
	} {
		if m, ok := model.At(o, path...).(map[string]any); ok {
			delete(m, model.LabelInstance)
		}
	}
	if p, ok := model.At(o, "spec", "template", "metadata").(map[string]any); ok {
		prune(p, "annotations")
	}
}

func prune(m map[string]any, field string) {
	if l, ok := m[field].(map[string]any); ok && len(l) == 0 {
		delete(m, field)
	}
}
