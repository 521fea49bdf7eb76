package diff

import (
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// webhooks are the webhooks of the model by type and name, and what serves them.
func webhooks(o *model.Operator, v view) *node {
	w := o.Webhooks
	n := group("/webhooks")
	n.text("certificates", w.Certificates, w.From.Child("certificates"))
	n.text("secret", w.Secret, w.From.Child("secret"))
	n.text("mountPath", w.MountPath, w.From.Child("mountPath"))
	if w.ServicePort != 0 {
		n.put("servicePort", leaf(w.ServicePort, w.From.Child("servicePort")))
		n.put("port", leaf(w.Port, w.From.Child("port")))
	}
	var when model.Cond
	if slices.ContainsFunc(o.Features, func(f model.Feature) bool { return f.Name == "webhook" }) {
		when = model.All("webhook")
	}
	for _, h := range w.Hooks {
		if v.olm && o.UnservedByOLM(h) {
			continue // a bundle lacks it
		}
		kid := hook(h.Tree, h.From)
		kid.when = when
		kid.text("path", h.Path, h.From)
		kid.text("workload", h.Workload, h.From)
		kid.put("port", leaf(h.Port, h.From))
		kid.put("target", leaf(h.Target, h.From))
		kid.set("crds", h.CRDs, h.From.Child("crds"))
		under(n, h.Type, n.from).kids[h.Name] = kid
	}
	return n
}

// configured adds the webhooks of a configuration that the description says as an object.
func configured(all *node, obj model.Object, v view) {
	typ := kube.Validating
	if strings.HasPrefix(obj.Kind(), "Mutating") {
		typ = kube.Mutating
	}
	list := kube.List(v.scope.Resolve(obj.Tree["webhooks"]))
	for i, e := range list {
		t, at := model.Clone(fields(e)), obj.From.Child("webhooks").Index(i)
		name := text(t["name"], "?")
		client := fields(t["clientConfig"])
		service := fields(client["service"])
		delete(t, "name")
		delete(t, "clientConfig")
		kid := hook(t, at)
		kid.when = obj.When
		kid.text("path", text(service["path"], ""), at)
		to := text(service["name"], text(client["url"], ""))
		if ns := text(service["namespace"], anyNamespace); ns != anyNamespace {
			to = ns + "/" + to
		}
		kid.text("workload", to, at)
		kid.put("port", leaf(service["port"], at))
		under(all, typ, all.from).kids[name] = kid
	}
}

// hook is a webhook in Kubernetes' words, with what the API server fills in.
func hook(t model.Tree, from diag.Path) *node {
	n := group(from)
	rest := model.Tree{"failurePolicy": "Fail", "matchPolicy": "Equivalent", "timeoutSeconds": int64(10)}
	for k, v := range t {
		if k != "rules" && !blank(v) {
			rest[k] = v
		}
	}
	for k, v := range rest {
		b := builder{from: from}
		n.put(k, b.value(v, k, "/"+diag.Escape(k)))
	}
	var list []atom
	rules := kube.List(t["rules"])
	for i, e := range rules {
		r := fields(e)
		for _, g := range words(r["apiGroups"]) {
			for _, v := range words(r["apiVersions"]) {
				for _, res := range words(r["resources"]) {
					for _, op := range words(r["operations"]) {
						if g == "" {
							g = coreGroup
						}
						list = append(list, atom{parts: []string{g, v, res, op, text(r["scope"], "*")}, from: from.Child("rules").Index(i)})
					}
				}
			}
		}
	}
	n.put("rules", &node{from: from.Child("rules"), atoms: &atomSet{list: sorted(list), covers: ruleCovers}})
	return n
}

// ruleCovers tells whether a webhook's rule matches all that another does.
func ruleCovers(a, b []string) bool {
	for i := range a {
		if a[i] != b[i] && a[i] != "*" && !(i == 2 && a[i] == "*/*") {
			return false
		}
	}
	return true
}
