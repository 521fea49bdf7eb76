package chart

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"
	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/finding"
)

// Message is one thing that Helm's linter says of a file of the tree.
type Message struct {
	File  string
	Line  int // 0 when unknown
	Text  string
	Error bool // or else a warning
}

// Lint runs helm lint --strict on a folder on disk that holds the chart. dir is where the chart stands in the tree. What
// Helm calls information, such as that an icon is recommended, is left out, as Helm does.
func Lint(folder, dir string) []Message {
	var out []Message
	for _, m := range lint.All(folder, map[string]any{}, "default", true).Messages {
		if m.Severity < support.WarningSev || strings.HasPrefix(m.Err.Error(), "chart directory is missing these dependencies") { // see Missing
			continue
		}
		text := strings.Join(strings.Fields(strings.ReplaceAll(m.Err.Error(), folder, dir)), " ")
		file := path.Join(dir, strings.TrimSuffix(strings.TrimPrefix(m.Path, folder), "/"))
		if strings.HasSuffix(m.Path, "/") || m.Path == "" {
			file = path.Join(dir, "Chart.yaml")
		}
		fault := Faults(m.Err)[0]
		if fault.File != "" {
			file = path.Join(dir, fault.File)
		}
		out = append(out, Message{File: file, Line: fault.Line, Text: text, Error: m.Severity == support.ErrorSev})
	}
	return out
}

// Linted turns what the linter says into findings.
func Linted(messages []Message) []finding.Finding {
	var out []finding.Finding
	for _, m := range messages {
		severity := diag.Warning
		if m.Error {
			severity = diag.Error
		}
		at := kube.Place{File: m.File}
		if path.Base(m.File) == "Chart.yaml" {
			at.Pointer = field(m.Text)
		}
		f := finding.InFile(at, diag.ChartLint, severity, "helm lint: %s", m.Text)
		f.Line = m.Line
		out = append(out, f)
	}
	return out
}

// Missing reports charts that a chart depends on and that are not there: Helm's linter warns of them, and install,
// upgrade, template and package refuse.
func (c *Chart) Missing() []finding.Finding {
	var out []finding.Finding
	for i, dep := range c.chart.Metadata.Dependencies {
		if slices.ContainsFunc(c.chart.Dependencies(), func(d *chart.Chart) bool { return d.Name() == dep.Name }) {
			continue
		}
		at := kube.Place{File: path.Join(c.Dir, "Chart.yaml"), Pointer: fmt.Sprintf("/dependencies/%d", i)}
		out = append(out, finding.InFile(at, diag.ChartLint, diag.Error, "the chart depends on %s, which is not in its folder charts: helm refuses to install it", dep.Name).
			WithHint("run helm dependency update"))
	}
	return out
}

// fields are words of the linter's messages about Chart.yaml, and the fields that they are about.
var fields = []struct{ words, pointer string }{
	{"in apiVersion", "/apiVersion"}, {"icon URL", "/icon"}, {"source URL", "/sources"}, {"maintainer", "/maintainers"}, {"dependencies", "/dependencies"},
	{"appVersion", "/appVersion"}, {"apiVersion", "/apiVersion"}, {"SemVer", "/version"}, {"version", "/version"}, {"name", "/name"},
}

func field(text string) string {
	for _, f := range fields {
		if strings.Contains(text, f.words) {
			return f.pointer
		}
	}
	return ""
}

// Range holds that Helm can read for which versions of Kubernetes a chart is, which its linter does not ask.
func (c *Chart) Range() []finding.Finding {
	text := c.chart.Metadata.KubeVersion
	if text == "" {
		return nil
	}
	if _, err := semver.NewConstraint(text); err != nil {
		at := kube.Place{File: path.Join(c.Dir, "Chart.yaml"), Pointer: "/kubeVersion"}
		return []finding.Finding{finding.InFile(at, diag.ChartLint, diag.Error, "no cluster satisfies kubeVersion: %v", err)}
	}
	return nil
}
