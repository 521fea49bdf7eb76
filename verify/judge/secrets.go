package judge

import (
	"fmt"
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/finding"
)

// secrets finds Secrets and ConfigMaps that nothing makes.
func secrets(s *set, ctx *Context, report Report) {
	made := s.makers()
	tell := func(o *kube.Object, namespace string, n kube.Need) {
		if n.Name == "" || ctx.provided(n.Kind, n.Name) {
			return
		}
		if slices.ContainsFunc(made[n.Kind+" "+n.Name], func(ns string) bool { return kube.SameNamespace(ns, namespace) }) {
			return
		}
		if by := ctx.Unmade[n.Kind+" "+n.Name]; by != "" {
			report(finding.Of(o, diag.NobodyMakes, diag.Warning, n.At, "%s needs the %s %s, which the %s would make: it is not installed this way", n.What, n.Kind, n.Name, by).
				WithFix("create the %s by hand before the install", n.Kind))
			return
		}
		severity := diag.Warning
		if ctx.Complete {
			severity = diag.Error
		}
		report(finding.Of(o, diag.NobodyMakes, severity, n.At, "%s requires the %s %s, which is never created", n.What, n.Kind, n.Name).
			WithHint("install the %s too, or mark the reference as optional", n.Kind).
			WithFix("add the %s under objects, or mark the reference as optional", n.Kind))
	}
	for _, p := range s.pods {
		for _, n := range kube.Needs(p.Spec) {
			n.At = p.spec() + n.At
			tell(p.by.Object, p.namespace, n)
		}
	}
	for _, sub := range s.subjects {
		if sub.Is("monitoring.coreos.com", "ServiceMonitor") {
			for _, n := range monitorNeeds(sub.Tree) {
				tell(sub.Object, s.Home(sub.Object), n)
			}
		}
	}
}

// makers maps kind and name of what is made to the namespaces it is made in.
func (s *set) makers() map[string][]string {
	out := map[string][]string{}
	for _, o := range s.Objects {
		for _, made := range kube.Makes(o.Tree) {
			key := made[0] + " " + made[1]
			out[key] = append(out[key], s.Home(o))
		}
	}
	return out
}

// monitorNeeds lists the Secrets that a ServiceMonitor's scraping needs.
func monitorNeeds(t model.Tree) []kube.Need {
	var out []kube.Need
	endpoints := kube.List(model.At(t, "spec", "endpoints"))
	for i, e := range endpoints {
		endpoint := kube.Map(e)
		at := fmt.Sprintf("/spec/endpoints/%d/tlsConfig", i)
		for _, path := range [][]string{{"ca", "secret"}, {"cert", "secret"}, {"keySecret"}} {
			name := kube.Text(model.At(endpoint, append(append([]string{"tlsConfig"}, path...), "name")...))
			if slices.ContainsFunc(out, func(n kube.Need) bool { return n.Name == name }) {
				continue
			}
			out = append(out, kube.Need{Kind: "Secret", Name: name, At: at + "/" + path[0], What: "scraping"})
		}
	}
	return out
}
