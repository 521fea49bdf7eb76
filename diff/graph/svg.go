package graph

import (
	_ "embed"
	"html/template"
	"io"
	"strings"
	"unicode/utf8"
)

//go:embed graph.svg
var svgText string

var svgTemplate = template.Must(template.New("graph").Parse(svgText))

// Sizes of the drawing, in pixels.
const (
	margin     = 16
	rowHeight  = 40
	boxHeight  = 28
	laneWidth  = 18
	charWidth  = 8 // of the fixed-width font, rounded up
	titleSpace = 34

	legend       = "solid line: replaces; dashed line: skips or skipRange; the dot marks the newer version"
	legendHeight = 12
)

// Where lines end at a box, from its middle: upgrades leave a version above, and reach one at a height for each field.
const departure = 8

var arrival = map[Kind]int{Replaces: -1, Skips: 5, SkipRange: 10}

// drawing is what the template draws.
type drawing struct {
	Width, Height int
	Title         string
	Legend        string
	LegendY       int
	Groups        []group
}

type group struct {
	X, Y          int
	Package, Name string
	Note          string
	Boxes         []box
	Lines         []line
}

type box struct {
	Y, Mid, Width int
	Version
	Marks string
}

// line is the upgrades to one version by one field: from the lowest of the versions up to it, in a lane of its own.
type line struct {
	Kind     Kind
	New      bool
	Text     string
	Top, End int
	X, Left  int   // of the lane, and of the boxes' right side
	Ticks    []int // heights of the versions that it leads from
	TextY    int
}

// SVG draws the graphs: a column for each channel, new versions on top, and beside it in lanes what each version upgrades.
// The picture follows the reader's choice of light and dark.
func SVG(w io.Writer, packages []Package) error {
	d := drawing{Width: margin, Title: "Upgrade graph"}
	var names []string
	for _, p := range packages {
		names = append(names, p.Name)
		for _, c := range p.Channels {
			g, width, height := layout(p, c)
			g.X, g.Y = d.Width, margin
			d.Width += width + 2*margin
			d.Height = max(d.Height, height)
			d.Groups = append(d.Groups, g)
		}
	}
	if len(names) > 0 {
		d.Title = "Upgrade graph of " + strings.Join(names, ", ")
	}
	d.Height += 3*margin + legendHeight
	d.Width = max(d.Width, len(legend)*charWidth*7/8+2*margin)
	d.Legend, d.LegendY = legend, d.Height-margin
	return svgTemplate.Execute(w, d)
}

func layout(p Package, c Channel) (g group, width, height int) {
	g = group{Package: p.Name, Name: c.Name, Note: strings.TrimSpace(marks(mark("default", c.Default), mark("new", c.New), mark("deprecated", c.Deprecated != "")))}
	boxWidth := 0
	for i, v := range c.Versions {
		b := box{Y: titleSpace + i*rowHeight, Version: v, Marks: strings.TrimSpace(marks(append(v.marks(), mark("deprecated", v.Deprecated != ""))...))}
		b.Mid = b.Y + boxHeight/2
		boxWidth = max(boxWidth, (utf8.RuneCountInString(v.Label+b.Marks)+4)*charWidth)
		g.Boxes = append(g.Boxes, b)
	}
	for i := range g.Boxes {
		g.Boxes[i].Width = boxWidth
	}
	lanes := g.lines(c, boxWidth)
	width = boxWidth + (lanes+1)*laneWidth
	for _, l := range g.Lines {
		width = max(width, l.X+laneWidth/2+len(l.Text)*charWidth*7/8)
	}
	width = max(width, (utf8.RuneCountInString(p.Name+c.Name+g.Note)+5)*charWidth)
	return g, width, titleSpace + len(c.Versions)*rowHeight
}

// lines puts the upgrades into lanes, so that none runs over another, and returns how many lanes there are.
func (g *group) lines(c Channel, left int) int {
	var ends []int // of each lane: how far down it is taken
	for to := range c.Versions {
		for _, kind := range []Kind{Replaces, Skips, SkipRange} {
			l := line{Kind: kind, Left: left, Top: g.Boxes[to].Mid + arrival[kind]}
			for _, e := range c.Edges {
				if e.To == to && e.Kind == kind {
					l.Ticks = append(l.Ticks, g.Boxes[e.From].Mid-departure)
					l.New = l.New || e.New
					if kind != Replaces { // a solid line says so
						l.Text = strings.TrimSpace(string(kind) + " " + e.Range)
					}
				}
			}
			if len(l.Ticks) == 0 {
				continue
			}
			l.End = l.Ticks[len(l.Ticks)-1]
			top := min(l.Top, l.Ticks[0])
			lane := 0
			for lane < len(ends) && ends[lane] >= top {
				lane++
			}
			if lane == len(ends) {
				ends = append(ends, 0)
			}
			ends[lane] = max(l.End, l.Top) + rowHeight/2
			l.X = left + (lane+1)*laneWidth
			l.TextY = (l.Top + l.End) / 2
			g.Lines = append(g.Lines, l)
		}
	}
	return len(ends)
}
