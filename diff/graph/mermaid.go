package graph

import (
	"fmt"
	"io"
	"strings"

	"github.com/opc-project/opc/internal/escape"
)

// Mermaid prints the graphs as GitHub and GitLab draw them in Markdown. What a release adds is green, what has no upgrade
// red, what is deprecated orange.
func Mermaid(w io.Writer, packages []Package) error {
	var b strings.Builder
	b.WriteString("graph LR\n")
	for i, p := range packages {
		for j, c := range p.Channels {
			id := func(k int) string { return fmt.Sprintf("p%dc%dv%d", i, j, k) }
			fmt.Fprintf(&b, "  subgraph p%dc%d[%s]\n", i, j, quoted(p.Name+": "+c.Name+marks(mark("default", c.Default), mark("new", c.New))))
			for k, v := range c.Versions {
				fmt.Fprintf(&b, "    %s[%s]%s\n", id(k), quoted(v.Label), v.class())
			}
			for _, e := range c.Edges {
				fmt.Fprintf(&b, "    %s %s|%s| %s\n", id(e.From), e.arrow(), quoted(strings.TrimSpace(string(e.Kind)+" "+e.Range)), id(e.To))
			}
			b.WriteString("  end\n")
		}
	}
	for _, class := range []string{
		"new stroke:#1a7f37,stroke-width:3px", "stuck stroke:#b42318,stroke-width:3px", "deprecated stroke:#9a6700,stroke-dasharray:4",
	} {
		fmt.Fprintf(&b, "  classDef %s\n", class)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (e Edge) arrow() string {
	switch {
	case e.New:
		return "==>"
	case e.Kind == Replaces:
		return "-->"
	}
	return "-.->"
}

func (v Version) class() string {
	switch {
	case v.New:
		return ":::new"
	case v.Stuck:
		return ":::stuck"
	case v.Deprecated != "":
		return ":::deprecated"
	}
	return ""
}

// quoted writes a text as Mermaid takes any: in quotes, with entities for what ends them or begins a directive.
func quoted(s string) string {
	return `"` + strings.NewReplacer("#", "#35;", `"`, "#34;", "<", "#60;", ">", "#62;", "`", "#96;", "%", "#37;", "\n", " ").Replace(escape.Text(s)) + `"`
}
