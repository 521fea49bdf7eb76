package cli

import (
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"github.com/opc-project/opc/cmd/opc/internal/build"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// waivers prints, for people, the entries of accept that would accept what fails the run.
func (p *printer) waivers(results []*build.Result) error {
	if !p.text || p.quiet {
		return nil
	}
	for _, r := range results {
		var list []schema.Waiver
		for _, d := range r.Findings {
			if d.Waivable() && (d.Severity == diag.Error || d.Severity == diag.Warning && p.strict) {
				list = append(list, schema.Proposed(string(d.Code), strings.TrimLeft(string(d.Path), "/@")))
			}
		}
		if len(list) == 0 {
			continue
		}
		name := path.Join(build.Show(p.env.Dir, r.Input.Dir), filepath.ToSlash(r.Input.Name))
		text := schema.AcceptText(list, path.Ext(name) != ".cue")
		if _, err := fmt.Fprintf(p.results, "to accept findings, add them to %s with a reason:\n%s\n", name, text); err != nil {
			return err
		}
	}
	return nil
}
