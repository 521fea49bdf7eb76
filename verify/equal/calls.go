package equal

import (
	"reflect"
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/kube/equal"
)

const (
	callKind = "webhook"
)

// calls replaces webhook configurations and the Services behind them by what they amount to: each webhook with the pods,
// port and path at which it is called. The same is done to the conversion of CustomResourceDefinitions.
//
// A Service that the bundle ships besides stands on both sides: only those that OLM makes are taken out.
func (c *Case) calls() bool {
	c.shipped = map[kube.ID]bool{}
	for id, g := range c.got {
		c.shipped[id] = g.Inner == nil
	}
	used := c.callsOf(c.want)
	return c.callsOf(c.got) || used
}

// ownService marks a call that goes through a Service of the description's own.
const ownService = "a Service of the description's own"

// ownServices takes out where calls lead that go through a Service of the description's own: OLM calls its own.
func ownServices(w, g *side) bool {
	used := false
	for _, path := range [][]string{{"clientConfig"}, {"spec", "conversion", "webhook", "clientConfig"}} {
		want, got := w.mapAt(path...), g.mapAt(path...)
		if want[ownService] == nil {
			continue
		}
		delete(want, ownService)
		if got[ownService] != nil { // a conversion that OLM leaves as it is
			delete(got, ownService)
			continue
		}
		if got != nil && (!reflect.DeepEqual(want["pods"], got["pods"]) || !equal.SameScalar(want["port"], got["port"])) {
			used = true
			for _, field := range []string{"pods", "port"} {
				delete(want, field)
				delete(got, field)
			}
		}
	}
	return used
}

func (c *Case) callsOf(side map[kube.ID]*side) bool {
	services := map[kube.ID]bool{}
	used := false
	for id, s := range side {
		switch {
		case id.Group == kube.AdmissionGroup && kube.IsWebhookConfiguration(id.Kind):
			list := kube.List(s.tree["webhooks"])
			for _, e := range list {
				hook := kube.Map(e)
				hook = model.Clone(hook)
				hook["clientConfig"] = c.target(side, hook["clientConfig"], services)
				name := kube.Text(hook["name"])
				call := synthetic(callKind, callName(name, id.Kind), hook, s)
				side[call.ID()] = call
			}
			delete(side, id)
			used = true
		case id.Kind == "CustomResourceDefinition":
			webhook := kube.Map(model.At(s.tree, "spec", "conversion", "webhook"))
			if webhook == nil {
				continue
			}
			webhook["clientConfig"] = c.target(side, webhook["clientConfig"], services)
			used = true
		}
	}
	for id := range services {
		if !c.shipped[id] {
			delete(side, id)
		}
	}
	return used
}

// callName names a webhook of a configuration.
func callName(hook, kind string) string { return hook + " of the " + kind }

// unserved takes out webhooks whose workload OLM does not install.
func (c *Case) unserved() bool {
	used := false
	for _, h := range c.Model.Webhooks.Hooks {
		if !c.Model.UnservedByOLM(h) {
			continue
		}
		used = true
		configuration := kube.Webhook(h.Type).Kind
		for id := range c.want {
			if id.Kind == callKind && id.Name == callName(h.Name, configuration) {
				delete(c.want, id)
			}
		}
		c.each(func(w, g *side) bool {
			if !w.Is("apiextensions.k8s.io", crdKind) || !slices.Contains(h.CRDs, w.Name()) {
				return false
			}
			for _, s := range []*side{w, g} {
				delete(s.mapAt("spec"), "conversion")
			}
			return true
		})
	}
	return used
}

// pods names the workloads whose pods a Service leads to: two selectors may say the same pods in other words. Where
// there are none, it is the selector itself.
func pods(all map[kube.ID]*side, svc *side) any {
	selector := svc.mapAt("spec", "selector")
	out := map[string]any{}
	for id, s := range all {
		labels := s.mapAt("spec", "template", "metadata", "labels")
		if id.Namespace == svc.ID().Namespace && len(selector) > 0 && labels != nil && contains(labels, selector) {
			out[id.String()] = true
		}
	}
	if len(out) == 0 {
		return selector
	}
	return out
}

// contains reports whether labels have all that a selector asks for.
func contains(labels, selector map[string]any) bool {
	for k, v := range selector {
		if labels[k] != v {
			return false
		}
	}
	return true
}

// target resolves the Service of a call.
func (c *Case) target(side map[kube.ID]*side, config any, services map[kube.ID]bool) any {
	t := kube.Map(config)
	ref := kube.Map(t["service"])
	if ref == nil {
		return config
	}
	name := kube.Text(ref["name"])
	namespace := kube.Text(ref["namespace"])
	id := kube.ID{Kind: "Service", Namespace: namespace, Name: name}
	svc := side[id]
	if svc == nil {
		return config
	}
	services[id] = true
	port := ref["port"]
	if port == nil {
		port = int64(443)
	}
	out := map[string]any{"path": ref["path"], "pods": pods(side, svc)}
	if c.shipped[id] {
		out[ownService] = true
	}
	ports := kube.List(model.At(svc.tree, "spec", "ports"))
	for _, e := range ports {
		p := kube.Map(e)
		if equal.SameScalar(p["port"], port) {
			out["port"] = p["targetPort"]
		}
	}
	return out
}
