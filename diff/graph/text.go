package graph

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/opc-project/opc/internal/escape"
)

// Text prints the graphs for a terminal: each version with what upgrades to it.
func Text(w io.Writer, packages []Package) error {
	var b strings.Builder
	for i, p := range packages {
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "%s%s\n", p.Name, deprecated(p.Deprecated))
		for _, c := range p.Channels {
			fmt.Fprintf(&b, "\n  channel %s%s%s\n", c.Name, marks(mark("default", c.Default), mark("new", c.New)), deprecated(c.Deprecated))
			for i, v := range c.Versions {
				fmt.Fprintf(&b, "    %s%s%s\n", v.Label, marks(v.marks()...), deprecated(v.Deprecated))
				for _, line := range c.upgradesTo(i) {
					fmt.Fprintf(&b, "      %s\n", line)
				}
			}
		}
	}
	_, err := io.WriteString(w, escape.Text(b.String()))
	return err
}

// marks are what is to be said of a version.
func (v Version) marks() []string {
	return []string{
		mark("new", v.New), mark("head", v.Head), mark("skipped", v.Skipped), mark("not in the channel", v.Missing), mark("no upgrade", v.Stuck),
	}
}

func mark(word string, holds bool) string {
	if holds {
		return word
	}
	return ""
}

func marks(words ...string) string {
	words = slices.DeleteFunc(words, func(w string) bool { return w == "" })
	if len(words) == 0 {
		return ""
	}
	return " (" + strings.Join(words, ", ") + ")"
}

func deprecated(message string) string {
	if message == "" {
		return ""
	}
	return ", deprecated: " + strings.Join(strings.Fields(message), " ")
}

// upgradesTo says which versions OLM upgrades to one, a line for each field that says so.
func (c Channel) upgradesTo(to int) []string {
	var lines []string
	for _, kind := range []Kind{Replaces, Skips, SkipRange} {
		var from []string
		var text string
		for _, e := range c.Edges {
			if e.To == to && e.Kind == kind {
				from = append(from, c.Versions[e.From].Label)
				text = e.Range
			}
		}
		if len(from) > 0 {
			lines = append(lines, fmt.Sprintf("upgrades %s (%s)", listing(from), strings.TrimSpace(string(kind)+" "+text)))
		}
	}
	return lines
}

// listing names a few things, and counts those between the first and the last of many.
func listing(names []string) string {
	const most = 5
	if n := len(names); n > most {
		return fmt.Sprintf("%s to %s, %d versions", names[n-1], names[0], n)
	}
	return strings.Join(names, ", ")
}

// JSON prints the graphs for programs.
func JSON(w io.Writer, packages []Package) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if packages == nil {
		packages = []Package{}
	}
	return enc.Encode(packages)
}

// MarshalJSON names the versions of each edge.
func (c Channel) MarshalJSON() ([]byte, error) {
	type edge struct {
		From string `json:"from"`
		To   string `json:"to"`
		Edge
	}
	type channel Channel
	edges := []edge{}
	for _, e := range c.Edges {
		edges = append(edges, edge{c.Versions[e.From].Name, c.Versions[e.To].Name, e})
	}
	return json.Marshal(struct {
		channel
		Edges []edge `json:"upgrades"`
	}{channel(c), edges})
}
