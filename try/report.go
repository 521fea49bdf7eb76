package try

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify"
	"github.com/opc-project/opc/verify/finding"
)

// Report is what a run found. Findings have paths of the description, and no positions yet.
type Report struct {
	Ready    time.Duration // from the start until the API server was ready
	Installs []Installed
	StandIns []string // APIs of others that were stored with any content
	Manager  *Ran     // nil where the manager did not run
	Upgrades []Installed
	Findings diag.List
}

// Installed is one way that was tried.
type Installed struct {
	Way     string
	Objects int // that the API server took
	Took    time.Duration
}

// Ran is what the manager did.
type Ran struct {
	Way      string
	Account  string // its service account, as namespace/name
	Ready    time.Duration
	Took     time.Duration
	Requests int
	Examples int
	Webhooks []string // that the API server called
	Unused   []Unused
	Rules    []any // the least rules with which all of its requests would have been allowed
}

// said is a finding with the ways that it concerns.
type said struct {
	diag diag.Diagnostic
	ways []string
}

// say keeps a finding of a way. What several ways have in common is told once.
func (r *run) say(way string, f finding.Finding) {
	for _, d := range verify.Told(r.files, []finding.Finding{f}) {
		i := slices.IndexFunc(r.found, func(s *said) bool {
			return s.diag.Code == d.Code && s.diag.Path == d.Path && kindless(s.diag.Message) == kindless(d.Message)
		})
		if i < 0 {
			r.found = append(r.found, &said{diag: d})
			i = len(r.found) - 1
		}
		if way != "" && !slices.Contains(r.found[i].ways, way) {
			r.found[i].ways = append(r.found[i].ways, way)
		}
	}
}

// kindless is a message without the object that it begins with and the file that it ends with: names and namespaces follow
// the release and the overlay.
func kindless(message string) string {
	if _, rest, ok := strings.Cut(message, ": "); ok {
		message = rest
	}
	if i := strings.LastIndex(message, " ("); i > 0 && strings.HasSuffix(message, ")") {
		message = message[:i]
	}
	return message
}

// told are the findings, with the ways where not all are concerned.
func (r *run) told() diag.List {
	var out diag.List
	for _, s := range r.found {
		d := s.diag
		switch {
		case len(s.ways) == 0:
		case len(s.ways) == r.ways && r.ways > 1:
			d.Message += "; it is so by every way of installing"
		default:
			d.Message += "; it is so by " + strings.Join(s.ways, ", ")
		}
		out = append(out, d)
	}
	slices.SortStableFunc(out, func(a, b diag.Diagnostic) int { return cmp.Compare(a.Severity, b.Severity) })
	return out
}
