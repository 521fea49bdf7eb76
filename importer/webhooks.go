package importer

import (
	"cmp"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/kube/equal"
)

// Ports of a webhook when nothing is said.
const (
	webhookPort    = int64(9443)
	webhookService = int64(443)
)

// webhooks writes admission webhooks as controller-gen does, into one file, and conversion webhooks by the names of
// their CustomResourceDefinitions. One that differs from the others in port or workload is said in the description.
func (d *draft) webhooks() {
	hooks := trees(d.csvSpec("webhookdefinitions"))
	if len(hooks) == 0 || len(d.workloads) == 0 || d.raw["webhooks"] || !d.sayable(hooks) {
		return
	}
	out := tree{}
	port, service := commonest(hooks, "targetPort"), commonest(hooks, "containerPort")
	server := d.workloadNamed(text(commonest(hooks, "deploymentName")))
	if server != d.workloads[0] {
		out["workload"] = server.key
	}
	if n, ok := port.(int64); ok && n != webhookPort {
		out["port"] = n
	}
	if n, ok := service.(int64); ok && n != webhookService {
		out["servicePort"] = n
	}
	var inFile, inPlace, conversion []any
	configurations := map[string][]any{}
	for _, h := range hooks {
		plain := h["deploymentName"] == server.name && h["targetPort"] == port && h["containerPort"] == service && isNumber(port)
		switch {
		case kube.Webhook(text(h["type"])).Name == kube.Conversion && plain && d.standardConversion(h):
			conversion = append(conversion, list(h["conversionCRDs"])...)
		case kube.Webhook(text(h["type"])).Name == kube.Conversion || !plain:
			inPlace = append(inPlace, d.hook(h, server, port, service))
		default:
			kind := kube.Webhook(text(h["type"])).Kind
			configurations[kind] = append(configurations[kind], admission(h))
		}
	}
	if file := configurationFile(configurations); file != nil {
		inFile = append(inFile, d.addFile("webhooks/", "manifests", ".yaml", file))
	}
	some(out, "from", inFile)
	some(out, "hooks", inPlace)
	some(out, "conversion", conversion)
	d.webhookCertificates(out, hooks, server)
	d.spec["webhooks"] = out
}

// sayable reports whether the webhooks can be said in the description's words at all: each served by a Deployment of
// this operator, and conversion only where all namespaces are watched.
func (d *draft) sayable(hooks []tree) bool {
	names := map[string]bool{}
	modes := list(get(d.spec, "watch", "modes"))
	for _, h := range hooks {
		id := text(h["type"]) + " " + text(h["generateName"])
		if h["targetPort"] == nil || h["containerPort"] == nil || names[id] || d.workloadNamed(text(h["deploymentName"])) == nil {
			return false
		}
		if path := text(h["webhookPath"]); path != "" && path[0] != '/' {
			return false
		}
		if kube.Webhook(text(h["type"])).Name == kube.Conversion && (len(modes) > 0 || text(h["webhookPath"]) == "" || len(list(h["conversionCRDs"])) == 0) {
			return false
		}
		names[id] = true
	}
	return true
}

func (d *draft) workloadNamed(name string) *workload {
	for _, w := range d.workloads {
		if w.name == name {
			return w
		}
	}
	return nil
}

func isNumber(v any) bool { _, ok := v.(int64); return ok }

// commonest is the value that most entries of a list have for a field, the first of those that are equally common.
func commonest(all []tree, field string) any {
	count := map[any]int{}
	for _, t := range all {
		count[t[field]]++
	}
	var best any
	for _, t := range all {
		if best == nil || count[t[field]] > count[best] {
			best = t[field]
		}
	}
	return best
}

// standardConversion reports whether a conversion webhook is what opc makes from a CustomResourceDefinition's name.
func (d *draft) standardConversion(h tree) bool {
	crds := texts(h["conversionCRDs"])
	if len(crds) != 1 {
		return false
	}
	return equal.Same("webhook", h, tree{
		"type": kube.Webhook(kube.Conversion).OLM, "generateName": compiler.ConversionName(crds[0]), "conversionCRDs": h["conversionCRDs"], "webhookPath": "/convert",
		"admissionReviewVersions": d.conversionReviews(crds), "sideEffects": "None",
		"deploymentName": h["deploymentName"], "containerPort": h["containerPort"], "targetPort": h["targetPort"],
	})
}

// conversionReviews are the versions of reviews that opc gives a conversion webhook: those of its definitions.
func (d *draft) conversionReviews(names []string) []any {
	for _, name := range names {
		for _, c := range d.crdsOf() {
			if reviews := list(get(c.doc.tree, "spec", "conversion", "webhook", "conversionReviewVersions")); c.doc.name() == name && len(reviews) > 0 {
				return reviews
			}
		}
	}
	return []any{"v1"}
}

// hook says one webhook in the description.
func (d *draft) hook(h tree, server *workload, port, service any) tree {
	out := tree{"type": kube.Webhook(text(h["type"])).Name, "name": h["generateName"]}
	some(out, "path", h["webhookPath"])
	some(out, "crds", h["conversionCRDs"])
	if w := d.workloadNamed(text(h["deploymentName"])); w != server {
		out["workload"] = w.key
	}
	if h["targetPort"] != port || !isNumber(port) {
		out["port"] = h["targetPort"]
	}
	if h["containerPort"] != service {
		out["containerPort"] = h["containerPort"]
	}
	for _, f := range kube.WebhookFields {
		some(out, f, h[f])
	}
	reviews := []any{"v1"}
	if out["type"] == kube.Conversion {
		reviews = d.conversionReviews(texts(h["conversionCRDs"]))
	}
	if equal.Same("x", out["admissionReviewVersions"], reviews) {
		delete(out, "admissionReviewVersions")
	}
	if out["sideEffects"] == "None" {
		delete(out, "sideEffects")
	}
	return out
}

// admission is a webhook as it stands in a configuration.
func admission(h tree) tree {
	out := tree{"name": h["generateName"]}
	for _, f := range kube.WebhookFields {
		some(out, f, h[f])
	}
	service := tree{"name": "webhook-service", "namespace": "system"} // kubebuilder's placeholders
	some(service, "path", h["webhookPath"])
	out["clientConfig"] = tree{"service": service}
	return out
}

// configurationFile is the text of the webhook configurations, as controller-gen writes them.
func configurationFile(configurations map[string][]any) []byte {
	var out []byte
	for _, kind := range sortedKeys(configurations) {
		hooks := configurations[kind]
		slices.SortStableFunc(hooks, func(a, b any) int { return cmp.Compare(text(object(a)["name"]), text(object(b)["name"])) })
		name := kube.Webhook(kind).ConfigurationName()
		if out != nil {
			out = append(out, "---\n"...)
		}
		out = append(out, yamlOf(tree{
			"apiVersion": kube.AdmissionGroup + "/v1", "kind": kind, "metadata": tree{"name": name}, "webhooks": hooks,
		})...)
	}
	return out
}

// webhookCertificates says what the manager is told about its certificate, where that is not kubebuilder's way.
func (d *draft) webhookCertificates(out tree, hooks []tree, server *workload) {
	if server.key != "manager" {
		out["flag"] = "" // opc tells only the manager
		return
	}
	flag := ""
	args := texts(server.main["args"])
	mount := "/tmp/k8s-webhook-server/serving-certs"
	for _, a := range args {
		if path, ok := strings.CutPrefix(a, "--webhook-cert-path="); ok {
			flag, mount = "--webhook-cert-path", path
		}
	}
	served := slices.ContainsFunc(trees(server.main["ports"]), func(p tree) bool {
		return same("port", p, tree{"name": "webhook-server", "containerPort": commonest(hooks, "targetPort"), "protocol": "TCP"})
	})
	if flag == "" || !served {
		out["flag"] = ""
	}
	if mount != "/tmp/k8s-webhook-server/serving-certs" && flag != "" && served {
		out["mountPath"] = mount
	}
}
