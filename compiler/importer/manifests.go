package importer

import (
	"slices"
	"strings"
)

// manifests puts the further objects of the source into a folder of their own. Those that opc makes by itself in just
// the same form are left out later, in fit.
func (d *draft) manifests() {
	d.extras = nil
	for _, o := range d.src.objects {
		if o.is("apiextensions.k8s.io", "CustomResourceDefinition") || d.made[o.identity()] {
			continue
		}
		d.extras = append(d.extras, d.addFile("objects/", o.name()+"_"+strings.ToLower(o.kind()), ".yaml", d.objectFile(o)))
	}
	if len(d.extras) > 0 {
		d.spec["objects"] = []any{"objects"}
	}
}

// has reports whether the source holds an object of a kind and name beside the ClusterServiceVersion.
func (d *draft) has(group, kind, name string) bool {
	return slices.ContainsFunc(d.src.objects, func(o *document) bool { return o.is(group, kind) && o.name() == name })
}

// found tells people what the source holds.
func (d *draft) found() []Found {
	out := []Found{
		{"operator", d.name + " " + text(d.spec["version"])},
	}
	return out
}
