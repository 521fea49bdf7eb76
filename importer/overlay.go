package importer

import (
	"slices"

	"github.com/opc-project/opc/kube/equal"
)

// merged are the lists of a pod that strategic merge merges by a key
// (https://kubernetes.io/docs/reference/generated/kubernetes-api: x-kubernetes-patch-merge-key).
var merged = map[string]string{"containers": "name", "initContainers": "name", "env": "name", "volumes": "name", "volumeMounts": "mountPath", "ports": "containerPort",
	"imagePullSecrets": "name", "hostAliases": "ip", "topologySpreadConstraints": "topologyKey", "volumeDevices": "devicePath"}

// overlay is the patch that, laid over one tree by strategic merge, gives the other: null for what goes away, and no
// more than what differs. Both are in their normal form.
func overlay(from, to tree) tree {
	out := tree{}
	for _, k := range sortedKeys(to) {
		a, b := from[k], to[k]
		if same(k, a, b) {
			continue
		}
		x, isMap := a.(tree)
		y, alsoMap := b.(tree)
		if isMap && alsoMap {
			out[k] = overlay(x, y)
			continue
		}
		l, isList := b.([]any)
		if more := added(k, list(a), l); more != nil {
			b = more
		} else if isList && len(list(a)) > 0 && merged[k] != "" {
			b = append([]any{tree{"$patch": "replace"}}, l...) // or the old elements would stay
		}
		out[k] = b
	}
	for _, k := range sortedKeys(from) {
		if _, ok := to[k]; !ok && !same(k, from[k], nil) {
			out[k] = nil
		}
	}
	return out
}

// added are the elements that a list has beside all those of another one, or nil. Only volumes and their mounts: of other
// lists the order can matter, which strategic merge does not keep.
func added(field string, from, to []any) []any {
	if len(from) == 0 || field != "volumes" && field != "volumeMounts" {
		return nil
	}
	has := func(all []any, e any) bool {
		return slices.ContainsFunc(all, func(o any) bool { return same("element", o, e) })
	}
	if slices.ContainsFunc(from, func(e any) bool { return !has(to, e) }) {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(to), func(e any) bool { return has(from, e) })
}

// correctWorkloads finds the raw overlays of the Deployments.
func (d *draft) correctWorkloads(got *source) {
	if d.raw["workloads"] {
		return
	}
	have := trees(get(equal.Pruned(got.normal[got.csv]), "spec", "install", "spec", "deployments"))
	for _, w := range d.workloads {
		i := slices.IndexFunc(have, func(t tree) bool { return t["name"] == w.name })
		if i < 0 || same("deployments", []any{have[i]}, []any{w.entry}) {
			continue
		}
		d.correctWorkload(w, have[i], w.entry)
	}
}

// correctWorkload lays the difference of one workload into its overlays: that of the container, of the pod, and the
// rest. Both are objects, or entries of a ClusterServiceVersion.
func (d *draft) correctWorkload(w *workload, have, want tree) {
	out := d.described(w)
	podHave := object(get(have, "spec", "template", "spec"))
	i := slices.IndexFunc(trees(podHave["containers"]), func(c tree) bool { return c["name"] == w.main["name"] })
	if i < 0 {
		return
	}
	into(out, "container", overlay(trees(podHave["containers"])[i], w.main))
	a, b := clone(podHave), clone(w.pod)
	if described := out["containers"] != nil || out["initContainers"] != nil; described &&
		(!same("containers", a["containers"], b["containers"]) || !same("initContainers", a["initContainers"], b["initContainers"])) {
		d.raw[rawContainers(w)] = true
		delete(out, "containers")
		delete(out, "initContainers")
		return // the next round says them in the overlay
	}
	d.sidecars(a, b, w)
	into(out, "pod", overlay(a, b))
	rest := func(t tree) tree {
		t = clone(t)
		if template := object(get(t, "spec", "template")); template != nil {
			delete(template, "spec")
		}
		for _, field := range []string{"name", "label", "apiVersion", "kind"} {
			delete(t, field)
		}
		if md := object(t["metadata"]); md != nil {
			delete(md, "name")
			delete(md, "namespace")
		}
		return t
	}
	into(out, w.kind.Field, overlay(rest(have), rest(want)))
}

// sidecars turns the containers of a pod into those that its overlay says: the main one is described elsewhere, and its
// place among the others is an entry with just its name.
func (d *draft) sidecars(have, want tree, w *workload) {
	there, all := containers(have, w), containers(want, w)
	delete(have, "containers")
	delete(want, "containers")
	switch {
	case same("containers", there, all):
	case len(all) > 0 && object(all[0])["name"] == w.main["name"] && !same("containers", get(d.described(w), "pod", "containers"), all[1:]):
		some(want, "containers", all[1:])
	default: // the order must be written down, too
		some(want, "containers", all)
	}
}

func containers(pod tree, w *workload) []any {
	var out []any
	for _, c := range trees(pod["containers"]) {
		if c["name"] == w.main["name"] {
			c = tree{"name": c["name"]}
		}
		out = append(out, c)
	}
	return out
}

// into merges a patch into a field of a workload.
func into(workload tree, field string, patch tree) {
	if len(patch) == 0 {
		return
	}
	old := object(workload[field])
	if old == nil {
		old = tree{}
	}
	workload[field] = merge(old, patch)
}

// merge lays one patch over another: nulls stay.
func merge(old, patch tree) tree {
	out := clone(old)
	for k, v := range patch {
		a, aMap := out[k].(tree)
		b, bMap := v.(tree)
		if aMap && bMap {
			out[k] = merge(a, b)
			continue
		}
		out[k] = v
	}
	return out
}

// described is the part of the description that speaks of a workload.
func (d *draft) described(w *workload) tree {
	if w.key == "manager" {
		m := object(d.spec["manager"])
		if m == nil {
			m = tree{}
			d.spec["manager"] = m
		}
		return m
	}
	return object(get(d.spec, "workloads", w.key))
}
