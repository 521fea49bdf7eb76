package helm

import (
	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema/diag"
)

// Lost says why a chart can't hold an object of an install in a namespace: that is the Namespace itself, in which Helm
// stores the release before it makes an object.
func Lost(_ *model.Operator, o model.Object, namespace string) (loss diag.Diagnostic, ok bool) {
	if o.Kind() != "Namespace" || o.Name() != namespace {
		return loss, false
	}
	return diag.Warnf(diag.NotExpressible, o.From, "the labels and annotations of the Namespace are not in the chart: helm install --create-namespace creates it without them").
		WithHint("document that users must label the namespace: kubectl label namespace"), true
}

// lostNamespace notes what the description says of the Namespace, where a cluster acts by it.
func (c *chart) lostNamespace() {
	if !c.m.NamespaceMeta.Telling() {
		return
	}
	ov := c.m.DefaultOverlay()
	loss, _ := Lost(c.m, c.m.NamespaceObject(ov, c.m.Scope(ov)), ov.Namespace)
	c.diags = append(c.diags, loss)
}
