package build

import (
	"slices"
	"strings"
	"time"

	"github.com/opc-project/opc/diff"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// waive leaves out the findings that the description accepts: warnings, and errors of judges (diag.Code.Acceptable). Other
// errors can't be accepted: without what they speak of there is nothing to ship. A waiver whose last day is over is an error itself where something needs it: somebody wanted to decide again.
func (r *run) waive(list diag.List) diag.List {
	var out diag.List
	if r.waived == nil {
		r.waived = map[int]bool{}
	}
	for _, d := range list {
		i := slices.IndexFunc(r.Document.Spec.Accept, func(w schema.Waiver) bool {
			return accepts(w, d) && !r.over(w)
		})
		if i >= 0 {
			r.waived[i] = true
			continue
		}
		out = append(out, d)
		for i, w := range r.Document.Spec.Accept {
			if accepts(w, d) && !r.waived[i] {
				r.waived[i] = true
				out = append(out, diag.Errorf(diag.WaiverExpired, diag.Path("/accept").Index(i).Child("until"), "the waiver of %s ended on %s", w.Rule, w.Until).
					WithRelated(d.Path, d.Message).WithHint("mend the fault, or set a new day"))
			}
		}
	}
	return out
}

// over reports whether a waiver's last day is over.
func (r *run) over(w schema.Waiver) bool {
	return r.opts.Today != "" && w.Until != "" && r.opts.Today > w.Until
}

// unneeded finds waivers that no finding of a whole compile needed. Those of comparisons and of publishing are for other
// commands.
func (r *run) unneeded() diag.List {
	var out diag.List
	if r.opts.Partial {
		return nil
	}
	for i, w := range r.Document.Spec.Accept {
		_, elsewhere := diff.Explain(w.Rule)
		elsewhere = elsewhere || strings.HasPrefix(w.Rule, "OPC6") || strings.HasPrefix(w.Rule, "OPC7")
		if !r.waived[i] && !elsewhere {
			out = append(out, diag.Warnf(diag.WaiverUnused, diag.Path("/accept").Index(i), "nothing was found that the waiver of %s is for", w.Rule).
				WithHint("remove it, or correct its rule or path"))
		}
	}
	return out
}

// accepts reports whether a waiver speaks of a finding: of its code, at its path or below. The path is one into the
// description (manager/pod) or a file that it names (crds/x.yaml, with or without the number of the document and a
// path in it).
func accepts(w schema.Waiver, d diag.Diagnostic) bool {
	if string(d.Code) != w.Rule || d.Severity == diag.Error && !d.Code.Acceptable() {
		return false
	}
	if strings.Trim(w.Path, "/") == "" {
		return true
	}
	for _, sign := range []string{"/", "@"} { // which of the two a path is need not be said
		if strings.HasPrefix(w.Path, sign) && !strings.HasPrefix(string(d.Path), sign) {
			return false
		}
	}
	at, path := strings.Trim(w.Path, "/@"), strings.TrimLeft(string(d.Path), "/@")
	return path == at || strings.HasPrefix(path, at+"/") || strings.HasPrefix(path, at+"#")
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
