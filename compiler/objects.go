package compiler

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// objects reads the further objects of the description and of its features.
func (s *state) objects() {
	for i, src := range s.spec.Objects {
		s.objectSource(src, diag.Path("/objects").Index(i), nil)
	}
	for _, name := range slices.Sorted(maps.Keys(s.spec.Features)) {
		for i, src := range s.spec.Features[name].Objects {
			s.objectSource(src, diag.Path("/features").Child(name).Child("objects").Index(i), model.All(name))
		}
	}
}

func (s *state) objectSource(src schema.ObjectSource, at diag.Path, when model.Cond) {
	switch {
	case src.Files != nil:
		var found []object
		for i, name := range src.Files.Files {
			found = append(found, s.objectsOf(name, at.Child("files").Index(i))...)
		}
		prefix := deref(src.Files.NamePrefix, true)
		for _, o := range found {
			if name := model.MetaString(o.tree, "name"); prefix {
				s.renamed[name] = s.prefixed(name)
			}
		}
		for _, o := range found {
			s.extra(o, when, prefix)
		}
	case src.Object != nil:
		s.extra(inPlace(src.Object, at), when, false)
	default:
		for _, o := range s.objectsOf(src.File, at) {
			s.extra(o, when, false)
		}
	}
}

// extra takes an object as it is; only its name, its namespace and what it refers to follow the install.
func (s *state) extra(o object, when model.Cond, prefix bool) {
	kind, _ := o.tree["kind"].(string)
	if kind == "CustomResourceDefinition" {
		s.add(diag.Errorf(diag.FileContent, o.from, "%s is a CustomResourceDefinition", model.MetaString(o.tree, "name")).WithHint("name it under crds:, where its APIs are known"))
		return
	}
	if s.ownNamespace(o, when) {
		return
	}
	md, _ := o.tree["metadata"].(map[string]any)
	name := model.MetaString(o.tree, "name")
	delete(md, "creationTimestamp")
	delete(o.tree, "status")
	cluster := s.clusterScoped(o.tree)
	md["name"] = s.nameExpr(name)
	if prefix {
		md["name"] = s.prefixed(name)
		s.relink(o.tree)
	}
	ns := model.MetaString(o.tree, "namespace")
	switch {
	case cluster:
		delete(md, "namespace")
	case ns == "" || ns == "system" || ns == s.m.Namespace || ns == "placeholder":
		md["namespace"] = model.Namespace()
	}
	file := o.file
	if file == "" {
		file = strings.ToLower(fmt.Sprintf("%s-%s", s.plainName(s.nameExpr(name)), kind))
	}
	s.replaceMade(model.Object{Node: model.Node{From: o.from}, Role: model.RoleExtra, File: file, When: when, Cluster: cluster, Verbatim: true, Tree: o.tree,
		Origins: model.AsSaid(o.from)})
}

// replaceMade adds an object of the description. It stands in for one that opc makes by itself under the same name, and
// is there on the same condition.
func (s *state) replaceMade(o model.Object) {
	i := slices.IndexFunc(s.m.Objects, func(m model.Object) bool {
		return m.Role != model.RoleExtra && m.Kind() == o.Kind() && m.APIVersion() == o.APIVersion() && s.plainName(m.Name()) == s.plainName(o.Name()) &&
			model.MetaString(m.Tree, "namespace") == model.MetaString(o.Tree, "namespace") && !m.Each
	})
	if i < 0 {
		s.addObject(o)
		return
	}
	o.When = o.When.And(s.m.Objects[i].When)
	s.m.Objects[i] = o
}

// relink renames what objects with the prefix say of each other, as kustomize's namePrefix does.
func (s *state) relink(tree model.Tree) {
	model.Walk(tree, func(path []string, text string) string {
		if expr, ok := s.renamed[text]; ok && refersByName(path) {
			return expr
		}
		if text == "system" && path[len(path)-1] == "namespace" {
			return model.Namespace()
		}
		return text
	})
}

// refersByName reports whether a field holds the name of another object.
func refersByName(path []string) bool {
	switch path[len(path)-1] {
	case "serviceAccountName", "serviceAccount", "secretName", "claimName", "configMapName":
		return true
	case "name":
		if len(path) < 2 {
			return false
		}
		switch path[len(path)-2] {
		case "roleRef", "subjects", "service", "configMap", "secret", "configMapRef", "secretRef", "configMapKeyRef", "secretKeyRef",
			"issuerRef", "scaleTargetRef", "imagePullSecrets", "ca", "cert", "keySecret":
			return true
		}
	}
	return false
}

// clusterKinds are the built-in kinds without a namespace, and those of add-ons that operators ship
// (k8s.io/api, OpenShift's console, cert-manager).
var clusterKinds = []string{
	"APIService", "CSIDriver", "ClusterIssuer", "ClusterRole", "ClusterRoleBinding", "ConsoleCLIDownload", "ConsoleLink", "ConsolePlugin",
	"ConsoleQuickStart", "ConsoleYAMLSample", "FlowSchema", "GatewayClass", "IngressClass", "MutatingAdmissionPolicy",
	"MutatingAdmissionPolicyBinding", "MutatingWebhookConfiguration", "Namespace", "Node", "PersistentVolume", "PriorityClass",
	"PriorityLevelConfiguration", "RuntimeClass", "SecurityContextConstraints", "StorageClass", "ValidatingAdmissionPolicy",
	"ValidatingAdmissionPolicyBinding", "ValidatingWebhookConfiguration", "VolumeAttachment",
}

// clusterScoped tells whether an object has no namespace: by its CRD, or by its kind. What is unknown has one.
func (s *state) clusterScoped(tree model.Tree) bool {
	kind, _ := tree["kind"].(string)
	apiVersion, _ := tree["apiVersion"].(string)
	group, _, found := strings.Cut(apiVersion, "/")
	for _, c := range s.m.CRDs {
		if found && c.Group == group && c.Kind == kind {
			return c.Scope == "Cluster"
		}
	}
	return slices.Contains(clusterKinds, kind)
}

// links lets what objects say of the operator's own objects follow their names: a RoleBinding in a file names a service
// account as it is called at default values.
func (s *state) links() {
	own := map[string]string{}
	for _, o := range s.m.Objects {
		if name := o.Name(); model.HasExpr(name) {
			own[s.plainName(name)] = name
		}
	}
	follow := func(path []string, text string) string {
		if expr, ok := own[text]; ok && refersByName(path) {
			return expr
		}
		if text == s.m.Namespace && len(path) > 1 && path[len(path)-1] == "namespace" && path[len(path)-2] != "metadata" {
			return model.Namespace()
		}
		return text
	}
	for _, o := range s.m.Objects {
		model.Walk(o.Tree, follow)
	}
}
