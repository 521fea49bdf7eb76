package judge

import (
	"fmt"
	"slices"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metavalidation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/finding"
)

// hook is what validating and mutating webhooks have in common.
type hook struct {
	name     string
	client   admissionv1.WebhookClientConfig
	effects  *admissionv1.SideEffectClass
	reviews  []string
	timeout  *int32
	rules    []admissionv1.RuleWithOperations
	selector []*metav1.LabelSelector
	at       string
}

// hooksOf returns the webhooks of a configuration.
func hooksOf(s *Subject) []hook {
	var out []hook
	switch c := s.Typed.(type) {
	case *admissionv1.ValidatingWebhookConfiguration:
		for i, w := range c.Webhooks {
			out = append(out, hook{w.Name, w.ClientConfig, w.SideEffects, w.AdmissionReviewVersions, w.TimeoutSeconds, w.Rules,
				[]*metav1.LabelSelector{w.NamespaceSelector, w.ObjectSelector}, fmt.Sprintf("/webhooks/%d", i)})
		}
	case *admissionv1.MutatingWebhookConfiguration:
		for i, w := range c.Webhooks {
			out = append(out, hook{w.Name, w.ClientConfig, w.SideEffects, w.AdmissionReviewVersions, w.TimeoutSeconds, w.Rules,
				[]*metav1.LabelSelector{w.NamespaceSelector, w.ObjectSelector}, fmt.Sprintf("/webhooks/%d", i)})
		}
	}
	return out
}

// webhooks judges webhook configurations as the API server's validation does.
func webhooks(s *Subject, _ *Context, report Report) {
	seen := map[string]bool{}
	for _, h := range hooksOf(s) {
		fault := func(pointer, format string, args ...any) {
			report.error(s.Object, diag.InvalidObject, h.at+pointer, "the webhook %s %s", h.name, fmt.Sprintf(format, args...))
		}
		if seen[h.name] {
			fault("/name", "stands twice")
		}
		seen[h.name] = true
		if errs := validation.IsFullyQualifiedName(field.NewPath("name"), h.name); len(errs) > 0 {
			fault("/name", "needs a name with at least three parts: %s", errs[0].ErrorBody())
		}
		if h.effects == nil || *h.effects != admissionv1.SideEffectClassNone && *h.effects != admissionv1.SideEffectClassNoneOnDryRun {
			fault("/sideEffects", "must have the sideEffects None or NoneOnDryRun")
		}
		if !slices.Contains(h.reviews, "v1") && !slices.Contains(h.reviews, "v1beta1") {
			fault("/admissionReviewVersions", "takes no admissionReviewVersions that the API server speaks: v1 or v1beta1")
		}
		if h.timeout != nil && (*h.timeout < 1 || *h.timeout > 30) {
			fault("/timeoutSeconds", "has a timeout of %d seconds: 1 to 30 are allowed", *h.timeout)
		}
		if (h.client.Service == nil) == (h.client.URL == nil) {
			fault("/clientConfig", "needs either a service or a url")
		}
		if svc := h.client.Service; svc != nil && svc.Path != nil && !strings.HasPrefix(*svc.Path, "/") {
			fault("/clientConfig/service/path", "has the path %s: expected a leading slash", *svc.Path)
		}
		h.judgeRules(fault)
		for _, selector := range h.selector {
			if errs := metavalidation.ValidateLabelSelector(selector, metavalidation.LabelSelectorValidationOptions{}, nil); len(errs) > 0 {
				fault("", "has an invalid selector: %s", errs[0].ErrorBody())
			}
		}
	}
}

func (h hook) judgeRules(fault func(pointer, format string, args ...any)) {
	for i, r := range h.rules {
		at := fmt.Sprintf("/rules/%d", i)
		for _, need := range []struct {
			field string
			count int
		}{{"operations", len(r.Operations)}, {"apiGroups", len(r.APIGroups)}, {"apiVersions", len(r.APIVersions)}, {"resources", len(r.Resources)}} {
			if need.count == 0 {
				fault(at, "has a rule without %s", need.field)
			}
		}
		for _, op := range r.Operations {
			if !slices.Contains([]admissionv1.OperationType{admissionv1.OperationAll, admissionv1.Create, admissionv1.Update, admissionv1.Delete, admissionv1.Connect}, op) {
				fault(at+"/operations", "has a rule for the operation %s: expected CREATE, UPDATE, DELETE, CONNECT or *", op)
			}
		}
	}
}

// injectors are the annotations by which others put a CA into an object that calls a webhook.
var injectors = []string{kube.InjectCA, "cert-manager.io/inject-ca-from-secret", "cert-manager.io/inject-apiserver-ca", kube.InjectServiceCA}

// call is one way by which the API server calls the operator.
type call struct {
	object  *kube.Object
	what    string
	service *admissionv1.ServiceReference
	trusted bool // a CA stands in the object
	at      string
}

// webhookServices judges what stands behind webhooks.
func webhookServices(s *set, ctx *Context, report Report) {
	for _, sub := range s.subjects {
		var calls []call
		for _, h := range hooksOf(sub) {
			calls = append(calls, call{sub.Object, "the webhook " + h.name, h.client.Service, len(h.client.CABundle) > 0, h.at + "/clientConfig"})
		}
		if c, ok := conversionOf(sub); ok {
			calls = append(calls, c)
		}
		for _, c := range calls {
			if c.service != nil {
				s.called(c, ctx, report)
			}
		}
		s.injected(sub.Object, slices.ContainsFunc(calls, func(c call) bool { return !c.trusted }), report)
	}
}

// conversionOf is how the API server calls the webhook that converts an API's versions.
func conversionOf(sub *Subject) (call, bool) {
	if model.At(sub.Tree, "spec", "conversion", "webhook") == nil {
		return call{}, false
	}
	d, _ := internalCRD(sub)
	if d == nil || d.Spec.Conversion == nil || d.Spec.Conversion.WebhookClientConfig == nil {
		return call{}, false
	}
	c := d.Spec.Conversion.WebhookClientConfig
	out := call{sub.Object, "the conversion webhook", nil, len(c.CABundle) > 0, "/spec/conversion/webhook/clientConfig"}
	if c.Service != nil {
		out.service = &admissionv1.ServiceReference{Namespace: c.Service.Namespace, Name: c.Service.Name, Path: c.Service.Path, Port: &c.Service.Port}
	}
	return out, true
}

// called holds that a Service, a port, a pod and a certificate stand behind a call.
func (s *set) called(c call, ctx *Context, report Report) {
	if ctx.Unmade["Service "+c.service.Name] != "" {
		return // reported of the pods behind it, which the installer can't carry
	}
	if !c.trusted && !s.trusts(c.object) && !ctx.provided("CA", c.service.Name) {
		f := finding.Of(c.object, diag.WebhookUncalled, diag.Error, c.at, "%s has no CA: expected a caBundle, or an annotation that injects one", c.what)
		report(f.WithHint("let cert-manager make the certificate, or name one"))
	}
	svc := s.service(c.service.Namespace, c.service.Name)
	if svc == nil {
		report.error(c.object, diag.WebhookUncalled, c.at+"/service", "%s is called at the Service %s/%s, which does not exist", c.what, c.service.Namespace, c.service.Name)
		return
	}
	port := int32(443)
	if c.service.Port != nil {
		port = *c.service.Port
	}
	if !slices.ContainsFunc(svc.Spec.Ports, func(p corev1.ServicePort) bool { return p.Port == port }) {
		report.error(c.object, diag.WebhookUncalled, c.at+"/service", "%s is called at port %d, which the Service %s does not have", c.what, port, svc.Name)
	}
	if !s.partly && len(svc.Spec.Selector) > 0 && len(s.behind(svc)) == 0 {
		report.error(c.object, diag.WebhookUncalled, c.at+"/service", "%s is called at the Service %s, which leads to no pod", c.what, svc.Name)
	}
	s.certified(c, svc, report)
}

// trusts reports whether someone puts a CA into an object.
func (s *set) trusts(o *kube.Object) bool {
	annotations := stringsAt(o.Tree, "metadata", "annotations")
	return slices.ContainsFunc(injectors, func(key string) bool { return annotations[key] != "" })
}

// certified holds that cert-manager's certificate is for the Service that is called.
func (s *set) certified(c call, svc *madeService, report Report) {
	namespace, name, _ := strings.Cut(stringsAt(c.object.Tree, "metadata", "annotations")[kube.InjectCA], "/")
	cert := s.Get("cert-manager.io", "Certificate", namespace, name)
	if cert == nil {
		return
	}
	want := fmt.Sprintf("%s.%s.svc", svc.Name, c.service.Namespace)
	var names []string
	spec := kube.Map(cert.Tree["spec"])
	list := kube.List(spec["dnsNames"])
	for _, e := range list {
		text := kube.Text(e)
		names = append(names, text)
	}
	if !slices.Contains(names, want) {
		report.error(cert, diag.WebhookUncalled, "/spec/dnsNames", "%s is called at %s, which the certificate is not for", c.what, want)
	}
}

// injected holds that the certificate exists whose CA is put into an object. Where no call relies on it, as when OLM
// makes the certificate, the annotation is only a remnant.
func (s *set) injected(o *kube.Object, relied bool, report Report) {
	annotations := stringsAt(o.Tree, "metadata", "annotations")
	namespace, name, ok := strings.Cut(annotations[kube.InjectCA], "/")
	if !ok || s.Get("cert-manager.io", "Certificate", namespace, name) != nil {
		return
	}
	severity := diag.Warning
	if relied {
		severity = diag.Error
	}
	report(finding.Of(o, diag.LeadsNowhere, severity, "/metadata/annotations/"+diag.Escape(kube.InjectCA), "the CA comes from the Certificate %s/%s, which does not exist", namespace, name))
}
