package helm

import (
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// MaxIcon is the greatest length of an icon that Chart.yaml holds as a data URI. A chart's metadata is repeated in the
// index of its repository and in a Secret for each revision of a release, so a larger one is left out: its URL can be
// said with helm.chart.
const MaxIcon = 8 << 10

// chartYAML writes Chart.yaml.
func (c *chart) chartYAML() {
	t := model.Merge(c.metadata(), c.m.Helm.Chart)
	n := ordered(t, "apiVersion", "name", "version", "appVersion", "kubeVersion", "description", "type",
		"keywords", "home", "sources", "maintainers", "icon")
	for i, k := range n.Content {
		if k.Value == "appVersion" || k.Value == "kubeVersion" {
			n.Content[i+1].Style = yaml.DoubleQuotedStyle // 1.10 must not become a number
		}
	}
	c.add("Chart.yaml", emit.Encode(n), c.chartOrigins()...)
}

func (c *chart) metadata() model.Tree {
	m := c.m
	description := m.Summary
	if description == "" {
		description = m.DisplayName
	}
	t := model.Tree{
		"apiVersion": "v2", "type": "application", "name": m.Name, "version": m.Version, "appVersion": m.Version, "description": description,
		"annotations": c.chartAnnotations(),
	}
	if m.Kubernetes != "" {
		t["kubeVersion"] = KubeVersion(m.Kubernetes)
	}
	if len(m.Keywords) > 0 {
		t["keywords"] = texts(m.Keywords)
	}
	if m.Homepage != "" {
		t["home"] = m.Homepage
	}
	if m.Source != "" {
		t["sources"] = []any{m.Source}
	}
	var people []any
	for _, p := range m.Maintainers {
		people = append(people, present("name", p.Name, "email", p.Email, "url", p.URL))
	}
	if len(people) > 0 {
		t["maintainers"] = people
	}
	if data, ok := m.Icon.Plain(); ok && len(data) <= MaxIcon {
		t["icon"] = "data:" + m.Icon.MediaType + ";base64," + data
	}
	return t
}

func (c *chart) chartOrigins() []emit.Origin {
	out := []emit.Origin{root("")}
	for _, o := range []struct {
		pointer string
		from    diag.Path
		said    bool
	}{
		{"/name", "/name", true}, {"/version", "/version", true}, {"/appVersion", "/version", true},
		{"/description", "/summary", c.m.Summary != ""}, {"/kubeVersion", "/kubernetes", c.m.Kubernetes != ""},
		{"/keywords", "/keywords", len(c.m.Keywords) > 0}, {"/home", "/homepage", c.m.Homepage != ""},
		{"/sources", "/source", c.m.Source != ""}, {"/maintainers", "/maintainers", len(c.m.Maintainers) > 0},
		{"/icon", "/icon", c.m.Icon != nil},
		{"/annotations", "/helm/annotations", len(c.m.Helm.Annotations) > 0},
	} {
		if o.said {
			out = append(out, emit.Origin{Pointer: o.pointer, Path: o.from})
		}
	}
	for _, k := range slices.Sorted(maps.Keys(c.m.Helm.Chart)) {
		out = append(out, emit.Origin{Pointer: "/" + diag.Escape(k), Path: diag.Path("/helm/chart").Child(k)})
	}
	return out
}

// ordered writes a map with some fields first.
func ordered(t model.Tree, first ...string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	for _, k := range emit.SortedKeys(t, first) {
		content := emit.NodeAt(t[k], []string{k})
		if list, ok := t[k].([]any); ok && k == "maintainers" {
			content = &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
			for _, p := range list {
				person := kube.Map(p)
				content.Content = append(content.Content, ordered(person, "name", "email"))
			}
		}
		n.Content = append(n.Content, emit.Scalar(k), content)
	}
	return n
}

// present makes a map of those texts that are not empty.
func present(pairs ...string) map[string]any {
	out := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			out[pairs[i]] = pairs[i+1]
		}
	}
	return out
}

func texts(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

// block is a YAML text inside an annotation.
func block(list []any) string { return strings.TrimSuffix(string(emit.PlainYAML(list, "")), "\n") }
