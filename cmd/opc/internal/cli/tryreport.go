package cli

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/opc-project/opc/internal/escape"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/try"
)

// summary prints what was tried, for people.
func (t *trial) summary(w io.Writer, report *try.Report) error {
	var b bytes.Buffer
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, i := range report.Installs {
		fmt.Fprintf(table, "installed by %s\t%d objects\t%s\n", i.Way, i.Objects, seconds(i.Took))
	}
	for _, i := range report.Upgrades {
		fmt.Fprintf(table, "upgraded by %s\t%d objects\t%s\n", i.Way, i.Objects, seconds(i.Took))
	}
	if m := report.Manager; m != nil {
		fmt.Fprintf(table, "ran the manager as %s installs it\t%d requests, %d examples\t%s\n", m.Way, m.Requests, m.Examples, seconds(m.Took))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, name := range report.StandIns {
		fmt.Fprintf(&b, "%s: stored with any content, since the API is of another operator\n", name)
	}
	_, err := w.Write(b.Bytes())
	return err
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

// tried is the report for programs.
type tried struct {
	Installs []triedWay     `json:"installs"`
	Upgrades []triedWay     `json:"upgrades,omitempty"`
	StandIns []string       `json:"standIns,omitempty"`
	Manager  *triedManager  `json:"manager,omitempty"`
	Findings []triedFinding `json:"findings"`
}

type triedWay struct {
	Way     string  `json:"way"`
	Objects int     `json:"objects"`
	Seconds float64 `json:"seconds"`
}

type triedManager struct {
	Way      string        `json:"way"`
	Account  string        `json:"serviceAccount"`
	Ready    float64       `json:"readySeconds"`
	Seconds  float64       `json:"seconds"`
	Requests int           `json:"requests"`
	Examples int           `json:"examples"`
	Unused   []triedUnused `json:"unusedPermissions"`
	Rules    []any         `json:"usedPermissions"`
}

type triedUnused struct {
	Place  string   `json:"place"`
	Rights []string `json:"rights"`
	Whole  bool     `json:"wholeRule"`
}

type triedFinding struct {
	Code     string `json:"code"`
	Severity string `json:"severity"`
	Place    string `json:"place,omitempty"`
	Message  string `json:"message"`
	Hint     string `json:"hint,omitempty"`
}

func (t *trial) tried(report *try.Report) tried {
	out := tried{StandIns: report.StandIns, Installs: triedWays(report.Installs), Upgrades: triedWays(report.Upgrades), Findings: []triedFinding{}}
	for _, d := range report.Findings {
		out.Findings = append(out.Findings, triedFinding{string(d.Code), d.Severity.String(), t.place(d.Path), d.Message, d.Hint})
	}
	if m := report.Manager; m != nil {
		out.Manager = &triedManager{m.Way, m.Account, m.Ready.Seconds(), m.Took.Seconds(), m.Requests, m.Examples, []triedUnused{}, m.Rules}
		for _, u := range m.Unused {
			out.Manager.Unused = append(out.Manager.Unused, triedUnused{t.place(u.Path), u.Rights, u.Whole})
		}
	}
	return out
}

func triedWays(list []try.Installed) []triedWay {
	out := []triedWay{}
	for _, i := range list {
		out = append(out, triedWay{i.Way, i.Objects, i.Took.Seconds()})
	}
	return out
}

// place is where the description says something, as file:line:column.
func (t *trial) place(path diag.Path) string {
	if path == "" {
		return ""
	}
	pos, _ := t.Locate(path)
	return fmt.Sprintf("%s:%d:%d", pos.File, pos.Line, pos.Col)
}

// write writes the report to a file.
func (t *trial) write(file string, report *try.Report) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer f.Close()
	if strings.HasSuffix(file, ".md") {
		err = t.markdown(f, t.tried(report))
	} else {
		err = printTree(t.env.to(f), "json", t.tried(report))
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// to is the environment with another stdout.
func (e Env) to(w io.Writer) Env { e.Stdout = w; return e }

// markdown writes the report for a page or the comment of a pull request.
func (t *trial) markdown(w io.Writer, r tried) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s %s on a real API server\n\n| | objects | time |\n|---|---|---|\n", escape.Markdown(t.Operator.Name), escape.Markdown(t.Operator.Version))
	for _, i := range r.Installs {
		fmt.Fprintf(&b, "| installed by %s | %d | %.1f s |\n", escape.Markdown(i.Way), i.Objects, i.Seconds)
	}
	for _, i := range r.Upgrades {
		fmt.Fprintf(&b, "| upgraded by %s | %d | %.1f s |\n", escape.Markdown(i.Way), i.Objects, i.Seconds)
	}
	if len(r.Findings) > 0 {
		b.WriteString("\n## Findings\n\n")
	}
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "- **%s** %s %s: %s\n", f.Severity, f.Code, escape.Markdown(f.Place), escape.Markdown(f.Message))
	}
	if m := r.Manager; m != nil {
		fmt.Fprintf(&b, "\n## Permissions that %s used\n\n", escape.Markdown(m.Account))
		data, err := kube.Encode(m.Rules)
		if err != nil {
			return err
		}
		b.WriteString(escape.Fence("yaml", string(data)))
	}
	_, err := w.Write(b.Bytes())
	return err
}
