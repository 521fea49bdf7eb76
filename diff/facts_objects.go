package diff

import (
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// objects are what is installed: workloads, grants, webhooks and the rest.
func objects(root *node, o *model.Operator, v view) {
	workloads, rest := group("/manager"), group("/objects")
	rbac := &grants{view: v}
	hooks := webhooks(o, v)
	manifests := group("/olm/manifests")
	for _, obj := range o.OLM.Manifests {
		object(manifests, obj, v)
	}
	if !v.olm {
		root.put("manifests", manifests)
	}
	for _, obj := range installed(o, v) {
		when, possible := v.here(obj.When)
		if !possible {
			continue
		}
		obj.When = when
		if v.olm && !v.bundled(obj) {
			continue
		}
		switch kind := obj.Kind(); {
		case kind == "Role" || kind == "ClusterRole" || kind == "RoleBinding" || kind == "ClusterRoleBinding":
			rbac.add(obj)
		case kube.IsWebhookConfiguration(kind):
			if obj.Role != model.RoleWebhook { // those are what the hooks of the model became
				configured(hooks, obj, v)
			}
		case kube.IsWorkload(obj.Group(), kind):
			workloads.put(nameOf(obj, v), workload(obj, v))
		default:
			object(rest, obj, v)
		}
	}
	root.put("workloads", workloads)
	root.put("objects", rest)
	root.put("webhooks", hooks)
	rbac.facts(root)
}

// installed are the objects of an install. In a bundle those that the description says for it stand in for others.
func installed(o *model.Operator, v view) []model.Object {
	if !v.olm {
		return o.Objects
	}
	stands := func(obj model.Object) bool {
		return slices.ContainsFunc(o.OLM.Manifests, func(m model.Object) bool {
			return m.Kind() == obj.Kind() && nameOf(m, v) == nameOf(obj, v)
		})
	}
	return append(slices.DeleteFunc(slices.Clone(o.Objects), stands), o.OLM.Manifests...)
}

// bundled reports whether a bundle has an object: OLM makes some itself, and takes neither every kind nor what stands in
// another namespace. A bundle that was read does not tell what its description said for it alone, so kinds that OLM
// refuses are left out on both sides, whoever said them.
func (v view) bundled(obj model.Object) bool {
	switch obj.Kind() {
	case "ServiceAccount", "Issuer", "Certificate", "Namespace":
		return false
	}
	if obj.Role == model.RoleManifest {
		obj.Role = model.RoleExtra
		return !obj.RefusedByOLM()
	}
	meta := v.scope.Resolve(obj.Tree["metadata"])
	obj.Tree = model.Tree{"apiVersion": obj.Tree["apiVersion"], "kind": obj.Tree["kind"], "metadata": meta}
	return obj.Role != model.RoleWebhookService && !obj.RefusedByOLM() && !obj.Elsewhere(v.scope.Namespace)
}

// object adds an object by kind and name.
func object(all *node, obj model.Object, v view) {
	b := builder{view: v, from: obj.From, origins: obj.Origins}
	n := group(obj.From)
	for k, e := range obj.Tree {
		if k != "kind" && k != "metadata" && k != "status" {
			n.put(k, b.value(e, k, "/"+diag.Escape(k)))
		}
	}
	b.meta(n, fields(obj.Tree["metadata"]), "/metadata")
	n.when = obj.When
	kind := kindName(obj)
	if all.kids[kind] == nil {
		all.kids[kind] = group(all.from)
	}
	all.kids[kind].kids[b.unique(all.kids[kind], nameOf(obj, v), obj.When)] = n
}

// nameOf is the name of an object in its kind, with the namespace where that is not the operator's own.
func nameOf(obj model.Object, v view) string {
	name := v.scope.String(obj.Name())
	if ns := v.scope.String(model.MetaString(obj.Tree, "namespace")); ns != "" && ns != anyNamespace {
		name = ns + "/" + name
	}
	if obj.Each {
		name += " (each watched namespace)"
	}
	return name
}

// meta adds labels, annotations and the rest of metadata but the name and namespace.
func (b *builder) meta(n *node, meta model.Tree, pointer string) {
	for k, e := range meta {
		if k != "name" && k != "namespace" && k != "creationTimestamp" {
			n.put(k, b.value(e, k, pointer+"/"+diag.Escape(k)))
		}
	}
}

// kindName is the kind, with the group where another's kind could have the same name.
func kindName(obj model.Object) string {
	apiVersion, kind := obj.APIVersion(), obj.Kind()
	group, _, found := strings.Cut(apiVersion, "/")
	if !found || !strings.Contains(group, ".") || strings.HasSuffix(group, ".k8s.io") {
		return kind
	}
	for _, known := range []string{"monitoring.coreos.com", "cert-manager.io", "console.openshift.io"} {
		if group == known {
			return kind
		}
	}
	return kind + "." + group
}
