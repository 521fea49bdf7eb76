package cli

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/opc-project/opc/emit/sink"
)

// summary prints what was written where: a line for each target, and for each changed file if files is set.
func summary(w io.Writer, plan *sink.Plan, files bool) error {
	var b bytes.Buffer
	if plan.UpToDate() {
		fmt.Fprintf(&b, "%s is up to date\n", plan.Dir.Label)
	} else {
		fmt.Fprintf(&b, "%s written\n", plan.Dir.Label)
		t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		for _, name := range unique(append(targetNames(), plan.Targets()...)) {
			if line := targetSummary(plan, name); line != "" {
				fmt.Fprintf(t, "  %s\t%s\n", name, line)
			}
		}
		_ = t.Flush() // into memory
	}
	for _, f := range plan.Files {
		if word := changed[f.Action]; files && word != "" && f.Target != "" {
			fmt.Fprintf(&b, "  %s %s\n", word, f.Name)
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}

// changed are the words for what a run does to files.
var changed = map[sink.Action]string{sink.Create: "created", sink.Change: "changed", sink.Delete: "deleted"}

// targetSummary says what happened to a target's files; "" when it has none.
func targetSummary(plan *sink.Plan, name string) string {
	total := plan.Count(name, sink.Same, sink.Create, sink.Change)
	var changes []string
	for _, action := range []sink.Action{sink.Create, sink.Change, sink.Delete} {
		if n := plan.Count(name, action); n > 0 {
			changes = append(changes, fmt.Sprintf("%d %s", n, changed[action]))
		}
	}
	files := fmt.Sprintf("%d files", total)
	if total == 1 {
		files = "1 file"
	}
	switch {
	case len(changes) > 0:
		return files + ": " + strings.Join(changes, ", ")
	case total > 0:
		return files
	}
	return ""
}
