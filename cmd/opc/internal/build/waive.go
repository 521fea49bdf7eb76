package build

import (
	"strings"
	"time"

	"github.com/opc-project/opc/compiler/diff"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// waive leaves out the warnings that the description accepts. Errors can't be accepted: what they speak of does not
// work. A waiver whose last day is over waives nothing, and its findings say so.
func (r *run) waive(list diag.List) diag.List {
	var out diag.List
	for _, d := range list {
		waived := false
		for i, w := range r.Document.Spec.Accept {
			if d.Severity == diag.Error || !accepts(w, d) {
				continue
			}
			if r.opts.Today == "" || w.Until == "" || r.opts.Today <= w.Until {
				waived = true
				break
			}
			d = d.WithRelated(diag.Path("/accept").Index(i).Child("until"), "this waiver ended on "+w.Until)
		}
		if !waived {
			out = append(out, d)
		}
	}
	return out
}

// accepts reports whether a waiver speaks of a finding: of its code, at its path or above.
func accepts(w schema.Waiver, d diag.Diagnostic) bool {
	at := strings.TrimSuffix("/"+strings.TrimPrefix(w.Path, "/"), "/")
	return string(d.Code) == w.Rule && (string(d.Path) == at || strings.HasPrefix(string(d.Path), at+"/") || w.Path == "")
}

// checkWaivers finds waivers that can't mean anything.
func checkWaivers(list []schema.Waiver) diag.List {
	var out diag.List
	for i, w := range list {
		at := diag.Path("/accept").Index(i)
		_, known := diag.Explain(diag.Code(w.Rule))
		if _, judged := diff.Explain(w.Rule); !known && !judged {
			d := diag.Errorf(diag.UnknownName, at.Child("rule"), "there is no finding %q to accept", w.Rule)
			out = append(out, d.WithHint("opc rules lists them"))
		}
		if _, err := time.Parse(time.DateOnly, w.Until); w.Until != "" && err != nil {
			d := diag.Errorf(diag.BadValue, at.Child("until"), "until is %q: expected a day such as 2027-01-31", w.Until)
			out = append(out, d)
		}
	}
	return out
}
