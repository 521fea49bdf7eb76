package catalog

import (
	"bytes"
	"cmp"
	"maps"
	"slices"

	"github.com/Masterminds/semver/v3"
	"github.com/operator-framework/operator-registry/alpha/declcfg"
	"k8s.io/apimachinery/pkg/util/json"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// blob is one document of a catalog.
type blob struct {
	tree  model.Tree
	from  diag.Path
	parts []emit.Origin // parts that were said elsewhere
}

func (b blob) text(field string) string { return kube.Text(b.tree[field]) }

func (b blob) schema() string { return b.text("schema") }

// pkg is the package that a blob belongs to.
func (b blob) pkg() string {
	if b.schema() == declcfg.SchemaPackage {
		return b.text("name")
	}
	return b.text("package")
}

// version is the version of a bundle, or nil.
func (b blob) version() *semver.Version {
	v, err := semver.NewVersion(property(b.tree, "olm.package", "version"))
	if err != nil {
		return nil
	}
	return v
}

// property returns a text in the value of a bundle's property of a type.
func property(bundle model.Tree, kind, field string) string {
	list := kube.List(bundle["properties"])
	for _, e := range list {
		p := kube.Map(e)
		value := kube.Map(p["value"])
		if s, ok := value[field].(string); ok && p["type"] == kind {
			return s
		}
	}
	return ""
}

// read takes in the catalog that is extended. It reports whether all of it could be read.
func (w *writer) read() bool {
	ok := true
	for _, name := range slices.Sorted(maps.Keys(w.m.Catalog.Existing)) {
		count := 0
		err := declcfg.WalkMetasReader(bytes.NewReader(w.m.Catalog.Existing[name]), func(meta *declcfg.Meta, err error) error {
			if err != nil {
				return err
			}
			var tree model.Tree
			if err := json.Unmarshal(meta.Blob, &tree); err != nil {
				return err
			}
			from := diag.InFile(name, count)
			count++
			if tree == nil {
				return nil
			}
			if meta.Schema == "" {
				ok = false
				w.add(diag.Errorf(diag.CatalogInvalid, from,
					"%s holds what is not part of a catalog: it has no schema", name).WithRelated("/catalog/extends", "named here"))
				return nil
			}
			if slices.Contains(templates, meta.Schema) {
				ok = false
				w.add(diag.Errorf(diag.CatalogInvalid, from, "%s is a catalog template (%s), not a catalog", name, meta.Schema).WithRelated("/catalog/extends", "named here").
					WithHint("render it with opm alpha render-template, and use the output"))
				return nil
			}
			w.blobs = append(w.blobs, blob{tree: tree, from: from})
			return nil
		})
		if err != nil {
			ok = false
			w.add(diag.Errorf(diag.CatalogInvalid, diag.InFile(name, count),
				"%s can't be read as a catalog: %v", name, err).WithRelated("/catalog/extends", "named here"))
		}
	}
	if ok && len(w.m.Catalog.Existing) > 0 && w.find(declcfg.SchemaPackage, "") < 0 && (len(w.blobs) == 0 || w.saysEdges()) {
		ok = false
		w.add(diag.Errorf(diag.CatalogInvalid, "/catalog/extends", "the catalog to extend does not contain the package %s: released versions would be lost", w.m.OLM.Package).
			WithHint("set catalog.extends to the catalog that contains them; for a first version, omit catalog.extends, or omit release.replaces, skips and skipRange to add the package to a catalog of other packages"))
	}
	return ok
}

// templates are the schemas of what opm renders catalogs from.
var templates = []string{"olm.semver", "olm.template.basic", "olm.template.semver", "olm.composite", "olm.template.composite", "olm.template.substitutes"}

// saysEdges reports whether this version upgrades from others.
func (w *writer) saysEdges() bool {
	for _, c := range w.m.Release.Channels {
		if e := w.m.Release.In(c); e.Replaces != "" || e.SkipRange != "" || len(e.Skips) > 0 {
			return true
		}
	}
	return false
}

// find returns the index of a blob of the operator's own package, or -1.
func (w *writer) find(schema, name string) int {
	return slices.IndexFunc(w.blobs, func(b blob) bool {
		return b.schema() == schema && b.pkg() == w.m.OLM.Package && (name == "" || b.text("name") == name)
	})
}

// put replaces the blob at an index, or adds one where the index is negative. Parts are what the description says of a
// blob that exists.
func (w *writer) put(i int, tree model.Tree, from diag.Path, parts ...emit.Origin) {
	if i < 0 {
		w.blobs = append(w.blobs, blob{tree: tree, from: from, parts: parts})
		return
	}
	w.blobs[i].tree = tree
	w.blobs[i].parts = append(w.blobs[i].parts, parts...)
}

// order sorts blobs as people read them: the package, its channels, its bundles from old to new, what else there is,
// and what is deprecated.
func order(blobs []blob) {
	const other = 3
	rank := func(b blob) int {
		switch b.schema() {
		case declcfg.SchemaPackage:
			return 0
		case declcfg.SchemaChannel:
			return 1
		case declcfg.SchemaBundle:
			return 2
		case declcfg.SchemaDeprecation:
			return 4
		}
		return other
	}
	slices.SortStableFunc(blobs, func(a, b blob) int {
		if n := cmp.Compare(rank(a), rank(b)); n != 0 {
			return n
		}
		if rank(a) == other {
			return cmp.Compare(a.schema(), b.schema())
		}
		if v, x := a.version(), b.version(); v != nil && x != nil {
			if n := v.Compare(x); n != 0 {
				return n
			}
		}
		return cmp.Compare(a.text("name"), b.text("name"))
	})
}
