package diff

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// images are the operator's image, the related ones, and those that the bundle lists.
func images(root *node, o *model.Operator) {
	n := imageFacts(o.Image.Ref(), o.Image.From)
	n.set("platforms", o.Image.Platforms, o.Image.From.Child("platforms"))
	root.put("image", n)
	related := group("/related")
	for _, r := range o.Related {
		i := imageFacts(r.Ref, r.From)
		i.text("env", r.Env, r.From)
		related.put(r.Name, i)
	}
	root.put("related", related)
	listed := group("/olm/relatedImages")
	for _, r := range o.OLM.RelatedImages {
		i := imageFacts(r.Ref, r.From)
		i.text("env", r.Env, r.From)
		name := r.Name
		if name == "" || listed.kids[name] != nil {
			name = r.Ref
		}
		listed.put(name, i)
	}
	root.put("relatedImages", listed)
	d := o.Dockerfile
	b := group(d.From)
	b.text("package", d.Package, "/dockerfile/package")
	b.text("binary", d.Binary, "/dockerfile/binary")
	b.text("entrypoint", d.Entrypoint, "/dockerfile/entrypoint")
	b.text("goVersion", d.GoVersion, "/dockerfile/goVersion")
	b.text("builder", d.Builder, "/dockerfile/builder")
	b.text("base", d.Base, "/dockerfile/base")
	b.text("user", d.User, "/dockerfile/user")
	b.text("ldflags", d.Ldflags, "/dockerfile/ldflags")
	b.text("profile", d.Profile, "/dockerfile/profile")
	b.text("licenses", d.Licenses, "/dockerfile/licenses")
	b.put("cgo", leaf(d.CGO, "/dockerfile/cgo"))
	b.set("tags", d.Tags, "/dockerfile/tags")
	b.set("files", d.Files, "/dockerfile/files")
	b.strings("labels", d.Labels, "/dockerfile/labels")
	root.put("dockerfile", b)
}

// imageFacts splits a reference, since its parts matter differently.
func imageFacts(ref string, from diag.Path) *node {
	n := group(from)
	rest, digest, _ := strings.Cut(ref, "@")
	name, tag := rest, ""
	if i := strings.LastIndexByte(rest, ':'); i > strings.LastIndexByte(rest, '/') {
		name, tag = rest[:i], rest[i+1:]
	}
	n.text("repository", name, from)
	n.text("tag", tag, from)
	n.text("digest", digest, from)
	return n
}

// setInWords is a field that a parameter sets, as facts have it.
func setInWords(s model.Set) string {
	out := strings.TrimSpace(s.Object + " " + s.Path + " " + s.Text)
	if s.Value != "" {
		out += " " + s.Value
	}
	if s.Before != "" {
		out += " before " + s.Before
	}
	if s.Add {
		return "add to " + out
	}
	return out
}

// knobs are what an installer can set: parameters, features, and raw values of the chart.
func knobs(root *node, o *model.Operator) {
	parameters := group("/parameters")
	for _, p := range o.Parameters {
		n := group(p.From)
		n.text("description", p.Doc, p.From.Child("description"))
		n.text("type", string(p.Type), p.From.Child("default"))
		n.kids["default"] = leaf(p.Default, p.From.Child("default"))
		n.set("enum", p.Enum, p.From.Child("enum"))
		n.text("pattern", p.Pattern, p.From.Child("pattern"))
		n.text("minimum", p.Minimum, p.From.Child("minimum"))
		n.text("maximum", p.Maximum, p.From.Child("maximum"))
		n.text("env", p.Env, p.From.Child("env"))
		n.text("arg", p.Arg, p.From.Child("arg"))
		if data, err := json.Marshal(p.Schema); err == nil && len(p.Schema) > 0 {
			n.text("schema", string(data), p.From.Child("schema"))
		}
		sets := make([]string, len(p.Sets))
		for i, s := range p.Sets {
			sets[i] = setInWords(s)
		}
		n.text("sets", strings.Join(sets, "; "), p.From.Child("sets"))
		parameters.put(p.Name, n)
	}
	root.put("parameters", parameters)
	features := group("/features")
	for _, f := range o.Features {
		n := group(f.From)
		n.text("description", f.Doc, f.From)
		n.put("enabled", leaf(f.Enabled, f.From))
		n.put("olm", leaf(f.OLM, f.From))
		n.set("requires", f.Requires, f.From.Child("requires"))
		features.put(f.Name, n)
	}
	root.put("features", features)
	if m := o.Metrics; m != nil {
		n := group(m.From)
		n.put("port", leaf(m.Port, m.From))
		n.put("secure", leaf(m.Secure, m.From))
		root.put("metrics", n)
	} else {
		root.kids["metrics"] = group("/manager/metrics") // where a description turns them off
	}
}

// release is the version's place in the upgrade graph.
func release(root *node, o *model.Operator) {
	r := o.Release
	n := group("/release")
	n.set("channels", r.Channels, "/release/channels")
	n.text("defaultChannel", r.DefaultChannel, "/release/defaultChannel")
	usual := common(r)
	n.text("replaces", usual.Replaces, usual.From.Child("replaces"))
	n.set("skips", usual.Skips, usual.From.Child("skips"))
	n.text("skipRange", usual.SkipRange, usual.From.Child("skipRange"))
	n.put("edges", channelEdges(r, usual))
	n.text("date", r.Date, "/release/date")
	marks := group("/release/deprecations")
	for _, d := range r.Deprecations {
		name := "package"
		switch {
		case d.Channel != "":
			name = "channel " + d.Channel
		case d.Version != "":
			name = "version " + d.Version
		}
		marks.text(name, d.Message, d.From)
	}
	n.put("deprecations", marks)
	root.put("release", n)
}

// common are the edges of the channels that have none of their own, or else of the first channel.
func common(r model.Release) model.Edges {
	for _, c := range r.Channels {
		if !slices.ContainsFunc(r.Edges, func(e model.Edges) bool { return e.Channel == c }) {
			return r.In(c)
		}
	}
	if len(r.Channels) > 0 {
		return r.In(r.Channels[0])
	}
	return r.In("")
}

// channelEdges are the edges of channels that differ from the common ones, each as one text.
func channelEdges(r model.Release, usual model.Edges) *node {
	n := group("/release/edges")
	for _, e := range r.Edges {
		if text := edgesText(e); text != edgesText(usual) {
			n.text(e.Channel, text, e.From)
		}
	}
	return n
}

func edgesText(e model.Edges) string {
	var parts []string
	for _, part := range []struct{ name, value string }{{"replaces", e.Replaces}, {"skips", strings.Join(slices.Sorted(slices.Values(e.Skips)), ", ")}, {"skipRange", e.SkipRange}} {
		if part.value != "" {
			parts = append(parts, part.name+" "+part.value)
		}
	}
	return cmp.Or(strings.Join(parts, "; "), "no edges")
}

// containersBeside are the containers that have values of their own in the chart, because they are not the main one of
// their pod. A chart that was read has no workloads: its values say so themselves.
func containersBeside(o *model.Operator) *node {
	out := group("/helm")
	for _, w := range o.Workloads {
		i := slices.IndexFunc(o.Objects, w.Is)
		if i < 0 {
			continue
		}
		for _, field := range []string{"initContainers", "containers"} {
			list := kube.List(w.Pod(o.Objects[i].Tree)[field])
			for _, e := range list {
				_, c := model.Condition(e)
				if name := text(fields(c)["name"], ""); name != "" && name != w.Container && !model.HasExpr(name) {
					out.text(name, name, w.From)
				}
			}
		}
	}
	return out
}

// targets are what only one target needs.
func targets(root *node, o *model.Operator) {
	h := group("/helm")
	h.text("crds", map[bool]string{true: "templates", false: o.Helm.CRDs}[o.Helm.CRDs == ""], "/helm/crds")
	h.strings("annotations", o.Helm.Annotations, "/helm/annotations")
	h.put("chart", tree(o.Helm.Chart, "/helm/chart"))
	h.put("values", chartValues(o.Helm.Values, "/helm/values"))
	h.set("required", o.Helm.Required, "/helm/required")
	h.put("containers", containersBeside(o))
	root.put("helm", h)
	k := group("/kustomize")
	k.strings("labels", o.Kustomize.Labels, "/kustomize/labels")
	k.strings("annotations", o.Kustomize.Annotations, "/kustomize/annotations")
	k.put("kustomization", tree(o.Kustomize.Kustomization, "/kustomize/kustomization"))
	root.put("kustomize", k)
	l := group("/olm")
	l.text("package", o.OLM.Package, "/olm/package")
	l.text("csvName", o.OLM.CSVName, "/olm/csvName")
	l.text("bundleImage", o.OLM.BundleImage, "/olm/bundleImage")
	l.strings("annotations", o.OLM.Annotations, "/olm/annotations")
	l.strings("labels", o.OLM.Labels, "/olm/labels")
	l.put("csv", tree(o.OLM.CSV, "/olm/csv"))
	l.put("dependencies", dependencies(o.OLM.Dependencies))
	l.put("properties", properties(o.OLM.Properties))
	l.put("scorecard", leaf(o.OLM.Scorecard, "/olm/scorecard"))
	notes := group("/olm/bundleAnnotations")
	for key, value := range o.OLM.BundleAnnotations {
		text := "(removed)"
		if value != nil {
			text = *value
		}
		notes.kids[key] = leaf(text, notes.from.Child(key))
	}
	l.put("bundleAnnotations", notes)
	root.put("olm", l)
	root.put("catalog", catalog(o.Catalog))
}

// chartValues are the values of a chart by their keys. One that is empty is a key all the same, which installers set; a
// list is replaced as a whole.
func chartValues(values model.Tree, from diag.Path) *node {
	n := group(from)
	for k, v := range values {
		if t := fields(v); len(t) > 0 {
			n.kids[k] = chartValues(t, from.Child(k))
		} else {
			n.kids[k] = leaf(v, from.Child(k))
		}
	}
	return n
}

func catalog(c model.Catalog) *node {
	n := group("/catalog")
	n.text("image", c.Image, "/catalog/image")
	n.text("base", c.Base, "/catalog/base")
	return n
}

// dependencies are constraints for OLM by what they ask for.
func dependencies(list []any) *node {
	n := group("/requires/dependencies")
	for i, e := range list {
		m := kube.Map(e)
		value := kube.Map(m["value"])
		name, version := text(value["packageName"], ""), text(value["version"], "")
		if kind := text(value["kind"], ""); kind != "" {
			name = kind + " of " + text(value["group"], "")
		}
		if name == "" {
			name, version = canonical(e), ""
		}
		n.kids[name] = leaf(version, n.from.Index(i))
	}
	return n
}

// properties are entries of metadata/properties.yaml by type.
func properties(list []any) *node {
	n := group("/olm/properties")
	for i, e := range list {
		m := kube.Map(e)
		name := kube.Text(m["type"])
		for n.kids[name] != nil {
			name += " "
		}
		n.put(name, leaf(canonical(m["value"]), n.from.Index(i)))
	}
	return n
}
