package state

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
)

// OLM are the rules for what OLM v0 and OLM v1 do while they run. What their installs may differ in by their nature is
// said in verify/equal.
var OLM = []Rule{
	{"OLM knows its own by labels and annotations", each(func(o model.Tree) (used bool) {
		for _, field := range []string{"labels", "annotations"} {
			marks := kube.Map(meta(o)[field])
			used = dropPrefix(marks, "olm.", "operators.coreos.com/", "operatorframework.io/") || used
		}
		return used
	})},
	{"OLM v1 installs with Helm, which labels what it makes", each(func(o model.Tree) bool {
		labels := kube.Map(meta(o)["labels"])
		return labels[model.LabelManagedBy] == "Helm" && drop(labels, model.LabelManagedBy)
	})},
	{"OLM sets its ClusterServiceVersion or ClusterExtension as owner, to delete what it installed", each(func(o model.Tree) bool {
		return drop(meta(o), "ownerReferences")
	})},
	{"OLM keeps one old ReplicaSet, since it does not roll back", each(func(o model.Tree) bool {
		spec := kube.Map(o["spec"])
		if o["kind"] != "Deployment" || spec["revisionHistoryLimit"] != int64(1) {
			return false
		}
		spec["revisionHistoryLimit"] = int64(10) // the API server's default
		return true
	})},
	{"OLM tells pods the name of its condition", each(func(o model.Tree) bool {
		return containers(o, func(c model.Tree) bool {
			return without(c, "env", func(v model.Tree) bool { return v["name"] == "OPERATOR_CONDITION_NAME" })
		})
	})},
	{"OLM copies the ClusterServiceVersion's annotations to the pods", each(func(o model.Tree) bool {
		annotations := kube.Map(meta(pod(o))["annotations"])
		return either(
			dropPrefix(annotations, "olm.", "olmcahash", "operatorframework.io/", "operators.openshift.io/", "operators.operatorframework.io/"),
			drop(annotations, "alm-examples", "capabilities", "categories", "certified", "containerImage", "createdAt", "description", "repository", "support"),
		)
	})},
	{"OLM mounts the certificate that it makes for webhooks", each(func(o model.Tree) bool {
		mine := func(v model.Tree) bool { return v["name"] == "apiservice-cert" || v["name"] == "webhook-cert" }
		spec := kube.Map(pod(o)["spec"])
		containers(o, func(c model.Tree) bool { return without(c, "volumeMounts", mine) })
		return without(spec, "volumes", mine)
	})},
	{"OLM v0 keeps that certificate in a Secret", remove(func(o model.Tree) bool {
		return o["kind"] == "Secret" && strings.HasSuffix(fmt.Sprint(meta(o)["name"]), "-service-cert")
	})},
	{"OLM v1 asks cert-manager for it, by objects of its own", func(o *Objects) bool {
		used := remove(func(o model.Tree) bool { return o["kind"] == "Issuer" || o["kind"] == "Certificate" })(o)
		return annotation("cert-manager.io/inject-ca-from")(o) || used
	}},
	{"OLM v0 gives people roles for the API and for the OperatorGroup", func(o *Objects) bool {
		return remove(forPeople(*o).MatchString)(o)
	}},
	{"OLM v0 calls webhooks for the OperatorGroup's namespaces only", each(func(o model.Tree) (used bool) {
		hooks := kube.List(o["webhooks"])
		for _, h := range hooks {
			selector := kube.Map(h.(model.Tree)["namespaceSelector"])
			labels := kube.Map(selector["matchLabels"])
			if dropPrefix(labels, "olm.operatorgroup.uid/") {
				delete(selector, "matchLabels")
				used = true
			}
		}
		return used
	})},
	{"OLM lets operators see the namespaces, where they are for all", each(func(o model.Tree) bool {
		return without(o, "rules", func(rule model.Tree) bool {
			return fmt.Sprint(rule["apiGroups"], rule["resources"], rule["verbs"]) == "[] [namespaces] [get list watch]"
		})
	})},
	{"OLM v0 has roles in the operator's namespace beside their copies for the cluster", copied},
	{"OLM v0 lets operators use their condition and certificate, and be called by the API server", own},
}

// pod is the pod template of a Deployment.
func pod(o model.Tree) model.Tree {
	return kube.Map(model.At(o, "spec", "template"))
}

// containers calls f with each container of a Deployment.
func containers(o model.Tree, f func(model.Tree) bool) (used bool) {
	list := kube.List(model.At(pod(o), "spec", "containers"))
	for _, c := range list {
		used = f(c.(model.Tree)) || used
	}
	return used
}

// people are the roles for people: of an OperatorGroup, and of each version of an API.
type people struct{ apis []string }

func forPeople(list Objects) people {
	var out people
	for _, o := range list {
		if o["kind"] == "CustomResourceDefinition" {
			out.apis = append(out.apis, regexp.QuoteMeta(model.MetaString(o, "name")))
		}
	}
	return out
}

func (p people) MatchString(o model.Tree) bool {
	name := model.MetaString(o, "name")
	ofAPI := regexp.MustCompile(`^(` + strings.Join(p.apis, "|") + `)-v[0-9a-z]+-(admin|edit|view|crdview)$`)
	return o["kind"] == "ClusterRole" && (strings.HasPrefix(name, "olm.og.") || len(p.apis) > 0 && ofAPI.MatchString(name))
}

// copied takes out roles and bindings in a namespace that are there for the cluster too, under the same name.
func copied(list *Objects) bool {
	global := map[string]bool{}
	for _, o := range *list {
		if kind, ok := strings.CutPrefix(fmt.Sprint(o["kind"]), "Cluster"); ok {
			global[kind+" "+model.MetaString(o, "name")] = true
		}
	}
	return remove(func(o model.Tree) bool {
		kind := fmt.Sprint(o["kind"])
		return (kind == "Role" || kind == "RoleBinding") && global[kind+" "+model.MetaString(o, "name")]
	})(list)
}

// own takes out the roles that OLM v0 adds for itself, with their bindings.
func own(list *Objects) bool {
	roles := map[string]bool{"ClusterRole system:auth-delegator": true}
	for _, o := range *list {
		rules := kube.List(o["rules"])
		if len(rules) != 1 {
			continue
		}
		rule := kube.Map(rules[0])
		names := kube.List(rule["resourceNames"])
		certificate := len(names) == 1 && strings.HasSuffix(fmt.Sprint(names[0]), "-service-cert")
		if fmt.Sprint(rule["apiGroups"]) == "[operators.coreos.com]" || certificate {
			roles[fmt.Sprintf("%v %v", o["kind"], model.MetaString(o, "name"))] = true
		}
	}
	return remove(func(o model.Tree) bool {
		ref := o
		if r, ok := o["roleRef"].(model.Tree); ok {
			ref = model.Tree{"kind": r["kind"], "metadata": model.Tree{"name": r["name"]}}
		}
		return roles[fmt.Sprintf("%v %v", ref["kind"], model.MetaString(ref, "name"))]
	})(list)
}

// ForAllNamespaces is what OLM makes of an install that is for all namespaces: the roles of the operator's service
// accounts in its own namespace become roles in the cluster.
func ForAllNamespaces(want []*kube.Object) []*kube.Object {
	out := slices.Clone(want)
	for i, o := range out {
		if !slices.Contains([]string{"Role", "RoleBinding"}, o.Kind()) {
			continue
		}
		tree := model.Clone(o.Tree)
		tree["kind"] = "Cluster" + o.Kind()
		delete(meta(tree), "namespace")
		if ref, ok := tree["roleRef"].(model.Tree); ok {
			ref["kind"] = "Cluster" + strings.TrimPrefix(fmt.Sprint(ref["kind"]), "Cluster")
		}
		out[i] = &kube.Object{Tree: tree, At: o.At, Inner: o.Inner, From: o.From}
	}
	return out
}
