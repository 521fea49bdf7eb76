package render

import (
	"slices"

	"github.com/opc-project/opc/compiler/model"
)

// graph is the upgrade graph around a new version, laid out: the versions that lead to it on the left, one below the
// other, and the new one on the right.
type graph struct {
	Width, Height int
	From          []graphNode
	To            graphNode
	Channels      []graphChannel
}

type graphNode struct {
	Name, Full string // Full is the name where it is too long for the box
	Word       string // what the edge says
	Class      string // old, other or range
	Y, Mid     int
	Missing    bool // no edge leads from it
}

type graphChannel struct{ Name, Class string }

const (
	rowHeight = 56
	boxHeight = 36
	topMargin = 12
)

// graphOf lays out the graph of a view; nil where neither version says an edge.
func graphOf(v *View) *graph {
	g := &graph{Width: 760, Channels: channels(v.Old, v.New)}
	r := v.New.Release
	seen := map[string]bool{}
	add := func(name, word, class string) {
		if name != "" && !seen[name] {
			seen[name] = true
			g.From = append(g.From, named(name, word, class))
		}
	}
	class := func(name string) string {
		if name == v.Old.OLM.CSVName {
			return "old"
		}
		return "other"
	}
	add(r.Replaces, "replaces", class(r.Replaces))
	for _, name := range r.Skips {
		add(name, "skips", class(name))
	}
	add(r.SkipRange, "skipRange", "range")
	for _, e := range r.Edges {
		add(e.Replaces, "replaces in "+e.Channel, class(e.Replaces))
		for _, name := range e.Skips {
			add(name, "skips in "+e.Channel, class(name))
		}
		add(e.SkipRange, "skipRange in "+e.Channel, "range")
	}
	if len(g.From) == 0 && v.Old.Release.Replaces == "" && v.Old.Release.SkipRange == "" && len(v.Old.Release.Edges) == 0 {
		return nil
	}
	if old := v.Old.OLM.CSVName; old != v.New.OLM.CSVName && !seen[old] && !v.Upgrades() {
		n := named(old, "no upgrade", "old")
		n.Missing = true
		g.From = append(g.From, n)
	}
	for i := range g.From {
		g.From[i].Y = topMargin + i*rowHeight
		g.From[i].Mid = g.From[i].Y + boxHeight/2
	}
	g.Height = 2*topMargin + max(len(g.From), 1)*rowHeight - (rowHeight - boxHeight)
	g.To = named(v.New.OLM.CSVName, "", "new")
	g.To.Y, g.To.Mid = (g.Height-boxHeight)/2, g.Height/2
	return g
}

// named makes a node whose name fits its box.
func named(name, word, class string) graphNode {
	const most = 34
	n := graphNode{Name: name, Full: name, Word: word, Class: class}
	if r := []rune(name); len(r) > most {
		n.Name = string(r[:most/2]) + "…" + string(r[len(r)-most/2+1:])
	}
	return n
}

// channels are those of both versions: kept, added and removed.
func channels(old, new *model.Operator) []graphChannel {
	var out []graphChannel
	for _, c := range new.Release.Channels {
		class := "kept"
		if !slices.Contains(old.Release.Channels, c) {
			class = "added"
		}
		out = append(out, graphChannel{c, class})
	}
	for _, c := range old.Release.Channels {
		if !slices.Contains(new.Release.Channels, c) {
			out = append(out, graphChannel{c, "removed"})
		}
	}
	return out
}
