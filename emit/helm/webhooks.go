package helm

import (
	"encoding/json"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit/helm/internal/tree"
	"github.com/opc-project/opc/kube"
)

// webhookConfiguration lets the installer say when the API server calls the webhooks and what it does where it can't. A value
// that is empty leaves each webhook as it is described.
func (c *chart) webhookConfiguration(o model.Tree) {
	list := kube.List(o["webhooks"])
	for _, e := range list {
		hook := kube.Map(e)
		client := kube.Map(hook["clientConfig"])
		c.caBundle(client)
		policy := c.webhookValue("failurePolicy", value{def: "", schema: choice("", "Fail", "Ignore"),
			doc: "Failure policy of the webhooks: Fail rejects requests when a webhook can't be called, Ignore accepts them. Default: that of each webhook."})
		timeout := c.webhookValue("timeoutSeconds", value{schema: map[string]any{"type": []any{"integer", "null"}, "minimum": 1, "maximum": 30},
			doc: "Timeout of calls in seconds. Default: that of each webhook."})
		chosen(hook, "failurePolicy", policy.expr(), "quote")
		chosen(hook, "timeoutSeconds", timeout.expr(), "int")
		for _, k := range []struct{ field, doc string }{
			{"namespaceSelector", "Namespace selector of the webhooks. Default: that of each webhook."},
			{"objectSelector", "Object selector of the webhooks. Default: that of each webhook."},
		} {
			if !plain(hook[k.field]) {
				continue // a parameter sets it
			}
			e := c.webhookValue(k.field, value{def: model.Tree{}, schema: ofType("object"), doc: k.doc})
			chosenMap(hook, k.field, e.expr())
		}
	}
}

// webhookAnnotations is the value with annotations of the webhook configurations.
func (c *chart) webhookAnnotations() *value {
	return c.webhookValue("annotations", value{def: model.Tree{}, schema: stringsByName(), doc: "Additional annotations of the webhook configurations."})
}

// webhookValue is a value of all webhooks, which is made once.
func (c *chart) webhookValue(name string, v value) *value {
	if known := c.values.at(featureWebhook, name); known != nil {
		return known
	}
	return c.values.group("", featureWebhook).add(v, name)
}

// chosen puts a value in the place of a scalar, which stays where the value is empty.
func chosen(hook map[string]any, field string, e tree.Expr, as string) {
	switch own := hook[field].(type) {
	case nil:
		hook[field] = guarded{tree.If(e), tree.Scalar{Expr: e.To(as)}}
	case string:
		hook[field] = tree.Scalar{Expr: tree.Call("default", tree.Text(own), e).To(as)}
	case int64:
		hook[field] = tree.Scalar{Expr: tree.Call("default", tree.Number(int(own)), e).To(as)}
	}
}

// chosenMap puts a value in the place of a map, which stays where the value is empty.
func chosenMap(hook map[string]any, field string, e tree.Expr) {
	own, said := hook[field].(map[string]any)
	if !said {
		hook[field] = guarded{tree.If(e), tree.Block{Expr: tree.Call("toYaml", e)}}
		return
	}
	text, err := json.Marshal(own)
	if err != nil {
		return
	}
	hook[field] = tree.Block{Expr: tree.Call("toYaml", tree.Call("default", tree.Call("fromJson", tree.Text(string(text))), e))}
}
