package state

import (
	"maps"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
)

// Rule is something that is written into objects, or beside them, after an installer gave them to the API server. Its
// Drop takes that out, and says whether there was any: a rule that is never needed should go, and one that is needed by
// what opc emits would hide something.
type Rule struct {
	Why  string
	Drop func(o *Objects) bool
}

// Cluster are the rules for all installers.
var Cluster = []Rule{
	{"the API server keeps its books in metadata and status", each(func(o model.Tree) bool {
		return either(drop(meta(o), "uid", "resourceVersion", "creationTimestamp", "generation", "managedFields"), drop(o, "status"))
	})},
	{"the API server chooses the addresses of Services", each(func(o model.Tree) bool {
		spec := kube.Map(o["spec"])
		return o["kind"] == "Service" && drop(spec, "clusterIP", "clusterIPs")
	})},
	{"the API server labels namespaces with their names, and finalizes them", each(func(o model.Tree) bool {
		if o["kind"] != "Namespace" {
			return false
		}
		labels := kube.Map(meta(o)["labels"])
		return either(drop(labels, "kubernetes.io/metadata.name"), drop(o, "spec"))
	})},
	{"the controller-manager gives each namespace a service account and the cluster's CA", remove(func(o model.Tree) bool {
		return o["kind"] == "ServiceAccount" && meta(o)["name"] == "default" || o["kind"] == "ConfigMap" && meta(o)["name"] == "kube-root-ca.crt"
	})},
	{"the deployment controller counts rollouts", annotation("deployment.kubernetes.io/revision")},
	{"kubectl apply keeps what it applied", annotation("kubectl.kubernetes.io/last-applied-configuration")},
	{"Helm marks what is of a release", annotation("meta.helm.sh/release-name", "meta.helm.sh/release-namespace")},
	{"Helm keeps its releases in Secrets", remove(func(o model.Tree) bool { return o["kind"] == "Secret" && o["type"] == "helm.sh/release.v1" })},
}

// relabelled is what Helm makes of objects that say who manages them: it writes its own name over that. So the user's own
// objects, which say kustomize in a project of kubebuilder's, differ in a chart from what its templates say.
func relabelled(want Objects) {
	for _, o := range want {
		if labels := kube.Map(meta(o)["labels"]); labels[model.LabelManagedBy] != nil {
			labels[model.LabelManagedBy] = "Helm"
		}
	}
}

// each makes a rule's Drop of one that looks at a single object.
func each(f func(o model.Tree) bool) func(*Objects) bool {
	return func(list *Objects) (used bool) {
		for _, o := range *list {
			used = f(o) || used
		}
		return used
	}
}

// remove makes a rule's Drop that takes objects out whole.
func remove(which func(o model.Tree) bool) func(*Objects) bool {
	return func(list *Objects) bool {
		before := len(*list)
		*list = slices.DeleteFunc(*list, which)
		return len(*list) < before
	}
}

// annotation makes a rule's Drop for annotations.
func annotation(keys ...string) func(*Objects) bool {
	return each(func(o model.Tree) bool {
		annotations := kube.Map(meta(o)["annotations"])
		return drop(annotations, keys...)
	})
}

// either is for two things that are both to be done.
func either(a, b bool) bool { return a || b }

func meta(o model.Tree) model.Tree {
	return kube.Map(o["metadata"])
}

func drop(m model.Tree, keys ...string) bool {
	before := len(m)
	for _, k := range keys {
		delete(m, k)
	}
	return len(m) < before
}

func dropPrefix(m model.Tree, prefixes ...string) bool {
	before := len(m)
	maps.DeleteFunc(m, func(k string, _ any) bool {
		return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(k, p) })
	})
	return len(m) < before
}

// without takes the elements out of a list of objects that are so.
func without(o model.Tree, field string, which func(model.Tree) bool) bool {
	before := kube.List(o[field])
	after := slices.DeleteFunc(slices.Clone(before), func(e any) bool {
		m := kube.Map(e)
		return which(m)
	})
	if len(after) == len(before) {
		return false
	}
	if o[field] = after; len(after) == 0 {
		delete(o, field)
	}
	return true
}
