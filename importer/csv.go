package importer

import (
	"encoding/json"

	"github.com/opc-project/opc/kube/equal"
)

// correctCSV says what the ClusterServiceVersion has beside what opc derives.
func (d *draft) correctCSV(got *source) {
	have, want := equal.Pruned(got.normal[got.csv]), clone(d.csv)
	d.correctRelated(object(have["spec"]), object(want["spec"]))
	patch := mergePatch(have, want)
	d.correctMeta(patch)
	for _, part := range sortedKeys(patch) {
		old := object(get(d.spec, "olm", "csv"))
		if old == nil {
			old = tree{}
		}
		put(d.spec, merge(old, tree{part: patch[part]}), "olm", "csv")
	}
}

// correctRelated says relatedImages in full where they are not those that opc finds by itself.
func (d *draft) correctRelated(have, want tree) {
	if same("relatedImages", have["relatedImages"], want["relatedImages"]) {
		return
	}
	images := []any{}
	for _, r := range trees(want["relatedImages"]) {
		entry := tree{"image": text(r["image"])}
		some(entry, "name", r["name"])
		images = append(images, entry)
	}
	put(d.spec, images, "olm", "relatedImages")
	delete(have, "relatedImages")
	delete(want, "relatedImages")
}

// correctMeta takes labels and annotations out of a patch and says them in their own fields; those that go away stay in
// it.
func (d *draft) correctMeta(patch tree) {
	meta := object(patch["metadata"])
	for _, field := range []string{"annotations", "labels"} {
		values, ok := meta[field].(tree)
		if !ok {
			continue // all go away
		}
		for _, key := range sortedKeys(values) {
			if values[key] == nil {
				continue
			}
			put(d.spec, values[key], "olm", field, key)
			delete(values, key)
		}
		if len(values) == 0 {
			delete(meta, field)
		}
	}
	if len(meta) == 0 {
		delete(patch, "metadata")
	}
}

// mergePatch is the JSON merge patch (RFC 7386) that makes one object of another, without what means the same.
func mergePatch(from, to tree) tree {
	out := tree{}
	for _, k := range sortedKeys(to) {
		a, b := from[k], to[k]
		if same(k, a, b) || k == "alm-examples" && sameJSON(text(a), text(b)) {
			continue
		}
		x, isMap := a.(tree)
		y, alsoMap := b.(tree)
		switch {
		case isMap && alsoMap:
			out[k] = mergePatch(x, y)
		default:
			out[k] = b
		}
	}
	for _, k := range sortedKeys(from) {
		if _, ok := to[k]; !ok && !same(k, from[k], nil) {
			out[k] = nil
		}
	}
	return out
}

// sameJSON reports whether two texts are the same set of examples.
func sameJSON(a, b string) bool {
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && same("owned", x, y)
}
