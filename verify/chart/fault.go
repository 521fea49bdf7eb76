package chart

import (
	"path"
	"regexp"
	"strings"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/finding"
)

// Fault is one thing that keeps a chart from rendering, with its place in the chart's folder.
type Fault struct {
	File    string // "" where Helm names none
	Line    int    // of File; 0 when unknown
	Pointer string // into values.yaml, where a value is at fault
	Value   string // the value that a template reads there, as a pointer into values.yaml; "" when unknown
	Asked   bool   // the chart asks for a value in words of its own
	Message string
}

var (
	refused   = regexp.MustCompile(`(?m)^\s*- at '([^']*)': (.*)$`)
	valueSaid = regexp.MustCompile(`<[^<>]*\.Values((?:\.[A-Za-z0-9_]+)+)`)
)

// Faults takes Helm's error apart: each value that the values schema refuses, or the template that fails.
func Faults(err error) []Fault {
	text := err.Error()
	if strings.Contains(text, "values don't meet the specifications") {
		var out []Fault
		for _, m := range refused.FindAllStringSubmatch(text, -1) {
			out = append(out, Fault{File: "values.yaml", Pointer: m[1], Message: "the values schema refuses the value: " + m[2]})
		}
		if len(out) > 0 {
			return out
		}
		return []Fault{{File: "values.schema.json", Message: oneLine(text)}}
	}
	pos, message := TemplateFault(err)
	f := Fault{File: pos.File, Line: pos.Line, Message: message, Asked: failFault.MatchString(oneLine(text))}
	if m := valueSaid.FindStringSubmatch(message); m != nil {
		f.Value = strings.ReplaceAll(m[1], ".", "/")
	}
	return []Fault{f}
}

var metadataField = regexp.MustCompile(`chart\.metadata\.(\w+)`)

// Unloaded tells why a chart can't be loaded.
func Unloaded(dir string, err error) finding.Finding {
	at := kube.Place{File: path.Join(dir, "Chart.yaml")}
	if m := metadataField.FindStringSubmatch(err.Error()); m != nil {
		at.Pointer = "/" + m[1]
	}
	return finding.InFile(at, diag.NotRendered, diag.Error, "helm: %s", oneLine(err.Error()))
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
