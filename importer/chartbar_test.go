package importer

import (
	"testing"

	"github.com/opc-project/opc/schema/diag"
)

// TestBarsTheFewest holds that an error that blames few values is believed before one that blames many, that of many only
// those are barred that change the object at fault, and that errors without a value do not end the search.
func TestBarsTheFewest(t *testing.T) {
	pier := &knob{path: []string{"pier"}, effect: []change{{place: "apps/v1 Deployment shop-system/pier"}}}
	dock := &knob{path: []string{"dock"}, effect: []change{{place: "apps/v1 Deployment shop-system/dock"}}}
	buoy := &knob{path: []string{"buoy"}, effect: []change{{place: "v1 ConfigMap shop-system/buoy"}}}
	fault := func(message string, blames ...string) diag.Diagnostic {
		d := diag.Errorf(diag.NotEqual, "", "%s", message)
		for _, name := range blames {
			d.Set = append(d.Set, diag.Path("/parameters").Child(name))
		}
		return d
	}
	for name, c := range map[string]struct {
		faults diag.List
		barred []*knob
	}{
		"one of many by its object":  {diag.List{fault("with every parameter changed: Deployment shop-system/dock: two ports", "pier", "dock", "buoy")}, []*knob{dock}},
		"the fewest":                 {diag.List{fault("Deployment shop-system/dock: two ports", "pier", "dock", "buoy"), fault("Deployment shop-system/dock: no", "pier")}, []*knob{pier}},
		"beside one without a value": {diag.List{fault("the value pier changes nothing"), fault("ConfigMap shop-system/buoy: no", "buoy")}, []*knob{buoy}},
		"all of many":                {diag.List{fault("Service shop-system/quay: no", "pier", "buoy")}, []*knob{pier, buoy}},
		"none":                       {diag.List{fault("Service shop-system/quay: no")}, nil},
	} {
		h := &helm{barred: map[*knob]string{}, parameters: []*parameter{{knob: pier, name: "pier"}, {knob: dock, name: "dock"}, {knob: buoy, name: "buoy"}}}
		if more := h.bar(c.faults); more != (len(c.barred) > 0) || len(h.barred) != len(c.barred) {
			t.Errorf("%s: %v, and %d barred", name, more, len(h.barred))
		}
		for _, k := range c.barred {
			if h.barred[k] == "" {
				t.Errorf("%s: %s is not barred", name, k.name())
			}
		}
		if h.bar(c.faults) {
			t.Errorf("%s: the same errors bar something new", name)
		}
	}
}
