package compiler

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
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
		for _, o := range s.inPlaceItems(src.Object, at) {
			s.extra(o, when, false)
		}
	default:
		for _, o := range s.objectsOf(src.File, at) {
			s.extra(o, when, false)
		}
	}
}

// extra takes an object as it is; only its name, its namespace and what it refers to follow the install.
func (s *state) extra(o object, when model.Cond, prefix bool) {
	kind := kube.Text(o.tree["kind"])
	if kind == "CustomResourceDefinition" {
		s.add(diag.Errorf(diag.FileContent, o.from, "%s is a CustomResourceDefinition", model.MetaString(o.tree, "name")).WithHint("name it under crds:, where its APIs are known"))
		return
	}
	if s.ownNamespace(o, when) {
		return
	}
	md := kube.Map(o.tree["metadata"])
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
	case s.ownNamespaceName(ns):
		md["namespace"] = model.Namespace()
	}
	file := o.file
	if file == "" {
		file = strings.ToLower(fmt.Sprintf("%s-%s", s.plainName(s.nameExpr(name)), kind))
	}
	calls := s.callsOwn(o.tree)
	if calls {
		when = when.And(model.All(featureWebhook))
		s.ownCA(o.tree)
	}
	s.replaceMade(model.Object{Node: model.Node{From: o.from}, Role: model.RoleExtra, File: file, When: when, Cluster: cluster, Verbatim: true, Calls: calls, Tree: o.tree,
		Origins: model.AsSaid(o.from)})
}

// ownNamespaceName reports whether a namespace is the one that the operator is installed in, by its name or by a
// placeholder of kubebuilder's or OLM's.
func (s *state) ownNamespaceName(name string) bool {
	return slices.Contains([]string{"", "system", "placeholder", s.m.Namespace, model.Namespace()}, name)
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
	kube.Follow(tree, kube.Follower{
		Name: func(_ func(string) bool, name string) string { return cmp.Or(s.renamed[name], name) },
		Namespace: func(name string) string {
			if name == "system" {
				return model.Namespace()
			}
			return name
		},
		Skip: expressed,
	})
}

// clusterScoped tells whether an object has no namespace: by its CRD, or by its kind. What is unknown has one.
func (s *state) clusterScoped(tree model.Tree) bool {
	kind := kube.Text(tree["kind"])
	apiVersion := kube.Text(tree["apiVersion"])
	group, _, found := strings.Cut(apiVersion, "/")
	for _, c := range s.m.CRDs {
		if found && c.Group == group && c.Kind == kind {
			return c.Scope == "Cluster"
		}
	}
	return kube.ClusterScoped(kind)
}
