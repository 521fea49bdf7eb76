package compiler

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// serviceKey tells webhooks apart that need Services of their own.
func serviceKey(h model.Webhook) string { return fmt.Sprintf("%s|%d|%v", h.Workload, h.Port, h.Target) }

// webhookService is the name of the Service that leads to a webhook. The first one has kubebuilder's name.
func (s *state) webhookService(h model.Webhook) string {
	var keys []string
	for _, other := range s.m.Webhooks.Hooks {
		key := serviceKey(other)
		if len(keys) == 0 || !contains(keys, key) {
			keys = append(keys, key)
		}
	}
	for i, key := range keys {
		if key == serviceKey(h) {
			if i == 0 {
				return s.ownName("-webhook-service")
			}
			return s.ownName(fmt.Sprintf("-webhook-service-%d", i+1))
		}
	}
	return s.ownName("-webhook-service")
}

func contains(list []string, x string) bool {
	for _, e := range list {
		if e == x {
			return true
		}
	}
	return false
}

// webhookServices makes a Service for each port that webhooks are served on.
func (s *state) webhookServices() {
	made := map[string]bool{}
	for _, h := range s.m.Webhooks.Hooks {
		name := s.webhookService(h)
		if made[name] {
			continue
		}
		made[name] = true
		w, _ := s.workloadSpec(h.Workload)
		tree := model.Tree{
			"apiVersion": "v1", "kind": "Service", "metadata": s.metadata(name, s.commonLabels()),
			"spec": map[string]any{
				"ports":    []any{map[string]any{"port": h.Port, "protocol": "TCP", "targetPort": h.Target}},
				"selector": s.selector(w, h.Workload),
			},
		}
		if s.m.Webhooks.Certificates == model.CertServiceCA {
			annotate(tree, kube.ServiceCASecret, s.m.Webhooks.Secret)
		}
		s.addObject(model.Object{Node: model.Node{From: "/webhooks"}, Role: model.RoleWebhookService, File: s.plainName(name), When: model.All(featureWebhook), Tree: tree})
	}
}

// webhookConfigurations makes one configuration for each type of admission webhook.
func (s *state) webhookConfigurations() {
	for _, typ := range kube.WebhookTypes {
		var list []any
		var origins []model.ObjOrigin
		for _, h := range s.m.Webhooks.Hooks {
			if typ.Kind == "" || h.Type != typ.Name {
				continue
			}
			at := fmt.Sprintf("/webhooks/%d", len(list))
			origins = append(origins, model.ObjOrigin{Pointer: at, From: h.From})
			for _, field := range slices.Sorted(maps.Keys(h.Tree)) {
				origins = append(origins, model.ObjOrigin{Pointer: at + "/" + field, From: h.From.Child(field), Whole: true})
			}
			list = append(list, s.admission(h))
		}
		if len(list) == 0 {
			continue
		}
		tree := model.Tree{
			"apiVersion": kube.AdmissionGroup + "/v1", "kind": typ.Kind,
			"metadata": s.clusterMetadata(s.ownName("-"+typ.ConfigurationName()), nil), "webhooks": list,
		}
		s.injectCA(tree)
		s.addObject(model.Object{Node: model.Node{From: "/webhooks"}, Role: model.RoleWebhook, File: s.plainName(s.ownName("-" + typ.ConfigurationName())),
			When: model.All(featureWebhook), Cluster: true, Verbatim: true, Calls: true, Tree: tree, Origins: origins})
	}
}

// callsOwn reports whether an object of the description registers webhooks that the operator serves: each calls a Service
// that opc makes.
func (s *state) callsOwn(tree model.Tree) bool {
	kind := kube.Text(tree["kind"])
	list := kube.List(tree["webhooks"])
	if !kube.IsWebhookConfiguration(kind) || len(list) == 0 {
		return false
	}
	return !slices.ContainsFunc(list, func(e any) bool {
		hook := kube.Map(e)
		service := kube.Map(model.At(hook, "clientConfig", "service"))
		name := kube.Text(service["name"])
		namespace := kube.Text(service["namespace"])
		return !s.ownNamespaceName(namespace) || !slices.ContainsFunc(s.m.Webhooks.Hooks, func(h model.Webhook) bool {
			return s.plainName(s.webhookService(h)) == s.plainName(name)
		})
	})
}

func (s *state) admission(h model.Webhook) map[string]any {
	out := model.Clone(h.Tree)
	out["name"] = h.Name
	service := map[string]any{"name": s.webhookService(h), "namespace": model.Namespace()}
	if h.Path != "" {
		service["path"] = h.Path
	}
	if h.Port != 443 {
		service["port"] = h.Port // 443 is what the API server assumes
	}
	out["clientConfig"] = map[string]any{"service": service}
	return out
}

// injectCA lets whoever makes the certificate put its CA into an object that calls a webhook.
func (s *state) injectCA(tree model.Tree) {
	switch s.m.Webhooks.Certificates {
	case model.CertManager:
		annotate(tree, kube.InjectCA, model.When(model.All(featureWebhook, featureCertManager), model.Namespace()+"/"+s.ownName("-serving-cert")))
	case model.CertServiceCA:
		// OLM puts the CA of its own certificate there; OpenShift would overwrite it.
		annotate(tree, kube.InjectServiceCA, model.When(model.All(featureWebhook, "!"+model.AtomOLM), "true"))
	}
}

// ownCA lets the CA of the certificate that opc makes come and go with the certificate, where an object of the description
// asks for it.
func (s *state) ownCA(tree model.Tree) {
	annotations := kube.Map(model.At(tree, "metadata", "annotations"))
	from := kube.Text(annotations[kube.InjectCA])
	namespace, name, _ := strings.Cut(s.plainName(from), "/")
	if s.m.Webhooks.Certificates == model.CertManager && name == s.plainName(s.ownName("-serving-cert")) && s.ownNamespaceName(namespace) {
		s.injectCA(tree)
	}
}

func annotate(tree model.Tree, key string, value any) {
	md := kube.Map(tree["metadata"])
	if md == nil {
		md = map[string]any{}
		tree["metadata"] = md
	}
	a := kube.Map(md["annotations"])
	if a == nil {
		a = map[string]any{}
		md["annotations"] = a
	}
	a[key] = value
}

// convert lets the API server convert a CRD's versions by a webhook of the manager.
func (s *state) convert(h model.Webhook) {
	for i, name := range h.CRDs {
		crd := s.crdNamed(name)
		if crd == nil && s.noCRDs {
			continue
		}
		if crd == nil {
			s.add(diag.Errorf(diag.UnknownAPI, h.From.Child("crds").Index(i), "the conversion webhook %s is for the unknown CustomResourceDefinition %s: %s", h.Name, name, s.crdNames()))
			continue
		}
		if len(crd.Versions) < 2 {
			s.add(diag.Warnf(diag.WebhookInvalid, h.From, "%s has one version: there is nothing to convert", name))
		}
		spec := kube.Map(crd.Tree["spec"])
		conversion := kube.Map(spec["conversion"])
		reviews := model.At(conversion, "webhook", "conversionReviewVersions")
		if reviews == nil {
			reviews = h.Tree["admissionReviewVersions"]
		}
		service := map[string]any{"name": s.webhookService(h), "namespace": model.Namespace(), "path": h.Path}
		if h.Port != 443 || model.At(conversion, "webhook", "clientConfig", "service", "port") != nil {
			service["port"] = h.Port
		}
		spec["conversion"] = model.When(model.All(featureWebhook), map[string]any{
			"strategy": "Webhook",
			"webhook":  map[string]any{"clientConfig": map[string]any{"service": service}, "conversionReviewVersions": reviews},
		})
		s.injectCA(crd.Tree)
	}
}
