package kube

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// Need is a Secret or ConfigMap that a pod can't start without.
type Need struct {
	Kind, Name string
	At         string // pointer to the reference, in the pod's spec
	What       string // who needs it, for messages
}

// Needs lists what a pod can't start without: what its containers' environment and its volumes take from Secrets and
// ConfigMaps, unless they are optional. Pull secrets are not among them: without one the kubelet still pulls.
func Needs(spec *corev1.PodSpec) []Need {
	var out []Need
	for i, v := range spec.Volumes {
		out = append(out, volumeNeeds(v, fmt.Sprintf("/volumes/%d", i))...)
	}
	for i := range spec.InitContainers {
		out = append(out, containerNeeds(&spec.InitContainers[i], fmt.Sprintf("/initContainers/%d", i))...)
	}
	for i := range spec.Containers {
		out = append(out, containerNeeds(&spec.Containers[i], fmt.Sprintf("/containers/%d", i))...)
	}
	return slices.DeleteFunc(out, func(n Need) bool { return n.Name == "" || slices.Contains(everywhere, n.Name) })
}

// everywhere are the ConfigMaps that a cluster puts into each namespace.
var everywhere = []string{"kube-root-ca.crt", "openshift-service-ca.crt"}

func volumeNeeds(v corev1.Volume, at string) []Need {
	what := "the volume " + v.Name
	var out []Need
	if s := v.Secret; s != nil && !isTrue(s.Optional) {
		out = append(out, Need{"Secret", s.SecretName, at + "/secret/secretName", what})
	}
	if c := v.ConfigMap; c != nil && !isTrue(c.Optional) {
		out = append(out, Need{"ConfigMap", c.Name, at + "/configMap/name", what})
	}
	if v.Projected == nil {
		return out
	}
	for i, source := range v.Projected.Sources {
		where := fmt.Sprintf("%s/projected/sources/%d", at, i)
		if s := source.Secret; s != nil && !isTrue(s.Optional) {
			out = append(out, Need{"Secret", s.Name, where + "/secret/name", what})
		}
		if c := source.ConfigMap; c != nil && !isTrue(c.Optional) {
			out = append(out, Need{"ConfigMap", c.Name, where + "/configMap/name", what})
		}
	}
	return out
}

func containerNeeds(c *corev1.Container, at string) []Need {
	var out []Need
	for i, e := range c.Env {
		if e.ValueFrom == nil {
			continue
		}
		where, what := fmt.Sprintf("%s/env/%d/valueFrom", at, i), "the environment variable "+e.Name
		if s := e.ValueFrom.SecretKeyRef; s != nil && !isTrue(s.Optional) {
			out = append(out, Need{"Secret", s.Name, where + "/secretKeyRef/name", what})
		}
		if m := e.ValueFrom.ConfigMapKeyRef; m != nil && !isTrue(m.Optional) {
			out = append(out, Need{"ConfigMap", m.Name, where + "/configMapKeyRef/name", what})
		}
	}
	for i, e := range c.EnvFrom {
		where, what := fmt.Sprintf("%s/envFrom/%d", at, i), "the container "+c.Name
		if s := e.SecretRef; s != nil && !isTrue(s.Optional) {
			out = append(out, Need{"Secret", s.Name, where + "/secretRef/name", what})
		}
		if m := e.ConfigMapRef; m != nil && !isTrue(m.Optional) {
			out = append(out, Need{"ConfigMap", m.Name, where + "/configMapRef/name", what})
		}
	}
	return out
}

func isTrue(b *bool) bool { return b != nil && *b }

// Makes lists the Secrets and ConfigMaps that an object is or that a controller makes of it, as kind and name.
func Makes(tree Tree) [][2]string {
	o := &Object{Tree: tree}
	named := func(kind string, path ...string) [][2]string {
		if name := Text(At(tree, path...)); name != "" {
			return [][2]string{{kind, name}}
		}
		return nil
	}
	switch {
	case o.Is("", "Secret"), o.Is("", "ConfigMap"):
		return named(o.Kind(), "metadata", "name")
	case o.Is("cert-manager.io", "Certificate"):
		return named("Secret", "spec", "secretName")
	case o.Is("", "Service"):
		var out [][2]string
		for _, stage := range []string{"alpha", "beta"} {
			out = append(out, named("Secret", "metadata", "annotations", "service."+stage+".openshift.io/serving-cert-secret-name")...)
		}
		return out
	case o.Is("external-secrets.io", "ExternalSecret"):
		if out := named("Secret", "spec", "target", "name"); out != nil {
			return out
		}
		return named("Secret", "metadata", "name")
	case o.Is("bitnami.com", "SealedSecret"):
		return named("Secret", "metadata", "name")
	}
	return nil
}
