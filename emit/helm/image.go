package helm

import (
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit/helm/internal/tree"
	"github.com/opc-project/opc/kube"
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
	c.globals()
	g.add(value{def: "", schema: optional(registryHost), doc: "Registry to pull the image from, in place of that of the repository. Default: global.imageRegistry."}, "registry")
	g.add(value{def: i.Repository, from: from, schema: map[string]any{"type": "string", "minLength": 1}, doc: "Registry and repository."}, "repository")
	g.add(value{def: tag, from: from, schema: optional(`[\w][\w.-]{0,127}`), doc: doc}, "tag")
	g.add(value{def: i.Digest, from: from, schema: optional(`sha256:[0-9a-f]{64}`), doc: "Digest, such as sha256:…; it overrides the tag."}, "digest")
	c.images = append(c.images, image{Helper: helper, At: path, AppVersion: fallback, Tag: tag})
	return c.include(helper)
}

// registryHost is what the begin of an image reference looks like: a host, and folders in it.
const registryHost = `[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]+)?(/[a-z0-9._-]+)*/?`

// globals makes the values that a chart shares with those around it.
func (c *chart) globals() {
	if c.values.at("global", "imageRegistry") != nil {
		return
	}
	g := c.values.group("Values that a chart shares with its subcharts.", "global")
	g.add(value{def: "", schema: optional(registryHost), doc: "Registry to pull all images from instead of their own."}, "imageRegistry")
}

// inRegistry is an image by its whole reference, in the registry of global.imageRegistry where that is set.
func (c *chart) inRegistry(image tree.Expr) tree.Expr {
	c.globals()
	arg := tree.Call("dict", tree.Text("image"), image, tree.Text("registry"), tree.Text(""), tree.Text("context"), tree.Context())
	return tree.Call("include", tree.Text(c.m.Name+".inRegistry"), arg)
}

// movable lets global.imageRegistry move the images of a pod that have no value of their own.
func (c *chart) movable(pod map[string]any) {
	if c.values.at("global", "imageRegistry") == nil {
		return
	}
	eachContainer(map[string]any{"spec": pod}, func(container model.Tree) {
		if ref, ok := container["image"].(string); ok && ref != "" && !model.HasExpr(ref) {
			container["image"] = tree.Scalar{Expr: c.inRegistry(tree.Text(ref)).To("quote")}
		}
	})
}

// pullSecrets adds the Secrets of global.imagePullSecrets to those of a pod, which stand at a path of the values.
func (c *chart) pullSecrets(pod map[string]any, at []string) {
	own := c.values.at(append(slices.Clone(at), "imagePullSecrets")...)
	if own == nil || c.values.at("global", "imageRegistry") == nil {
		return
	}
	if c.values.at("global", "imagePullSecrets") == nil { // only where a pod takes them
		c.values.add(value{def: []any{}, schema: podField("imagePullSecrets", wholly)(), doc: "Additional Secrets to pull images with."}, "global", "imagePullSecrets")
	}
	all := tree.Call("concat", own.expr(), tree.Call("default", tree.Call("list"), tree.Value("global", "imagePullSecrets")))
	pod["imagePullSecrets"] = guarded{tree.If(all), tree.Block{Expr: tree.Call("toYaml", all)}}
}

// pullPolicy lets the installer say when an image is pulled.
func (c *chart) pullPolicy(container map[string]any, at []string) {
	path := append(append([]string{}, at...), "image", "pullPolicy")
	if c.values.at(path...) == nil {
		current := kube.Text(container["imagePullPolicy"])
		if model.HasExpr(current) {
			return // a parameter sets it
		}
		c.values.add(value{def: current, schema: choice("", "Always", "IfNotPresent", "Never"),
			doc: "Image pull policy. Default: Always for the tag latest, otherwise IfNotPresent."}, path...)
	}
	e := tree.Value(path...)
	container["imagePullPolicy"] = guarded{tree.If(e), tree.Scalar{Expr: e}}
}
