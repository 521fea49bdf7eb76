package catalog

import (
	"fmt"
	"slices"

	"github.com/operator-framework/operator-registry/alpha/declcfg"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// channels enters this version into each of its channels, in place of what the catalog says of it.
func (w *writer) channels() {
	for i, name := range w.m.Release.Channels {
		at := w.find(declcfg.SchemaChannel, name)
		tree := model.Tree{"schema": declcfg.SchemaChannel, "package": w.m.OLM.Package, "name": name}
		if at >= 0 {
			tree = model.Clone(w.blobs[at].tree)
		}
		list := kube.List(tree["entries"])
		entry, from := w.entry(name)
		j := slices.IndexFunc(list, func(e any) bool { t := kube.Map(e); return t["name"] == entry["name"] })
		if j >= 0 {
			list[j] = entry
		} else {
			j = len(list)
			list = append(list, entry)
		}
		tree["entries"] = list
		w.put(at, tree, diag.Path("/release/channels").Index(i), emit.Origin{Pointer: fmt.Sprintf("/entries/%d", j), Path: from})
	}
}

// entry is this version's place in a channel. Where the channel has no edges of its own, they are as the
// ClusterServiceVersion says them: a raw overlay on that changes the graph, too.
func (w *writer) entry(channel string) (model.Tree, diag.Path) {
	out := model.Tree{"name": w.csvName()}
	put := func(field string, value any) {
		list, isList := value.([]any)
		if text := kube.Text(value); text != "" || isList && len(list) > 0 {
			out[field] = value
		}
	}
	if e, own := w.own(channel); own {
		put("replaces", e.Replaces)
		put("skips", listed(e.Skips))
		put("skipRange", e.SkipRange)
		return out, e.From
	}
	put("replaces", model.At(w.csv, "spec", "replaces"))
	put("skips", model.At(w.csv, "spec", "skips"))
	put("skipRange", model.At(w.csv, "metadata", "annotations", "olm.skipRange"))
	return out, "/release"
}

func listed(names []string) []any {
	out := make([]any, len(names))
	for i, n := range names {
		out[i] = n
	}
	return out
}

// own are the edges that the description gives a single channel.
func (w *writer) own(channel string) (model.Edges, bool) {
	i := slices.IndexFunc(w.m.Release.Edges, func(e model.Edges) bool { return e.Channel == channel })
	if i < 0 {
		return model.Edges{}, false
	}
	return w.m.Release.Edges[i], true
}

// edgePath is where the description says what this version replaces in a channel.
func (w *writer) edgePath(channel string) diag.Path {
	if e, own := w.own(channel); own {
		return e.From.Child("replaces")
	}
	return "/release/replaces"
}

// pkg writes the package: its picture, its description and its default channel are those of this version. OLM does not
// take them from the ClusterServiceVersion.
func (w *writer) pkg() {
	at := w.find(declcfg.SchemaPackage, "")
	tree := model.Tree{"schema": declcfg.SchemaPackage, "name": w.m.OLM.Package}
	if at >= 0 {
		tree = model.Clone(w.blobs[at].tree)
	}
	var parts []emit.Origin
	say := func(field string, value any, from diag.Path) {
		tree[field] = value
		parts = append(parts, emit.Origin{Pointer: "/" + field, Path: from})
	}
	if w.m.Description != "" {
		say("description", w.m.Description, "/description")
	}
	if icon := w.m.Icon; icon != nil {
		if data, ok := icon.Plain(); ok {
			say("icon", model.Tree{"base64data": data, "mediatype": icon.MediaType}, "/icon")
		} else {
			w.add(diag.Warnf(diag.NotExpressible, "/icon", "the icon is not in the catalog: its data is not base64").
				WithHint("use an image file: icon: \"docs/icon.svg\""))
		}
	}
	name := w.m.Release.DefaultChannel
	if old := kube.Text(tree["defaultChannel"]); old != "" && old != name {
		w.add(diag.Warnf(diag.ReleaseGraph, "/release/defaultChannel", "the default channel of the catalog changes from %s to %s", old, name).
			WithHint("say defaultChannel: %q to keep it", old))
	}
	say("defaultChannel", name, "/release/defaultChannel")
	w.put(at, tree, "", parts...)
}

// deprecations marks what the description says is deprecated, beside what the catalog marks already.
func (w *writer) deprecations() {
	if len(w.m.Release.Deprecations) == 0 {
		return
	}
	at := w.find(declcfg.SchemaDeprecation, "")
	tree := model.Tree{"schema": declcfg.SchemaDeprecation, "package": w.m.OLM.Package}
	if at >= 0 {
		tree = model.Clone(w.blobs[at].tree)
	}
	list := kube.List(tree["entries"])
	for _, d := range w.m.Release.Deprecations {
		reference, ok := w.reference(d)
		if !ok {
			continue
		}
		entry := model.Tree{"reference": reference, "message": d.Message}
		key := text(reference)
		i := slices.IndexFunc(list, func(e any) bool { t := kube.Map(e); return text(t["reference"]) == key })
		if i >= 0 {
			list[i] = entry
		} else {
			list = append(list, entry)
		}
	}
	if len(list) == 0 {
		return
	}
	tree["entries"] = list
	w.put(at, tree, "/release/deprecations")
}

// reference names what a deprecation is about. Only what the catalog holds can be deprecated in it.
func (w *writer) reference(d model.Deprecation) (model.Tree, bool) {
	switch {
	case d.Channel != "":
		if w.find(declcfg.SchemaChannel, d.Channel) >= 0 {
			return model.Tree{"schema": declcfg.SchemaChannel, "name": d.Channel}, true
		}
		w.unknown(d, "channel "+d.Channel)
	case d.Version != "":
		for _, b := range w.blobs {
			known := b.text("name") == d.Version || property(b.tree, typePackage, "version") == d.Version
			if known && b.schema() == declcfg.SchemaBundle && b.pkg() == w.m.OLM.Package {
				return model.Tree{"schema": declcfg.SchemaBundle, "name": b.text("name")}, true
			}
		}
		w.unknown(d, "version "+d.Version)
	default:
		return model.Tree{"schema": declcfg.SchemaPackage}, true
	}
	return nil, false
}

// unknown tells of a deprecation of what the catalog does not hold. A catalog that is not extended holds this version
// alone, and leaving the rest out of it is all that can be done.
func (w *writer) unknown(d model.Deprecation, what string) {
	if len(w.m.Catalog.Existing) > 0 {
		w.add(diag.Errorf(diag.UnknownName, d.From, "the %s, which is deprecated, is not in the catalog", what))
		return
	}
	w.add(diag.Warnf(diag.NotExpressible, d.From, "the %s is not in the catalog, so it can't be deprecated there", what).
		WithHint("name the catalog that holds it: catalog: extends: %q", fmt.Sprintf("catalog/%s", w.m.OLM.Package)))
}
