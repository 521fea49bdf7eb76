package chart

import (
	"path"
	"strings"

	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"

	"github.com/opc-project/opc/emit/verify/manifest"
	"github.com/opc-project/opc/schema/diag"
)

// Message is one thing that Helm's linter says of a file of the tree.
type Message struct {
	File, Text string
	Error      bool // or else a warning
}

// Lint runs helm lint --strict on a folder on disk that holds the chart. dir is where the chart stands in the tree. What
// Helm calls information, such as that an icon is recommended, is left out, as Helm does.
func Lint(folder, dir string) []Message {
	var out []Message
	for _, m := range lint.All(folder, map[string]any{}, "default", true).Messages {
		if m.Severity < support.WarningSev {
			continue
		}
		text := strings.Join(strings.Fields(strings.ReplaceAll(m.Err.Error(), folder, dir)), " ")
		file := path.Join(dir, strings.TrimSuffix(strings.TrimPrefix(m.Path, folder), "/"))
		if strings.HasSuffix(m.Path, "/") || m.Path == "" {
			file = path.Join(dir, "Chart.yaml")
		}
		if name, _ := Fault(m.Err); name != "" {
			file = path.Join(dir, name)
		}
		out = append(out, Message{File: file, Text: text, Error: m.Severity == support.ErrorSev})
	}
	return out
}

// Linted turns what the linter says into findings.
func Linted(messages []Message) []manifest.Finding {
	var out []manifest.Finding
	for _, m := range messages {
		severity := diag.Warning
		if m.Error {
			severity = diag.Error
		}
		out = append(out, manifest.InFile(manifest.Place{File: m.File}, diag.ChartLint, severity, "helm lint: %s", m.Text))
	}
	return out
}
