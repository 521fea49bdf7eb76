package opc

import (
	"slices"
	"strings"
	"time"

	"github.com/opc-project/opc/diff"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// waivers are the entries of a description's accept, and which of them were needed.
type waivers struct {
	list   []schema.Waiver
	today  string
	needed map[int]bool
}

// again returns the same entries, of which none was needed yet.
func (w waivers) again() waivers { return waivers{list: w.list, today: w.today} }

// waive leaves out the findings that the description accepts: warnings, and errors of judges (diag.Code.Acceptable).
// Other errors can't be accepted: without what they speak of there is nothing to ship. An entry whose last day is over is
// an error itself where something needs it: somebody wanted to decide again.
func (w *waivers) waive(list diag.List) diag.List {
	var out diag.List
	if w.needed == nil {
		w.needed = map[int]bool{}
	}
	for _, d := range list {
		i := slices.IndexFunc(w.list, func(e schema.Waiver) bool { return accepts(e, d) && !w.expired(e) })
		if i >= 0 {
			w.needed[i] = true
			continue
		}
		out = append(out, d)
		for i, e := range w.list {
			if accepts(e, d) && !w.needed[i] {
				w.needed[i] = true
				out = append(out, diag.Errorf(diag.WaiverExpired, diag.Path("/accept").Index(i).Child("until"), "the waiver of %s ended on %s", e.Rule, e.Until).
					WithRelated(d.Path, d.Message).WithHint("fix the problem, or extend the date"))
			}
		}
	}
	return out
}

// expired reports whether an entry's last day is over.
func (w *waivers) expired(e schema.Waiver) bool {
	return w.today != "" && e.Until != "" && w.today > e.Until
}

// unneeded finds entries of accept that no finding of a whole compile needed. Those of comparisons and of publishing are
// for other commands.
func (r *Result) unneeded() diag.List {
	var out diag.List
	if r.opts.Partial {
		return nil
	}
	for i, e := range r.waivers.list {
		_, elsewhere := diff.Explain(e.Rule)
		elsewhere = elsewhere || strings.HasPrefix(e.Rule, "OPC6") || strings.HasPrefix(e.Rule, "OPC7")
		if !r.waivers.needed[i] && !elsewhere {
			out = append(out, diag.Warnf(diag.WaiverUnused, diag.Path("/accept").Index(i), "the waiver of %s matches no finding", e.Rule).
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

// check finds entries that can't mean anything.
func (w waivers) check() diag.List {
	var out diag.List
	for i, w := range w.list {
		at := diag.Path("/accept").Index(i)
		_, known := diag.Explain(diag.Code(w.Rule))
		if _, judged := diff.Explain(w.Rule); !known && !judged {
			d := diag.Errorf(diag.UnknownName, at.Child("rule"), "there is no finding %q to accept", w.Rule)
			out = append(out, d.WithHint("opc rules lists them"))
		}
		if !w.Explained() {
			d := diag.Errorf(diag.BadValue, at.Child("reason"), "the waiver of %s has no reason: expected why the finding is accepted", w.Rule)
			out = append(out, d.WithHint("explain it to the people who review the description"))
		}
		if _, err := time.Parse(time.DateOnly, w.Until); w.Until != "" && err != nil {
			d := diag.Errorf(diag.BadValue, at.Child("until"), "until is %q: expected a day such as 2027-01-31", w.Until)
			out = append(out, d)
		}
	}
	return out
}
