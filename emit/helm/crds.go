package helm

import (
	"maps"
	"path"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/emit/helm/internal/tree"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// crds writes the CustomResourceDefinitions: as templates, so that an upgrade of the release upgrades them and their
// conversion follows the release's names, or into the folder that Helm only ever installs.
func (c *chart) crds() {
	if len(c.m.CRDs) == 0 {
		return
	}
	if c.m.Helm.CRDs == "crds" {
		for _, crd := range c.m.CRDs {
			c.fixedCRD(crd)
		}
		return
	}
	g := c.values.group("CustomResourceDefinitions of the operator.", "crds")
	boolean := func(name, doc string) tree.Expr {
		return g.add(value{def: true, schema: ofType("boolean"), doc: doc}, name).expr()
	}
	enabled := boolean("enabled", "Install and upgrade the CustomResourceDefinitions with the chart.")
	keep := boolean("keep", "Keep the CustomResourceDefinitions when the release is uninstalled. Deleting them deletes all their objects.")
	taken := map[string]any{"helm.sh/resource-policy": true}
	for _, crd := range c.m.CRDs {
		own := kube.Map(model.At(crd.Tree, "metadata", "annotations"))
		maps.Copy(taken, own)
	}
	for k := range taken {
		c.annotationKeys[k] = true
	}
	more := g.add(value{
		def: model.Tree{}, schema: without(stringsByName(), emit.SortedKeys(taken, nil)),
		doc: "Additional annotations, such as argocd.argoproj.io/sync-options: ServerSideApply=true.",
	}, "annotations")
	for _, crd := range c.m.CRDs {
		c.crd(crd, tree.If(enabled), tree.If(keep), more)
	}
}

func (c *chart) crd(crd model.CRD, enabled, keep tree.Guard, more *value) {
	t := model.Clone(crd.Tree)
	meta := kube.Map(t["metadata"])
	own := kube.Map(meta["annotations"])
	annotations, _ := c.fields(own, []string{"annotations"})
	meta["annotations"] = append(annotations, tree.Field{Key: "helm.sh/resource-policy", When: keep, Value: tree.Plain{Value: "keep"}})
	c.annotations(t, more)
	if cond, _ := model.Condition(model.At(t, "spec", "conversion")); len(cond) > 0 { // opc made it
		client := kube.Map(model.At(t, "spec", "conversion", "webhook", "clientConfig"))
		c.caBundle(client)
	}
	c.labels(t, nil)
	body, _ := c.fields(t, nil)
	c.add(path.Join("templates/crds", crd.File+".yaml"), tree.Print(tree.Document{When: enabled, Body: body}), emit.ObjectOrigins(crd.Object(nil))...)
}

// fixedCRD writes a definition into the folder whose files Helm takes as they are.
func (c *chart) fixedCRD(crd model.CRD) {
	if !plain(crd.Tree) {
		c.diags = append(c.diags, diag.Errorf(diag.NotExpressible, "/helm/crds",
			"the folder crds/ of a chart can't hold %s, whose conversion calls a Service of the release", crd.Name).
			WithHint("leave helm.crds out: as a template it follows the release"))
		return
	}
	c.add(path.Join("crds", crd.File+".yaml"), emit.YAML(crd.Tree, ""), emit.ObjectOrigins(crd.Object(nil))...)
}
