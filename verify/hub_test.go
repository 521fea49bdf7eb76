package verify

import (
	"maps"
	"path"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit/helm"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/finding"
)

// hubPrefix begins the annotations that Artifact Hub reads (https://artifacthub.io/docs/topics/annotations/helm/).
const hubPrefix = "artifacthub.io/"

// hub holds what a chart tells Artifact Hub against the model: what it installs, from which images, and what it is.
func (c *check) hub() []finding.Finding {
	file := path.Join(chartDir, "Chart.yaml")
	f, ok := c.files.File(file)
	if !ok {
		return nil
	}
	docs, _ := kube.Read(file, f.Data)
	if len(docs) == 0 {
		return nil
	}
	tree, _ := docs[0].Value.(map[string]any)
	annotations, _ := tree["annotations"].(map[string]any)
	want := c.hubFacts()
	var out []finding.Finding
	for _, k := range slices.Sorted(maps.Keys(want)) {
		text, _ := annotations[k].(string)
		var got any = text
		if _, isText := want[k].(string); !isText {
			_ = yaml.Unmarshal([]byte(text), &got) // what is no YAML differs
		}
		if _, raw := c.m.Helm.Annotations[k]; raw || has(c.m.Helm.Chart, "/annotations/"+diag.Escape(k)) || canonical(got) == canonical(want[k]) {
			continue
		}
		at := kube.Place{File: file, Pointer: "/annotations/" + diag.Escape(k)}
		out = append(out, finding.InFile(at, diag.MetadataDiffers, diag.Error, "the file says %s: the description says %s", show(got), show(want[k])))
	}
	for _, k := range slices.Sorted(maps.Keys(c.m.Helm.Annotations)) {
		out = append(out, held(file, tree, []fact{{pointer: "/annotations/" + diag.Escape(k), want: c.m.Helm.Annotations[k]}})...)
	}
	return out
}

// hubFacts are the annotations by name: texts, or what their YAML says.
func (c *check) hubFacts() map[string]any {
	m := c.m
	var crds, examples, images []any
	for _, a := range m.APIs {
		crds = append(crds, nonEmpty(map[string]any{
			"kind": a.Kind, "version": a.Version, "name": a.CRD, "displayName": a.DisplayName,
			"description": strings.Join(strings.Fields(a.Description), " "),
		}))
	}
	for _, e := range m.Examples {
		examples = append(examples, map[string]any(e.Tree))
	}
	if m.Image.Repository != "" {
		images = append(images, map[string]any{"name": m.Name, "image": m.Image.Ref(), "platforms": m.Image.Platforms})
	}
	for _, r := range m.Related {
		images = append(images, map[string]any{"name": r.Name, "image": r.Ref})
	}
	images = append(images, otherImages(m, images)...)
	return map[string]any{
		hubPrefix + "crds": crds, hubPrefix + "crdsExamples": examples, hubPrefix + "images": images, hubPrefix + "operator": "true",
		hubPrefix + "license": m.License, hubPrefix + "operatorCapabilities": m.Capability, "charts.openshift.io/name": m.DisplayName,
	}
}

// otherImages are those of an install with every feature that are not listed yet.
func otherImages(m *model.Operator, listed []any) []any {
	known := map[any]bool{}
	for _, e := range listed {
		known[e.(map[string]any)["image"]] = true
	}
	var out []any
	for _, o := range m.Install(with(m.DefaultOverlay(), func(ov *model.Overlay) { switchAll(ov, true) }), "Helm") {
		for _, pod := range [][]string{{"spec"}, {"spec", "template", "spec"}, {"spec", "jobTemplate", "spec", "template", "spec"}} {
			for _, field := range []string{"initContainers", "containers"} {
				list, _ := model.At(o.Tree, append(slices.Clone(pod), field)...).([]any)
				for _, e := range list {
					c := e.(map[string]any)
					if ref := c["image"]; !known[ref] {
						known[ref] = true
						out = append(out, map[string]any{"name": m.ImageName(o.Name(), c["name"].(string)), "image": ref})
					}
				}
			}
		}
	}
	return out
}

// chartIcon is the picture as Chart.yaml has it; a large one is left out.
func chartIcon(i *model.Icon) any {
	if i == nil || len(i.Base64) > helm.MaxIcon {
		return nil
	}
	return "data:" + i.MediaType + ";base64," + i.Base64
}

// nonEmpty leaves out what is empty.
func nonEmpty(entry model.Tree) model.Tree {
	maps.DeleteFunc(entry, func(_ string, v any) bool { return v == "" })
	return entry
}
