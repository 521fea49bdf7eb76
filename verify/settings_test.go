package verify

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/emit/kustomize"
)

func names(l settings) []string {
	var out []string
	for _, s := range l {
		out = append(out, s.with)
	}
	return out
}

// What one setting does is proven by itself, with Helm and with kustomize: together with others it may hide.
func TestSettings(t *testing.T) {
	m := compile(t, "database-operator", os.DirFS("../examples/database-operator")).model
	alone := []string{ // its overlays show every feature on, and another log level
		"the feature metrics", "the feature certManager", "the feature serviceMonitor",
		"the feature networkPolicy", "the feature podDisruptionBudget", "the feature webhook",
		"one watched namespace",
	}
	if d := cmp.Diff(alone, names(kustomizeSettings(m))); d != "" {
		t.Errorf("kustomize (-want +got):\n%s", d)
	}
	overlays := m.Overlays
	m.Overlays = nil
	if d := cmp.Diff(append([]string{"every component"}, alone...), names(kustomizeSettings(m))); d != "" {
		t.Errorf("kustomize without overlays (-want +got):\n%s", d)
	}
	m.Parameters = append(m.Parameters, model.Parameter{Name: "pace", Default: "3", Minimum: "3", Type: model.TypeInteger})
	m.Watch.Modes = append(m.Watch.Modes, "MultiNamespace")
	if got := names(kustomizeSettings(m)); !slices.Contains(got, "the parameter logLevel changed") || !slices.Contains(got, "the parameter pace changed") {
		t.Errorf("kustomize does not build each parameter changed, only %q", got)
	}
	m.Overlays = overlays
	got := names(chartSettings(m))
	for _, want := range []string{
		"", "networkPolicy.enabled=true", "every parameter changed", "the parameter logLevel changed", "the parameter pace changed",
		"one watched namespace", "two watched namespaces", "the settings of the overlay dev", "the settings of the overlay prod",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("the chart is not rendered with %q, only with %q", want, got)
		}
	}
}

// A parameter that only objects of a feature have is changed where they stand.
func TestSettingOfAFeature(t *testing.T) {
	m := compile(t, "overlaid", archive(t, "testdata/cases/overlaid.txtar")).model
	for _, s := range kustomizeSettings(m) {
		if strings.HasPrefix(s.with, "the parameter ") && !differ(m, with(s.overlay, func(ov *model.Overlay) { ov.Parameters = nil }), s.overlay) {
			t.Errorf("with %s nothing changes", s.with)
		}
	}
}

func TestAnother(t *testing.T) {
	for _, p := range []struct {
		parameter model.Parameter
		want      string
	}{
		{model.Parameter{Default: "b", Enum: []string{"a", "b"}}, "a"},
		{model.Parameter{Default: "true", Type: model.TypeBoolean}, "false"},
		{model.Parameter{Default: "1", Type: model.TypeInteger, Minimum: "1", Maximum: "9"}, "9"},
		{model.Parameter{Default: "9", Type: model.TypeInteger, Minimum: "1", Maximum: "9"}, "1"},
		{model.Parameter{Default: "1", Type: model.TypeInteger, Minimum: "1"}, "2"},
		{model.Parameter{Default: "9", Type: model.TypeInteger, Maximum: "9"}, "9"},
		{model.Parameter{Default: "2", Type: model.TypeInteger}, "1000000"},
		{model.Parameter{Default: "x-1", Pattern: "^x-[0-9]+$"}, "x-1"},
		{model.Parameter{Default: "x"}, `other "value": 1`},
	} {
		if got := another(p.parameter); got != p.want {
			t.Errorf("%+v: got %s, want %s", p.parameter, got, p.want)
		}
	}
}

// A resource that stands in the component of another feature is not missed where both are on, as in the only overlay here.
func TestComponentAlone(t *testing.T) {
	c := compile(t, "database-operator", os.DirFS("../examples/database-operator"))
	c.model.Overlays = slices.DeleteFunc(c.model.Overlays, func(ov model.Overlay) bool { return ov.Name != "prod" })
	made, diags := kustomize.Target.Emit(c.model)
	failOn(t, c.name, diags.Place(c.doc.Index))
	const object, home, other = "metrics-reader.yaml", "kustomize/components/metrics/", "kustomize/components/webhook/"
	list := func(name, from, to string) string {
		f, _ := made.File(name)
		if !strings.Contains(string(f.Data), from) {
			t.Fatalf("%s has no %q", name, from)
		}
		return strings.Replace(string(f.Data), from, to, 1)
	}
	reader, _ := made.File(home + object)
	changed := map[string]string{
		home + "kustomization.yaml":  list(home+"kustomization.yaml", "- "+object+"\n", ""),
		other + "kustomization.yaml": list(other+"kustomization.yaml", "resources:\n", "resources:\n- "+object+"\n"),
	}
	moved := &emit.FileSet{}
	for _, name := range made.Names() {
		f, _ := made.File(name)
		if text, ok := changed[name]; ok {
			f.Data = []byte(text)
		}
		if err := moved.Add(strings.Replace(name, home+object, other+object, 1), f.Data, f.Origins...); err != nil {
			t.Fatal(err)
		}
	}
	if len(reader.Data) == 0 {
		t.Fatal("no such object")
	}
	var told []string
	for _, d := range Check(t.Context(), c.model, moved, Options{}) {
		told = append(told, d.Message)
	}
	if len(told) != 2 || !strings.Contains(told[0], "an overlay with the feature metrics does not leave this object") ||
		!strings.Contains(told[1], "leaves this object, which the description does not ask for") {
		t.Errorf("told: %q", told)
	}
}
