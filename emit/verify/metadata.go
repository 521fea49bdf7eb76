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
	"github.com/opc-project/opc/emit/verify/bundle"
	"github.com/opc-project/opc/emit/verify/manifest"
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
func (c *check) metadata() []manifest.Finding {
	out := c.facts(path.Join(chartDir, "Chart.yaml"), c.chartFacts())
	out = append(out, c.values()...)
	out = append(out, c.csvFacts()...)
	out = append(out, c.annotations()...)
	out = append(out, c.catalogFacts()...)
	return append(out, c.dockerfiles()...)
}

// facts reads a YAML file and holds facts against it.
func (c *check) facts(file string, facts []fact) []manifest.Finding {
	f, ok := c.files.File(file)
	if !ok {
		return nil
	}
	docs, faults := manifest.Parse(file, f.Data)
	if len(faults) > 0 || len(docs) == 0 {
		return nil // told by those who read it as a whole
	}
	tree, _ := docs[0].Value.(map[string]any)
	return held(file, tree, facts)
}

func held(file string, tree model.Tree, facts []fact) []manifest.Finding {
	var out []manifest.Finding
	for _, x := range facts {
		got := at(tree, x.pointer)
		if x.overlaid || canonical(got) == canonical(x.want) {
			continue
		}
		place := manifest.Place{File: file, Pointer: x.pointer}
		out = append(out, manifest.InFile(place, diag.MetadataDiffers, diag.Error, "the file says %s: the description says %s", show(got), show(x.want)))
	}
	return out
}

// at returns the value at a pointer, or nil.
func at(v any, pointer string) any {
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
func (c *check) values() []manifest.Finding {
	var facts []fact
	for _, f := range helm.Switches(c.m) {
		facts = append(facts, fact{pointer: "/" + f.Name + "/enabled", want: f.Enabled, overlaid: has(c.m.Helm.Values, "/"+f.Name+"/enabled")})
	}
	return c.facts(path.Join(chartDir, "values.yaml"), facts)
}

// csvFacts holds the ClusterServiceVersion against the model.
func (c *check) csvFacts() []manifest.Finding {
	m := c.m
	var out []manifest.Finding
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
			key := strings.ReplaceAll(strings.TrimPrefix(facts[i].pointer, "/metadata/annotations/"), "~1", "/")
			if v, said := m.OLM.Annotations[key]; said {
				facts[i].want = v
			}
		}
		out = append(out, c.facts(name, facts)...)
		out = append(out, c.related(name)...)
		out = append(out, c.owned(name)...)
		out = append(out, c.shown(name)...)
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
func (c *check) owned(file string) []manifest.Finding {
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
			canonical(e["specDescriptors"]) + canonical(e["statusDescriptors"]) + canonical(e["actionDescriptors"]) + canonical(kinds(resources))
	})
}

// shown holds the examples in the bundle against the model's.
func (c *check) shown(file string) []manifest.Finding {
	if has(c.m.OLM.CSV, bundle.ExamplesAt) || c.m.OLM.Annotations["alm-examples"] != "" {
		return nil
	}
	var want []any
	for _, e := range c.m.Examples {
		want = append(want, map[string]any(e.Tree))
	}
	f, _ := c.files.File(file)
	docs, _ := manifest.Parse(file, f.Data)
	if len(docs) == 0 {
		return nil
	}
	text, _ := at(docs[0].Value, bundle.ExamplesAt).(string)
	var got []any
	if text != "" && json.Unmarshal([]byte(text), &got) != nil || canonical(got) != canonical(want) {
		place := manifest.Place{File: file, Pointer: bundle.ExamplesAt}
		return []manifest.Finding{manifest.InFile(place, diag.MetadataDiffers, diag.Error, "the examples are not those of the description")}
	}
	return nil
}

// kinds are resources without what OLM wants to stand there empty.
func kinds(list []any) []any {
	var out []any
	for _, e := range list {
		r, _ := e.(map[string]any)
		r = maps.Clone(r)
		maps.DeleteFunc(r, func(_ string, v any) bool { return v == "" })
		out = append(out, r)
	}
	return out
}

// related holds relatedImages against the model.
func (c *check) related(file string) []manifest.Finding {
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
	docs, _ := manifest.Parse(file, f.Data)
	if len(docs) == 0 {
		return nil
	}
	list, _ := at(docs[0].Value, "/spec/relatedImages").([]any)
	used := c.images()
	var out []manifest.Finding
	for i, e := range list {
		r, _ := e.(map[string]any)
		name, _ := r["name"].(string)
		ref, _ := r["image"].(string)
		if !want[name+" "+ref] && !used[ref] {
			place := manifest.Place{File: file, Pointer: fmt.Sprintf("/spec/relatedImages/%d", i)}
			out = append(out, manifest.InFile(place, diag.MetadataDiffers, diag.Error, "the image %s is none of the operator's", ref))
		}
		delete(want, name+" "+ref)
		used[ref] = false
	}
	for _, missing := range slices.Sorted(maps.Keys(want)) {
		place := manifest.Place{File: file, Pointer: "/spec/relatedImages"}
		out = append(out, manifest.InFile(place, diag.MetadataDiffers, diag.Error, "the image %s is not listed: a mirror of the bundle would lack it", missing))
	}
	if c.m.OLM.RelatedImages == nil {
		for _, ref := range slices.Sorted(maps.Keys(used)) {
			if used[ref] && !slices.ContainsFunc(images, func(r model.RelatedImage) bool { return r.Ref == ref }) {
				place := manifest.Place{File: file, Pointer: "/spec/relatedImages"}
				out = append(out, manifest.InFile(place, diag.MetadataDiffers, diag.Error, "the image %s, which a container runs or finds in its environment, is not listed", ref))
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
			for _, variable := range entries(container, "env") {
				if name, _ := variable["name"].(string); strings.HasPrefix(name, "RELATED_IMAGE_") {
					ref, _ := variable["value"].(string)
					out[ref] = true
				}
			}
		}
	}
	delete(out, "")
	return out
}

// entries are the objects of a list in a field of an object.
func entries(in any, field string) []model.Tree {
	t, _ := in.(map[string]any)
	list, _ := t[field].([]any)
	var out []model.Tree
	for _, e := range list {
		if entry, ok := e.(map[string]any); ok {
			out = append(out, entry)
		}
	}
	return out
}

// lists holds a list against what it must hold, in order; form brings an element into the form of the wanted ones.
func (c *check) lists(file, pointer string, want []any, form func(model.Tree) any) []manifest.Finding {
	f, _ := c.files.File(file)
	docs, _ := manifest.Parse(file, f.Data)
	if len(docs) == 0 {
		return nil
	}
	list, _ := at(docs[0].Value, pointer).([]any)
	var out []manifest.Finding
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
			place := manifest.Place{File: file, Pointer: fmt.Sprintf("%s/%d", pointer, i)}
			out = append(out, manifest.InFile(place, diag.MetadataDiffers, diag.Error, "the file says %s: the description says %s", show(got), show(wanted)))
		}
	}
	return out
}
