package verify

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/bundle"
	"github.com/opc-project/opc/verify/finding"
)

// csvFacts holds the ClusterServiceVersion against the model.
func (c *check) csvFacts() []finding.Finding {
	m := c.m
	var out []finding.Finding
	for _, name := range c.files.Names() {
		if !strings.HasPrefix(name, bundleDir+"/manifests/") || !strings.HasSuffix(name, ".clusterserviceversion.yaml") {
			continue
		}
		facts := []fact{
			{pointer: "/metadata/name", want: m.OLM.CSVName}, {pointer: "/spec/version", want: m.Version}, {pointer: "/spec/displayName", want: m.DisplayName},
			{pointer: "/spec/description", want: m.Description}, {pointer: "/spec/minKubeVersion", want: m.MinKube}, {pointer: "/spec/maturity", want: m.Maturity},
			{pointer: "/spec/keywords", want: m.Keywords}, {pointer: "/spec/replaces", want: m.Release.Replaces}, {pointer: "/spec/skips", want: m.Release.Skips},
			{pointer: "/spec/provider/name", want: m.Provider.Name}, {pointer: "/spec/provider/url", want: m.Provider.URL},
			{pointer: "/spec/icon", want: c.icon()}, {pointer: "/spec/installModes", want: c.installModes()}, {pointer: "/spec/maintainers", want: people(m, false)},
			{pointer: "/metadata/annotations/olm.skipRange", want: m.Release.SkipRange}, {pointer: "/metadata/annotations/capabilities", want: m.Capability},
			{pointer: "/metadata/annotations/categories", want: strings.Join(m.Categories, ", ")}, {pointer: "/metadata/annotations/createdAt", want: m.Release.Date},
			{pointer: "/metadata/annotations/description", want: m.Summary}, {pointer: "/metadata/annotations/repository", want: m.Source},
			{pointer: "/metadata/annotations/support", want: m.Provider.Name}, {pointer: "/spec/install/strategy", want: "deployment"},
			{pointer: "/spec/links", want: links(m)},
			{pointer: "/metadata/annotations/operatorframework.io~1suggested-namespace", want: m.Namespace},
		}
		for i := range facts {
			facts[i].overlaid = has(m.OLM.CSV, facts[i].pointer)
			key := diag.Unescape(strings.TrimPrefix(facts[i].pointer, "/metadata/annotations/"))
			if v, said := m.OLM.Annotations[key]; said {
				facts[i].want = v
			}
		}
		out = append(out, c.facts(name, facts)...)
		out = append(out, c.related(name)...)
		out = append(out, c.owned(name)...)
		out = append(out, c.shown(name)...)
		out = append(out, c.ports(name)...)
	}
	return out
}

func (c *check) icon() any {
	if c.m.Icon == nil {
		return nil
	}
	return []any{map[string]any{"base64data": c.m.Icon.Wrapped(), "mediatype": c.m.Icon.MediaType}}
}

func (c *check) installModes() any {
	var out []any
	for _, mode := range []string{"OwnNamespace", "SingleNamespace", "MultiNamespace", "AllNamespaces"} {
		out = append(out, map[string]any{"type": mode, "supported": c.m.Watch.Supports(mode)})
	}
	return out
}

// owned holds the owned APIs, and the required ones, against the model.
func (c *check) owned(file string) []finding.Finding {
	if has(c.m.OLM.CSV, "/spec/customresourcedefinitions") {
		return nil
	}
	var owned []any
	for _, a := range c.m.APIs {
		owned = append(owned, a.CRD+" "+a.Kind+" "+a.Version+" "+a.DisplayName+" "+a.Description+" "+canonical(a.Spec)+canonical(a.Status)+canonical(a.Actions)+canonical(kinds(a.Resources)))
	}
	return c.lists(file, "/spec/customresourcedefinitions/owned", owned, func(e model.Tree) any {
		text := func(k string) string { s, _ := e[k].(string); return s }
		resources, _ := e["resources"].([]any)
		return text("name") + " " + text("kind") + " " + text("version") + " " + text("displayName") + " " + text("description") + " " +
			canonical(e["specDescriptors"]) + canonical(e["statusDescriptors"]) + canonical(e["actionDescriptors"]) + canonical(resources)
	})
}

// shown holds the examples in the bundle against the model's.
func (c *check) shown(file string) []finding.Finding {
	if has(c.m.OLM.CSV, bundle.ExamplesAt) || c.m.OLM.Annotations["alm-examples"] != "" {
		return nil
	}
	var want []any
	for _, e := range c.m.Examples {
		want = append(want, map[string]any(e.Tree))
	}
	f, _ := c.files.File(file)
	docs, _ := kube.Read(file, f.Data)
	if len(docs) == 0 {
		return nil
	}
	text, _ := kube.Get(docs[0].Value, bundle.ExamplesAt).(string)
	var got []any
	if text != "" && json.Unmarshal([]byte(text), &got) != nil || canonical(got) != canonical(want) {
		place := kube.Place{File: file, Pointer: bundle.ExamplesAt}
		return []finding.Finding{finding.InFile(place, diag.MetadataDiffers, diag.Error, "the examples are not those of the description")}
	}
	return nil
}

// kinds are resources as OLM's own definition of a ClusterServiceVersion demands them: with a name, be it empty.
func kinds(list []any) []any {
	var out []any
	for _, e := range list {
		r, _ := e.(map[string]any)
		r = maps.Clone(r)
		for _, field := range []string{"kind", "name", "version"} {
			if r[field] == nil {
				r[field] = ""
			}
		}
		out = append(out, r)
	}
	return out
}

// related holds relatedImages against the model.
func (c *check) related(file string) []finding.Finding {
	if has(c.m.OLM.CSV, "/spec/relatedImages") {
		return nil
	}
	images := c.m.OLM.RelatedImages
	if images == nil {
		images = c.m.Related
	}
	want := map[string]bool{}
	for _, r := range images {
		want[r.Name+" "+r.Ref] = true
	}
	f, _ := c.files.File(file)
	docs, _ := kube.Read(file, f.Data)
	if len(docs) == 0 {
		return nil
	}
	list, _ := kube.Get(docs[0].Value, "/spec/relatedImages").([]any)
	used := c.images()
	var out []finding.Finding
	for i, e := range list {
		r, _ := e.(map[string]any)
		name, _ := r["name"].(string)
		ref, _ := r["image"].(string)
		if !want[name+" "+ref] && !used[ref] {
			place := kube.Place{File: file, Pointer: fmt.Sprintf("/spec/relatedImages/%d", i)}
			out = append(out, finding.InFile(place, diag.MetadataDiffers, diag.Error, "the image %s is none of the operator's", ref))
		}
		delete(want, name+" "+ref)
		used[ref] = false
	}
	for _, missing := range slices.Sorted(maps.Keys(want)) {
		place := kube.Place{File: file, Pointer: "/spec/relatedImages"}
		out = append(out, finding.InFile(place, diag.MetadataDiffers, diag.Error, "the image %s is not listed: a mirror of the bundle would lack it", missing))
	}
	if c.m.OLM.RelatedImages == nil {
		for _, ref := range slices.Sorted(maps.Keys(used)) {
			if used[ref] && !slices.ContainsFunc(images, func(r model.RelatedImage) bool { return r.Ref == ref }) {
				place := kube.Place{File: file, Pointer: "/spec/relatedImages"}
				out = append(out, finding.InFile(place, diag.MetadataDiffers, diag.Error, "the image %s, which a container runs or finds in its environment, is not listed", ref))
			}
		}
	}
	return out
}

// images are the images that the containers of Deployments run in a plain install, and those in their environment that
// are named by OLM's convention.
func (c *check) images() map[string]bool {
	out := map[string]bool{}
	for _, o := range c.m.Install(c.m.DefaultOverlay(), "") {
		if o.Kind() != "Deployment" {
			continue
		}
		pod := model.At(o.Tree, "spec", "template", "spec")
		for _, container := range append(entries(pod, "initContainers"), entries(pod, "containers")...) {
			ref, _ := container["image"].(string)
			out[ref] = true
			known := kube.Environment{}
			for _, variable := range entries(container, "env") {
				name, _ := variable["name"].(string)
				value, _ := variable["value"].(string)
				if ref, whole := known.Add(name, value); whole && strings.HasPrefix(name, "RELATED_IMAGE_") {
					out[ref] = true
				}
			}
		}
	}
	delete(out, "")
	return out
}
