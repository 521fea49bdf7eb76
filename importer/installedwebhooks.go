package importer

import (
	"cmp"
	"slices"
	"strings"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

const (
	standardMount  = "/tmp/k8s-webhook-server/serving-certs"
	standardSecret = "webhook-server-cert"
)

// served is what the source installs to have webhooks called.
type served struct {
	service        *document
	configurations []*document // Mutating- and ValidatingWebhookConfigurations
	converted      []crd       // CustomResourceDefinitions whose versions the operator converts
	workload       *workload
}

// served finds the webhooks of the source, or nil where there are none that the description's words can say: all must be
// called by the Service that opc makes, under the names that opc gives.
func (d *draft) served() *served {
	s := &served{service: d.find("", "Service", d.prefix+webhookServiceSuffix)}
	if s.service == nil || !d.src.here(s.service) {
		return nil
	}
	calls := func(service any) bool {
		return get(object(service), "name") == s.service.name() && get(object(service), "namespace") == d.src.namespace
	}
	for _, o := range d.src.objects {
		if o.group() != kube.AdmissionGroup || !kube.IsWebhookConfiguration(o.kind()) || d.extra[o] {
			continue
		}
		ours := len(trees(o.tree["webhooks"])) > 0
		for _, h := range trees(o.tree["webhooks"]) {
			ours = ours && calls(get(h, "clientConfig", "service"))
		}
		if ours && o.name() == d.prefix+"-"+kube.Webhook(o.kind()).ConfigurationName() {
			s.configurations = append(s.configurations, o)
		}
	}
	for _, c := range d.crdsOf() {
		if calls(get(c.doc.tree, "spec", "conversion", "webhook", "clientConfig", "service")) {
			s.converted = append(s.converted, c)
		}
	}
	selector := object(get(s.service.tree, "spec", "selector"))
	for _, w := range d.workloads {
		if s.workload == nil && len(selector) > 0 && contains(object(get(w.entry, "spec", "template", "metadata", "labels")), selector) {
			s.workload = w
		}
	}
	if s.workload == nil || len(s.configurations)+len(s.converted) == 0 || len(trees(get(s.service.tree, "spec", "ports"))) != 1 {
		return nil
	}
	return s
}

// contains reports whether one set of labels holds another.
func contains(labels, part tree) bool {
	for k, v := range part {
		if labels[k] != v {
			return false
		}
	}
	return true
}

// installedWebhooks writes admission webhooks as controller-gen does, into one file, and conversion webhooks by the names
// of their CustomResourceDefinitions.
func (d *draft) installedWebhooks() {
	s := d.served()
	if s == nil || d.raw["webhooks"] {
		return
	}
	d.askForCA(s)
	out := tree{}
	port := trees(get(s.service.tree, "spec", "ports"))[0]
	target, _ := port["targetPort"].(int64)
	if target != 0 && target != webhookPort {
		out["port"] = target
	}
	if n, ok := port["port"].(int64); ok && n != webhookService {
		out["servicePort"] = n
	}
	if s.workload.key != "manager" {
		out["workload"] = s.workload.key
	}
	if len(s.configurations) > 0 {
		out["from"] = d.configurationFiles(s.configurations)
	}
	var conversion, hooks []any
	for _, c := range s.converted {
		path := text(get(c.doc.tree, "spec", "conversion", "webhook", "clientConfig", "service", "path"))
		if path == "/convert" {
			conversion = append(conversion, c.doc.name())
			continue
		}
		hook := tree{"type": kube.Conversion, "name": c.doc.name(), "crds": []any{c.doc.name()}}
		some(hook, "path", path)
		hooks = append(hooks, hook)
	}
	some(out, "conversion", conversion)
	some(out, "hooks", hooks)
	d.installedCertificates(out, s)
	d.webhookCertificates(out, []tree{{"targetPort": cmp.Or(target, webhookPort)}}, s.workload)
	d.spec["webhooks"] = out
}

// installedCertificates says who makes the certificate of the webhooks, and in which Secret it stands.
func (d *draft) installedCertificates(out tree, s *served) {
	if from := d.certificatesFrom(s); from != certManager {
		out["certificates"] = from
	}
	for _, v := range trees(s.workload.pod["volumes"]) {
		if secret := text(get(v, "secret", "secretName")); v["name"] == "webhook-certs" && secret != "" && secret != standardSecret {
			out["secret"] = secret
		}
	}
	for _, m := range trees(s.workload.main["volumeMounts"]) {
		if path := text(m["mountPath"]); m["name"] == "webhook-certs" && path != standardMount {
			out["mountPath"] = path
		}
	}
}

// The words of the description for who makes the certificate of the webhooks.
const (
	certManager = "cert-manager"
	certService = "openshift-service-ca"
	certSecret  = "secret"
)

// certificatesFrom is who makes the certificate of the webhooks.
func (d *draft) certificatesFrom(s *served) string {
	switch {
	case d.find("cert-manager.io", "Certificate", d.prefix+"-serving-cert") != nil:
		return certManager
	case text(get(s.service.tree, "metadata", "annotations", kube.ServiceCASecret)) != "":
		return certService
	}
	return certSecret
}

// injection is the annotation by which an object asks for the CA of the webhooks, and its value.
func (d *draft) injection(s *served) (key, value string) {
	switch d.certificatesFrom(s) {
	case certManager:
		return kube.InjectCA, d.src.namespace + "/" + d.prefix + "-serving-cert"
	case certService:
		return kube.InjectServiceCA, "true"
	}
	return "", ""
}

// askForCA corrects definitions that ask for no CA, of which the API server can't call the webhook: opc lets each that it
// converts ask for it, and the import reports it.
func (d *draft) askForCA(s *served) {
	key, value := d.injection(s)
	for _, c := range s.converted {
		if key == "" || text(get(c.doc.tree, "metadata", "annotations", key)) != "" || get(c.doc.tree, "spec", "conversion", "webhook", "clientConfig", "caBundle") != nil {
			continue
		}
		for _, t := range []tree{c.doc.tree, d.src.normal[c.doc]} {
			put(t, value, "metadata", "annotations", key)
		}
		lost := diag.Warnf(diag.ImportLoss, "", "the CustomResourceDefinition %s asks for no CA, without which the API server does not call its conversion webhook: the description adds the annotation %s", c.doc.name(), key).
			WithHint("add the annotation to the source, too")
		lost.Pos = c.doc.find("metadata")
		d.loss = append(d.loss, lost)
	}
}

// configurationFiles are the files that hold the webhook configurations.
func (d *draft) configurationFiles(docs []*document) []any {
	var out []any
	for _, o := range docs {
		file := d.fileInPlace(o)
		if file == "" || !d.holdsOnly(file, docs) {
			return []any{d.addFile("webhooks/", "manifests", ".yaml", d.configurations(docs))}
		}
		if !slices.Contains(out, any(file)) {
			out = append(out, file)
		}
	}
	return out
}

// configurations is the text of the webhook configurations, with kubebuilder's placeholders for what the install says.
func (d *draft) configurations(docs []*document) []byte {
	var out []byte
	for _, o := range docs {
		var hooks []any
		for _, h := range trees(d.src.normal[o]["webhooks"]) {
			h = clone(h)
			service := tree{"name": "webhook-service", "namespace": "system"}
			some(service, "path", get(h, "clientConfig", "service", "path"))
			h["clientConfig"] = tree{"service": service}
			hooks = append(hooks, h)
		}
		if out != nil {
			out = append(out, "---\n"...)
		}
		out = append(out, yamlOf(tree{
			"apiVersion": o.apiVersion(), "kind": o.kind(), "metadata": tree{"name": strings.TrimPrefix(o.name(), d.prefix+"-")}, "webhooks": hooks,
		})...)
	}
	return out
}

// withoutConversion is a CustomResourceDefinition as controller-gen writes it, where opc lets it be converted.
func (d *draft) withoutConversion(o *document) *document {
	s := d.served()
	if d.src.facts == nil || d.raw["webhooks"] || s == nil || !slices.ContainsFunc(s.converted, func(c crd) bool { return c.doc == o }) {
		return o
	}
	copied := *o
	copied.tree = clone(o.tree)
	copied.odd = true
	reviews := get(o.tree, "spec", "conversion", "webhook", "conversionReviewVersions")
	spec := object(copied.tree["spec"])
	delete(spec, "conversion")
	if !same("x", reviews, []any{"v1"}) {
		spec["conversion"] = tree{"strategy": "Webhook", "webhook": tree{"conversionReviewVersions": reviews}}
	}
	md := object(copied.tree["metadata"])
	annotations := object(md["annotations"])
	if key, _ := d.injection(s); key != "" {
		delete(annotations, key) // opc puts it in; any other is the source's own
	}
	if len(annotations) == 0 {
		delete(md, "annotations")
	}
	return &copied
}
