package catalog

import (
	"cmp"
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"github.com/operator-framework/operator-registry/alpha/declcfg"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/emit/internal/bundle"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// Types of a bundle's properties.
const (
	typePackage         = "olm.package"
	typePackageRequired = "olm.package.required"
	typeGVK             = "olm.gvk"
	typeGVKRequired     = "olm.gvk.required"
	typeMetadata        = "olm.csv.metadata"
)

// bundle adds the bundle of this version. A version that the catalog holds already must be the same, since people may
// have installed it.
func (w *writer) bundle(b *bundle.Bundle) {
	name := w.csvName()
	tree := model.Tree{
		"schema": declcfg.SchemaBundle, "package": w.m.OLM.Package, "name": name, "image": w.m.OLM.BundleImage,
		"relatedImages": w.relatedImages(), "properties": w.properties(b),
	}
	i := w.find(declcfg.SchemaBundle, name)
	if i < 0 {
		w.put(-1, tree, "", emit.Origin{Pointer: "/image", Path: "/olm/bundleImage"})
		return
	}
	if !same(w.blobs[i].tree, tree) {
		w.add(diag.Errorf(diag.CatalogInvalid, "/version", "version %s is in the catalog already, with other content", w.m.Version).
			WithRelated(w.blobs[i].from, "the bundle in the catalog").
			WithHint("give this one a new version, or take the bundle out of the catalog if nobody has it"))
	}
}

// same compares bundles as operator-registry does: the order of properties and images does not count.
func same(a, b model.Tree) bool {
	return reflect.DeepEqual(sorted(a), sorted(b))
}

func sorted(t model.Tree) model.Tree {
	out := model.Clone(t)
	for _, field := range []string{"properties", "relatedImages"} {
		if list, ok := out[field].([]any); ok {
			slices.SortFunc(list, func(x, y any) int { return cmp.Compare(text(x), text(y)) })
		}
	}
	return out
}

// text writes a value as JSON, to sort by.
func text(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic("catalog: a tree that is not JSON: " + err.Error())
	}
	return string(data)
}

// csvName is the bundle's name: that of its ClusterServiceVersion.
func (w *writer) csvName() string { return model.MetaString(w.csv, "name") }

// relatedImages are those of the ClusterServiceVersion, those of its Deployments, and the bundle's own, which a mirror
// must copy too.
func (w *writer) relatedImages() []any {
	var out []any
	seen := map[string]bool{}
	put := func(name, image string) {
		// opm refuses a catalog with a reference that is none; the bundle's findings report it.
		if !seen[image] && kube.IsImage(image) {
			seen[image] = true
			out = append(out, model.Tree{"name": name, "image": image})
		}
	}
	list := kube.List(model.At(w.csv, "spec", "relatedImages"))
	for _, e := range list {
		t := kube.Map(e)
		name := kube.Text(t["name"])
		image := kube.Text(t["image"])
		put(name, image)
	}
	put("", w.m.OLM.BundleImage)
	deployments := kube.List(model.At(w.csv, "spec", "install", "spec", "deployments"))
	for _, d := range deployments {
		t := kube.Map(d)
		for _, field := range []string{"containers", "initContainers"} {
			containers := kube.List(model.At(t, "spec", "template", "spec", field))
			for _, c := range containers {
				t := kube.Map(c)
				image := kube.Text(t["image"])
				put("", image)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b any) int { return cmp.Compare(text(a), text(b)) })
	return out
}

// properties tell OLM's resolver what the bundle is, provides and needs, and its console what to show. They stand in
// the order in which opm renders them, the metadata last.
func (w *writer) properties(b *bundle.Bundle) []any {
	var out []any
	seen := map[string]bool{}
	put := func(kind string, value any) {
		p := model.Tree{"type": kind, "value": value}
		if key := text(p); !seen[key] {
			seen[key] = true
			out = append(out, p)
		}
	}
	version := kube.Text(model.At(w.csv, "spec", "version"))
	put(typePackage, w.packageProperty(version))
	for _, crd := range b.CRDs {
		provided(crd.Tree, func(gvk model.Tree) { put(typeGVK, gvk) })
	}
	required := kube.List(model.At(w.csv, "spec", "customresourcedefinitions", "required"))
	for _, r := range required {
		t := kube.Map(r)
		name := kube.Text(t["name"])
		_, group, _ := strings.Cut(name, ".")
		put(typeGVKRequired, model.Tree{"group": group, "kind": t["kind"], "version": t["version"]})
	}
	for _, s := range []struct{ field, kind string }{{"owned", typeGVK}, {"required", typeGVKRequired}} {
		services := kube.List(model.At(w.csv, "spec", "apiservicedefinitions", s.field))
		for _, e := range services {
			t := kube.Map(e)
			put(s.kind, model.Tree{"group": t["group"], "kind": t["kind"], "version": t["version"]})
		}
	}
	for _, d := range w.m.OLM.Dependencies {
		t := kube.Map(d)
		put(dependency(t))
	}
	for _, p := range w.m.OLM.Properties {
		t := kube.Map(p)
		if kind := kube.Text(t["type"]); kind != typePackage {
			put(kind, t["value"])
		}
	}
	slices.SortStableFunc(out, func(a, c any) int { return cmp.Compare(text(a), text(c)) })
	return append(out, model.Tree{"type": typeMetadata, "value": metadata(w.csv)})
}

// packageProperty is what the description says of the property, or else the package and the version.
func (w *writer) packageProperty(version string) any {
	for _, p := range w.m.OLM.Properties {
		if t := kube.Map(p); t["type"] == typePackage {
			return t["value"]
		}
	}
	value := model.Tree{"packageName": w.m.OLM.Package, "version": version}
	if release := model.At(w.csv, "spec", "release"); release != nil {
		value["release"] = release
	}
	return value
}

// provided lists the APIs of a CustomResourceDefinition: all its versions, since OLM's resolver counts them all.
func provided(crd model.Tree, put func(model.Tree)) {
	spec := kube.Map(crd["spec"])
	kind := model.At(spec, "names", "kind")
	versions := kube.List(spec["versions"])
	for _, v := range versions {
		t := kube.Map(v)
		put(model.Tree{"group": spec["group"], "kind": kind, "version": t["name"]})
	}
	if version := spec["version"]; version != nil {
		put(model.Tree{"group": spec["group"], "kind": kind, "version": version})
	}
}

// dependency turns an entry of metadata/dependencies.yaml into a property.
func dependency(entry model.Tree) (kind string, value any) {
	kind = kube.Text(entry["type"])
	t := kube.Map(entry["value"])
	word := func(name string) string { return kube.Text(t[name]) }
	switch kind {
	case typePackage:
		return typePackageRequired, model.Tree{"packageName": word("packageName"), "versionRange": word("version")}
	case typeGVK:
		return typeGVKRequired, model.Tree{"group": word("group"), "kind": word("kind"), "version": word("version")}
	}
	return kind, entry["value"]
}

// metadata is what OLM's console shows of a bundle: parts of the ClusterServiceVersion, some under names of their own
// (operator-registry, alpha/property, CSVMetadata).
func metadata(csv model.Tree) model.Tree {
	out := model.Tree{}
	put := func(name string, value any) {
		switch t := value.(type) {
		case nil:
		case map[string]any:
			if len(t) > 0 {
				out[name] = t
			}
		default:
			out[name] = value
		}
	}
	put("annotations", model.At(csv, "metadata", "annotations"))
	put("labels", model.At(csv, "metadata", "labels"))
	for _, f := range []struct{ name, field string }{
		{"apiServiceDefinitions", "apiservicedefinitions"}, {"crdDescriptions", "customresourcedefinitions"},
		{"description", ""}, {"displayName", ""}, {"installModes", ""}, {"keywords", ""}, {"links", ""}, {"maintainers", ""},
		{"maturity", ""}, {"minKubeVersion", ""}, {"nativeAPIs", ""}, {"provider", ""},
	} {
		put(f.name, model.At(csv, "spec", cmp.Or(f.field, f.name)))
	}
	return out
}
