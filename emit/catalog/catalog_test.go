package catalog

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/compiler"
	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

const crd = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: boxes.shop.example.com}
spec:
  group: shop.example.com
  scope: Namespaced
  names: {kind: Box, plural: boxes, singular: box, listKind: BoxList}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, description: A box.}}}
  - {name: v1alpha1, served: false, storage: false, schema: {openAPIV3Schema: {type: object}}}
`

// lowered is the model of a description written as YAML.
func lowered(t *testing.T, description string, catalog map[string]string) (*model.Operator, diag.Locator) {
	t.Helper()
	fsys := fstest.MapFS{"operator.yaml": {Data: []byte(description)}, "crd.yaml": {Data: []byte(crd)}}
	for name, text := range catalog {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	doc, diags := schema.Load(fsys, "operator.yaml", schema.Options{})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	m, more := compiler.Lower(t.Context(), doc, fsys, compiler.Options{})
	if more.HasErrors() {
		t.Fatal(more)
	}
	return m, doc.Index
}

// emitted is what a description and a catalog make, which must have no finding.
func emitted(t *testing.T, description string, catalog map[string]string) map[string]string {
	t.Helper()
	m, index := lowered(t, description, catalog)
	files, diags := run(m)
	for _, d := range diags.Place(index) {
		t.Errorf("%s: %s: %s", d.Pos, d.Severity, d.Message)
	}
	out := map[string]string{}
	for _, name := range files.Names() {
		f, _ := files.File(name)
		out[name] = string(f.Data)
	}
	return out
}

// described is a version of the shop.
func described(version, release string) string {
	return "name: shop\nversion: " + version + "\nsummary: Sells boxes.\ndescription: Sells boxes to people.\nimage: example.com/shop\ncrds: [crd.yaml]\n" + release
}

const extends = "catalog: {extends: old}\n"

func TestNewCatalog(t *testing.T) {
	got := emitted(t, described("1.1.0", `
release: {channels: [stable, fast], replaces: 1.0.0, skips: [1.0.1], skipRange: ">=1.0.0 <1.1.0", deprecations: [{channel: fast, message: Use stable.}, {message: Sold out.}]}
related: {box: example.com/box:3}
requires:
  apis: [{name: keys.lock.example.com, version: v2, kind: Key}]
  dependencies: [{type: olm.package, value: {packageName: lock, version: ">=2.0.0"}}, {type: olm.gvk, value: {group: door.example.com, kind: Door, version: v1}}]
olm: {properties: [{type: olm.maxOpenShiftVersion, value: "4.21"}]}
manager: false
workloads: {}
icon: {data: PHN2Zy8+, mediaType: image/svg+xml}
`), nil)
	want := `---
schema: olm.package
name: shop
defaultChannel: stable
description: Sells boxes to people.
icon:
  base64data: PHN2Zy8+
  mediatype: image/svg+xml
---
schema: olm.channel
package: shop
name: fast
entries:
- name: shop.v1.1.0
  replaces: shop.v1.0.0
  skipRange: '>=1.0.0 <1.1.0'
  skips:
  - shop.v1.0.1
---
schema: olm.channel
package: shop
name: stable
entries:
- name: shop.v1.1.0
  replaces: shop.v1.0.0
  skipRange: '>=1.0.0 <1.1.0'
  skips:
  - shop.v1.0.1
---
schema: olm.bundle
package: shop
name: shop.v1.1.0
image: example.com/shop-bundle:v1.1.0
properties:
- type: olm.gvk
  value:
    group: shop.example.com
    version: v1
    kind: Box
- type: olm.gvk
  value:
    group: shop.example.com
    version: v1alpha1
    kind: Box
- type: olm.gvk.required
  value:
    group: door.example.com
    version: v1
    kind: Door
- type: olm.gvk.required
  value:
    group: lock.example.com
    version: v2
    kind: Key
- type: olm.maxOpenShiftVersion
  value: "4.21"
- type: olm.package
  value:
    packageName: shop
    version: 1.1.0
- type: olm.package.required
  value:
    packageName: lock
    versionRange: '>=2.0.0'
- type: olm.csv.metadata
  value:
`
	text := got["catalog/shop/catalog.yaml"]
	if head, _, _ := strings.Cut(text, "    annotations:\n"); head != want {
		t.Error(cmp.Diff(want, head))
	}
	tail := `relatedImages:
- name: box
  image: example.com/box:3
- name: ""
  image: example.com/shop-bundle:v1.1.0
---
schema: olm.deprecations
package: shop
entries:
- message: Use stable.
  reference:
    schema: olm.channel
    name: fast
- message: Sold out.
  reference:
    schema: olm.package
`
	if _, rest, _ := strings.Cut(text, "relatedImages:"); "relatedImages:"+rest != tail {
		t.Error(cmp.Diff(tail, "relatedImages:"+rest))
	}
}

// first is a catalog as opc makes it of the first version.
func first(t *testing.T) map[string]string {
	t.Helper()
	return map[string]string{"old/catalog.yaml": emitted(t, described("1.0.0", ""), nil)["catalog/shop/catalog.yaml"]}
}

// TestExtendingKeepsTheRest adds a version to a catalog of two packages in several files, one of them JSON. What is
// not this version's stays, down to fields that no one knows.
func TestExtendingKeepsTheRest(t *testing.T) {
	old := first(t)
	pkg, rest, _ := strings.Cut(old["old/catalog.yaml"], "---\nschema: olm.channel")
	channel, bundles, _ := strings.Cut(rest, "---\nschema: olm.bundle")
	old = map[string]string{
		"old/package.yaml": pkg + "vendorField: kept\n",
		"old/graph.yaml":   "schema: olm.channel" + channel + "---\nschema: example.com/note\npackage: shop\nname: note\ntext: kept\n",
		"old/bundles.yaml": "# from the first release\nschema: olm.bundle" + bundles,
		"old/other/catalog.json": `{"schema":"olm.package","name":"other","defaultChannel":"alpha"}
{"schema":"olm.channel","package":"other","name":"alpha","entries":[{"name":"other.v1"}]}
{"schema":"olm.bundle","package":"other","name":"other.v1","image":"example.com/other:1","weight":3,"properties":[{"type":"olm.package","value":{"packageName":"other","version":"1.0.0"}}]}
`,
	}
	got := emitted(t, described("1.1.0", "release: {replaces: 1.0.0, deprecations: [{version: 1.0.0, message: Leaks.}]}\n"+extends), old)
	if names := slices.Sorted(maps.Keys(got)); !slices.Equal(names, []string{"catalog/other/catalog.yaml", "catalog/shop/catalog.yaml"}) {
		t.Fatal(names)
	}
	for _, want := range []string{"vendorField: kept", "text: kept", "name: shop.v1.0.0\n", "- name: shop.v1.0.0\n- name: shop.v1.1.0\n  replaces: shop.v1.0.0\n", "message: Leaks.\n  reference:\n    schema: olm.bundle\n    name: shop.v1.0.0\n"} {
		if !strings.Contains(got["catalog/shop/catalog.yaml"], want) {
			t.Errorf("the package shop lacks %q", want)
		}
	}
	if !strings.Contains(got["catalog/shop/catalog.yaml"], "schema: olm.bundle"+bundles) {
		t.Error("the old bundle changed")
	}
	if !strings.Contains(got["catalog/other/catalog.yaml"], "weight: 3") {
		t.Error("the package other lost a field")
	}
	again := map[string]string{}
	for name, text := range got {
		again["old/"+name] = text
	}
	if d := cmp.Diff(got, emitted(t, described("1.1.0", "release: {replaces: 1.0.0, deprecations: [{version: 1.0.0, message: Leaks.}]}\n"+extends), again)); d != "" {
		t.Errorf("adding the same version again changes the catalog:\n%s", d)
	}
}

// TestEdgesOfChannels writes edges of single channels into their entries: fast skips a version that stable never had.
func TestEdgesOfChannels(t *testing.T) {
	got := emitted(t, described("1.2.0", "release: {channels: [stable, fast, trial], replaces: 1.0.0, edges: {fast: {replaces: 1.1.0, skips: [1.1.1], skipRange: \">=1.0.0 <1.2.0\"}, trial: {}}}\n"), nil)["catalog/shop/catalog.yaml"]
	for _, want := range []string{
		"name: stable\nentries:\n- name: shop.v1.2.0\n  replaces: shop.v1.0.0\n---",
		"name: fast\nentries:\n- name: shop.v1.2.0\n  replaces: shop.v1.1.0\n  skipRange: '>=1.0.0 <1.2.0'\n  skips:\n  - shop.v1.1.1\n---",
		"name: trial\nentries:\n- name: shop.v1.2.0\n---",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the catalog lacks %q:\n%s", want, got)
		}
	}
}

func TestFaults(t *testing.T) {
	bundle := func(version string) string {
		return "---\nschema: olm.bundle\npackage: shop\nname: shop.v" + version + "\nimage: example.com/shop-bundle:v" + version +
			"\nproperties:\n- {type: olm.package, value: {packageName: shop, version: " + version + "}}\n"
	}
	channel := func(entries string) string {
		return "schema: olm.package\nname: shop\ndefaultChannel: stable\n---\nschema: olm.channel\npackage: shop\nname: stable\nentries: " + entries + "\n"
	}
	for _, c := range []struct {
		name, release, catalog string
		want                   string // path, code and message of the only error
		hint                   string
	}{
		{
			"two heads", "release: {channels: [stable]}\n", channel("[{name: shop.v1.0.0}]") + bundle("1.0.0"),
			"/release/channels/0 OPC2007 the channel stable has 2 heads: shop.v1.0.0, shop.v1.1.0", `release: replaces: "1.0.0"`,
		},
		{
			"replaces what is not there", "release: {channels: [stable], replaces: 0.9.0}\n", channel("[{name: shop.v1.0.0}]") + bundle("1.0.0"),
			"/release/replaces OPC2007 shop.v1.1.0 replaces shop.v0.9.0, which is not in the channel stable: its head is shop.v1.0.0", `release: replaces: "1.0.0"`,
		},
		{
			"two heads in spite of the channel's own edges", "release: {channels: [stable], edges: {stable: {replaces: 0.9.0}}}\n", channel("[{name: shop.v1.0.0}]") + bundle("1.0.0"),
			"/release/edges/stable/replaces OPC2007 shop.v1.1.0 replaces shop.v0.9.0, which is not in the channel stable: its head is shop.v1.0.0", `release: edges: "stable": replaces: "1.0.0"`,
		},
		{
			"replaces what is replaced", "release: {channels: [stable], replaces: 1.0.0}\n",
			channel("[{name: shop.v1.0.0}, {name: shop.v1.0.1, replaces: shop.v1.0.0}]") + bundle("1.0.0") + bundle("1.0.1"),
			"/release/replaces OPC2007 the channel stable has 2 heads: shop.v1.0.1, shop.v1.1.0", `release: replaces: "1.0.1"`,
		},
		{
			"a circle", "release: {channels: [stable], replaces: 1.0.0}\n", channel("[{name: shop.v1.0.0, replaces: shop.v1.1.0}]") + bundle("1.0.0"),
			"/release/replaces OPC2007 the upgrades of the channel stable go round in a circle: shop.v1.1.0 replaces shop.v1.0.0 replaces shop.v1.1.0", "",
		},
		{
			"stranded", "release: {channels: [stable], replaces: 1.0.1, skips: [1.0.1]}\n",
			channel("[{name: shop.v1.0.0}, {name: shop.v1.0.1, replaces: shop.v1.0.0}]") + bundle("1.0.0") + bundle("1.0.1"),
			"/release/channels/0 OPC2007 nobody can upgrade from shop.v1.0.0 in the channel stable: no chain of replaces leads to it", "skip it",
		},
		{
			"an entry without a bundle", "release: {channels: [stable], replaces: 1.0.0}\n", channel("[{name: shop.v1.0.0}]"),
			"@old/catalog.yaml#1/entries/0 OPC2007 the channel stable names shop.v1.0.0, of which the catalog has no bundle", "",
		},
		{
			"no default channel", "release: {channels: [stable], defaultChannel: slow, replaces: 1.0.0}\n", channel("[{name: shop.v1.0.0}]") + bundle("1.0.0"),
			"/release/defaultChannel OPC2007 the catalog has no channel slow, which is the default", `defaultChannel: "stable"`,
		},
		{
			"the same version again", "release: {channels: [stable]}\n", channel("[{name: shop.v1.1.0}]") + bundle("1.1.0"),
			"/version OPC3003 version 1.1.0 is in the catalog already, with other content", "new version",
		},
		{
			"the same version under another name", "release: {channels: [stable], replaces: shop-1}\n",
			channel("[{name: shop-1}]") + strings.Replace(bundle("1.1.0"), "name: shop.v1.1.0", "name: shop-1", 1),
			"/version OPC2007 the catalog has version 1.1.0 already, under the name shop-1", "",
		},
		{
			"a deprecated version that is not there", "release: {channels: [stable], replaces: 1.0.0, deprecations: [{version: 0.1.0, message: Old.}]}\n",
			channel("[{name: shop.v1.0.0}]") + bundle("1.0.0"),
			"/release/deprecations/0 OPC2004 the version 0.1.0, which is deprecated, is not in the catalog", "",
		},
		{
			"not a catalog", "", "apiVersion: v1\nkind: ConfigMap\n",
			"@old/catalog.yaml#0 OPC3003 old/catalog.yaml holds what is not part of a catalog: it has no schema", "",
		},
		{
			"not YAML", "", "schema: [\n",
			"@old/catalog.yaml#0 OPC3003 old/catalog.yaml can't be read as a catalog: error converting YAML to JSON: yaml: line 1: did not find expected node content", "",
		},
		{
			"what only opm sees", "release: {channels: [stable], replaces: 1.0.0}\n",
			channel("[{name: shop.v1.0.0, skipRange: never}]") + bundle("1.0.0"),
			`/catalog OPC3003 opm: invalid index: invalid package "shop": invalid channel "stable": invalid bundle "shop.v1.0.0": invalid skipRange "never": Could not get version from string: "never"`, "",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, index := lowered(t, described("1.1.0", c.release+extends), map[string]string{"old/catalog.yaml": c.catalog})
			for range 3 { // operator-registry's own order is random
				_, diags := run(m)
				var errors []string
				for _, d := range diags.Place(index) {
					if d.Severity == diag.Error {
						errors = append(errors, string(d.Path)+" "+string(d.Code)+" "+d.Message)
					}
					if d.Severity == diag.Error && !strings.Contains(d.Hint, c.hint) {
						t.Errorf("hint %q, want %q", d.Hint, c.hint)
					}
				}
				if d := cmp.Diff([]string{c.want}, errors); d != "" {
					t.Fatal(d)
				}
			}
		})
	}
}

// TestWarnings holds what is told without stopping the run.
func TestWarnings(t *testing.T) {
	for _, c := range []struct{ name, release, want string }{
		{"default channel moves", "release: {channels: [fast], replaces: 1.0.0}\n" + extends, "the default channel of the catalog changes from stable to fast"},
		{"deprecation without a catalog", "release: {replaces: 1.0.0, deprecations: [{version: 1.0.0, message: Old.}]}\n", "the version 1.0.0 is not in the catalog, so it can't be deprecated there"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, _ := lowered(t, described("1.1.0", c.release), first(t))
			files, diags := run(m)
			if len(diags) != 1 || diags[0].Severity != diag.Warning || diags[0].Message != c.want {
				t.Error(diags)
			}
			if files.Len() != 1 {
				t.Error(files.Names())
			}
		})
	}
}

func TestNoCatalogWithoutAnImageOfTheBundle(t *testing.T) {
	m, _ := lowered(t, "name: shop\nversion: 1.0.0\ncrds: [crd.yaml]\nmanager: false\n", nil)
	files, diags := run(m)
	if files.Len() > 0 || len(diags) != 1 || diags[0].Path != "/olm/bundleImage" {
		t.Errorf("%v %v", files.Names(), diags)
	}
}

func TestLeavesOf(t *testing.T) {
	got := leavesOf("invalid index:\n├── invalid package \"b\":\n│   ├── second\n│   └── first\n└── invalid package \"a\":\n    └── invalid channel \"c\":\n        └── third\n")
	want := []string{`invalid index: invalid package "a": invalid channel "c": third`, `invalid index: invalid package "b": first`, `invalid index: invalid package "b": second`}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if got := leavesOf("just one"); !slices.Equal(got, []string{"just one"}) {
		t.Error(got)
	}
}
