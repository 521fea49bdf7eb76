package bundle

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
)

// ca stands where OLM puts the CA of the certificate that it makes for webhooks.
const ca = "T0xN"

// Install returns what OLM makes of the bundle in a namespace: the manifests as they are, and what the install strategy
// and the webhookdefinitions amount to (operator-lifecycle-manager: pkg/controller/install/{deployment,webhook}.go,
// pkg/controller/registry/resolver/rbac.go).
func (b *Bundle) Install(namespace string) []*kube.Object {
	e := &expansion{bundle: b, namespace: namespace}
	for _, o := range b.Manifests {
		e.manifest(o)
	}
	if b.CSV != nil {
		e.accounts()
		e.deployments()
		e.permissions("permissions", "Role")
		e.permissions("clusterPermissions", "ClusterRole")
		e.webhooks()
	}
	return e.out
}

type expansion struct {
	bundle    *Bundle
	namespace string
	out       []*kube.Object
}

// strategy is where the install strategy stands.
const strategy = "/spec/install/spec"

func (e *expansion) list(path ...string) []any {
	return kube.List(model.At(e.bundle.CSV.Tree, path...))
}

// add makes an object out of a part of the ClusterServiceVersion. inner maps pointers into it to pointers into that.
func (e *expansion) add(tree model.Tree, inner func(string) string) *kube.Object {
	o := &kube.Object{Tree: tree, At: e.bundle.CSV.At, Inner: inner}
	e.out = append(e.out, o)
	return o
}

func (e *expansion) manifest(o *kube.Object) {
	if kube.BundledInCluster(o.Kind()) { // the namespace of others is OLM's choice, whatever they say
		e.out = append(e.out, o)
		return
	}
	tree := model.Clone(o.Tree)
	if md, ok := tree["metadata"].(map[string]any); ok {
		md["namespace"] = e.namespace
	}
	e.out = append(e.out, &kube.Object{Tree: tree, At: o.At, From: o.From})
}

func (e *expansion) meta(name string, namespaced bool) map[string]any {
	md := map[string]any{"name": name}
	if namespaced {
		md["namespace"] = e.namespace
	}
	return md
}

// accounts are made for every name that permissions stand under, but for the one that each namespace has.
func (e *expansion) accounts() {
	seen := map[string]bool{}
	for _, field := range []string{"clusterPermissions", "permissions"} {
		for i, p := range e.list("spec", "install", "spec", field) {
			entry := kube.Map(p)
			name := kube.Text(entry["serviceAccountName"])
			if name == "" || name == "default" || seen[name] || e.bundle.has("ServiceAccount", name) {
				continue
			}
			seen[name] = true
			at := fmt.Sprintf("%s/%s/%d/serviceAccountName", strategy, field, i)
			e.add(model.Tree{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": e.meta(name, true)}, func(string) string { return at })
		}
	}
}

func (b *Bundle) has(kind, name string) bool {
	return slices.ContainsFunc(b.Manifests, func(o *kube.Object) bool { return o.Kind() == kind && o.Name() == name })
}

func (e *expansion) deployments() {
	for i, d := range e.list("spec", "install", "spec", "deployments") {
		entry := kube.Map(d)
		name := kube.Text(entry["name"])
		md := e.meta(name, true)
		if labels, ok := entry["label"].(map[string]any); ok {
			md["labels"] = labels
		}
		at := fmt.Sprintf("%s/deployments/%d", strategy, i)
		e.add(model.Tree{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": md, "spec": entry["spec"]}, func(pointer string) string {
			if rest, ok := strings.CutPrefix(pointer, "/metadata/labels"); ok {
				return at + "/label" + rest
			}
			if strings.HasPrefix(pointer, "/metadata") {
				return at + "/name"
			}
			return at + pointer
		})
	}
}

// permissions become a role and its binding each.
func (e *expansion) permissions(field, kind string) {
	const rbac = "rbac.authorization.k8s.io"
	for i, p := range e.list("spec", "install", "spec", field) {
		entry := kube.Map(p)
		account := kube.Text(entry["serviceAccountName"])
		at := fmt.Sprintf("%s/%s/%d", strategy, field, i)
		inner := func(pointer string) string {
			if strings.HasPrefix(pointer, "/rules") {
				return at + pointer
			}
			return at
		}
		name := fmt.Sprintf("%s-%s-%d", e.bundle.CSV.Name(), strings.ToLower(kind), i)
		namespaced := kind == "Role"
		e.add(model.Tree{"apiVersion": rbac + "/v1", "kind": kind, "metadata": e.meta(name, namespaced), "rules": entry["rules"]}, inner)
		e.add(model.Tree{
			"apiVersion": rbac + "/v1", "kind": kind + "Binding", "metadata": e.meta(name, namespaced),
			"roleRef":  map[string]any{"apiGroup": rbac, "kind": kind, "name": name},
			"subjects": []any{map[string]any{"kind": "ServiceAccount", "name": account, "namespace": e.namespace}},
		}, inner)
	}
}

// webhooks get a Service for each Deployment, and a configuration for each webhook.
func (e *expansion) webhooks() {
	services := map[string]*kube.Object{}
	for i, w := range e.list("spec", "webhookdefinitions") {
		def := kube.Map(w)
		at := "/spec/webhookdefinitions/" + strconv.Itoa(i)
		deployment := kube.Text(def["deploymentName"])
		if e.selector(deployment) == nil {
			e.unconvert(def)
			continue // told of the definition: nothing more can be said of the webhook
		}
		port := def["containerPort"]
		if port == nil {
			port = int64(443)
		}
		target := def["targetPort"]
		if target == nil {
			target = port
		}
		service := services[deployment]
		if service == nil {
			service = e.service(deployment, at)
			services[deployment] = service
		}
		addPort(service.Tree, port, target)
		e.webhook(def, at, service.Name(), port)
	}
	e.forgotten()
}

// Certificates are the Secrets that OLM makes with the certificates of webhooks (pkg/controller/install/certresources.go).
func (b *Bundle) Certificates() []string {
	if b.CSV == nil {
		return nil
	}
	var out []string
	for _, w := range (&csvJudge{bundle: b}).list("spec", "webhookdefinitions") {
		deployment := kube.Text(w["deploymentName"])
		out = append(out, kube.OLMService(deployment)+"-cert")
	}
	return out
}

// service leads to the pods of a Deployment.
func (e *expansion) service(deployment, at string) *kube.Object {
	name := kube.OLMService(deployment)
	return e.add(model.Tree{
		"apiVersion": "v1", "kind": "Service", "metadata": e.meta(name, true),
		"spec": map[string]any{"selector": e.selector(deployment), "ports": []any{}},
	}, func(string) string { return at + "/deploymentName" })
}

// selector is what a Deployment's pods are selected by; nil where there is no such Deployment.
func (e *expansion) selector(deployment string) map[string]any {
	for _, o := range e.out {
		if o.Kind() == "Deployment" && o.Name() == deployment {
			return kube.Map(model.At(o.Tree, "spec", "selector", "matchLabels"))
		}
	}
	return nil
}

func addPort(service model.Tree, port, target any) {
	spec := service["spec"].(map[string]any)
	ports := spec["ports"].([]any)
	for _, p := range ports {
		if p.(map[string]any)["port"] == port {
			return
		}
	}
	spec["ports"] = append(ports, map[string]any{"name": fmt.Sprint(port), "port": port, "protocol": "TCP", "targetPort": target})
}

func (e *expansion) webhook(def model.Tree, at, service string, port any) {
	ref := map[string]any{"name": service, "namespace": e.namespace, "port": port}
	if p, ok := def["webhookPath"].(string); ok {
		ref["path"] = p
	}
	client := map[string]any{"service": ref, "caBundle": ca}
	said := kube.Text(def["type"])
	typ := kube.Webhook(said)
	if said != typ.OLM {
		return // told by OLM's own type
	}
	if typ.Name == kube.Conversion {
		e.conversion(def, client)
		return
	}
	name := kube.Text(def["generateName"])
	hook := map[string]any{"name": name, "clientConfig": client}
	for _, field := range kube.WebhookFields {
		if v, ok := def[field]; ok {
			hook[field] = v
		}
	}
	e.add(model.Tree{
		"apiVersion": kube.AdmissionGroup + "/v1", "kind": typ.Kind, "metadata": e.meta(name, false), "webhooks": []any{hook},
	}, func(pointer string) string {
		rest, ok := strings.CutPrefix(pointer, "/webhooks/0")
		switch {
		case ok && strings.HasPrefix(rest, "/clientConfig"):
			return at + "/deploymentName"
		case rest == "/name":
			return at + "/generateName"
		case ok:
			return at + rest
		}
		return at + "/generateName"
	})
}

// conversion sets the webhook of the definitions that it converts.
func (e *expansion) conversion(def, client model.Tree) {
	e.converted(def, map[string]any{
		"strategy": "Webhook",
		"webhook":  map[string]any{"clientConfig": client, "conversionReviewVersions": def["admissionReviewVersions"]},
	})
}

// unconvert takes the conversion out of the definitions of a webhook that nothing serves.
func (e *expansion) unconvert(def model.Tree) { e.converted(def, map[string]any{"strategy": "None"}) }

// forgotten takes the conversion out of definitions that no webhookdefinition is for, which is told of the definition:
// nothing more can be said of their webhook.
func (e *expansion) forgotten() {
	var names []any
	for _, o := range e.out {
		if o.Is("apiextensions.k8s.io", "CustomResourceDefinition") && e.bundle.unconverted(o) {
			names = append(names, o.Name())
		}
	}
	e.unconvert(model.Tree{"conversionCRDs": names})
}

func (e *expansion) converted(def, conversion model.Tree) {
	names := kube.List(def["conversionCRDs"])
	for i, o := range e.out {
		if !o.Is("apiextensions.k8s.io", "CustomResourceDefinition") || !slices.Contains(names, any(o.Name())) {
			continue
		}
		tree := model.Clone(o.Tree)
		if spec, ok := tree["spec"].(map[string]any); ok {
			spec["conversion"] = conversion
		}
		e.out[i] = &kube.Object{Tree: tree, At: o.At, From: o.From}
	}
}
