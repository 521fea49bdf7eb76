package importer

import (
	"encoding/base64"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

// entries of a catalog with two packages; the channel stable of shop has two heads, of which the newer counts.
const shopCatalog = `---
schema: olm.package
name: shop
defaultChannel: stable
---
schema: olm.channel
package: shop
name: stable
entries:
- name: shop.v1.0.0
- {name: shop.v1.1.0, replaces: shop.v1.0.0}
- {name: shop.v1.2.0, skips: [shop.v1.1.0]}
- {name: shop.v0.9.0}
---
schema: olm.channel
package: shop
name: fast
entries: [{name: shop.v1.2.0}]
`

func shopBundle(version string) string {
	csv := base64.StdEncoding.EncodeToString([]byte(`{"apiVersion": "operators.coreos.com/v1alpha1", "kind": "ClusterServiceVersion", "metadata": {"name": "shop.v` + version + `"}, "spec": {"version": "` + version + `", "installModes": [{"type": "AllNamespaces", "supported": true}], "install": {"strategy": "deployment", "spec": {"deployments": [{"name": "shop", "spec": {"selector": {"matchLabels": {"app": "shop"}}, "template": {"metadata": {"labels": {"app": "shop"}}, "spec": {"serviceAccountName": "shop", "containers": [{"name": "manager", "image": "registry.example.com/shop:v` + version + `"}]}}}}]}}}}`))
	return fmt.Sprintf(`---
schema: olm.bundle
package: shop
name: shop.v%[1]s
image: registry.example.com/shop-bundle:v%[1]s
properties:
- {type: olm.package, value: {packageName: shop, version: %[1]s}}
- {type: olm.package.required, value: {packageName: certs, versionRange: ">=1.0.0"}}
- {type: olm.maxOpenShiftVersion, value: "4.20"}
- {type: olm.bundle.object, value: {data: %[2]s}}
`, version, csv)
}

func shop() fstest.MapFS {
	text := shopCatalog + shopBundle("1.0.0") + shopBundle("1.1.0") + shopBundle("1.2.0") + shopBundle("0.9.0")
	return fstest.MapFS{
		"shop/catalog.yaml": {Data: []byte(text)},
		"box/catalog.json": {Data: []byte(`{"schema": "olm.package", "name": "box", "defaultChannel": "alpha"}
{"schema": "olm.channel", "package": "box", "name": "alpha", "entries": [{"name": "box.v1.0.0"}]}
{"schema": "olm.bundle", "package": "box", "name": "box.v1.0.0", "image": "registry.example.com/box@sha256:1", "properties": [{"type": "olm.csv.metadata", "value": {}}]}`)},
		"README.md": {Data: []byte("# a catalog")},
	}
}

func TestCatalog(t *testing.T) {
	for _, test := range []struct {
		choice      Choice
		name, image string
		files       bool
	}{
		{Choice{Package: "shop"}, "shop.v1.2.0", "registry.example.com/shop-bundle:v1.2.0", true},
		{Choice{Package: "shop", Version: "1.0.0"}, "shop.v1.0.0", "registry.example.com/shop-bundle:v1.0.0", true},
		{Choice{Package: "shop", Version: "v0.9.0"}, "shop.v0.9.0", "registry.example.com/shop-bundle:v0.9.0", true},
		{Choice{Package: "box"}, "box.v1.0.0", "registry.example.com/box@sha256:1", false},
	} {
		got, faults := Catalog(shop(), test.choice)
		if faults.HasErrors() {
			t.Errorf("%v: %v", test.choice, faults)
			continue
		}
		if got.Name != test.name || got.Image != test.image || (got.Files != nil) != test.files {
			t.Errorf("%v: %+v", test.choice, got)
		}
	}
}

// TestBundleOfCatalog imports what an older catalog holds of a bundle.
func TestBundleOfCatalog(t *testing.T) {
	got, faults := Catalog(shop(), Choice{Package: "shop"})
	if faults.HasErrors() {
		t.Fatal(faults)
	}
	out, found := Bundle(got.Files, Options{Format: "cue", Verify: true})
	if out == nil || len(out.Unequal) > 0 || len(found) > 0 {
		t.Fatal(found)
	}
	for _, want := range []string{`channels: ["fast", "stable"]`, `defaultChannel: "stable"`, `packageName: "certs"`, `type: "olm.maxOpenShiftVersion"`} {
		if !strings.Contains(string(out.Text), want) {
			t.Errorf("it does not say %s:\n%s", want, out.Text)
		}
	}
}

func TestCatalogFaults(t *testing.T) {
	one := func(text string) fs.FS { return fstest.MapFS{"c.yaml": {Data: []byte(text)}} }
	for name, test := range map[string]struct {
		fsys   fs.FS
		choice Choice
		want   string
	}{
		"empty":       {fstest.MapFS{}, Choice{}, "the catalog holds no package"},
		"two":         {shop(), Choice{}, "the catalog has 2 packages: choose one with --package, such as box, shop"},
		"none":        {shop(), Choice{Package: "crate"}, "the catalog has no package crate, but box, shop"},
		"version":     {shop(), Choice{Package: "shop", Version: "2.0.0"}, "the package shop has no version 2.0.0, but 1.2.0, 1.1.0, 1.0.0, 0.9.0"},
		"channel":     {one("schema: olm.package\nname: shop\ndefaultChannel: gone\n"), Choice{}, `the package shop has no channel "gone"`},
		"no head":     {one("schema: olm.package\nname: shop\ndefaultChannel: a\n---\nschema: olm.channel\npackage: shop\nname: a\nentries: [{name: x}]\n"), Choice{}, "the channel a of the package shop has no head"},
		"not YAML":    {one("a: b: c\n"), Choice{}, "c.yaml is not readable"},
		"not JSON":    {fstest.MapFS{"c.json": {Data: []byte("{\"schema\": 1}\n")}}, Choice{}, "c.json is not readable"},
		"wrong types": {one("schema: olm.channel\nentries: 7\n"), Choice{}, "c.yaml is not readable"},
	} {
		got, faults := Catalog(test.fsys, test.choice)
		if got != nil || !strings.Contains(fmt.Sprint(faults), test.want) {
			t.Errorf("%s: %v, want %s", name, faults, test.want)
		}
	}
}

func FuzzCatalog(f *testing.F) {
	f.Add(shopCatalog+shopBundle("1.0.0"), `{"schema": "olm.package", "name": "box"}`, "shop")
	f.Add("schema: olm.bundle\nproperties: [{type: olm.bundle.object, value: {data: x}}]", "{", "")
	f.Fuzz(func(t *testing.T, yaml, json, pkg string) {
		fsys := fstest.MapFS{"a.yaml": {Data: []byte(yaml)}, "b.json": {Data: []byte(json)}}
		if got, faults := Catalog(fsys, Choice{Package: pkg}); got == nil && !faults.HasErrors() {
			t.Error("it was refused without a word")
		}
	})
}
