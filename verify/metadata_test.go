package verify

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit/helm"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/finding"
)

// metadata compares name, version, images and the like with the model, in every file that says them. Emitters wrote those
// from the same model, so only a fault of opc can make them differ: this is a test over all cases, and no stage of a
// compile.
func (c *check) metadata() []finding.Finding {
	out := c.facts(path.Join(chartDir, "Chart.yaml"), c.chartFacts())
	out = append(out, c.values()...)
	out = append(out, c.hub()...)
	out = append(out, c.csvFacts()...)
	out = append(out, c.annotations()...)
	out = append(out, c.scorecard()...)
	out = append(out, c.rawFacts()...)
	out = append(out, c.catalogFacts()...)
	return append(out, c.dockerClaims()...)
}

// facts reads a YAML file and holds facts against it.
func (c *check) facts(file string, facts []fact) []finding.Finding {
	f, ok := c.files.File(file)
	if !ok || len(facts) == 0 {
		return nil
	}
	docs, faults := kube.Read(file, f.Data)
	if len(faults) > 0 || len(docs) == 0 {
		return nil // told by those who read it as a whole
	}
	tree, _ := docs[0].Value.(map[string]any)
	return held(file, tree, facts)
}

func (c *check) chartFacts() []fact {
	m := c.m
	facts := []fact{
		{pointer: "/apiVersion", want: "v2"}, {pointer: "/name", want: m.Name}, {pointer: "/version", want: m.Version},
		{pointer: "/appVersion", want: m.Version}, {pointer: "/description", want: cmp.Or(m.Summary, m.DisplayName)}, {pointer: "/home", want: m.Homepage},
		{pointer: "/keywords", want: m.Keywords}, {pointer: "/type", want: "application"}, {pointer: "/sources", want: sources(m)},
		{pointer: "/kubeVersion", want: helm.KubeVersion(m.Kubernetes)}, {pointer: "/maintainers", want: people(m, true)},
		{pointer: "/icon", want: chartIcon(m.Icon)},
	}
	for i := range facts {
		if v, ok := m.Helm.Chart[strings.TrimPrefix(facts[i].pointer, "/")]; ok {
			facts[i].want = v
		}
	}
	return slices.DeleteFunc(facts, func(f fact) bool {
		return f.pointer == "/kubeVersion" && m.Kubernetes == "" || f.pointer == "/home" && m.Homepage == "" || f.pointer == "/appVersion" && m.Image.Tag != m.Version
	})
}

// links are the project's page and its sources, where the further links don't name them, and those.
func links(m *model.Operator) any {
	var out []any
	for _, own := range []model.Link{{Name: "Homepage", URL: m.Homepage}, {Name: "Source", URL: m.Source}} {
		if own.URL != "" && (own.Name == "Homepage" || own.URL != m.Homepage) && !slices.ContainsFunc(m.Links, func(l model.Link) bool { return l.URL == own.URL }) {
			out = append(out, map[string]any{"name": own.Name, "url": own.URL})
		}
	}
	for _, l := range m.Links {
		out = append(out, map[string]any{"name": l.Name, "url": l.URL})
	}
	return out
}

func sources(m *model.Operator) []string {
	if m.Source == "" {
		return nil
	}
	return []string{m.Source}
}

// people are the maintainers; only a chart has a place for their pages.
func people(m *model.Operator, pages bool) any {
	var out []any
	for _, p := range m.Maintainers {
		entry := map[string]any{"name": p.Name, "email": p.Email, "url": p.URL}
		maps.DeleteFunc(entry, func(key string, v any) bool { return v == "" || key == "url" && !pages })
		out = append(out, entry)
	}
	return out
}

// values holds the defaults of values.yaml against the model: what the default rendering does not show.
func (c *check) values() []finding.Finding {
	var facts []fact
	for _, f := range helm.Switches(c.m) {
		facts = append(facts, fact{pointer: "/" + f.Name + "/enabled", want: f.Enabled, overlaid: has(c.m.Helm.Values, "/"+f.Name+"/enabled")})
	}
	return c.facts(path.Join(chartDir, "values.yaml"), facts)
}

// lists holds a list against what it must hold, in order; form brings an element into the form of the wanted ones.
func (c *check) lists(file, pointer string, want []any, form func(model.Tree) any) []finding.Finding {
	f, _ := c.files.File(file)
	docs, _ := kube.Read(file, f.Data)
	if len(docs) == 0 {
		return nil
	}
	list, _ := kube.Get(docs[0].Value, pointer).([]any)
	var out []finding.Finding
	for i := range max(len(list), len(want)) {
		var got, wanted any
		if i < len(list) {
			entry, _ := list[i].(map[string]any)
			got = form(entry)
		}
		if i < len(want) {
			wanted = want[i]
		}
		if canonical(got) != canonical(wanted) {
			place := kube.Place{File: file, Pointer: fmt.Sprintf("%s/%d", pointer, i)}
			out = append(out, finding.InFile(place, diag.MetadataDiffers, diag.Error, "the file says %s: the description says %s", show(got), show(wanted)))
		}
	}
	return out
}
