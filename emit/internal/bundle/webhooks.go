package bundle

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// featureWebhook is the built-in feature that registers the operator's webhooks.
const featureWebhook = "webhook"

// webhooks writes the webhooks as OLM registers them: it makes the Service and the certificate itself. The model lists
// them by type and name, and so do OLM's words for the types.
func (b *builder) webhooks() {
	b.lostConversions()
	if !b.scope.On[featureWebhook] {
		return
	}
	var list []any
	hooks := b.served()
	for _, h := range hooks {
		at, def := fmt.Sprintf("/spec/webhookdefinitions/%d", len(list)), b.webhook(h)
		b.add(at, h.From)
		for _, field := range slices.Sorted(maps.Keys(h.Tree)) {
			if def[field] != nil {
				b.whole(at+"/"+field, h.From.Child(field))
			}
		}
		list = append(list, def)
	}
	b.field("webhookdefinitions", list, "/webhooks")
	b.certificateFolder(hooks)
}

// served are the webhooks that a workload of the bundle serves. The others are reported once.
func (b *builder) served() []model.Webhook {
	var served []model.Webhook
	var lost []string
	for _, h := range b.m.Webhooks.Hooks {
		if b.m.UnservedByOLM(h) {
			lost = append(lost, h.Name)
			continue
		}
		served = append(served, h)
	}
	if len(lost) > 0 {
		b.diags = append(b.diags, diag.Warnf(diag.NotExpressible, "/webhooks", "the OLM bundle lacks the webhooks %s: OLM does not install the workload that serves them", strings.Join(lost, ", ")).
			WithHint("serve them from a Deployment: set webhooks.workload to a workload of that kind, or accept the finding"))
	}
	return served
}

// olmCertificates is where OLM mounts the certificate of webhooks, whatever the description says.
const olmCertificates = "/tmp/k8s-webhook-server/serving-certs"

// certificateFolder warns where the program looks for its certificate in a folder of its own and takes no flag that
// would tell it where OLM mounts it.
func (b *builder) certificateFolder(hooks []model.Webhook) {
	if len(hooks) == 0 || b.m.Webhooks.MountPath == olmCertificates {
		return
	}
	for _, o := range b.deployments {
		if strings.Contains(fmt.Sprint(o.Tree["spec"]), olmCertificates) {
			return
		}
	}
	b.diags = append(b.diags, diag.Warnf(diag.NotExpressible, "/webhooks/mountPath",
		"OLM mounts the certificate of webhooks in %s, where nothing tells the program to look", olmCertificates).
		WithHint("say webhooks: flag, which names the flag of the program that takes the folder, or leave mountPath out"))
}

func (b *builder) webhook(h model.Webhook) model.Tree {
	out := model.Tree{
		"type": kube.Webhook(h.Type).OLM, "generateName": h.Name, "deploymentName": b.deploymentOf(h),
		"containerPort": h.ContainerPort, "targetPort": h.Target,
	}
	if h.Path != "" {
		out["webhookPath"] = h.Path
	}
	if len(h.CRDs) > 0 {
		out["conversionCRDs"] = stringList(h.CRDs)
	}
	b.lostReviews(h)
	for _, name := range slices.Sorted(maps.Keys(h.Tree)) {
		value := b.scope.Resolve(h.Tree[name])
		switch {
		case slices.Contains(kube.WebhookFields, name):
			out[name] = value
		case !empty(value):
			b.diags = append(b.diags, diag.Warnf(diag.NotExpressible, h.From.Child(name),
				"%s of the webhook %s is not in the OLM bundle: a webhookdefinition has no such field", name, h.Name).
				WithHint("OLM lets a webhook see the namespaces of its OperatorGroup; the webhook itself must sort out the rest"))
		}
	}
	return out
}

// lostReviews notes definitions whose conversionReviewVersions OLM replaces by others of their webhook.
func (b *builder) lostReviews(h model.Webhook) {
	versions := h.Tree["admissionReviewVersions"]
	for _, c := range b.m.CRDs {
		tree := kube.Map(b.scope.Resolve(c.Tree))
		own := model.At(tree, "spec", "conversion", "webhook", "conversionReviewVersions")
		if h.Type != kube.Conversion || !slices.Contains(h.CRDs, c.Name) || own == nil || reflect.DeepEqual(own, versions) {
			continue
		}
		b.diags = append(b.diags, diag.Warnf(diag.NotExpressible, h.From.Child("admissionReviewVersions"),
			"OLM replaces the conversionReviewVersions by the admissionReviewVersions %v of the webhook %s in the CustomResourceDefinition %s, which has %v", versions, h.Name, c.Name, own).
			WithHint("remove admissionReviewVersions to use those of the CustomResourceDefinition"))
	}
}

// lostConversions notes definitions that name a conversion webhook of their own: OLM knows nothing of it.
func (b *builder) lostConversions() {
	for _, c := range b.m.CRDs {
		if b.m.ConvertsItself(c) {
			b.diags = append(b.diags, diag.Warnf(diag.NotExpressible, c.From,
				"OLM creates no certificate for the conversion webhook of the CustomResourceDefinition %s, and sets no CA", c.Name).
				WithHint("list it under webhooks.conversion if the manager serves it, or let the operator set the CA"))
		}
	}
}

// deploymentOf is the name of the Deployment that serves a webhook.
func (b *builder) deploymentOf(h model.Webhook) string {
	for _, w := range b.m.Workloads {
		if w.Key == h.Workload {
			return b.scope.String(w.Name)
		}
	}
	return ""
}
