package compiler

import (
	"cmp"
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// Where kubebuilder's scaffold mounts the metrics certificate, and the Secret it stands in.
const (
	metricsCerts  = "/tmp/k8s-metrics-server/metrics-certs"
	metricsSecret = "metrics-server-cert"
)

// certificateVolumes mounts the serving certificates. OLM mounts the webhooks' certificate itself: said twice, the pod
// could not start. What the description mounts in its place stays, and where it replaces all mounts, opc adds none.
func (s *state) certificateVolumes(key string, w *schema.Workload, pod, container map[string]any) {
	if replaces(w.Container, "volumeMounts") {
		return
	}
	var volumes, mounts []any
	if key == "manager" && s.metricsCertificates() {
		cond := model.All(featureMetrics, featureCertManager)
		volumes = append(volumes, model.When(cond, map[string]any{"name": "metrics-certs", "secret": map[string]any{
			"secretName": metricsSecret, "optional": false,
			"items": []any{keyToPath("ca.crt"), keyToPath("tls.crt"), keyToPath("tls.key")},
		}}))
		mounts = append(mounts, model.When(cond, mount("metrics-certs", metricsCerts)))
	}
	if s.servesWebhooks(key) && s.m.Webhooks.Certificates != model.CertOLM && entryWith(w.Container["volumeMounts"], "mountPath", s.m.Webhooks.MountPath) == nil {
		cond := model.All(featureWebhook, "!"+model.AtomOLM)
		volumes = append(volumes, model.When(cond, map[string]any{"name": "webhook-certs", "secret": map[string]any{"secretName": s.m.Webhooks.Secret}}))
		mounts = append(mounts, model.When(cond, mount("webhook-certs", s.m.Webhooks.MountPath)))
	}
	if len(volumes) == 0 {
		return
	}
	pod["volumes"] = volumes
	own := kube.List(container["volumeMounts"])
	container["volumeMounts"] = append(mounts, own...)
}

// replaces reports whether a raw overlay puts its own list in place of opc's, or removes that: by null, or by the
// directive of strategic merge.
func replaces(overlay map[string]any, field string) bool {
	value, said := overlay[field]
	list := kube.List(value)
	return said && value == nil || slices.ContainsFunc(list, func(e any) bool {
		m := kube.Map(e)
		return m["$patch"] == "replace"
	})
}

// entryWith is the entry of a list of a raw overlay that has a value in a field, or nil.
func entryWith(list any, field string, value any) map[string]any {
	entries := kube.List(list)
	for _, e := range entries {
		if m := kube.Map(e); m != nil && m[field] == value {
			return m
		}
	}
	return nil
}

func keyToPath(key string) map[string]any { return map[string]any{"key": key, "path": key} }

func mount(name, path string) map[string]any {
	return map[string]any{"name": name, "mountPath": path, "readOnly": true}
}

// certificates makes cert-manager's Issuer and Certificates.
func (s *state) certificates() {
	if !s.usesCertManager() {
		return
	}
	issuer := s.ownName("-selfsigned-issuer")
	s.addObject(model.Object{
		Node: model.Node{From: s.certificatesFrom()}, Role: model.RoleCertificate, File: "selfsigned-issuer", When: model.All(featureCertManager),
		Tree: model.Tree{
			"apiVersion": "cert-manager.io/v1", "kind": "Issuer", "metadata": s.metadata(issuer, s.commonLabels()),
			"spec": map[string]any{"selfSigned": map[string]any{}},
		},
	})
	if s.webhookCertificates() == model.CertManager {
		s.certificate("/webhooks", "-serving-cert", issuer, s.ownName("-webhook-service"), s.m.Webhooks.Secret, featureWebhook)
	}
	if s.metricsCertificates() {
		s.certificate("/manager/metrics", "-metrics-certs", issuer, s.metricsService(), metricsSecret, featureMetrics)
	}
}

func (s *state) certificatesFrom() diag.Path {
	if s.hasWebhooks() {
		return "/webhooks"
	}
	return "/manager/metrics"
}

func (s *state) certificate(from diag.Path, suffix, issuer, service, secret, feature string) {
	host := service + "." + model.Namespace() + ".svc"
	names := []any{host, host + ".cluster.local"}
	if suffix == "-serving-cert" {
		for _, h := range s.m.Webhooks.Hooks {
			if other := s.webhookService(h) + "." + model.Namespace() + ".svc"; !containsAny(names, other) {
				names = append(names, other, other+".cluster.local")
			}
		}
	}
	s.addObject(model.Object{
		Node: model.Node{From: from}, Role: model.RoleCertificate, File: suffix[1:], When: model.All(feature, featureCertManager),
		Tree: model.Tree{
			"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": s.metadata(s.ownName(suffix), s.commonLabels()),
			"spec": map[string]any{
				"dnsNames":  names,
				"issuerRef": map[string]any{"kind": "Issuer", "name": issuer}, "secretName": secret,
			},
		},
	})
}

func containsAny(list []any, x any) bool {
	for _, e := range list {
		if e == x {
			return true
		}
	}
	return false
}

func (s *state) metricsPort() int64 {
	mt := s.metricsSpec()
	if deref(mt.Secure, true) {
		return cmp.Or(mt.Port, 8443)
	}
	return cmp.Or(mt.Port, 8080)
}
