package verify

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit/helm"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// fact is something that several files say of the operator, and what the model says it is.
type fact struct {
	file, pointer string
	want          any  // nil where the model says nothing
	overlaid      bool // a raw overlay of the description replaces it
}

// metadata holds name, version, images and the like against the model, in every file that says them. Objects are
// compared elsewhere.
func (c *check) metadata() []kube.Finding {
	out := c.facts(path.Join(chartDir, "Chart.yaml"), c.chartFacts())
	out = append(out, c.values()...)
	out = append(out, c.hub()...)
	out = append(out, c.csvFacts()...)
	out = append(out, c.annotations()...)
	out = append(out, c.scorecard()...)
	out = append(out, c.rawFacts()...)
	out = append(out, c.catalogFacts()...)
	return out
}

// facts reads a YAML file and holds facts against it.
func (c *check) facts(file string, facts []fact) []kube.Finding {
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

func held(file string, tree model.Tree, facts []fact) []kube.Finding {
	var out []kube.Finding
	for _, x := range facts {
		got := at(tree, x.pointer)
		if x.overlaid || canonical(got) == canonical(x.want) {
			continue
		}
		place := kube.Place{File: file, Pointer: x.pointer}
		out = append(out, kube.InFile(place, diag.MetadataDiffers, diag.Error, "the file says %s: the description says %s", show(got), show(x.want)))
	}
	return out
}

// at returns the value at a pointer, or nil.
func at(v any, pointer string) any {
	if pointer == "" {
		return v
	}
	for elem := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[strings.ReplaceAll(strings.ReplaceAll(elem, "~1", "/"), "~0", "~")]
	}
	return v
}

// has reports whether a raw overlay says something at a pointer or above it.
func has(overlay model.Tree, pointer string) bool {
	var v any = overlay
	for elem := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		m, ok := v.(map[string]any)
		if !ok {
			return true
		}
		if v, ok = m[strings.ReplaceAll(strings.ReplaceAll(elem, "~1", "/"), "~0", "~")]; !ok {
			return false
		}
	}
	return true
}

// canonical writes a value so that what means the same is the same text: nothing, and an empty text or list, are one.
func canonical(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	switch s := string(text); s {
	case `""`, `[]`, `{}`, "null":
		return ""
	default:
		return s
	}
}

func show(v any) string {
	text := canonical(v)
	if text == "" {
		return "nothing"
	}
	if len(text) > 80 {
		return text[:80] + "…"
	}
	return text
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
func (c *check) values() []kube.Finding {
	var facts []fact
	for _, f := range helm.Switches(c.m) {
		facts = append(facts, fact{pointer: "/" + f.Name + "/enabled", want: f.Enabled, overlaid: has(c.m.Helm.Values, "/"+f.Name+"/enabled")})
	}
	return c.facts(path.Join(chartDir, "values.yaml"), facts)
}

// lists holds a list against what it must hold, in order; form brings an element into the form of the wanted ones.
func (c *check) lists(file, pointer string, want []any, form func(model.Tree) any) []kube.Finding {
	f, _ := c.files.File(file)
	docs, _ := kube.Read(file, f.Data)
	if len(docs) == 0 {
		return nil
	}
	list, _ := at(docs[0].Value, pointer).([]any)
	var out []kube.Finding
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
			out = append(out, kube.InFile(place, diag.MetadataDiffers, diag.Error, "the file says %s: the description says %s", show(got), show(wanted)))
		}
	}
	return out
}
