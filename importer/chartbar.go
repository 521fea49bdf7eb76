package importer

import (
	"strings"

	"github.com/opc-project/opc/schema/diag"
)

// bar notes the values of the source that errors blame: with them changed, an installer leaves something that a cluster
// refuses, or that is not what the description says. It reports false where an error blames no value, or nothing new.
func (h *helm) bar(faults diag.List) bool {
	named := map[string]*knob{}
	for _, p := range h.parameters {
		named["parameters/"+p.name] = p.knob
	}
	for _, f := range h.features {
		named["features/"+f.name] = f.knob
	}
	more := false
	for _, f := range faults {
		if f.Severity != diag.Error {
			continue
		}
		blamed := false
		for _, p := range f.Set {
			if k := named[strings.Join(p.Elems(), "/")]; k != nil {
				blamed = true
				if h.barred[k] == "" {
					h.barred[k], more = f.Message, true
				}
			}
		}
		if !blamed {
			return false
		}
	}
	return more
}
