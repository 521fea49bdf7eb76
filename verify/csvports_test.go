package verify

import (
	"fmt"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/finding"
)

// webhookTypes are OLM's names of the types of webhooks.
var webhookTypes = map[string]string{
	kube.Mutating: "MutatingAdmissionWebhook", kube.Validating: "ValidatingAdmissionWebhook", kube.Conversion: "ConversionWebhook",
}

// ports holds the ports of webhooks in a ClusterServiceVersion against the model: OLM makes a Service from them.
func (c *check) ports(file string) []finding.Finding {
	if len(c.m.Webhooks.Hooks) == 0 || has(c.m.OLM.CSV, "/spec/webhookdefinitions") {
		return nil
	}
	f, _ := c.files.File(file)
	docs, _ := kube.Read(file, f.Data)
	if len(docs) == 0 {
		return nil
	}
	want := map[string]model.Webhook{}
	for _, h := range c.m.Webhooks.Hooks {
		want[webhookTypes[h.Type]+" "+h.Name] = h
	}
	spec, _ := kube.Get(docs[0].Value, "/spec").(map[string]any)
	var out []finding.Finding
	for i, def := range entries(spec, "webhookdefinitions") {
		h, known := want[fmt.Sprint(def["type"], " ", def["generateName"])]
		if !known {
			continue // told where what OLM makes of it is compared
		}
		for _, port := range []struct {
			field string
			want  any
		}{{"containerPort", h.ContainerPort}, {"targetPort", h.Target}} {
			if canonical(def[port.field]) != canonical(port.want) {
				place := kube.Place{File: file, Pointer: fmt.Sprintf("/spec/webhookdefinitions/%d/%s", i, port.field)}
				out = append(out, finding.InFile(place, diag.MetadataDiffers, diag.Error, "the file says %s: the description says %s", show(def[port.field]), show(port.want)))
			}
		}
	}
	return out
}
