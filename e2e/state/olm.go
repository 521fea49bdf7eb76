package state

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Rule is something by which an install of OLM's may differ from the others. Its Drop takes the difference out, and says
// whether there was one: a rule that is never needed should go.
type Rule struct {
	Why  string
	Drop func(o Objects) bool
}

// OLM are the rules for OLM v0 and OLM v1. They work on what an install amounts to.
var OLM = []Rule{
	{"OLM's labels and annotations, by which it knows its own", owned},
	{"OLM sets its ClusterServiceVersion or ClusterExtension as owner, to delete what it installed", func(o Objects) bool {
		return o.each(func(_ string, obj map[string]any) bool { return drop(metadata(obj), "ownerReferences") })
	}},
	{"OLM keeps one old ReplicaSet, since it does not roll back", func(o Objects) bool {
		return o.deployments(func(spec, _ map[string]any) bool {
			return spec["revisionHistoryLimit"] == 1.0 && drop(spec, "revisionHistoryLimit")
		})
	}},
	{"variables of OLM's", func(o Objects) bool {
		return o.containers(func(c, _ map[string]any) bool {
			return without(c, "env", func(v map[string]any) bool { return v["name"] == "OPERATOR_CONDITION_NAME" })
		})
	}},
	{"OLM says by an annotation which namespaces to watch; a variable that reads it has its value", func(o Objects) bool { return o.targets() }},
	{"OLM copies the ClusterServiceVersion's annotations to the pods", func(o Objects) bool {
		return o.deployments(func(_, pod map[string]any) bool {
			annotations, _ := metadata(pod)["annotations"].(map[string]any)
			return drop(annotations, "alm-examples", "capabilities", "categories", "containerImage", "description", "repository", "support")
		})
	}},
	{"OLM makes the webhooks' certificate, and mounts it a second time for API servers", func(o Objects) bool { return o.certificates() }},
	{"OLM v1 asks cert-manager for that certificate, by objects of its own", func(o Objects) bool {
		return o.remove(func(k string) bool { return strings.HasPrefix(k, "Issuer ") || strings.HasPrefix(k, "Certificate ") })
	}},
	{"OLM v0 gives people roles for the API and for the OperatorGroup", func(o Objects) bool {
		return o.remove(regexp.MustCompile(`^ClusterRole (olm\.og\..*|databases\.db\.opc\.example\.com-v1-(admin|edit|view|crdview))$`).MatchString)
	}},
	{"OLM v0 calls webhooks for the OperatorGroup's namespaces only", func(o Objects) bool {
		return o.each(func(_ string, obj map[string]any) bool {
			selector, _ := obj["namespaceSelector"].(map[string]any)
			labels, _ := selector["matchLabels"].(map[string]any)
			used := dropPrefix(labels, "olm.operatorgroup.uid/")
			return used && drop(selector, "matchLabels")
		})
	}},
	{"OLM adds rights: to its conditions, to the webhooks' certificate, and, for all namespaces, to see these", func(o Objects) bool {
		added := regexp.MustCompile(`operators\.coreos\.com/operatorconditions named |get secrets named .*-service-cert$|` +
			`^in the cluster: ((get|list|watch) namespaces|ClusterRole system:auth-delegator)$`)
		return o.rightsBut(added.MatchString)
	}},
}

// ForAllNamespaces is what OLM makes of an install when it is for all namespaces: rights in the operator's namespace
// become rights in the cluster.
func (o Objects) ForAllNamespaces() Objects {
	out := o.clone()
	for k, obj := range out {
		if !strings.HasPrefix(k, "rights of ") {
			continue
		}
		var rights []string
		for _, r := range texts(obj["rights"]) {
			rights = append(rights, strings.Replace(r, "in the namespace: ", "in the cluster: ", 1))
		}
		slices.Sort(rights)
		obj["rights"] = list(slices.Compact(rights))
	}
	return out
}

// CompareOLM compares what the installs amount to, by the rules. It adds the reasons of those that were needed to used.
func CompareOLM(others, olm Objects, used map[string]bool) string {
	olm = olm.clone()
	for _, r := range OLM {
		if r.Drop(olm) {
			used[r.Why] = true
		}
	}
	others = others.clone()
	others.certificates() // of cert-manager or one's own
	others.deployments(func(spec, _ map[string]any) bool { return drop(spec, "revisionHistoryLimit") })
	return Diff(others, olm)
}

func (o Objects) clone() Objects {
	var out Objects
	data, err := json.Marshal(o)
	if err == nil {
		err = json.Unmarshal(data, &out)
	}
	if err != nil {
		panic(err) // what came as JSON goes as JSON
	}
	return out
}

// owned drops OLM's marks from all objects.
func owned(o Objects) bool {
	return o.each(func(_ string, obj map[string]any) (used bool) {
		md := metadata(obj)
		for _, field := range []string{"labels", "annotations"} {
			marks, _ := md[field].(map[string]any)
			dropped := dropPrefix(marks, "olm.", "operators.coreos.com/", "operatorframework.io/")
			if used = used || dropped; dropped && len(marks) == 0 {
				delete(md, field)
			}
		}
		return used
	})
}

func (o Objects) each(f func(key string, obj map[string]any) bool) (used bool) {
	for k, obj := range o {
		used = f(k, obj) || used
	}
	return used
}

// deployments calls f with each Deployment's spec and pod template.
func (o Objects) deployments(f func(spec, pod map[string]any) bool) bool {
	return o.each(func(_ string, obj map[string]any) bool {
		spec, _ := obj["spec"].(map[string]any)
		pod, ok := spec["template"].(map[string]any)
		return ok && f(spec, pod)
	})
}

// containers calls f with each container and its pod template.
func (o Objects) containers(f func(container, pod map[string]any) bool) bool {
	return o.deployments(func(_, pod map[string]any) (used bool) {
		spec, _ := pod["spec"].(map[string]any)
		list, _ := spec["containers"].([]any)
		for _, c := range list {
			used = f(c.(map[string]any), pod) || used
		}
		return used
	})
}

// targets gives variables that read OLM's annotation its value, then drops OLM's annotations from pods.
func (o Objects) targets() bool {
	const path = "metadata.annotations['olm.targetNamespaces']"
	used := o.containers(func(c, pod map[string]any) (used bool) {
		annotations, _ := metadata(pod)["annotations"].(map[string]any)
		env, _ := c["env"].([]any)
		for _, e := range env {
			variable := e.(map[string]any)
			from, _ := variable["valueFrom"].(map[string]any)
			field, _ := from["fieldRef"].(map[string]any)
			if field["fieldPath"] != path {
				continue
			}
			delete(variable, "valueFrom")
			if value, ok := annotations["olm.targetNamespaces"]; ok && value != "" { // the API server drops an empty value
				variable["value"] = value
			}
			used = true
		}
		return used
	})
	o.deployments(func(_, pod map[string]any) bool {
		annotations, _ := metadata(pod)["annotations"].(map[string]any)
		return dropPrefix(annotations, "olm.", "operatorframework.io/", "olmcahash")
	})
	return used
}

const servingCerts = "/tmp/k8s-webhook-server/serving-certs"

// certificates says of the webhooks' certificate only where it is mounted, and drops OLM's second mount.
func (o Objects) certificates() bool {
	return o.containers(func(c, pod map[string]any) bool {
		used := without(c, "volumeMounts", func(m map[string]any) bool { return m["mountPath"] == "/apiserver.local.config/certificates" })
		spec, _ := pod["spec"].(map[string]any)
		without(spec, "volumes", func(v map[string]any) bool { return v["name"] == "apiservice-cert" })
		mounts, _ := c["volumeMounts"].([]any)
		for _, m := range mounts {
			mount := m.(map[string]any)
			if mount["mountPath"] != servingCerts {
				continue
			}
			volumes, _ := spec["volumes"].([]any)
			for _, v := range volumes {
				if volume := v.(map[string]any); volume["name"] == mount["name"] {
					maps.DeleteFunc(volume, func(k string, _ any) bool { return k != "name" })
					volume["name"] = "certificate"
				}
			}
			delete(mount, "readOnly")
			mount["name"] = "certificate"
		}
		return used
	})
}

// rightsBut drops rights.
func (o Objects) rightsBut(not func(string) bool) bool {
	return o.each(func(_ string, obj map[string]any) bool {
		before := texts(obj["rights"])
		after := slices.DeleteFunc(slices.Clone(before), not)
		if len(before) == len(after) {
			return false
		}
		obj["rights"] = list(after)
		return true
	})
}

func (o Objects) remove(which func(key string) bool) bool {
	before := len(o)
	maps.DeleteFunc(o, func(k string, _ map[string]any) bool { return which(k) })
	return len(o) < before
}

func without(o map[string]any, field string, which func(map[string]any) bool) bool {
	before, _ := o[field].([]any)
	after := slices.DeleteFunc(slices.Clone(before), func(e any) bool { return which(e.(map[string]any)) })
	if len(after) == len(before) {
		return false
	}
	o[field] = after
	return true
}

func drop(m map[string]any, keys ...string) bool {
	before := len(m)
	for _, k := range keys {
		delete(m, k)
	}
	return len(m) < before
}

func dropPrefix(m map[string]any, prefixes ...string) bool {
	before := len(m)
	maps.DeleteFunc(m, func(k string, _ any) bool {
		return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(k, p) })
	})
	return len(m) < before
}

func list(texts []string) []any {
	out := make([]any, 0, len(texts))
	for _, t := range texts {
		out = append(out, t)
	}
	return out
}
