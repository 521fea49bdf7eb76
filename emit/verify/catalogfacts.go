package verify

import (
	"strings"

	"github.com/operator-framework/operator-registry/alpha/declcfg"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit/verify/manifest"
	"github.com/opc-project/opc/schema/diag"
)

// catalogFacts holds what the catalog alone says against the model: the icon, the bundle's image, what is deprecated.
func (c *check) catalogFacts() []manifest.Finding {
	var out []manifest.Finding
	said, holds := map[string]bool{}, map[string]bool{} // messages of deprecations; what can be deprecated
	var last string
	for _, name := range c.files.Names() {
		if !strings.HasPrefix(name, catalogDir+"/") {
			continue
		}
		f, _ := c.files.File(name)
		docs, _ := manifest.Parse(name, f.Data)
		for i, d := range docs {
			tree, _ := d.Value.(map[string]any)
			for _, name := range deprecable(tree) {
				holds[name] = true
			}
			var facts []fact
			switch {
			case tree["schema"] == declcfg.SchemaPackage && tree["name"] == c.m.OLM.Package && c.m.Icon != nil:
				facts = []fact{{pointer: "/icon", want: model.Tree{"base64data": c.m.Icon.Base64, "mediatype": c.m.Icon.MediaType}}}
			case tree["schema"] == declcfg.SchemaBundle && tree["name"] == c.m.OLM.CSVName:
				facts = []fact{{pointer: "/image", want: c.m.OLM.BundleImage}}
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
func (c *check) deprecated(said, holds map[string]bool, file string) []manifest.Finding {
	var out []manifest.Finding
	for _, d := range c.m.Release.Deprecations {
		held := d.Channel == "" && d.Version == "" || holds[d.Version] || holds["channel "+d.Channel]
		if file != "" && held && !said[d.Message] {
			out = append(out, manifest.InFile(manifest.Place{File: file}, diag.MetadataDiffers, diag.Error, "the catalog does not say the deprecation %q", d.Message))
		}
	}
	return out
}
