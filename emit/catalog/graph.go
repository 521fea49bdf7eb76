package catalog

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/operator-framework/operator-registry/alpha/declcfg"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// edge is an entry of a channel.
type edge struct {
	name, replaces string
	skips          []string
	from           diag.Path
}

// graph finds faults in the upgrade graph of this version's channels, where OLM's own code would name no line.
func (w *writer) graph() {
	for i, name := range w.m.Release.Channels {
		at := w.find(declcfg.SchemaChannel, name)
		w.channel(name, diag.Path("/release/channels").Index(i), edges(w.blobs[at]))
	}
	pkg := w.blobs[w.find(declcfg.SchemaPackage, "")]
	if name := pkg.text("defaultChannel"); w.find(declcfg.SchemaChannel, name) < 0 {
		w.add(diag.Errorf(diag.ReleaseGraph, "/release/defaultChannel", "the catalog has no channel %s, which is the default", name).
			WithHint("name one of the channels: release: defaultChannel: %q", w.m.Release.Channels[0]))
	}
	w.versions()
}

func edges(channel blob) []edge {
	list := kube.List(channel.tree["entries"])
	var out []edge
	for i, e := range list {
		t := kube.Map(e)
		x := edge{from: channel.from.Child("entries").Index(i)}
		x.name = kube.Text(t["name"])
		x.replaces = kube.Text(t["replaces"])
		skips := kube.List(t["skips"])
		for _, s := range skips {
			text := kube.Text(s)
			x.skips = append(x.skips, text)
		}
		out = append(out, x)
	}
	return out
}

// channel holds one channel against the rules of operator-registry (alpha/model, validateReplacesChain): there is one
// head, from which replaces leads to every entry that none skips.
func (w *writer) channel(name string, at diag.Path, entries []edge) {
	w.missing(name, at, entries)
	byName, skipped, incoming := map[string]edge{}, map[string]bool{}, map[string]bool{}
	for _, e := range entries {
		byName[e.name] = e
		incoming[e.replaces] = true
		for _, s := range e.skips {
			incoming[s], skipped[s] = true, true
		}
	}
	names := slices.Sorted(maps.Keys(byName))
	heads := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return incoming[n] })
	if len(heads) == 0 {
		w.round(name, circle(byName, w.csvName()))
		return
	}
	if len(heads) > 1 {
		w.heads(name, at, heads, byName)
		return
	}
	reached, again := chain(byName, skipped, heads[0])
	if again != "" {
		w.round(name, circle(byName, again))
		return
	}
	for _, n := range names {
		if !reached[n] && !skipped[n] {
			w.add(diag.Errorf(diag.ReleaseGraph, at, "nobody can upgrade from %s in the channel %s: no chain of replaces leads to it", n, name).
				WithRelated(byName[n].from, "its entry").WithHint("replace it, or skip it, by this version or one before"))
		}
	}
}

// chain follows replaces from a head, as far as a skipped or an absent entry. again is an entry that comes twice.
func chain(byName map[string]edge, skipped map[string]bool, head string) (reached map[string]bool, again string) {
	reached = map[string]bool{}
	for n := head; ; n = byName[n].replaces {
		if reached[n] {
			return reached, n
		}
		e, ok := byName[n]
		if !ok {
			return reached, ""
		}
		reached[n] = true
		if skipped[e.replaces] {
			return reached, ""
		}
	}
}

func (w *writer) round(channel string, names []string) {
	w.add(diag.Errorf(diag.ReleaseGraph, w.edgePath(channel),
		"the upgrades of the channel %s go round in a circle: %s", channel, strings.Join(names, " replaces ")))
}

// circle follows replaces from an entry until one comes again.
func circle(byName map[string]edge, start string) []string {
	out := []string{start}
	for n := byName[start].replaces; n != ""; n = byName[n].replaces {
		out = append(out, n)
		if slices.Contains(out[:len(out)-1], n) {
			break
		}
	}
	return out
}

// heads tells of two versions of a channel that none replaces: OLM would not know which to install.
func (w *writer) heads(name string, at diag.Path, heads []string, byName map[string]edge) {
	own := w.csvName()
	others := slices.DeleteFunc(slices.Clone(heads), func(n string) bool { return n == own })
	d := diag.Errorf(diag.ReleaseGraph, at, "the channel %s has %d heads: %s", name, len(heads), strings.Join(heads, ", "))
	if e := byName[own]; e.replaces != "" && len(others) == 1 {
		d.Path = w.edgePath(name)
		if _, ok := byName[e.replaces]; !ok {
			d.Message = own + " replaces " + e.replaces + ", which is not in the channel " + name + ": its head is " + others[0]
		}
	}
	for _, n := range others {
		d = d.WithRelated(byName[n].from, "the entry of "+n)
	}
	field := "release: replaces"
	if _, own := w.own(name); own {
		field = "release: edges: " + strconv.Quote(name) + ": replaces"
	}
	w.add(d.WithHint("this version must replace or skip the head before it: %s: %q", field, version(w.m, others[0])))
}

// version writes a bundle's name as a description does.
func version(m *model.Operator, name string) string {
	if v, ok := strings.CutPrefix(name, m.OLM.Package+".v"); ok {
		return v
	}
	return name
}

// missing tells of entries without a bundle, which OLM could not install.
func (w *writer) missing(channel string, at diag.Path, entries []edge) {
	for _, e := range entries {
		if w.find(declcfg.SchemaBundle, e.name) < 0 {
			w.add(diag.Errorf(diag.ReleaseGraph, e.from,
				"the channel %s names %s, of which the catalog has no bundle", channel, e.name).WithRelated(at, "this version's channel"))
		}
	}
}

// versions tells of another bundle of this very version.
func (w *writer) versions() {
	own := w.blobs[w.find(declcfg.SchemaBundle, w.csvName())].version()
	for _, b := range w.blobs {
		if b.schema() != declcfg.SchemaBundle || b.pkg() != w.m.OLM.Package || b.text("name") == w.csvName() {
			continue
		}
		if v := b.version(); own != nil && v != nil && v.Original() == own.Original() {
			w.add(diag.Errorf(diag.ReleaseGraph, "/version", "the catalog has version %s already, under the name %s", w.m.Version, b.text("name")).
				WithRelated(b.from, "the bundle in the catalog"))
		}
	}
}
