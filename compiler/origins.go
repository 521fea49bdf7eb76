package compiler

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// workloadOrigins points the parts of a workload's object at the fields of the description that say them. Of those that say the
// same part the one that is merged last stands first, and holds.
func workloadOrigins(at diag.Path, w *schema.Workload, tree model.Tree) []model.ObjOrigin {
	kind := kindOf(w)
	podAt := kind.PodAt()
	pod := kube.Map(model.At(tree, append(slices.Clone(kind.Template), "spec")...))
	own, main := mainContainer(w, pod)
	container := fmt.Sprintf("%s/containers/%d", podAt, own)
	out := overlaid(*rawOverlays(w)[kind.Kind], tree, "", at.Child(kind.Field))
	out = append(out, overlaid(w.Pod, pod, podAt, at.Child("pod"))...)
	out = append(out, containerOrigins(at, w, main, container)...)
	out = append(out, besideOrigins(at, w, tree)...)
	for _, f := range []struct {
		said    bool
		pointer string
		field   string
		whole   bool
	}{
		{w.Replicas != nil, "/spec/replicas", "replicas", false}, {w.UpdateStrategy != nil, "/spec/updateStrategy", "updateStrategy", true},
		{w.Claims != nil, "/spec/volumeClaimTemplates", "volumeClaimTemplates", true}, {w.ServiceName != "", "/spec/serviceName", "serviceName", false},
		{w.Schedule != "", "/spec/schedule", "schedule", false},
		{w.Pod != nil, podAt, "pod", false}, {w.Container != nil, container, "container", false},
		{w.Name != "", "/metadata/name", "name", false},
		{w.Labels != nil, "/metadata/labels", "labels", true}, {w.PodLabels != nil, strings.TrimSuffix(podAt, "spec") + "metadata/labels", "podLabels", true},
		{w.PodAnnotations != nil, strings.TrimSuffix(podAt, "spec") + "metadata/annotations", "podAnnotations", true},
		{w.ServiceAccount != "", podAt + "/serviceAccountName", "serviceAccount", false}, {w.Selector != nil, "/spec/selector", "selector", false},
	} {
		if f.said {
			out = append(out, model.ObjOrigin{Pointer: f.pointer, From: at.Child(f.field), Whole: f.whole})
		}
	}
	return firsts(out)
}

// firsts keeps the first origin of each part.
func firsts(origins []model.ObjOrigin) []model.ObjOrigin {
	seen := map[string]bool{}
	return slices.DeleteFunc(origins, func(o model.ObjOrigin) bool {
		twice := seen[o.Pointer]
		seen[o.Pointer] = true
		return twice
	})
}

// mainContainer is the container of a pod that the short forms speak of, and its index.
func mainContainer(w *schema.Workload, pod map[string]any) (index int, container any) {
	list := kube.List(pod["containers"])
	index = max(0, slices.IndexFunc(list, func(e any) bool {
		c := kube.Map(e)
		return c["name"] == containerName(w)
	}))
	if index < len(list) {
		container = list[index]
	}
	return index, container
}

// listed points the environment variables, arguments and ports of a container at the entries that say them: between them
// stand those that opc makes.
func listed(w *schema.Workload, container any, pointer string, at diag.Path) []model.ObjOrigin {
	c := kube.Map(container)
	var out []model.ObjOrigin
	add := func(field string, same func(e any) bool, elem string, whole bool) {
		list := kube.List(c[field])
		if i := slices.IndexFunc(list, same); i >= 0 {
			out = append(out, model.ObjOrigin{Pointer: fmt.Sprintf("%s/%s/%d", pointer, field, i), From: at.Child(field).Child(elem), Whole: whole})
		}
	}
	named := func(name any) func(any) bool {
		return func(e any) bool { entry := kube.Map(e); return entry["name"] == name }
	}
	for i, e := range w.Env.Entries() {
		elem, whole := w.Env.Element(i)
		add("env", named(e["name"]), elem, whole)
	}
	for i, arg := range w.Args {
		add("args", func(e any) bool { _, text := model.Condition(e); return text == arg }, strconv.Itoa(i), false)
	}
	for _, name := range slices.Sorted(maps.Keys(w.Ports)) {
		add("ports", named(name), name, false)
	}
	return out
}

// overlaid points what a raw overlay says at where it says it, in the tree that it was merged into: fields by their
// names, and entries of lists wherever the merge has put them.
func overlaid(overlay, merged any, pointer string, from diag.Path) []model.ObjOrigin {
	var out []model.ObjOrigin
	switch over := overlay.(type) {
	case map[string]any:
		tree := kube.Map(merged)
		for _, k := range slices.Sorted(maps.Keys(over)) {
			v, ok := tree[k]
			if !ok || over[k] == nil || strings.HasPrefix(k, "$") {
				continue // removed, or a directive of strategic merge
			}
			at, said := pointer+"/"+diag.Escape(k), from.Child(k)
			out = append(append(out, model.ObjOrigin{Pointer: at, From: said}), overlaid(over[k], v, at, said)...)
		}
	case []any:
		list := kube.List(merged)
		for i, e := range over {
			if j := slices.IndexFunc(list, func(m any) bool { return holds(m, e) }); j >= 0 {
				at, said := fmt.Sprintf("%s/%d", pointer, j), from.Index(i)
				out = append(append(out, model.ObjOrigin{Pointer: at, From: said}), overlaid(e, list[j], at, said)...)
			}
		}
	}
	return out
}

// holds reports whether an entry of a list is the one that an overlay says something of: the plain values of both are the
// same, as names are.
func holds(merged, overlay any) bool {
	over, ok := overlay.(map[string]any)
	if !ok {
		return reflect.DeepEqual(merged, overlay)
	}
	tree, ok := merged.(map[string]any)
	if !ok {
		return false
	}
	plain := false
	for k, v := range over {
		switch v.(type) {
		case map[string]any, []any, nil:
		default:
			plain = true
			if !reflect.DeepEqual(tree[k], v) {
				return false
			}
		}
	}
	return plain || reflect.DeepEqual(tree, over)
}
