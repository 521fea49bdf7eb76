package verify

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/operator-framework/operator-registry/alpha/declcfg"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/finding"
)

// catalogFacts holds what the catalog alone says against the model: the icon, the bundle's image, what is deprecated.
func (c *check) catalogFacts() []finding.Finding {
	var out []finding.Finding
	said, holds := map[string]bool{}, map[string]bool{} // messages of deprecations; what can be deprecated
	earlier := c.earlier()
	var last string
	for _, name := range c.files.Names() {
		if !strings.HasPrefix(name, catalogDir+"/") {
			continue
		}
		f, _ := c.files.File(name)
		docs, _ := kube.Read(name, f.Data)
		for i, d := range docs {
			tree, _ := d.Value.(map[string]any)
			for _, name := range deprecable(tree) {
				holds[name] = true
			}
			var facts []fact
			switch {
			case tree["schema"] == declcfg.SchemaPackage && tree["name"] == c.m.OLM.Package:
				facts = c.packageFacts()
			case tree["schema"] == declcfg.SchemaBundle && tree["name"] == c.m.OLM.CSVName:
				facts = []fact{{pointer: "/image", want: c.m.OLM.BundleImage}}
			case tree["schema"] == declcfg.SchemaBundle && earlier[bundleName(tree)] != nil:
				facts = []fact{{pointer: "", want: earlier[bundleName(tree)]}}
			case tree["schema"] == declcfg.SchemaDeprecation:
				entries, _ := tree["entries"].([]any)
				for _, e := range entries {
					entry, _ := e.(map[string]any)
					message, _ := entry["message"].(string)
					said[message] = true
				}
			}
			for _, found := range held(name, tree, facts) {
				found.At.Doc = i
				out = append(out, found)
			}
			last = name
		}
	}
	return append(out, c.deprecated(said, holds, last)...)
}

// earlier are the bundles of the catalog that is extended, which stay as they are.
func (c *check) earlier() map[string]any {
	out := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(c.m.Catalog.Existing)) {
		docs, _ := kube.Read(name, c.m.Catalog.Existing[name])
		for _, d := range docs {
			if tree, _ := d.Value.(map[string]any); tree["schema"] == declcfg.SchemaBundle {
				out[bundleName(tree)] = tree
			}
		}
	}
	return out
}

func bundleName(tree model.Tree) string { return fmt.Sprint(tree["package"], " ", tree["name"]) }

// packageFacts are what the catalog says of the package as a whole. What the description does not say stays as it is in
// the catalog that is extended.
func (c *check) packageFacts() []fact {
	var out []fact
	if c.m.Description != "" {
		out = append(out, fact{pointer: "/description", want: c.m.Description})
	}
	if data, ok := c.m.Icon.Plain(); ok {
		out = append(out, fact{pointer: "/icon", want: model.Tree{"base64data": data, "mediatype": c.m.Icon.MediaType}})
	}
	return out
}

// deprecable are the names by which a document of a catalog can be deprecated: a channel's, a bundle's, its version.
func deprecable(tree model.Tree) []string {
	name, _ := tree["name"].(string)
	switch tree["schema"] {
	case declcfg.SchemaChannel:
		return []string{"channel " + name}
	case declcfg.SchemaBundle:
		out := []string{name}
		properties, _ := tree["properties"].([]any)
		for _, e := range properties {
			p, _ := e.(map[string]any)
			if version, _ := model.At(p, "value", "version").(string); p["type"] == "olm.package" {
				out = append(out, version)
			}
		}
		return out
	}
	return nil
}

// deprecated finds deprecations that the catalog does not tell. Those of channels and versions that it does not hold are
// told by the compiler.
func (c *check) deprecated(said, holds map[string]bool, file string) []finding.Finding {
	var out []finding.Finding
	for _, d := range c.m.Release.Deprecations {
		held := d.Channel == "" && d.Version == "" || holds[d.Version] || holds["channel "+d.Channel]
		if file != "" && held && !said[d.Message] {
			out = append(out, finding.InFile(kube.Place{File: file}, diag.MetadataDiffers, diag.Error, "the catalog does not say the deprecation %q", d.Message))
		}
	}
	return out
}
