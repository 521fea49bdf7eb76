package importer

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/opc-project/opc/kube/equal"
)

// manifests puts the further objects of the source into a folder of their own, but for those that opc makes by itself.
func (d *draft) manifests() {
	found := false
	for _, o := range d.src.objects {
		if d.isCRD(o) || d.made[o] {
			continue
		}
		if o.kind() == "CustomResourceDefinition" {
			d.fileOf[o] = d.addFile("manifests/", o.name(), ".yaml", d.objectFile(o)) // not installed by other means
			continue
		}
		found = true
		d.fileOf[o] = d.addFile("objects/", o.name()+"_"+strings.ToLower(o.kind()), ".yaml", d.objectFile(o))
	}
	if found {
		d.spec["objects"] = []any{"objects"}
	}
}

// find returns an object of the source beside the ClusterServiceVersion, or nil.
func (d *draft) find(group, kind, name string) *document {
	i := slices.IndexFunc(d.src.objects, func(o *document) bool { return o.is(group, kind) && o.name() == name })
	if i < 0 {
		return nil
	}
	return d.src.objects[i]
}

// correctObjects compares the objects beside the ClusterServiceVersion. One that opc makes, but not just so, is said in
// a file; one that does not come back from its file stands in the bundle as it is.
func (d *draft) correctObjects(got *source) {
	have := map[string]*document{}
	for _, o := range got.objects {
		have[o.identity()] = o
	}
	again := false
	var asIs []any
	for _, o := range d.src.objects {
		other := have[o.identity()]
		delete(have, o.identity())
		switch {
		case other != nil && d.sameObject(o, other):
		case d.made[o]:
			d.unlike[o], again = true, true
		default:
			asIs = append(asIs, d.fileOf[o])
		}
	}
	if len(have) > 0 && !d.raw["metrics"] {
		d.raw["metrics"], again = true, true // nothing else makes objects beside those of the source
	}
	if again {
		d.propose()
		d.secure()
		return
	}
	for _, name := range asIs {
		if said := list(get(d.spec, "olm", "manifests")); !slices.Contains(said, name) {
			put(d.spec, append(said, name), "olm", "manifests")
		}
	}
}

// sameObject compares an object with its like in the compiled bundle. Schemas of CustomResourceDefinitions come over as
// they are, and are not part of rough compiles.
func (d *draft) sameObject(a, b *document) bool {
	if d.fileInPlace(a) != "" { // the whole file takes part in rough compiles
		if reflect.DeepEqual(a.tree, b.tree) {
			return true // and what is large is mostly just the same
		}
		x, errX := d.canonicalOf(a)
		y, errY := equal.Canonical(b.tree)
		return errX == nil && errY == nil && len(equal.Trees(x, y)) == 0
	}
	x, errX := equal.Canonical(d.viewed(rough(a.tree)))
	y, errY := equal.Canonical(d.viewed(rough(b.tree)))
	return errX == nil && errY == nil && len(equal.Trees(x, y)) == 0
}

// viewed is an object as the source's form is compared.
func (d *draft) viewed(t tree) tree {
	if d.src.form.view == nil {
		return t
	}
	return d.src.form.view(t)
}

// rough is a CustomResourceDefinition without its schemas, and any other object as it is. Of what is not changed it holds
// the same parts.
func rough(t tree) tree {
	if t["kind"] != "CustomResourceDefinition" {
		return t
	}
	spec := maps.Clone(object(t["spec"]))
	versions := slices.Clone(list(spec["versions"]))
	for i, v := range versions {
		if version := maps.Clone(object(v)); version != nil {
			delete(version, "schema")
			versions[i] = version
		}
	}
	if versions != nil {
		spec["versions"] = versions
	}
	out := maps.Clone(t)
	if spec != nil {
		out["spec"] = spec
	}
	return out
}

// canonicalOf is the canonical form of an object of the source. Those in files in place stay as they are.
func (d *draft) canonicalOf(o *document) (tree, error) {
	if c, ok := d.canonical[o]; ok {
		return c, nil
	}
	c, err := equal.Canonical(o.tree)
	if err == nil {
		if d.canonical == nil {
			d.canonical = map[*document]tree{}
		}
		d.canonical[o] = c
	}
	return c, err
}
