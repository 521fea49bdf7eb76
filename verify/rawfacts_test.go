package verify

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/finding"
)

// rawFacts holds that what the description lays over a file stands in it. What it lays over values.yaml is known by the
// defaults that the values schema says; patches of a kustomization are a list that grows, and are left out.
func (c *check) rawFacts() []finding.Finding {
	var out []finding.Finding
	for _, name := range c.files.Names() {
		switch {
		case name == path.Join(chartDir, "Chart.yaml"):
			out = append(out, c.facts(name, laid(c.m.Helm.Chart, ""))...)
		case strings.HasPrefix(name, bundleDir+"/manifests/") && strings.HasSuffix(name, ".clusterserviceversion.yaml"):
			out = append(out, c.facts(name, laid(c.m.OLM.CSV, ""))...)
		}
	}
	for _, ov := range c.m.Overlays {
		out = append(out, c.grown(path.Join(kustomizeDir, "overlays", ov.Name, "kustomization.yaml"))...)
	}
	return out
}

// laid are the facts that a raw overlay makes: a merge patch, so that null takes away and a list replaces a list.
func laid(patch model.Tree, at string) []fact {
	var out []fact
	for _, k := range slices.Sorted(maps.Keys(patch)) {
		pointer := at + "/" + diag.Escape(k)
		if fields, ok := patch[k].(map[string]any); ok && len(fields) > 0 {
			out = append(out, laid(fields, pointer)...)
			continue
		}
		out = append(out, fact{pointer: pointer, want: patch[k]})
	}
	return out
}

// grown holds the raw overlay of kustomizations against one: what is a list stands at the end of the list there.
func (c *check) grown(file string) []finding.Finding {
	f, ok := c.files.File(file)
	raw := c.m.Kustomize.Kustomization
	if !ok || len(raw) == 0 {
		return nil
	}
	docs, _ := kube.Read(file, f.Data)
	if len(docs) == 0 {
		return nil
	}
	tree, _ := docs[0].Value.(map[string]any)
	var facts []fact
	for _, x := range laid(raw, "") {
		want, isList := x.want.([]any)
		got, _ := kube.Get(tree, x.pointer).([]any)
		if isList && len(got) > len(want) {
			x.want = append(slices.Clone(got[:len(got)-len(want)]), want...)
		}
		facts = append(facts, x)
	}
	return held(file, tree, facts)
}
