package helm

import (
	"regexp"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit/helm/internal/tree"
	"github.com/opc-project/opc/schema/diag"
)

// image is one that has a repository, tag and digest among the values.
type image struct {
	Helper     string   // the template that gives the reference
	At         []string // where its values stand
	AppVersion bool     // an empty tag stands for the chart's appVersion
	Tag        string   // the default
}

// operatorImage makes the values of the image that the description calls the operator's.
func (c *chart) operatorImage() {
	if c.uses(model.OpImage, "") {
		c.addImage("image", nil, c.m.Image, c.m.Image.From)
	}
}

var parts = regexp.MustCompile(`^(.*?)(?::([\w][\w.-]*))?(?:@(sha256:[0-9a-f]{64}))?$`)

// parseImage splits a reference, which lowering has checked.
func parseImage(ref string) model.Image {
	at := strings.LastIndexByte(ref, '/') + 1 // a colon before it is a registry's port
	p := parts.FindStringSubmatch(ref[at:])
	if p == nil {
		return model.Image{Repository: ref}
	}
	return model.Image{Repository: ref[:at] + p[1], Tag: p[2], Digest: p[3]}
}

// addImage makes the values of an image and the template that joins them.
func (c *chart) addImage(helper string, at []string, i model.Image, from diag.Path) tree.Expr {
	path := append(append([]string{}, at...), "image")
	version := strings.ReplaceAll(c.m.Version, "+", "_")
	fallback := len(at) == 0 && (i.Tag == version || i.Tag == "" && i.Digest != "")
	tag, doc := i.Tag, "Tag."
	if fallback {
		tag, doc = "", "Tag. Default: the appVersion of the chart."
	}
	g := c.values.group("The image.", path...)
	if len(at) == 0 {
		g.doc = "The operator's image."
	}
	g.add(value{def: i.Repository, from: from, schema: map[string]any{"type": "string", "minLength": 1}, doc: "Registry and repository."}, "repository")
	g.add(value{def: tag, from: from, schema: optional(`[\w][\w.-]{0,127}`), doc: doc}, "tag")
	g.add(value{def: i.Digest, from: from, schema: optional(`sha256:[0-9a-f]{64}`), doc: "Digest, such as sha256:…; it overrides the tag."}, "digest")
	c.images = append(c.images, image{Helper: helper, At: path, AppVersion: fallback, Tag: tag})
	return c.include(helper)
}

// pullPolicy lets the installer say when an image is pulled.
func (c *chart) pullPolicy(container map[string]any, at []string) {
	path := append(append([]string{}, at...), "image", "pullPolicy")
	if c.values.at(path...) == nil {
		current, _ := container["imagePullPolicy"].(string)
		c.values.add(value{def: current, schema: choice("", "Always", "IfNotPresent", "Never"),
			doc: "Image pull policy. Default: Always for the tag latest, otherwise IfNotPresent."}, path...)
	}
	e := tree.Value(path...)
	container["imagePullPolicy"] = guarded{tree.If(e), tree.Scalar{Expr: e}}
}
