package diff

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// derived are changes that no single thing shows: they follow from how things of both versions stand to each other.
func derived(old, new *model.Operator, ov, nv view) []Change {
	was, is := standing(old, ov), standing(new, nv)
	return slices.Concat(edges(old, new, nv.olm), refused(was, is), relaxed(was, is))
}

// stands is an object of a default install, with plain values.
type stands struct {
	model.Object
	plain model.Tree
	name  string
	b     builder
}

// standing are the objects of a default install.
func standing(o *model.Operator, v view) []stands {
	var out []stands
	for _, obj := range installed(o, v) {
		rest, possible := v.here(obj.When)
		if !possible || !rest.Holds(v.on) || v.olm && !v.bundled(obj) {
			continue
		}
		plain := kube.Map(v.scope.Resolve(obj.Tree))
		out = append(out, stands{obj, plain, nameOf(obj, v), builder{view: v, from: obj.From, origins: obj.Origins}})
	}
	return out
}

// refused are changes of what can't be changed in a cluster. The selectors of workloads have a rule of their own.
func refused(old, new []stands) []Change {
	var out []Change
	for _, is := range new {
		i := slices.IndexFunc(old, func(was stands) bool {
			return was.Kind() == is.Kind() && was.name == is.name && was.APIVersion() == is.APIVersion()
		})
		if i < 0 {
			continue
		}
		fact := "immutable"
		if is.Kind() == "Job" && is.Role == model.RoleWorkload {
			fact = "recreated" // the chart of a description runs such a Job as a hook
		}
		for _, pointer := range kube.Immutable(old[i].plain, is.plain) {
			elems := diag.Path(pointer).Elems()
			if kube.IsWorkload(is.Group(), is.Kind()) && pointer == "/spec/selector" || is.Kind() != "Job" && strings.HasPrefix(pointer, "/spec/selector/") {
				continue
			}
			out = append(out, Change{
				Kind: Changed, Path: Path{fact, kindName(is.Object), is.name}.child(elems...), Old: model.At(old[i].plain, elems...), New: model.At(is.plain, elems...),
				OldFrom: old[i].b.at(pointer), NewFrom: is.b.at(pointer),
			})
		}
	}
	return out
}

// levels are those of the Pod Security Standards, from the strictest.
var levels = []string{"restricted", "baseline", "privileged"}

// relaxed are workloads that need a laxer level than any workload of the other version: a namespace that took all of
// those refuses them, or need not take them any more.
func relaxed(old, new []stands) []Change {
	was, is := laxest(old), laxest(new)
	if was < 0 || is < 0 {
		return nil
	}
	var out []Change
	for _, s := range new {
		if s.level() > was {
			out = append(out, Change{
				Kind: Changed, Path: Path{"workloads", s.name, "podSecurity"}, Old: levels[was], New: levels[s.level()], OldFrom: placeOf(old, s), NewFrom: s.b.at("/spec/template/spec"),
			})
		}
	}
	for _, s := range old {
		if s.level() > is {
			out = append(out, Change{
				Kind: Changed, Path: Path{"workloads", s.name, "podSecurity"}, Old: levels[s.level()], New: levels[is], OldFrom: s.b.at("/spec/template/spec"), NewFrom: placeOf(new, s),
			})
		}
	}
	return out
}

func laxest(list []stands) int {
	most := -1
	for _, s := range list {
		most = max(most, s.level())
	}
	return most
}

// level is the index of the strictest level that admits a workload's pods, or -1 for what has none.
func (s stands) level() int {
	if !kube.IsWorkload(s.Group(), s.Kind()) {
		return -1
	}
	level, _ := kube.PodLevel(fields(model.At(s.plain, "spec", "template")))
	return slices.Index(levels, level)
}

func placeOf(list []stands, s stands) diag.Path {
	for _, o := range list {
		if o.Kind() == s.Kind() && o.name == s.name {
			return o.b.at("/spec/template/spec")
		}
	}
	return ""
}

// needed adds what a default install needs in the cluster and does not bring: objects that pods wait for, or are refused
// without, and APIs of others.
func needed(root *node, o *model.Operator, v view) {
	list := standing(o, v)
	all, apis := group("/manager"), group("")
	for _, s := range list {
		for _, n := range slices.Concat(s.needs(), s.account(v), s.named()) {
			if made(n, list, o, v) {
				continue
			}
			if all.kids[n.Kind] == nil {
				all.kids[n.Kind] = group(all.from)
			}
			if all.kids[n.Kind].kids[n.Name] == nil {
				all.kids[n.Kind].kids[n.Name] = leaf(n.Name, s.b.at("/spec/template/spec"+n.At))
			}
		}
		if group, kind := (&kube.Object{Tree: s.plain}).Group(), s.Kind(); foreign(group, kind, o, v) {
			apis.kids["the APIs of "+group] = leaf(group, s.From)
		}
	}
	root.put("needs", all)
	if len(apis.kids) > 0 {
		under(root, "requires", "/requires").put("kinds", apis)
	}
}

// needs are the Secrets and ConfigMaps that a workload's pods can't start without.
func (s stands) needs() []kube.Need {
	if !kube.IsWorkload(s.Group(), s.Kind()) {
		return nil
	}
	data, err := json.Marshal(model.At(s.plain, "spec", "template", "spec"))
	var spec corev1.PodSpec
	if err != nil || json.Unmarshal(data, &spec) != nil {
		return nil
	}
	return kube.Needs(&spec)
}

// account is the service account that a workload's pods run as. OLM makes each one that an install strategy names, and
// Kubernetes makes the one called default.
func (s stands) account(v view) []kube.Need {
	name := kube.Text(model.At(s.plain, "spec", "template", "spec", "serviceAccountName"))
	if v.olm || name == "" || name == "default" || !kube.IsWorkload(s.Group(), s.Kind()) {
		return nil
	}
	return []kube.Need{{Kind: "ServiceAccount", Name: name, At: "/serviceAccountName", What: "the pods"}}
}

// named are the other objects that a workload's pods can't start without: claims, without which they wait, and classes,
// without which they are refused. Every cluster has two classes of priority.
func (s stands) named() []kube.Need {
	if !kube.IsWorkload(s.Group(), s.Kind()) {
		return nil
	}
	spec := fields(model.At(s.plain, "spec", "template", "spec"))
	var out []kube.Need
	for _, class := range []struct{ field, kind string }{{"priorityClassName", "PriorityClass"}, {"runtimeClassName", "RuntimeClass"}} {
		if name := kube.Text(spec[class.field]); name != "" && !strings.HasPrefix(name, "system-") {
			out = append(out, kube.Need{Kind: class.kind, Name: name, At: "/" + class.field, What: "the pods"})
		}
	}
	volumes := kube.List(spec["volumes"])
	for i, volume := range volumes {
		if name := kube.Text(model.At(fields(volume), "persistentVolumeClaim", "claimName")); name != "" {
			out = append(out, kube.Need{Kind: "PersistentVolumeClaim", Name: name, At: fmt.Sprintf("/volumes/%d/persistentVolumeClaim/claimName", i), What: "the pods"})
		}
	}
	return out
}

// made reports whether an install brings an object. The certificates of webhooks are OLM's there, and have
// rules of their own.
func made(n kube.Need, list []stands, o *model.Operator, v view) bool {
	for _, s := range list {
		if s.Kind() == n.Kind && !slices.Contains([]string{"Secret", "ConfigMap"}, n.Kind) && model.MetaString(s.plain, "name") == n.Name || slices.Contains(kube.Makes(s.plain), [2]string{n.Kind, n.Name}) {
			return true
		}
	}
	return n.Kind == "Secret" && len(o.Webhooks.Hooks) > 0 && (v.olm || n.Name == cmp.Or(v.scope.String(o.Webhooks.Secret), n.Name) && strings.Contains(n.What, "webhook-cert"))
}

// foreign reports whether a kind is one that a cluster has only if somebody else brings it. What OLM installs on is
// taken to have what OpenShift has.
func foreign(group, kind string, o *model.Operator, v view) bool {
	own := slices.ContainsFunc(o.CRDs, func(c model.CRD) bool { return c.Group == group && c.Kind == kind })
	said := slices.ContainsFunc(o.Requires.CRDs, func(t model.Tree) bool {
		name := kube.Text(t["name"])
		return t["kind"] == kind && strings.HasSuffix(name, "."+group)
	})
	switch {
	case own, said, scheme.Scheme.IsGroupRegistered(group), group == "apiextensions.k8s.io", group == "apiregistration.k8s.io":
		return false
	case v.olm && (strings.HasSuffix(group, ".openshift.io") || group == "monitoring.coreos.com"):
		return false
	}
	return true
}
