package fbc

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/operator-framework/api/pkg/operators/v1alpha1"
	"github.com/operator-framework/operator-registry/alpha/declcfg"
	"github.com/operator-framework/operator-registry/alpha/property"
	"github.com/operator-framework/operator-registry/pkg/registry"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/bundle"
	"github.com/opc-project/opc/verify/finding"
)

// Against holds the catalog's entry of a bundle against the bundle: the properties must be those that opm renders from
// it, every image of it must be listed, and its channels must have it.
func (c *Catalog) Against(b *bundle.Bundle) []finding.Finding {
	if b.CSV == nil || b.Package == "" || !c.whole { // told elsewhere
		return nil
	}
	i := slices.IndexFunc(c.blobs, func(x blob) bool {
		return x.text("schema") == declcfg.SchemaBundle && x.text("name") == b.CSV.Name() && x.text("package") == b.Package
	})
	if i < 0 {
		return []finding.Finding{finding.InFile(kube.Place{File: c.Dir}, diag.CatalogDiffers, diag.Error, "the catalog has no entry for the bundle %s of the package %s", b.CSV.Name(), b.Package)}
	}
	out := c.properties(c.blobs[i], b)
	out = append(out, images(c.blobs[i], b)...)
	return append(out, c.entered(b)...)
}

func (c *Catalog) properties(entry blob, b *bundle.Bundle) []finding.Finding {
	want, err := rendered(b)
	if err != nil {
		return []finding.Finding{finding.Of(b.CSV, diag.BundleInvalid, diag.Error, "", "opm can't render the bundle: %v", err)}
	}
	list := kube.List(entry.tree["properties"])
	got := map[string]int{}
	var out []finding.Finding
	for i, p := range list {
		tree := kube.Map(p)
		typ := kube.Text(tree["type"])
		k := normal(typ, tree["value"])
		got[k] = i
		if !want[k] && typ != property.TypeBundleObject {
			at := entry.at
			at.Pointer = fmt.Sprintf("/properties/%d", i)
			out = append(out, finding.InFile(at, diag.CatalogDiffers, diag.Error, "the catalog gives %s a property %s that the bundle does not have", b.CSV.Name(), typ))
		}
	}
	for _, k := range slices.Sorted(maps.Keys(want)) {
		if _, ok := got[k]; !ok {
			at := entry.at
			at.Pointer = "/properties"
			out = append(out, finding.InFile(at, diag.CatalogDiffers, diag.Error, "the catalog's entry for %s lacks the property %.120s", b.CSV.Name(), k))
		}
	}
	return out
}

// rendered are the properties that operator-registry makes of a bundle, in their normal form.
func rendered(b *bundle.Bundle) (map[string]bool, error) {
	var objects []*unstructured.Unstructured
	for _, o := range b.Objects() {
		var tree map[string]any
		if err := through(o.Tree, &tree); err != nil {
			return nil, err
		}
		objects = append(objects, &unstructured.Unstructured{Object: tree})
	}
	in := registry.NewBundle("", &registry.Annotations{PackageName: b.Package}, objects...)
	properties, dependencies := b.Extra()
	if err := through(properties, &in.Properties); err != nil {
		return nil, err
	}
	if err := through(dependencies, &in.Dependencies); err != nil {
		return nil, err
	}
	_, all, err := registry.ObjectsAndPropertiesFromBundle(in)
	if err != nil {
		return nil, err
	}
	var csv v1alpha1.ClusterServiceVersion
	if err := through(b.CSV.Tree, &csv); err != nil {
		return nil, err
	}
	out := map[string]bool{}
	for _, p := range append(all, property.MustBuildCSVMetadata(csv)) {
		if p.Type != property.TypeBundleObject {
			out[normal(p.Type, p.Value)] = true
		}
	}
	return out, nil
}

// through turns a value into another type by way of JSON.
func through(from, to any) error {
	data, err := json.Marshal(from)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, to)
}

// normal writes a property as operator-registry's type of it does, in which absent and empty are one.
func normal(typ string, value any) string {
	data, err := json.Marshal(value)
	if err == nil {
		parsed, err := property.Parse([]property.Property{{Type: typ, Value: data}})
		if err == nil && len(parsed.CSVMetadatas) == 1 {
			return typ + " " + canonical(parsed.CSVMetadatas[0])
		}
	}
	return typ + " " + canonical(value)
}

// images holds that what a mirror must copy is listed, and nothing else, under the names that the bundle gives: its
// relatedImages, the bundle itself, and what containers run (operator-registry: alpha/action/render.go).
func images(entry blob, b *bundle.Bundle) []finding.Finding {
	want := map[string]string{}
	put := func(name, ref any) {
		image := kube.Text(ref)
		text := kube.Text(name)
		if _, known := want[image]; !known && kube.IsImage(image) {
			want[image] = text
		}
	}
	related := kube.List(model.At(b.CSV.Tree, "spec", "relatedImages"))
	for _, e := range related {
		image := kube.Map(e)
		put(image["name"], image["image"])
	}
	put("", entry.tree["image"])
	for _, ref := range b.Images() {
		put("", ref)
	}
	at := entry.at
	at.Pointer = "/relatedImages"
	var out []finding.Finding
	list := kube.List(entry.tree["relatedImages"])
	for i, e := range list {
		image := kube.Map(e)
		ref := kube.Text(image["image"])
		name := kube.Text(image["name"])
		wanted, ok := want[ref]
		switch at := (kube.Place{File: at.File, Doc: at.Doc, Pointer: fmt.Sprintf("%s/%d", at.Pointer, i)}); {
		case !ok:
			out = append(out, finding.InFile(at, diag.CatalogDiffers, diag.Error, "the catalog lists the image %s, which %s does not name", ref, b.CSV.Name()))
		case wanted != name:
			out = append(out, finding.InFile(at, diag.CatalogDiffers, diag.Error, "the catalog calls the image %s %q, and the bundle %q", ref, name, wanted))
		}
		delete(want, ref)
	}
	for _, ref := range slices.Sorted(maps.Keys(want)) {
		out = append(out, finding.InFile(at, diag.CatalogDiffers, diag.Error, "the catalog does not list the image %s of %s: a mirror would lack it", ref, b.CSV.Name()))
	}
	return out
}

// entered checks that the channels of the bundle have it, with the edges that it declares. A catalog may give single
// channels edges of their own, which a bundle can't declare: then those of the bundle must be in one of them.
func (c *Catalog) entered(b *bundle.Bundle) []finding.Finding {
	var out, differ []finding.Finding
	declared, agrees := declaredEdges(b), false
	for _, name := range b.Channels {
		i := slices.IndexFunc(c.blobs, func(x blob) bool {
			return x.text("schema") == declcfg.SchemaChannel && x.text("name") == name && x.text("package") == b.Package
		})
		if i < 0 {
			out = append(out, finding.InFile(kube.Place{File: c.Dir}, diag.CatalogDiffers, diag.Error, "the catalog has no channel %s, which the bundle %s is for", name, b.CSV.Name()))
			continue
		}
		entries := kube.List(c.blobs[i].tree["entries"])
		j := slices.IndexFunc(entries, func(e any) bool { t := kube.Map(e); return t["name"] == b.CSV.Name() })
		at := c.blobs[i].at
		if j < 0 {
			out = append(out, finding.InFile(at, diag.CatalogDiffers, diag.Error, "the channel %s has no entry for the bundle %s", name, b.CSV.Name()))
			continue
		}
		entry := kube.Map(entries[j])
		at.Pointer = fmt.Sprintf("/entries/%d", j)
		different := false
		for _, field := range edgeFields {
			if got, want := canonical(entry[field]), canonical(declared[field]); got != want {
				different = true
				differ = append(differ, finding.InFile(at, diag.CatalogDiffers, diag.Error, "in the channel %s, %s has %s %s: expected %s, as in the bundle", name, b.CSV.Name(), field, got, want))
			}
		}
		agrees = agrees || !different
	}
	if agrees || len(declared) == 0 { // without edges in the bundle, the catalog alone declares them
		return out
	}
	return append(out, differ...)
}

var edgeFields = []string{"replaces", "skips", "skipRange"}

// declaredEdges are the upgrade edges of a bundle. OLM and opm take an empty one for none.
func declaredEdges(b *bundle.Bundle) map[string]any {
	annotations := kube.Map(model.At(b.CSV.Tree, "metadata", "annotations"))
	out := map[string]any{}
	for field, said := range map[string]any{
		"replaces": model.At(b.CSV.Tree, "spec", "replaces"), "skips": model.At(b.CSV.Tree, "spec", "skips"), "skipRange": annotations["olm.skipRange"],
	} {
		if list, isList := said.([]any); said != nil && said != "" && (!isList || len(list) > 0) {
			out[field] = said
		}
	}
	return out
}
