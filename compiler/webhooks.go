package compiler

import (
	"cmp"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// Where OLM and kubebuilder's scaffold mount the serving certificate.
const servingCerts = "/tmp/k8s-webhook-server/serving-certs"

// webhooks reads the webhooks and makes what carries them: Services, configurations, the conversion of CRDs.
func (s *state) webhooks() {
	if !s.hasWebhooks() {
		return
	}
	sp := s.spec.Webhooks
	w := &s.m.Webhooks
	*w = model.Webhooks{
		Node: model.Node{From: "/webhooks"}, Certificates: s.webhookCertificates(), Secret: cmp.Or(sp.Secret, s.mountedSecret(), "webhook-server-cert"),
		MountPath: s.mountPath(), Port: cmp.Or(sp.Port, 9443), ServicePort: cmp.Or(sp.ServicePort, 443),
	}
	s.checkWorkload(sp.Workload, "/webhooks/workload")
	for i, name := range sp.From {
		for _, o := range s.objectsOf(name, diag.Path("/webhooks/from").Index(i)) {
			s.hooksOf(o)
		}
	}
	for i, h := range sp.Hooks {
		s.hook(h, diag.Path("/webhooks/hooks").Index(i))
	}
	for i, name := range sp.Conversion {
		at := diag.Path("/webhooks/conversion").Index(i)
		s.addHook(model.Webhook{Node: model.Node{From: at}, Type: kube.Conversion, Name: conversionName(name), CRDs: []string{name}, Path: "/convert", Tree: model.Tree{"sideEffects": "None"}})
	}
	s.conversionReviews()
	slices.SortStableFunc(w.Hooks, func(a, b model.Webhook) int { return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Name, b.Name)) })
	s.webhookServices()
	s.webhookConfigurations()
	for _, h := range w.Hooks {
		if h.Type == kube.Conversion {
			s.convert(h)
		}
	}
}

// mountPath is where the serving certificate is mounted.
func (s *state) mountPath() string { return cmp.Or(s.spec.Webhooks.MountPath, servingCerts) }

// mountedSecret is the Secret that the description itself mounts where the serving certificate is expected; "" where it
// mounts none.
func (s *state) mountedSecret() string {
	w, ok := s.workloadSpec(cmp.Or(s.spec.Webhooks.Workload, "manager"))
	if !ok {
		return ""
	}
	mount := entryWith(w.Container["volumeMounts"], "mountPath", s.mountPath())
	if mount == nil {
		return ""
	}
	return kube.Text(model.At(entryWith(w.Pod["volumes"], "name", mount["name"]), "secret", "secretName"))
}

// conversionReviews fills in the versions of the reviews that conversion webhooks understand: those that their definitions
// say, since OLM writes the webhook's into the definitions.
func (s *state) conversionReviews() {
	for i, h := range s.m.Webhooks.Hooks {
		if h.Type != kube.Conversion || h.Tree["admissionReviewVersions"] != nil {
			continue
		}
		var said any = []any{"v1"}
		for _, name := range h.CRDs {
			if crd := s.crdNamed(name); crd != nil {
				if reviews, ok := model.At(crd.Tree, "spec", "conversion", "webhook", "conversionReviewVersions").([]any); ok && len(reviews) > 0 {
					said = model.Clone(model.Tree{"": reviews})[""]
					break
				}
			}
		}
		s.m.Webhooks.Hooks[i].Tree["admissionReviewVersions"] = said
	}
}

// checkWorkload finds the name of a workload that does not exist.
func (s *state) checkWorkload(name string, at diag.Path) {
	if _, ok := s.spec.Workloads[name]; !ok && name != "" && name != "manager" {
		s.errorf(diag.UnknownName, at, "no workload is called %s", name)
	}
}

// conversionName is the name that operator-sdk gives a conversion webhook, from the CRD's plural.
func conversionName(crd string) string {
	plural, _, _ := strings.Cut(crd, ".")
	return "c" + plural + ".kb.io"
}

func (s *state) conversionCRDs() []string {
	var out []string
	if s.spec.Webhooks == nil {
		return nil
	}
	out = append(out, s.spec.Webhooks.Conversion...)
	for _, h := range s.spec.Webhooks.Hooks {
		if h.Type == kube.Conversion {
			out = append(out, h.CRDs...)
		}
	}
	return out
}

func (s *state) addHook(h model.Webhook) {
	w := &s.m.Webhooks
	if h.Workload == "" {
		h.Workload = cmp.Or(s.spec.Webhooks.Workload, "manager")
	}
	if h.Port == 0 {
		h.Port = w.ServicePort
	}
	if h.Target == nil {
		h.Target = w.Port
	}
	if h.ContainerPort == 0 {
		h.ContainerPort = h.Port
	}
	for _, other := range w.Hooks {
		if other.Type == h.Type && other.Name == h.Name {
			s.add(diag.Errorf(diag.DuplicateName, h.From, "two %s webhooks are called %s", h.Type, h.Name).WithRelated(other.From, "the other"))
			return
		}
	}
	if h.Path != "" && !strings.HasPrefix(h.Path, "/") {
		s.errorf(diag.WebhookInvalid, h.From, "the path %q of the webhook %s does not begin with /", h.Path, h.Name)
	}
	w.Hooks = append(w.Hooks, h)
}

// hooksOf reads the webhooks of a Mutating- or ValidatingWebhookConfiguration, as controller-gen writes them.
func (s *state) hooksOf(o object) {
	kind := kube.Text(o.tree["kind"])
	if !kube.IsWebhookConfiguration(kind) {
		s.add(diag.Errorf(diag.FileContent, o.from, "a %s is not a webhook configuration", kind).WithHint("other objects stand under objects:"))
		return
	}
	list := kube.List(o.tree["webhooks"])
	for i, e := range list {
		s.checkClient(o, i, e)
		t, ok := e.(map[string]any)
		at := o.from.Child("webhooks").Index(i)
		if !ok {
			s.errorf(diag.FileContent, at, "the webhook has no fields: expected a set of them, as controller-gen writes it")
			continue
		}
		tree := model.Clone(t)
		path := kube.Text(model.At(t, "clientConfig", "service", "path"))
		name := kube.Text(t["name"])
		delete(tree, "clientConfig")
		delete(tree, "name")
		s.addHook(model.Webhook{Node: model.Node{From: at}, Type: kube.Webhook(kind).Name, Name: name, Path: path, Tree: tree})
		s.checkRules(at, name, tree)
	}
}

// checkClient finds webhooks of a file that call something else than the others do: all are served by one workload, since
// the names in such files are kubebuilder's and stand for none.
func (s *state) checkClient(o object, i int, e any) {
	t := kube.Map(e)
	name := kube.Text(t["name"])
	at := o.from.Child("webhooks").Index(i).Child("clientConfig")
	if url := kube.Text(model.At(t, "clientConfig", "url")); url != "" {
		s.add(diag.Warnf(diag.WebhookInvalid, at.Child("url"), "the webhook %s calls the URL %s: opc replaces it by the operator's own Service", name, url).
			WithHint("write the configuration under objects to keep the URL"))
		return
	}
	service := kube.Text(model.At(t, "clientConfig", "service", "name"))
	if service == "" {
		return
	}
	if s.hookService == "" {
		s.hookService, s.hookServiceAt = service, at.Child("service").Child("name")
	}
	if service != s.hookService {
		s.add(diag.Warnf(diag.WebhookInvalid, at.Child("service").Child("name"), "the webhook %s calls the Service %s, but others call %s: all webhooks in webhooks.from call the same workload", name, service, s.hookService).
			WithRelated(s.hookServiceAt, "the other").WithHint("describe the webhook under webhooks.hooks, with workload"))
	}
}

// checkRules finds webhooks for the operator's own API groups that name what no CRD defines.
func (s *state) checkRules(at diag.Path, name string, tree model.Tree) {
	rules := kube.List(tree["rules"])
	for i, e := range rules {
		r := kube.Map(e)
		groups, resources := texts(r["apiGroups"]), texts(r["resources"])
		for _, group := range groups {
			owned := slices.DeleteFunc(slices.Clone(s.m.CRDs), func(c model.CRD) bool { return c.Group != group })
			if len(owned) == 0 {
				if strings.Contains(group, ".") && !knownGroup(group) && len(s.m.CRDs) > 0 && slices.ContainsFunc(s.m.CRDs, func(c model.CRD) bool { return domain(c.Group) == domain(group) }) {
					s.add(diag.Warnf(diag.UnknownAPI, at.Child("rules").Index(i), "the webhook %s is for the API group %s, but the description has no CustomResourceDefinition of that group", name, group).
						WithHint("correct the group, or accept the finding if the API belongs to another operator"))
				}
				continue
			}
			for _, resource := range resources {
				plural, _, _ := strings.Cut(resource, "/")
				if plural != "*" && !slices.ContainsFunc(owned, func(c model.CRD) bool { return c.Plural == plural }) {
					s.errorf(diag.UnknownAPI, at.Child("rules").Index(i), "the webhook %s is for %s in %s, which no CustomResourceDefinition defines", name, plural, group)
				}
			}
		}
	}
}

// domain is an API group without its first label: groups of one operator share it.
func domain(group string) string {
	_, rest, _ := strings.Cut(group, ".")
	return rest
}

func knownGroup(group string) bool {
	return strings.HasSuffix(group, ".k8s.io") || strings.HasSuffix(group, ".x-k8s.io") || strings.HasSuffix(group, ".openshift.io")
}

func texts(v any) []string {
	list := kube.List(v)
	var out []string
	for _, e := range list {
		if t, ok := e.(string); ok {
			out = append(out, t)
		}
	}
	return out
}

// hook reads a webhook said in the description.
func (s *state) hook(h schema.Webhook, at diag.Path) {
	tree := model.Tree{}
	for _, f := range []struct {
		name  string
		value any
		said  bool
	}{
		{"rules", h.Rules, h.Rules != nil}, {"admissionReviewVersions", stringList(h.AdmissionReviewVersions), h.AdmissionReviewVersions != nil},
		{"failurePolicy", h.FailurePolicy, h.FailurePolicy != ""}, {"matchPolicy", h.MatchPolicy, h.MatchPolicy != ""},
		{"sideEffects", h.SideEffects, h.SideEffects != ""}, {"timeoutSeconds", deref(h.TimeoutSeconds, 0), h.TimeoutSeconds != nil},
		{"reinvocationPolicy", h.ReinvocationPolicy, h.ReinvocationPolicy != ""}, {"namespaceSelector", h.NamespaceSelector, h.NamespaceSelector != nil},
		{"objectSelector", h.ObjectSelector, h.ObjectSelector != nil}, {"matchConditions", h.MatchConditions, h.MatchConditions != nil},
	} {
		if f.said {
			tree[f.name] = f.value
		}
	}
	if _, ok := tree["admissionReviewVersions"]; !ok && h.Type != kube.Conversion {
		tree["admissionReviewVersions"] = []any{"v1"}
	}
	if _, ok := tree["sideEffects"]; !ok {
		tree["sideEffects"] = "None"
	}
	out := model.Webhook{Node: model.Node{From: at}, Type: h.Type, Name: h.Name, Workload: h.Workload, CRDs: h.CRDs, Path: h.Path, Tree: tree, Target: h.Port, ContainerPort: h.ContainerPort}
	if h.ContainerPort != 0 {
		out.Port = h.ContainerPort
	}
	s.checkWorkload(h.Workload, at.Child("workload"))
	s.addHook(out)
	s.checkRules(at, h.Name, tree)
}
