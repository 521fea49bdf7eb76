package verify

import (
	"slices"
	"strings"

	"github.com/operator-framework/operator-registry/alpha/declcfg"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit/verify/manifest"
	"github.com/opc-project/opc/schema/diag"
)

// catalogFacts holds what the catalog alone says against the model: the icon, the bundle's image, what is deprecated.
func (c *check) catalogFacts() []manifest.Finding {
	var out []manifest.Finding
	said := map[string]bool{} // messages of deprecations
	var last string
	for _, name := range c.files.Names() {
		if !strings.HasPrefix(name, catalogDir+"/") {
			continue
		}
		f, _ := c.files.File(name)
		docs, _ := manifest.Parse(name, f.Data)
		for i, d := range docs {
			tree, _ := d.Value.(map[string]any)
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
	return append(out, c.deprecated(said, last)...)
}

// deprecated finds deprecations that the catalog does not tell. Those of channels and versions that it does not hold are
// told by the compiler.
func (c *check) deprecated(said map[string]bool, file string) []manifest.Finding {
	var out []manifest.Finding
	for _, d := range c.m.Release.Deprecations {
		held := d.Channel == "" && d.Version == "" || d.Version == c.m.Version || slices.Contains(c.m.Release.Channels, d.Channel)
		if file != "" && held && !said[d.Message] {
			out = append(out, manifest.InFile(manifest.Place{File: file}, diag.MetadataDiffers, diag.Error, "the catalog does not say the deprecation %q", d.Message))
		}
	}
	return out
}
