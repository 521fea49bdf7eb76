package model

import (
	"slices"

	"github.com/opc-project/opc/kube"
)

// Converts reports whether a conversion webhook of the description is for a CustomResourceDefinition: whatever a bundle says
// of its conversion, OLM replaces it.
func (o *Operator) Converts(definition string) bool {
	return slices.ContainsFunc(o.Webhooks.Hooks, func(h Webhook) bool {
		return h.Type == kube.Conversion && slices.Contains(h.CRDs, definition)
	})
}

// ConvertsItself reports whether a definition's own file names the webhook that converts its versions, and no webhook of the
// description is for it.
func (o *Operator) ConvertsItself(c CRD) bool {
	return At(c.Tree, "spec", "conversion", "strategy") == "Webhook" && !o.Converts(c.Name)
}
