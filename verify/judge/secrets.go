package judge

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// need is a Secret or ConfigMap that something can't run without.
type need struct {
	kind, name string
	at         string
	what       string // who needs it, for the message
}

// secrets finds Secrets and ConfigMaps that nothing makes.
func secrets(s *set, ctx *Context, report Report) {
	made := s.makers()
	tell := func(o *kube.Object, namespace string, n need) {
		if n.name == "" || ctx.provided(n.kind, n.name) || slices.Contains(everywhere, n.name) {
			return
		}
		if slices.ContainsFunc(made[n.kind+" "+n.name], func(ns string) bool { return kube.SameNamespace(ns, namespace) }) {
			return
		}
		severity := diag.Warning
		if ctx.Complete {
			severity = diag.Error
		}
		report(kube.Of(o, diag.NobodyMakes, severity, n.at, "%s needs the %s %s, which nothing makes", n.what, n.kind, n.name).
			WithHint("install the %s too, or mark the reference optional", n.kind).
			WithFix("ship the %s under objects, or mark it optional", n.kind))
	}
	for _, p := range s.pods {
		for _, n := range p.needs() {
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

// everywhere are the ConfigMaps that a cluster puts into each namespace.
var everywhere = []string{"kube-root-ca.crt", "openshift-service-ca.crt"}

// makers maps kind and name of what is made to the namespaces it is made in.
func (s *set) makers() map[string][]string {
	out := map[string][]string{}
	add := func(o *kube.Object, kind, name string) {
		if name != "" {
			out[kind+" "+name] = append(out[kind+" "+name], s.Home(o))
		}
	}
	for _, o := range s.Objects {
		switch {
		case o.Is("", "Secret"), o.Is("", "ConfigMap"):
			add(o, o.Kind(), o.Name())
		case o.Is("cert-manager.io", "Certificate"):
			name, _ := model.At(o.Tree, "spec", "secretName").(string)
			add(o, "Secret", name)
		case o.Is("", "Service"):
			for _, stage := range []string{"alpha", "beta"} {
				add(o, "Secret", stringsAt(o.Tree, "metadata", "annotations")["service."+stage+".openshift.io/serving-cert-secret-name"])
			}
		case o.Is("external-secrets.io", "ExternalSecret"):
			name, _ := model.At(o.Tree, "spec", "target", "name").(string)
			if name == "" {
				name = o.Name()
			}
			add(o, "Secret", name)
		case o.Is("bitnami.com", "SealedSecret"):
			add(o, "Secret", o.Name())
		}
	}
	return out
}

// needs lists what the pod can't start without.
func (p *podTemplate) needs() []need {
	var out []need
	for i, v := range p.Spec.Volumes {
		at := fmt.Sprintf("%s/volumes/%d", p.spec(), i)
		out = append(out, volumeNeeds(v, at)...)
	}
	for i := range p.Spec.InitContainers {
		out = append(out, containerNeeds(&p.Spec.InitContainers[i], fmt.Sprintf("%s/initContainers/%d", p.spec(), i))...)
	}
	for i := range p.Spec.Containers {
		out = append(out, containerNeeds(&p.Spec.Containers[i], fmt.Sprintf("%s/containers/%d", p.spec(), i))...)
	}
	return out
}

func volumeNeeds(v corev1.Volume, at string) []need {
	what := "the volume " + v.Name
	var out []need
	if s := v.Secret; s != nil && !isTrue(s.Optional) {
		out = append(out, need{"Secret", s.SecretName, at + "/secret/secretName", what})
	}
	if c := v.ConfigMap; c != nil && !isTrue(c.Optional) {
		out = append(out, need{"ConfigMap", c.Name, at + "/configMap/name", what})
	}
	if v.Projected == nil {
		return out
	}
	for i, source := range v.Projected.Sources {
		where := fmt.Sprintf("%s/projected/sources/%d", at, i)
		if s := source.Secret; s != nil && !isTrue(s.Optional) {
			out = append(out, need{"Secret", s.Name, where + "/secret/name", what})
		}
		if c := source.ConfigMap; c != nil && !isTrue(c.Optional) {
			out = append(out, need{"ConfigMap", c.Name, where + "/configMap/name", what})
		}
	}
	return out
}

func containerNeeds(c *corev1.Container, at string) []need {
	var out []need
	for i, e := range c.Env {
		if e.ValueFrom == nil {
			continue
		}
		where, what := fmt.Sprintf("%s/env/%d/valueFrom", at, i), "the environment variable "+e.Name
		if s := e.ValueFrom.SecretKeyRef; s != nil && !isTrue(s.Optional) {
			out = append(out, need{"Secret", s.Name, where + "/secretKeyRef/name", what})
		}
		if m := e.ValueFrom.ConfigMapKeyRef; m != nil && !isTrue(m.Optional) {
			out = append(out, need{"ConfigMap", m.Name, where + "/configMapKeyRef/name", what})
		}
	}
	for i, e := range c.EnvFrom {
		where, what := fmt.Sprintf("%s/envFrom/%d", at, i), "the container "+c.Name
		if s := e.SecretRef; s != nil && !isTrue(s.Optional) {
			out = append(out, need{"Secret", s.Name, where + "/secretRef/name", what})
		}
		if m := e.ConfigMapRef; m != nil && !isTrue(m.Optional) {
			out = append(out, need{"ConfigMap", m.Name, where + "/configMapRef/name", what})
		}
	}
	return out
}

func isTrue(b *bool) bool { return b != nil && *b }

// monitorNeeds lists the Secrets that a ServiceMonitor's scraping needs.
func monitorNeeds(t model.Tree) []need {
	var out []need
	endpoints, _ := model.At(t, "spec", "endpoints").([]any)
	for i, e := range endpoints {
		endpoint, _ := e.(map[string]any)
		at := fmt.Sprintf("/spec/endpoints/%d/tlsConfig", i)
		for _, path := range [][]string{{"ca", "secret"}, {"cert", "secret"}, {"keySecret"}} {
			name, _ := model.At(endpoint, append(append([]string{"tlsConfig"}, path...), "name")...).(string)
			if slices.ContainsFunc(out, func(n need) bool { return n.name == name }) {
				continue
			}
			out = append(out, need{"Secret", name, at + "/" + path[0], "scraping"})
		}
	}
	return out
}
