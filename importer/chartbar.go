package importer

import (
	"slices"
	"strings"

	"github.com/opc-project/opc/schema/diag"
)

// bar notes the values of the source that errors blame: with them changed, an installer leaves something that a cluster
// refuses, or that is not what the description says. An error that was found with many values changed says little while
// others blame fewer. It reports false where no error blames a value, or none a new one.
func (h *helm) bar(faults diag.List) bool {
	named := h.settings()
	var blaming []diag.Diagnostic
	fewest := 0
	for _, f := range faults {
		n := len(blamedKnobs(f, named))
		if f.Severity != diag.Error || n == 0 {
			continue
		}
		if fewest == 0 || n < fewest {
			fewest, blaming = n, nil
		}
		if n == fewest {
			blaming = append(blaming, f)
		}
	}
	more := false
	for _, f := range blaming {
		for _, k := range closest(f, blamedKnobs(f, named)) {
			if h.barred[k] == "" {
				h.barred[k], more = f.Message, true
			}
		}
	}
	return more
}

// settings are the values of the source by the parameters and features that say them.
func (h *helm) settings() map[string]*knob {
	named := map[string]*knob{}
	for _, p := range h.parameters {
		named["parameters/"+p.name] = p.knob
	}
	for _, f := range h.features {
		named["features/"+f.name] = f.knob
	}
	return named
}

// blamedKnobs are the values that were changed where an error was found.
func blamedKnobs(f diag.Diagnostic, named map[string]*knob) []*knob {
	var out []*knob
	for _, p := range f.Set {
		if k := named[strings.Join(p.Elems(), "/")]; k != nil {
			out = append(out, k)
		}
	}
	return out
}

// closest are those of the values that change the object in which an error is, or all of them where none does.
func closest(f diag.Diagnostic, knobs []*knob) []*knob {
	near := slices.DeleteFunc(slices.Clone(knobs), func(k *knob) bool {
		return !slices.ContainsFunc(k.effect, func(c change) bool {
			words := strings.Fields(c.place) // apiVersion, kind, and namespace/name
			return len(words) == 3 && strings.Contains(f.Message, words[1]+" ") && strings.Contains(f.Message, words[2][strings.LastIndex(words[2], "/")+1:]+": ")
		})
	})
	if len(near) == 0 {
		return knobs
	}
	return near
}
