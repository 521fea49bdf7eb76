package importer

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/opc-project/opc/kube/equal"
	"github.com/opc-project/opc/schema"
)

// crd is an owned CustomResourceDefinition of the source.
type crd struct {
	doc          *document
	group, kind  string
	versions     []tree // of spec
	descriptions map[string]string
}

// crdsOf lists the CustomResourceDefinitions of the source.
func (d *draft) crdsOf() []crd {
	var out []crd
	for _, o := range d.src.objects {
		if !d.isCRD(o) {
			continue
		}
		spec := object(d.src.normal[o]["spec"])
		c := crd{doc: o, group: text(spec["group"]), kind: text(get(spec, "names", "kind")), versions: trees(spec["versions"]), descriptions: map[string]string{}}
		if v := text(spec["version"]); v != "" && len(c.versions) == 0 {
			c.versions = []tree{{"name": v, "served": true}}
		}
		shared := text(get(spec, "validation", "openAPIV3Schema", "description"))
		for _, v := range c.versions {
			c.descriptions[text(v["name"])] = text(get(v, "schema", "openAPIV3Schema", "description"))
			if c.descriptions[text(v["name"])] == "" {
				c.descriptions[text(v["name"])] = shared
			}
		}
		out = append(out, c)
	}
	return out
}

// isCRD reports whether an object is a CustomResourceDefinition of which a description can speak. Another one, such as
// one whose name is not that of its plural and group, stands in the bundle just as it is.
func (d *draft) isCRD(o *document) bool {
	if !o.is("apiextensions.k8s.io", "CustomResourceDefinition") {
		return false
	}
	spec := object(d.src.normal[o]["spec"])
	group, plural := text(spec["group"]), text(get(spec, "names", "plural"))
	return group != "" && plural != "" && text(get(spec, "names", "kind")) != "" && o.name() == plural+"."+group &&
		(len(trees(spec["versions"])) > 0 || text(spec["version"]) != "")
}

// crds puts the CustomResourceDefinitions into a folder of their own.
func (d *draft) crds() {
	if d.place != nil {
		some(d.spec, "crds", d.crdSources())
		return
	}
	for _, c := range d.crdsOf() {
		d.fileOf[c.doc] = d.addFile("crds/", c.group+"_"+text(get(c.doc.tree, "spec", "names", "plural")), ".yaml", d.objectFile(d.withoutConversion(c.doc)))
	}
	if len(d.crdsOf()) > 0 {
		d.spec["crds"] = []any{"crds"}
	}
}

// apis says what users are told about each API, where it is not what the CustomResourceDefinition says already.
func (d *draft) apis() {
	if d.raw["apis"] {
		return
	}
	apis := tree{}
	owned := trees(d.csvSpec("customresourcedefinitions", "owned"))
	for _, c := range d.crdsOf() {
		if len(owned) > 0 || d.src.facts == nil {
			some(apis, c.doc.name(), d.api(c, owned))
		}
	}
	d.examples(apis)
	some(d.spec, "apis", apis)
}

// apiFields are the fields of an owned API that the description has under the same name.
var apiFields = []string{"displayName", "description", "resources", "specDescriptors", "statusDescriptors", "actionDescriptors"}

// api compares what is told about each version with what opc would tell by itself.
func (d *draft) api(c crd, owned []tree) tree {
	told := map[string]tree{}
	for _, o := range owned {
		if o["name"] == c.doc.name() {
			told[text(o["version"])] = d.told(c, o)
		}
	}
	api, versions := tree{}, tree{}
	var common tree
	for _, v := range c.versions {
		name := text(v["name"])
		info, said := told[name]
		switch {
		case !said && v["served"] == true && d.src.facts == nil: // a working tree's base of bundles is often behind
			versions[name] = nil
		case said && common == nil:
			common = info
		}
	}
	for k, v := range common {
		api[k] = v
	}
	for _, v := range c.versions {
		name := text(v["name"])
		info, said := told[name]
		if !said {
			continue
		}
		over := tree{}
		for _, f := range apiFields {
			if a, b := info[f], api[f]; !equal.Same(f, a, b) {
				over[f] = orDefault(f, a, c, name)
			}
		}
		if len(over) > 0 || v["served"] != true {
			versions[name] = over
		}
	}
	some(api, "versions", versions)
	return api
}

// orDefault says a value again where another version's would stand in for it.
func orDefault(field string, v any, c crd, version string) any {
	if v != nil {
		return v
	}
	switch field {
	case "displayName":
		return c.kind
	case "description":
		return c.descriptions[version]
	}
	return []any{}
}

// told is what the source tells about one version, without what opc tells by itself.
func (d *draft) told(c crd, o tree) tree {
	out := tree{}
	for _, f := range apiFields {
		some(out, f, o[f])
	}
	if name := text(o["displayName"]); name == c.kind {
		delete(out, "displayName")
	} else {
		out["displayName"] = name
	}
	if text(o["description"]) == c.descriptions[text(o["version"])] {
		delete(out, "description")
	} else {
		out["description"] = text(o["description"])
	}
	if out["resources"] != nil {
		out["resources"] = tidyResources(trees(out["resources"]))
	}
	return out
}

// tidyResources leaves empty names and versions out, which opc adds.
func tidyResources(resources []tree) []any {
	var out []any
	for _, r := range resources {
		t := tree{}
		for k, v := range r {
			if v != "" || k == "kind" {
				t[k] = v
			}
		}
		out = append(out, t)
	}
	return out
}

// examples puts the examples of each API into files. All must be of owned APIs, or the list is said as it stands.
func (d *draft) examples(apis tree) {
	said := d.annotation("alm-examples")
	var found any
	if said == "" || json.Unmarshal([]byte(said), &found) != nil {
		return
	}
	all, owners := trees(found), []string{}
	if len(all) != len(list(found)) || len(all) == 0 {
		return
	}
	for _, e := range all {
		owner := d.ownerOf(e)
		if owner == "" || text(get(e, "metadata", "name")) == "" {
			return
		}
		owners = append(owners, owner)
	}
	defer d.samplePatterns(apis)
	for i, e := range all {
		sample := object(schema.Numbers(plain(e)))
		group, v, _ := strings.Cut(text(e["apiVersion"]), "/")
		group, _, _ = strings.Cut(group, ".")
		name := d.sampleInPlace(e)
		if name == "" {
			name = d.addFile("samples/", strings.ToLower(group+"_"+v+"_"+text(e["kind"])), ".yaml", yamlOf(sample))
		}
		api := object(apis[owners[i]])
		if api == nil {
			api = tree{}
			apis[owners[i]] = api
		}
		api["examples"] = append(list(api["examples"]), name)
	}
}

// plain makes whole numbers of JSON whole again.
func plain(v any) any {
	data, err := json.Marshal(v)
	if err != nil {
		return v
	}
	out, err := decode(data)
	if err != nil {
		return v
	}
	return out
}

// ownerOf finds the CustomResourceDefinition that an example is of, if it is served in the example's version.
func (d *draft) ownerOf(e tree) string {
	group, v, _ := strings.Cut(text(e["apiVersion"]), "/")
	for _, c := range d.crdsOf() {
		if c.group != group || c.kind != e["kind"] {
			continue
		}
		for _, known := range c.versions {
			if known["name"] == v && known["served"] == true {
				return c.doc.name()
			}
		}
	}
	return ""
}

// sampleInPlace is the file of the project that holds just an example, or "".
func (d *draft) sampleInPlace(e tree) string {
	if d.place == nil {
		return ""
	}
	e = object(plain(e))
	for _, file := range sortedKeys(d.place.docs) {
		docs := d.place.docs[file]
		if len(docs) != 1 || docs[0].kind() != e["kind"] || docs[0].apiVersion() != e["apiVersion"] {
			continue
		}
		if same("x", plain(docs[0].tree), e) {
			return file
		}
	}
	return ""
}

// samplePatterns says the examples of a project by as few patterns as match just them, where that keeps their order.
func (d *draft) samplePatterns(apis tree) {
	if d.place == nil {
		return
	}
	for _, name := range sortedKeys(apis) {
		files := texts(get(apis, name, "examples"))
		if patterns := d.patterns(files); slices.IsSorted(files) && len(patterns) < len(files) {
			object(apis[name])["examples"] = anys(patterns)
		}
	}
}
