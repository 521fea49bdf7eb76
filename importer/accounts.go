package importer

import (
	"maps"
)

// accounts says which service accounts the source uses and leaves to others, and those that have labels or annotations of
// their own, or that nothing uses.
func (d *draft) accounts() {
	used := map[string]bool{}
	for _, w := range d.workloads {
		used[account(w.pod)] = true
	}
	for _, g := range d.src.grants {
		used[g.account] = true
	}
	for _, name := range sortedKeys(used) {
		if name != "" && name != "default" && d.find("", "ServiceAccount", name) == nil {
			put(d.spec, nil, "serviceAccounts", name)
		}
	}
	if d.helm != nil {
		return // a chart has values for them
	}
	for _, o := range d.src.objects {
		if said := d.account(o); said != nil && !d.extra[o] && (len(said) > 0 || !used[o.name()]) {
			put(d.spec, said, "serviceAccounts", o.name())
		}
	}
}

// account is what the description says of a service account of the source, or nil where it has no words for it.
func (d *draft) account(o *document) tree {
	if !o.is("", "ServiceAccount") || !d.src.here(o) || o.name() == "default" || len(o.tree) > 3 {
		return nil // it has more than apiVersion, kind and metadata
	}
	labels := clone(object(get(o.tree, "metadata", "labels")))
	annotations, all := object(get(o.tree, "metadata", "annotations")), object(d.spec["annotations"])
	for k, v := range d.commonLabels() {
		if _, ok := labels[k]; !ok {
			return nil
		}
		maps.DeleteFunc(labels, func(name string, own any) bool { return name == k && own == v })
	}
	out := tree{}
	some(out, "labels", labels)
	switch {
	case same("annotations", annotations, all):
	case len(annotations) == 0:
		return nil
	default:
		out["annotations"] = annotations
	}
	return out
}
