package diff

import (
	"strings"

	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// WaiverFault is a waiver that should be looked at: it ended, or there is nothing for it to accept.
type WaiverFault struct {
	Waiver  schema.Waiver
	Expired bool
	Place   Place
}

// waive applies the waivers of the new description. Those of other rules than diff's are not ours to judge.
func (r *Report) waive(opts Options) {
	for i := range opts.Accept {
		w := &opts.Accept[i]
		if _, ours := Explain(w.Rule); !ours {
			continue
		}
		place := Place{Path: diag.Path("/accept").Index(i)}
		if w.Until != "" && opts.Today != "" && w.Until < opts.Today {
			r.Waivers = append(r.Waivers, WaiverFault{Waiver: *w, Expired: true, Place: place})
			continue
		}
		used := false
		for k := range r.Findings {
			f := &r.Findings[k]
			if f.ID == w.Rule && accepts(w.Path, f.Path) {
				used = true
				if f.Waived == nil {
					f.Waived = w
				}
			}
		}
		if !used {
			r.Waivers = append(r.Waivers, WaiverFault{Waiver: *w, Place: place})
		}
	}
}

// accepts reports whether a waiver's path is that of a finding or of what it stands in; * is any one element.
func accepts(waiver, path string) bool {
	if waiver == "" {
		return true
	}
	w, p := strings.Split(strings.Trim(waiver, "/"), "/"), strings.Split(path, "/")
	if len(w) > len(p) {
		return false
	}
	for i := range w {
		if w[i] != p[i] && w[i] != "*" {
			return false
		}
	}
	return true
}

// Accept is the waiver that would accept a finding, but for the reason.
func (f *Finding) Accept() schema.Waiver {
	return schema.Proposed(f.ID, f.Path)
}
