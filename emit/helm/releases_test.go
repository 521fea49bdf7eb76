package helm

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/opc-project/opc/compiler/model"
)

// TestReleasesShareNothing holds that releases in one namespace have neither an object nor a pod nor a Secret in common.
func TestReleasesShareNothing(t *testing.T) {
	long := "team-a-platform-production-europe-west-cluster-number"[:52] // and one more: Helm takes 53
	releases := []string{"other", long + "1", long + "2"}
	for name, m := range operators(t) {
		if m.NamePrefix == "" || slices.Contains([]string{"hand-made", "raw", "workloads"}, name) {
			continue // some names are literal, so there can be one release only
		}
		installed := map[string][]model.Tree{}
		for _, r := range append(releases, ownName(m)) {
			installed[r] = withEverythingOn(t, m, r)
		}
		names, secrets := map[string]string{}, map[string]string{}
		for r, objects := range installed {
			for _, o := range objects {
				once(t, names, fmt.Sprintf("%s: %s %s", name, o["kind"], model.MetaString(o, "name")), r)
				if s, _ := model.At(o, "spec", "secretName").(string); s != "" {
					once(t, secrets, name+": the Secret "+s, r)
				}
				if n := len(model.MetaString(o, "name")); n > maxName {
					t.Errorf("%s: the name %s has %d characters", name, model.MetaString(o, "name"), n)
				}
			}
			for other, theirs := range installed {
				if other != r {
					separate(t, objects, theirs)
				}
			}
		}
	}
}

// withEverythingOn renders a release with all features on, without CustomResourceDefinitions, of which there is one.
func withEverythingOn(t *testing.T, m *model.Operator, name string) []model.Tree {
	t.Helper()
	ov := m.DefaultOverlay()
	for f := range ov.Features {
		ov.Features[f] = true
	}
	rendered, err := render(t, loaded(t, emitted(t, m)), release{name, "shared", Values(m, ov)})
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(objectsOf(t, rendered), func(o model.Tree) bool { return o["kind"] == "CustomResourceDefinition" })
}

// once holds that a thing belongs to one release.
func once(t *testing.T, owners map[string]string, thing, release string) {
	t.Helper()
	if other, taken := owners[thing]; taken && other != release {
		t.Errorf("%s belongs to the releases %s and %s", thing, release, other)
	}
	owners[thing] = release
}

// separate holds that no selector of one release finds a pod of another.
func separate(t *testing.T, ours, theirs []model.Tree) {
	t.Helper()
	for _, o := range ours {
		s := selectorOf(o)
		for _, d := range theirs {
			labels, _ := model.At(d, "spec", "template", "metadata", "labels").(map[string]any)
			if len(s) > 0 && labels != nil && matches(s, labels) {
				t.Errorf("the %s %s selects the pod of %s", o["kind"], model.MetaString(o, "name"), model.MetaString(d, "name"))
			}
		}
	}
}

func selectorOf(o model.Tree) map[string]any {
	for _, path := range [][]string{{"spec", "selector", "matchLabels"}, {"spec", "podSelector", "matchLabels"}, {"spec", "selector"}} {
		if m, ok := model.At(o, path...).(map[string]any); ok {
			return m
		}
	}
	return nil
}

func matches(selector, labels map[string]any) bool {
	for _, k := range slices.Sorted(maps.Keys(selector)) {
		if labels[k] != selector[k] {
			return false
		}
	}
	return true
}
